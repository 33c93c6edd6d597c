"""What `make scoreboard` runs: how good the detectors and forecasts are, with the one configuration there is.

    python -m benchmarks.scoreboard [--data FOLDER] [--only skab,nab] [--write-docs]

Public data are read from a folder (LINESHAFT_DATA, else `../shared/data` beside the checkout); what is
missing is said, with where to get it, and the rest is measured. The simulator's part needs no data. All
figures go to `benchmarks/scoreboard.json`, each part with its commit, so that a short run need not repeat a
long one.
`--write-docs` puts the table into the README and draws `docs/scoreboard.svg`.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from benchmarks import figures
from benchmarks.ledger import replaced
from benchmarks.scoreboard import ai4i, board, cmapss, nab, phm, planted, skab

ROOT: Final = Path(__file__).parent.parent.parent
RESULTS: Final = ROOT / "benchmarks" / "scoreboard.json"
PLOT: Final = ROOT / "docs" / "scoreboard.svg"
BEGIN, END = "<!-- scoreboard: written by --write-docs -->", "<!-- end of scoreboard -->"
Found = dict[str, Any]


class Part(NamedTuple):
    """What is measured on one set of data."""

    where: str
    """Below the folder of data."""
    measure: Callable[[Path], Found]
    source: str
    """Where a user gets the data."""


PARTS: Final = {
    "skab": Part(
        "skab/data", skab.measure, "github.com/waico/SKAB, folder data (GPL-3), files may be gzipped"
    ),
    "nab": Part("nab", nab.measure, "github.com/numenta/NAB v1.1, folders data and labels (MIT)"),
    "phm": Part(
        "phm2012_pronostia/features.csv.gz",
        phm.measure,
        "github.com/wkzs111/phm-ieee-2012-data-challenge-dataset; RMS, peak, kurtosis, crest and 12"
        " log-spaced band energies of each accelerometer's snapshots, a row each",
    ),
    "cmapss": Part(
        "cmapss",
        cmapss.run,
        "NASA's Prognostics Data Repository, Turbofan Engine Degradation; gzip train and test",
    ),
    "ai4i": Part(
        "ai4i2020/ai4i2020.csv.gz", ai4i.run, "archive.ics.uci.edu/dataset/601, gzipped (CC BY 4.0)"
    ),
}
NAMES: Final = (*PARTS, "planted")


def main(words: Sequence[str] | None = None) -> int:
    """Measure, print, and keep; 1 when nothing could be measured."""
    told = _parser().parse_args(words)
    results, missing = read(), {}
    measured = 0
    for name in told.only:
        try:
            found = _measured(name, told)
        except FileNotFoundError as error:
            missing[name] = str(error)
            continue
        results[name] = found
        # At once: the next part may take long, and may be interrupted.
        RESULTS.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        measured += 1
    shown = {name: results[name] for name in told.only if name in results and name not in missing}
    print(board.board(shown, missing))
    if told.write_docs:
        write_docs(results)
    return 0 if measured or not told.only else 1


def _measured(name: str, told: argparse.Namespace) -> Found:
    print(f"{name} …", file=sys.stderr, flush=True)
    began = time.monotonic()
    if name == "planted":
        found = planted.board(told.seeds, told.planted_hours)
    else:
        found = PARTS[name].measure(located(name, told.data))
    return {
        "machine": figures.machine(),
        "commit": figures.commit(),
        "seconds": round(time.monotonic() - began, 1),
        **found,
    }


def located(name: str, folder: Path) -> Path:
    """Where a part's data are.

    Raises:
        FileNotFoundError: they are not; the text says where to get them.
    """
    part = PARTS[name]
    path = folder / part.where
    if not path.exists():
        raise FileNotFoundError(f"no {path}; get it from {part.source}")
    return path


def read() -> Found:
    """The figures as they were kept last; empty where there are none."""
    if not RESULTS.exists():
        return {}
    results: Found = json.loads(RESULTS.read_text(encoding="utf-8"))
    return results


def write_docs(results: Mapping[str, Any]) -> None:
    """Put the table into the README, and draw it."""
    # Only here: without the picture no development dependency is needed.
    from benchmarks.scoreboard.plots import plot  # noqa: PLC0415

    readme = ROOT / "README.md"
    text = readme.read_text(encoding="utf-8")
    readme.write_text(replaced(text, board.readme(results), (BEGIN, END)), encoding="utf-8")
    plot(results, PLOT)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.scoreboard",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    beside = os.environ.get("LINESHAFT_DATA") or ROOT.parent / "shared" / "data"
    parser.add_argument("--data", type=Path, default=Path(beside), help="folder with the sets (%(default)s)")
    parser.add_argument(
        "--only", type=_names, default=NAMES, metavar="A,B", help=f"some of {', '.join(NAMES)}"
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=planted.SEEDS, help="of planted faults")
    parser.add_argument(
        "--planted-hours", type=int, default=planted.HOURS, help="of plant time a seed (%(default)s)"
    )
    parser.add_argument("--write-docs", action="store_true", help="put the figures into the README")
    return parser


def _names(words: str) -> tuple[str, ...]:
    names = tuple(words.replace(",", " ").split())
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: there are {', '.join(NAMES)}")
    return names


if __name__ == "__main__":
    sys.exit(main())
