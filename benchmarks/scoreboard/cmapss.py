"""C-MAPSS turbofans (Saxena and others, PHM 2008): how many cycles are left.

Learned from the training file, asked about the test file, by the commands' own code. The labels are
min(RUL, 125); the figure is the root mean square error at the last cycle of each test engine, as published;
how many true lives lie between P10 and P90 is counted over all cycles. All was chosen on training files.

    python -m benchmarks.scoreboard.cmapss FOLDER     (with train_FD001.txt.gz, test_…, RUL_FD001.txt, …)
"""

import gzip
import json
import sys
import time
from pathlib import Path
from typing import Any, Final

import numpy as np

from lineshaft.detect.prognosis.rul import Life, pack, unpack
from lineshaft.detect.prognosis.rul_fit import CAP, fit
from lineshaft.detect.prognosis.trajectory import bounds
from lineshaft.domain.readings import Floats, Ints64

COLUMNS: Final = (*(f"setting{at}" for at in range(1, 4)), *(f"sensor{at}" for at in range(1, 22)))
GOALS: Final = {"FD001": (12.3, 10.9), "FD003": (10.9, 10.2)}
"""Floor and goal."""
COVERAGE: Final = (0.77, 0.83)


def read(file: Path) -> tuple[Ints64, Floats]:
    """Engine of each row; (rows, settings and sensors)."""
    with gzip.open(file, "rt") as lines:
        table = np.loadtxt(lines)
    return table[:, 0].astype(np.int64), table[:, 2:]


def truth(unit: Ints64, file: Path) -> Floats:
    """Cycles left after each row, from those left after each engine's last; at most `CAP`."""
    left = [
        end + np.arange(stop - start - 1, -1, -1)
        for (start, stop), end in zip(bounds(unit), np.loadtxt(file), strict=True)
    ]
    capped: Floats = np.minimum(np.concatenate(left), CAP)
    return capped


def graded(unit: Ints64, real: Floats, life: Life) -> dict[str, Any]:
    """The figures of a test file."""
    last = np.array([stop - 1 for _, stop in bounds(unit)])
    off = life.p50 - real
    late = off[last]
    return {
        "engines": len(last),
        "rmse": float(np.sqrt(np.mean(late**2))),
        "rmse_all_cycles": float(np.sqrt(np.mean(off**2))),
        # PHM08's own: late is worse than early.
        "phm_score": float(np.where(late < 0, np.expm1(-late / 13), np.expm1(late / 10)).sum()),
        "coverage": float(np.mean((life.p10 <= real) & (real <= life.p90))),
        "coverage_uncapped": float(np.mean(((life.p10 <= real) & (real <= life.p90))[real < CAP])),
        "below_p10": float(np.mean(real < life.p10)),
        "above_p90": float(np.mean(real > life.p90)),
        "width": float(np.mean(life.p90 - life.p10)),
    }


def run(folder: Path) -> dict[str, Any]:
    """The figures of each set that the folder has."""
    found: dict[str, Any] = {"name": "C-MAPSS, cycles left, labels min(RUL, 125)", "coverage_goal": COVERAGE}
    for train in sorted(folder.glob("train_FD*.txt.gz")):
        name = train.name.removeprefix("train_").removesuffix(".txt.gz")
        began = time.monotonic()
        unit, x = read(train)
        packed = pack(fit(unit, x, COLUMNS))
        learned = time.monotonic()
        model = unpack(packed)
        unit, x = read(folder / f"test_{name}.txt.gz")
        life = model.predict(unit, x)
        asked = time.monotonic()
        found[name] = {
            **graded(unit, truth(unit, folder / f"RUL_{name}.txt"), life),
            "held_out": model.metrics,
            "goals": GOALS.get(name),
            "seconds_fit": round(learned - began, 1),
            "seconds_predict": round(asked - learned, 1),
            "bytes": len(packed),
        }
    return found


if __name__ == "__main__":
    print(json.dumps(run(Path(sys.argv[1])), indent=2))
