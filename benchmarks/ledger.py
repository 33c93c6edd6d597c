"""Keeps the figures of the last runs in `results.json`, and writes them into the documentation.

Each command writes its own part, so a short run need not repeat a long one.
"""

import json
from pathlib import Path
from typing import Any

from benchmarks import figures, summary, tables

HERE = Path(__file__).parent
RESULTS = HERE / "results.json"
BLOCKS = ((HERE.parent / "README.md", summary.readme), (HERE / "README.md", tables.everything))
BEGIN, END = "<!-- figures: written by --write-docs -->", "<!-- end of figures -->"


def part(**found: Any) -> dict[str, Any]:
    """A run's figures with what they were measured on."""
    return {"machine": figures.machine(), "commit": figures.commit(), **found}


def keep(name: str, found: dict[str, Any]) -> None:
    """Replace one part of the results, and write all into the documentation."""
    results = read() | {name: found}
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    for file, text_of in BLOCKS:
        file.write_text(replaced(file.read_text(encoding="utf-8"), text_of(results)), encoding="utf-8")


def read() -> dict[str, Any]:
    """The results as they were kept last; empty where there are none."""
    if not RESULTS.exists():
        return {}
    results: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8"))
    return results


def replaced(document: str, text: str, marks: tuple[str, str] = (BEGIN, END)) -> str:
    """A document with the text between its two marks.

    Raises:
        ValueError: it has no such marks.
    """
    before, begin, rest = document.partition(marks[0])
    _, end, after = rest.partition(marks[1])
    if not begin or not end:
        raise ValueError(f"no {marks[0]} with {marks[1]} behind it")
    return f"{before}{begin}\n\n{text}\n\n{end}{after}"
