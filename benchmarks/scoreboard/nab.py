"""The Numenta Anomaly Benchmark, its scorer written from the paper (Lavin and Ahmad, ICMLA 2015).

Each labelled window is worth what its earliest detection is worth, by a scaled sigmoid of its place in the
window; one that is missed costs 1. Each detection outside costs up to 0.11, less just after a window. The
first 15 % of a series (at most 750 rows) are for learning only. One threshold is optimised over all series,
as the benchmark's rules have it; the sum is told between a detector that says nothing (0) and a perfect one
(100). Standard profile.

The scores are those of `lineshaft score` with the learning rows told to be normal. Choices were made on the
artificial and the AWS series; the others are told apart.

    python -m benchmarks.scoreboard.nab FOLDER [--prove RESULTS]

FOLDER has data, labels and (if others are to be told) published_scores, a file a detector. RESULTS is
`results` of numenta/NAB: from a detector's row scores there its published scores are computed again, and what
differs is told.
"""

import argparse
import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.scoreboard.together import score_together
from lineshaft.domain.readings import Floats

PROBATION, PROBATION_ROWS = 0.15, 750
FALSE_POSITIVE: Final = 0.11
"""Of the standard profile, in which a true positive and a false negative weigh 1."""
FAR: Final = 3.0
"""Windows' lengths behind one where a false positive costs all."""
CHOSEN_ON: Final = ("artificialNoAnomaly", "artificialWithAnomaly", "realAWSCloudwatch")
FLOOR, GOAL = 54.7, 60.0
Ints = NDArray[np.int64]
Window = tuple[int, int]
"""First and last row."""


class Series(NamedTuple):
    """A file of the corpus."""

    value: Floats
    windows: Sequence[Window]


class Worth(NamedTuple):
    """What it is worth to detect a row, by its place alone."""

    value: Floats
    """(rows,): above 0 within a window, below outside."""
    window: Ints
    """(rows,): which window it is in, or -1."""
    probation: int
    """So many first rows count for nothing."""

    @property
    def windows(self) -> int:
        """How many can be detected."""
        found = np.unique(self.window[self.probation :])
        return int((found >= 0).sum())


def read(folder: Path) -> dict[str, Series]:
    """Group and file → series, for all that are labelled and there."""
    labels = json.loads((folder / "labels" / "combined_windows.json").read_text(encoding="utf-8"))
    files = {key: folder / "data" / key for key in sorted(labels)}
    return {key: _series(file, labels[key]) for key, file in files.items() if file.exists()}


def _series(file: Path, windows: Iterable[Sequence[str]]) -> Series:
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.reader(lines))[1:]
    at = np.array([row[0] for row in rows], "datetime64[us]")
    edges = [[np.datetime64(datetime.fromisoformat(edge), "us") for edge in window] for window in windows]
    places = [
        (int(np.searchsorted(at, first)), int(np.searchsorted(at, last, side="right")) - 1)
        for first, last in edges
    ]
    return Series(np.array([float(row[1]) for row in rows]), places)


def probation(rows: int) -> int:
    """How many first rows are for learning only.

    >>> probation(4032), probation(15902)
    (604, 750)
    """
    return min(int(PROBATION * rows), PROBATION_ROWS)


def sigmoid(y: Floats | float) -> Floats:
    """Of a place relative to a window's end: 1 long before, 0 there, -1 long after (equation 1)."""
    return np.asarray(2.0 / (1.0 + np.exp(5.0 * np.asarray(y))) - 1.0)


def worth(rows: int, windows: Sequence[Window]) -> Worth:
    """What the rows of a series are worth; a window's first row 1, any row before the first window -0.11."""
    value, window, at = np.full(rows, -1.0), np.full(rows, -1), np.arange(rows)
    for first, last in windows:
        behind = at > last
        far = (at[behind] - last) / max(last - first, 1)
        value[behind] = np.where(far > FAR, -1.0, sigmoid(np.minimum(far, FAR)))
    value *= FALSE_POSITIVE
    for number, (first, last) in enumerate(windows):
        inside = slice(first, last + 1)
        value[inside] = sigmoid((at[inside] - last - 1) / (last - first + 1)) / sigmoid(-1.0)
        window[inside] = number
    return Worth(value, window, probation(rows))


def score(of: Worth, scores: Floats, threshold: float) -> float:
    """A series' sum, of the rows that score at least the threshold."""
    detected = scores >= threshold
    detected[: of.probation] = False
    best: dict[int, float] = {}
    for window, value in zip(of.window[detected].tolist(), of.value[detected].tolist(), strict=True):
        best[window] = max(value, best.get(window, 0.0)) if window >= 0 else best.get(-1, 0.0) + value
    false = best.pop(-1, 0.0)
    return false + sum(best.values()) - (of.windows - len(best))


def normalised(total: float, windows: int) -> float:
    """Between a detector that says nothing and one that finds each window at its first row.

    >>> normalised(-4, 4), normalised(4, 4)
    (0.0, 100.0)
    """
    return 100.0 * (total + windows) / (2.0 * windows)


def optimised(worths: Sequence[Worth], scores: Sequence[Floats]) -> tuple[float, float]:
    """The best sum, and the threshold that gives it; infinite if to say nothing is best.

    The threshold is lowered row by row: a row outside adds its cost, one inside what it is worth more than
    the best of its window so far.
    """
    tables = [
        np.stack([said, of.value, np.where(of.window < 0, -1, of.window + number * 1_000_000)])[
            :, of.probation :
        ]
        for number, (of, said) in enumerate(zip(worths, scores, strict=True))
    ]
    rows = np.concatenate(tables, axis=1)
    rows = rows[:, np.argsort(-rows[0], kind="stable")]
    gain = np.where(rows[2] < 0, rows[1], 0.0)
    best: dict[float, float] = {}
    for at in np.flatnonzero(rows[2] >= 0).tolist():
        window, value = rows[2, at], rows[1, at]
        gain[at] = max(value - best.get(window, -1.0), 0.0)
        best[window] = max(value, best.get(window, -1.0))
    nothing = -float(sum(of.windows for of in worths))
    sums = nothing + np.cumsum(gain)
    # Rows of one score are detected together.
    sums[:-1][rows[0, 1:] == rows[0, :-1]] = -np.inf
    if not len(sums) or sums.max() < nothing:
        return nothing, np.inf
    return float(sums.max()), float(rows[0, sums.argmax()])


def figures(worths: Mapping[str, Worth], scores: Mapping[str, Floats]) -> dict[str, Any]:
    """Of a part of the corpus, its threshold optimised over it."""
    windows = sum(of.windows for of in worths.values())
    if not windows:
        return {"series": len(worths), "windows": 0}
    total, threshold = optimised(list(worths.values()), [scores[key] for key in worths])
    return {
        "series": len(worths),
        "windows": windows,
        "standard": round(normalised(total, windows), 2),
        "threshold": threshold,
    }


def measure(folder: Path) -> dict[str, Any]:
    """All figures: chosen on, the rest, the rest by the threshold of what was chosen on, all; and others'."""
    corpus = read(folder)
    worths = {key: worth(len(one.value), one.windows) for key, one in corpus.items()}
    normal = {key: of.probation for key, of in worths.items()}
    said = score_together({key: one.value[:, None] for key, one in corpus.items()}, normal)
    scores = {key: one.score for key, one in said.items()}
    chosen = {key: of for key, of in worths.items() if key.split("/")[0] in CHOSEN_ON}
    rest = {key: of for key, of in worths.items() if key not in chosen}
    found: dict[str, Any] = {
        "name": "NAB, standard profile",
        "all": figures(worths, scores),
        "chosen_on": figures(chosen, scores),
        "rest": figures(rest, scores),
        "floor": FLOOR,
        "goal": GOAL,
        "published_here": published(folder, worths),
    }
    if found["rest"]["windows"] and found["chosen_on"]["windows"]:
        threshold = found["chosen_on"]["threshold"]
        total = sum(score(of, scores[key], threshold) for key, of in rest.items())
        found["rest"]["by_threshold_of_chosen_on"] = round(normalised(total, found["rest"]["windows"]), 2)
    return found


def published_scores(folder: Path) -> dict[str, dict[str, tuple[float, float]]]:
    """Detector → file → threshold and score, as its authors or the benchmark's published them."""
    found: dict[str, dict[str, tuple[float, float]]] = {}
    for file in sorted((folder / "published_scores").glob("*_standard_scores.csv")):
        with file.open(encoding="utf-8", newline="") as lines:
            found[file.name.removesuffix("_standard_scores.csv")] = {
                row["File"]: (float(row["Threshold"]), float(row["Score"]))
                for row in csv.DictReader(lines)
                if row["File"] and row["Threshold"]
            }
    return found


def published(folder: Path, worths: Mapping[str, Worth]) -> dict[str, float]:
    """What others' published file scores come to on the series that are here; best first."""
    windows = sum(of.windows for of in worths.values())
    totals = {
        detector: round(normalised(sum(files[key][1] for key in worths), windows), 2)
        for detector, files in published_scores(folder).items()
        if windows and worths.keys() <= files.keys()
    }
    return dict(sorted(totals.items(), key=lambda one: -one[1]))


def prove(folder: Path, results: Path) -> dict[str, Any]:
    """Published file scores from published row scores: how many were computed, which come out otherwise."""
    worths = {key: worth(len(one.value), one.windows) for key, one in read(folder).items()}
    found: dict[str, Any] = {}
    for detector, files in published_scores(folder).items():
        rows = {key: results / detector / key.replace("/", f"/{detector}_") for key in worths if key in files}
        computed = {
            key: score(worths[key], _row_scores(file), files[key][0])
            for key, file in rows.items()
            if file.exists()
        }
        wrong = {
            key: [mine, files[key][1]] for key, mine in computed.items() if abs(mine - files[key][1]) > 1e-6
        }
        if computed:
            found[detector] = {"computed": len(computed), "mismatches": wrong}
    return found


def _row_scores(file: Path) -> Floats:
    with file.open(encoding="utf-8", newline="") as lines:
        return np.array([float(row["anomaly_score"]) for row in csv.DictReader(lines)])


def main() -> None:
    """Measure or prove, and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--prove", type=Path, metavar="RESULTS")
    told = parser.parse_args()
    found = prove(told.folder, told.prove) if told.prove else measure(told.folder)
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
