"""AI4I 2020 (Matzka, 2020; UCI 601), row by row: what is said of a row comes from the rows before it alone.

10,000 rows of one machine tool with 339 failures of five modes, one of them chance. Each row is judged before
its own label is known (prequential); now and then the learner of `lineshaft train` learns all rows before it
anew. The figure is the average precision over all rows, the first ones, of which nothing is known, included.
Everything was chosen on the first 70 %; the rest is told apart.

    python -m benchmarks.scoreboard.ai4i ai4i2020.csv.gz
"""

import csv
import gzip
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from sklearn.metrics import average_precision_score, precision_recall_curve

from lineshaft.detect.prognosis.failure import FailureModel, ModelError
from lineshaft.detect.prognosis.learning import Bools, learn
from lineshaft.domain.readings import Floats

COLUMNS: Final = (
    "Air temperature [K]",
    "Process temperature [K]",
    "Rotational speed [rpm]",
    "Torque [Nm]",
    "Tool wear [min]",
)
GRADES: Final = ("L", "M", "H")
"""Of the column Type, in their order."""
FAILS: Final = "Machine failure"
FIRST: Final = 100
"""Rows before it learns first, and least between two times."""
GROWTH: Final = 1.1
"""It learns anew when the past has grown by a tenth."""
CHOSEN_ON: Final = 0.7
FLOOR, GOAL = 0.66, 0.75


def read(file: Path) -> tuple[Floats, Bools]:
    """(rows, measurements and grade) and whether each row fails."""
    opened = gzip.open if file.suffix == ".gz" else open
    with opened(file, "rt", encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    x = [[*(float(row[name]) for name in COLUMNS), GRADES.index(row["Type"])] for row in rows]
    return np.array(x, np.float64), np.array([row[FAILS] == "1" for row in rows])


def refits(rows: int) -> list[int]:
    """How many rows are learned each time.

    >>> refits(450), refits(1600)[-5:]
    ([100, 200, 300, 400], [1100, 1210, 1331, 1464])
    """
    found, at = [], FIRST
    while at < rows:
        found.append(at)
        at = max(at + FIRST, int(at * GROWTH))
    return found


def prequential(x: Floats, fails: Bools) -> Floats:
    """P(fails) of each row, from the rows before it; 0 while nothing could be learned."""
    said = np.zeros(len(x))
    names = (*COLUMNS, "Type")
    starts = refits(len(x))
    for start, end in zip(starts, [*starts[1:], len(x)], strict=True):
        model = _learned(x[:start], fails[:start], names)
        if model:
            said[start:end] = model.probability(x[start:end])[:, 0]
    return said


def _learned(x: Floats, fails: Bools, names: Sequence[str]) -> FailureModel | None:
    try:
        return learn(x, fails[:, None], names, (0.0,))
    except ModelError:  # too few failures yet
        return None


def run(file: Path) -> dict[str, Any]:
    """The figures."""
    x, fails = read(file)
    began = time.monotonic()
    said = prequential(x, fails)
    split = int(len(x) * CHOSEN_ON)
    precision, recall, _ = precision_recall_curve(fails, said)
    return {
        "name": "AI4I 2020, prequential",
        "rows": len(x),
        "failures": int(fails.sum()),
        "average_precision": float(average_precision_score(fails, said)),
        "average_precision_chosen_on": float(average_precision_score(fails[:split], said[:split])),
        "average_precision_remaining": float(average_precision_score(fails[split:], said[split:])),
        "recall_at_precision_0.9": float(recall[precision >= 0.9].max()),
        "floor": FLOOR,
        "goal": GOAL,
        "refits": len(refits(len(x))),
        "seconds": round(time.monotonic() - began, 1),
    }


if __name__ == "__main__":
    print(json.dumps(run(Path(sys.argv[1])), indent=2))
