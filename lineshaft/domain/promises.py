"""How a shipment stands against what was promised: late, at risk, on time, and when each of them ends."""

from math import erf, sqrt

MINUTE_US = 60_000_000
LATE_US = 15 * MINUTE_US
"""Expected this much after the plan, a shipment is late (the usual ±15 min of on-time measures)."""
VERY_LATE_US = 60 * MINUTE_US
BAND_US = 5 * MINUTE_US
"""An arrival time wanders by some minutes: a level ends only when it is passed by this much."""
PRIORITY = {1: 3, 2: 2}
"""Level of lateness → alarm priority."""

RISK, RISK_ENDS = 0.3, 0.2
"""P(late) from which a shipment is at risk, and below which it no longer is. At 0.5 it is late."""
TENTH_SIGMA = 1.2815515655446004
"""How many standard deviations the tenth lies from the middle of a normal distribution."""


def lateness(late_us: int, held: int, grace_us: int = LATE_US) -> int:
    """The level of lateness: 0 on time, 1 late, 2 very late.

    >>> lateness(14 * MINUTE_US, 0), lateness(16 * MINUTE_US, 0), lateness(14 * MINUTE_US, 1)
    (0, 1, 1)
    >>> lateness(9 * MINUTE_US, 1), lateness(70 * MINUTE_US, 0), lateness(MINUTE_US, 0, 0)
    (0, 2, 1)
    """
    found = 0
    for level, limit_us in ((1, grace_us), (2, VERY_LATE_US)):
        if late_us > limit_us - (BAND_US if held >= level else 0):
            found = level
    return found


def late_probability(due_us: int, p10_us: int, p50_us: int, p90_us: int) -> float:
    """The probability to arrive after an instant, of an arrival time's tenths.

    Between and beyond them stands a two-piece normal distribution, with a width before the median and another
    after it, each half of the whole (after Wallis 2014, The two-piece normal distribution).

    >>> late_probability(90, 10, 50, 90), late_probability(50, 10, 50, 90), late_probability(10, 10, 50, 90)
    (0.1, 0.5, 0.9)
    """
    before = due_us < p50_us
    width = (p50_us - p10_us if before else p90_us - p50_us) / TENTH_SIGMA
    if width <= 0:
        return 1.0 if before else (0.5 if due_us == p50_us else 0.0)
    return round(0.5 - 0.5 * erf((due_us - p50_us) / width / sqrt(2)), 6)


def is_at_risk(probability: float, *, held: bool) -> bool:
    """Whether a probability to be late is to be told; it ends lower than it begins.

    >>> is_at_risk(0.25, held=False), is_at_risk(0.25, held=True)
    (False, True)
    """
    return probability >= (RISK_ENDS if held else RISK)
