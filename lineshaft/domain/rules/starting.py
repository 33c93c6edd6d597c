"""Deadbands and delays to start with, by quantity (domain facts, after ISA-18.2 and EEMUA 191).

Temperature 1 % and 60 s, pressure 2 % and 15 s, level 5 % and 60 s, flow 5 % and 15 s are what practice says
(not read in the standards); for other quantities the deadband is that of `SIGNALS` and the delay 15 s, ours.
"""

from typing import NamedTuple

from lineshaft.domain.signals import SIGNALS


class Start(NamedTuple):
    """Where to start: a deadband, and how long something must hold, and must not hold again."""

    percent: float
    delay_s: float


OTHER_S = 15.0
STARTS: dict[str, Start] = {
    **{key: Start(row.deadband * 100.0, OTHER_S) for key, row in SIGNALS.items()},
    "temperature": Start(1.0, 60.0),
    "pressure": Start(2.0, 15.0),
    "level": Start(5.0, 60.0),
    "flow": Start(5.0, 15.0),
}


def start(quantity: str) -> Start:
    """The starting values of a quantity; of one nobody named, those of the empty key.

    >>> start("flow"), start("")
    (Start(percent=5.0, delay_s=15.0), Start(percent=2.0, delay_s=15.0))
    """
    return STARTS.get(quantity, STARTS[""])
