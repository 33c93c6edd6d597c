"""What may be wrong with each machine, which sensors lie, and what to do about it (ISO 13374 HA and AG)."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lineshaft.detect.advice import NOTHING, SURE, Condition, advise
from lineshaft.detect.health.diagnosis import Diagnosis, diagnose
from lineshaft.detect.state.sensor import DRIFT, FAULTS, Sensors
from lineshaft.domain.failure_modes import SENSOR
from lineshaft.domain.results import Evidence, Finding, SensorFault
from stream.rules.base import Bools
from stream.steps.described import Described
from stream.steps.judging import Judged
from stream.steps.names import Names
from stream.steps.profiles import SIGNALS, Profiles
from stream.steps.prospects import Foreseen

ILL = 60.0
"""Health below which it is asked what is wrong."""


class Explained(NamedTuple):
    """Of windows, one entry each."""

    diagnoses: list[list[Diagnosis]]
    anomaly: Bools
    """Whether it is within an episode, and that is the machine's own."""


def explain(judged: Judged, profiles: Profiles, described: Described, sensors: Sensors) -> Explained:
    """Say what may be wrong with the machines that something is wrong with.

    A sensor that changes alone is a sensor's fault: from then on the machine is judged without it, until it
    is back where its machine lets expect it.
    """
    drifts = judged.check.fault == DRIFT
    drifted = np.logical_or.reduce(drifts, axis=1)
    asked = judged.episode | (judged.health < ILL) | drifted | (judged.clear & judged.settled)
    diagnoses: list[list[Diagnosis]] = [[] for _ in asked]
    anomaly = judged.episode.copy()
    if not asked.any():
        return Explained(diagnoses, anomaly)
    drifting, z = np.zeros(drifts.shape, np.bool_), np.full(2 * SIGNALS, np.nan)
    for at in np.flatnonzero(asked).tolist():
        of = profiles.signatures_of(int(judged.machine[at]), described)
        z[: judged.z.shape[1]] = judged.z[at]
        found = diagnoses[at] = diagnose(of, z)
        if found and found[0].mode == SENSOR and found[0].likelihood >= SURE and found[0].signs:
            drifting[at, found[0].signs[0].place] = True
            anomaly[at] = False
    still = judged.settled
    anomaly &= still | ~drifted  # until it is judged again, the sensor is to blame
    if (drifting | drifts).any():
        sensors.hold(judged.machine[still], judged.at_us[still], drifting[still])
    return Explained(diagnoses, anomaly)


def findings(diagnoses: Sequence[Diagnosis], rows: Sequence[int], names: Names) -> tuple[Finding, ...]:
    """Diagnoses with the signals' names for their places."""
    return tuple(
        Finding(
            one.mode,
            round(one.likelihood, 3),
            tuple(
                Evidence(names.signal_name[rows[sign.place]], sign.change, sign.size) for sign in one.signs
            ),
        )
        for one in diagnoses
    )


def sensor_faults(
    machine: int, rows: Sequence[int], sensors: Sensors, names: Names
) -> tuple[SensorFault, ...]:
    """The sensors of a machine that are not to be believed."""
    fault, since = sensors.fault[machine], sensors.since_us[machine]
    return tuple(
        SensorFault(names.signal_name[rows[place]], FAULTS[fault[place]], int(since[place]))
        for place in np.flatnonzero(fault[: len(rows)]).tolist()
    )


def advice(judged: Judged, foreseen: Foreseen, explained: Explained, at: int, faults: int) -> str | None:
    """Key of what to do about one of the machines; None where there is nothing to do."""
    remaining_s = float(foreseen.remaining.p50_s[at])
    condition = Condition(
        health=float(judged.health[at]),
        alarm=bool(explained.anomaly[at]),
        diagnoses=explained.diagnoses[at],
        remaining_s=None if np.isnan(remaining_s) else remaining_s,
        sensor_faults=faults,
    )
    key = advise(condition)
    return None if key == NOTHING else key
