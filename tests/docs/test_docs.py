import ast
import re
from pathlib import Path

import pytest

from lineshaft.cli import _parser as command_parser

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
PAGES += [ROOT / "benchmarks" / "README.md"]
NAMED = re.compile(r"`([\w./-]+\.py)::([\w.]+)`")


def title(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def names_in(file: Path) -> set[str]:
    """Everything a module defines, methods as Class.method."""
    found = set()
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef):
            found |= {node.name} | {f"{node.name}.{part.name}" for part in node.body if hasattr(part, "name")}
        elif hasattr(node, "name"):
            found.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {target.id for target in targets if isinstance(target, ast.Name)}
    return found


@pytest.mark.parametrize("page", PAGES, ids=title)
def test_every_function_a_page_names_exists(page: Path) -> None:
    missing = [
        f"{file}::{name}"
        for file, name in NAMED.findall(page.read_text(encoding="utf-8"))
        if not (ROOT / file).exists() or name not in names_in(ROOT / file)
    ]
    assert not missing


def test_the_walk_passes_every_service() -> None:
    files = {
        file.split("/")[0] for file, _ in NAMED.findall((ROOT / "docs/architecture.md").read_text("utf-8"))
    }
    assert {"simulators", "edge", "stream", "lineshaft", "api", "dashboard"} <= files


@pytest.mark.parametrize("page", PAGES, ids=title)
def test_every_link_leads_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    missing = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith("http"):
            continue
        path, _, anchor = target.partition("#")
        found = (page.parent / path).resolve() if path else page
        if path.endswith(".png"):
            continue  # made by `make screenshots`
        if not found.exists() or (anchor and anchor not in anchors(found)):
            missing.append(target)
    assert not missing


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=title)
def test_every_command_a_page_tells_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    told = set(re.findall(r"(?:`|^)make ([a-z-]+)", text, re.MULTILINE))
    assert told <= targets
    choices = command_parser()._subparsers._group_actions[0].choices  # type: ignore[union-attr]
    said = set(re.findall(r"(?:`|^)lineshaft ([a-z]+)", text, re.MULTILINE))
    assert said <= set(choices or ())
    for module in re.findall(r"python -m ([a-z0-9_.]+)", text):
        place = ROOT / module.replace(".", "/")
        assert place.with_suffix(".py").exists() or (place / "__main__.py").exists(), module


def test_every_command_is_told() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    choices = command_parser()._subparsers._group_actions[0].choices  # type: ignore[union-attr]
    assert not [name for name in choices or () if f"lineshaft {name}" not in text and f"`{name}`" not in text]


def test_the_glossary_defines_each_class_once() -> None:
    rows = re.findall(r"^\| (.+?) \|", (ROOT / "docs/glossary.md").read_text(encoding="utf-8"), re.MULTILINE)
    words = [word for row in rows for word in re.findall(r"`(\w+)`", row)]
    twice = {word for word in words if words.count(word) > 1}
    assert not twice


def test_a_decision_fits_on_a_page_and_is_listed() -> None:
    index = (ROOT / "docs/decisions/README.md").read_text(encoding="utf-8")
    for page in sorted((ROOT / "docs/decisions").glob("0*.md")):
        lines = page.read_text(encoding="utf-8").splitlines()
        assert len(lines) <= 60, page.name
        assert lines[0].startswith(f"# {page.name[:4]} ")
        assert page.name in index
        for part in ("**Decided.**", "**Why.**", "**Turned down.**", "**Costs.**"):
            assert part in "\n".join(lines), (page.name, part)


def test_every_variable_a_page_names_is_read_somewhere() -> None:
    code = "".join(
        file.read_text(encoding="utf-8") for file in ROOT.rglob("*.py") if ".venv" not in file.parts
    )
    code += (ROOT / "Makefile").read_text(encoding="utf-8")
    for page in PAGES:
        for name in re.findall(r"LINESHAFT_[A-Z_]+", page.read_text(encoding="utf-8")):
            assert name in code, f"{title(page)}: {name}"
