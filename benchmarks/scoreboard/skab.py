"""SKAB v0.9 (Katser and Kozitsin, 2020): outliers and changepoints on a water-circulation rig, row by row.

As its authors do it: the first 400 rows of each file are known to be normal, the rest is judged. Outliers by
F1 and false alarm rate over all rows together; changepoints by the NAB score with windows of a minute around
each. Choices were made on valve1; the others are told apart.

    python -m benchmarks.scoreboard.skab FOLDER      (with valve1, valve2, other)
"""

import csv
import gzip
import json
import sys
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lineshaft.domain.readings import Floats
from stream.score import score_rows

NORMAL_ROWS: Final = 400
HALF_WINDOW: Final = 30
"""Rows, and seconds, to each side of a changepoint."""
FALSE_ALARM: Final = 0.11
Bools = NDArray[np.bool_]


class Run(NamedTuple):
    """What is known and said of a file's rows after the normal ones."""

    group: str
    anomaly: Bools
    change: Bools
    alarm: Bools
    changepoint: Bools


def read(file: Path) -> tuple[Floats, Bools, Bools]:
    """(rows, 8 sensors), which rows are anomalous, which are changepoints."""
    opened = gzip.open if file.suffix == ".gz" else open
    with opened(file, "rt", encoding="utf-8", newline="") as lines:
        rows = np.array(
            [[float(cell) for cell in row[1:]] for row in list(csv.reader(lines, delimiter=";"))[1:]]
        )
    return rows[:, :8], rows[:, 8] > 0, rows[:, 9] > 0


def judged(file: Path) -> Run:
    """One file through the production ensemble."""
    x, anomaly, change = read(file)
    said = list(score_rows(x, NORMAL_ROWS))[NORMAL_ROWS:]
    alarm = np.array([one.alarm for one in said])
    changepoint = np.array([one.changepoint for one in said])
    return Run(file.parent.name, anomaly[NORMAL_ROWS:], change[NORMAL_ROWS:], alarm, changepoint)


def outliers(runs: list[Run]) -> dict[str, float]:
    """F1, and false and missed alarms in percent."""
    true = np.concatenate([run.anomaly for run in runs])
    said = np.concatenate([run.alarm for run in runs])
    hit, false, missed = (true & said).sum(), (~true & said).sum(), (true & ~said).sum()
    return {
        "f1": round(float(hit / (hit + (false + missed) / 2)), 4),
        "false_alarms": round(float(100 * false / (~true).sum()), 2),
        "missed_alarms": round(float(100 * missed / true.sum()), 2),
    }


def changepoints(runs: list[Run]) -> float:
    """The NAB score of SKAB's own scorer, standard profile: a window's first hit counts."""
    score, windows = 0.0, 0
    for run in runs:
        at, said = np.flatnonzero(run.change), np.flatnonzero(run.changepoint)
        free, last = np.ones(len(said), np.bool_), -np.inf
        for centre in at.tolist():
            first, end = max(centre - HALF_WINDOW, last), centre + HALF_WINDOW
            inside, last = (said >= first) & (said <= end), end
            free &= ~inside
            score += _worth((said[inside][0] - first) / (end - first)) if inside.any() else -1.0
        score -= FALSE_ALARM * free.sum()
        windows += len(at)
    return round(100 * (score + windows) / (2 * windows), 1)


def _worth(share: float) -> float:
    """Of a hit so far into its window: from 1 down to the cost of a false alarm."""
    x = np.pi * (min(share, 1.0) - 0.5)
    half = (1 + FALSE_ALARM) / 2
    return float(-half * np.tanh(x) / np.tanh(np.pi / 2) + half - FALSE_ALARM)


def measure(folder: Path) -> dict[str, Any]:
    """All figures: chosen on, the rest, all."""
    files = sorted(
        file for group in ("valve1", "valve2", "other") for file in (folder / group).glob("*.csv*")
    )
    runs = [judged(file) for file in files]
    parts = {
        "valve1": [run for run in runs if run.group == "valve1"],
        "rest": [run for run in runs if run.group != "valve1"],
        "all": runs,
    }
    return {name: {**outliers(part), "changepoints_nab": changepoints(part)} for name, part in parts.items()}


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1])), indent=2))
