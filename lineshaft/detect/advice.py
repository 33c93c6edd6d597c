"""What to do about a machine (ISO 13374 AG): from what is wrong, how sure that is and how soon it fails."""

from collections.abc import Sequence
from typing import NamedTuple

from lineshaft.detect.health.diagnosis import Diagnosis
from lineshaft.domain.failure_modes import FAILURE_MODES

SURE = 0.4
"""Likelihood from which a failure mode's own advice is given; below it a person has to look."""
NEAR_S = 24 * 3600.0
ILL, DYING = 60.0, 25.0
"""Health below which one looks, and below which one stops."""
NOTHING, LOOK, PLAN, STOP = "none", "inspect", "plan", "stop"


class Condition(NamedTuple):
    """What is known of a machine."""

    health: float
    alarm: bool
    diagnoses: Sequence[Diagnosis] = ()
    remaining_s: float | None = None
    """P50 of what is left; None where it is not degrading."""
    sensor_faults: int = 0


def advise(condition: Condition) -> str:
    """Key of what to do; the most urgent that applies.

    >>> advise(Condition(100.0, alarm=False)), advise(Condition(20.0, alarm=True, remaining_s=600.0))
    ('none', 'stop')
    >>> advise(Condition(50.0, alarm=True, diagnoses=[Diagnosis("cavitation", 0.8, ())]))
    'check_suction'
    """
    likely = condition.diagnoses[0] if condition.diagnoses else None
    if condition.health < DYING and condition.alarm:
        return STOP
    if condition.alarm or condition.health < ILL:
        return FAILURE_MODES[likely.mode].advice if likely and likely.likelihood >= SURE else LOOK
    if condition.sensor_faults:
        return FAILURE_MODES["sensor"].advice
    if condition.remaining_s is not None and condition.remaining_s < NEAR_S:
        return PLAN
    return NOTHING
