"""PRONOSTIA bearings (Nectoux and others, IEEE PHM 2012): is each alarmed before its end, and not too soon?

Of 17 bearings run to failure, a row each 10 s: what two accelerometers' snapshots of 0.1 s came to (RMS,
peak, kurtosis, crest, energies of bands). Nothing is known to be normal. No number was chosen on these, but
they were looked at twice (benchmarks/README.md).
The alarms are those of `lineshaft score` with the file's columns: vibrations must have grown by a zone since
the bearing had run in (`lineshaft.detect.prognosis.growth`).

    python -m benchmarks.scoreboard.phm features.csv.gz    (bearing, snapshot, clock_s, h_…, v_…)
"""

import csv
import gzip
import json
import sys
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.scoreboard.together import score_together
from lineshaft.domain.readings import Floats

EARLY: Final = 0.2
"""An alarm in so much of a life is a false one: a bearing is young then."""
NOT_FEATURES: Final = ("bearing", "snapshot", "clock_s")
FLOORS: Final = {"alarmed": 15, "early": 1}
GOALS: Final = {"alarmed": 17, "early": 0}


def read(file: Path) -> tuple[list[str], dict[str, Floats]]:
    """The features' names, and bearing → (snapshots, features), in the file's order."""
    opened = gzip.open if file.suffix == ".gz" else open
    found: dict[str, list[list[float]]] = {}
    with opened(file, "rt", encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines)
        names = [name for name in rows.fieldnames or () if name not in NOT_FEATURES]
        for row in rows:
            found.setdefault(row["bearing"], []).append([float(row[name]) for name in names])
    return names, {bearing: np.array(rows) for bearing, rows in found.items()}


def graded(alarms: dict[str, NDArray[np.bool_]]) -> dict[str, Any]:
    """Which bearings were alarmed in time, which too soon; when first, as a share of life.

    In time is an alarm after the first fifth of life and before the last snapshot, be there an early one or
    not.
    """
    lives = {bearing: np.flatnonzero(alarm) / len(alarm) for bearing, alarm in alarms.items()}
    before_end = {
        bearing: bool(alarms[bearing][:-1][int(np.ceil(EARLY * len(alarms[bearing]))) :].any())
        for bearing in lives
    }
    first = {bearing: round(float(at[0]), 3) if len(at) else None for bearing, at in lives.items()}
    return {
        "bearings": len(alarms),
        "alarmed": sum(before_end.values()),
        "early": sum(at is not None and at < EARLY for at in first.values()),
        "alarmed_share_of_life": {
            bearing: round(float(alarm.mean()), 3) for bearing, alarm in alarms.items()
        },
        "first_alarm": first,
    }


def measure(file: Path) -> dict[str, Any]:
    """All figures."""
    names, bearings = read(file)
    said = score_together(bearings, dict.fromkeys(bearings, 0), names)
    alarms = {bearing: one.alarm for bearing, one in said.items()}
    return {
        "name": "PHM 2012, bearings",
        **graded(alarms),
        "floors": FLOORS,
        "goals": GOALS,
    }


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1])), indent=2))
