"""Times on the wire: milliseconds since 1970, told apart from seconds, microseconds and rubbish."""

import numpy as np

from lineshaft.domain.readings import Bytes8, Flag, Ints64

EARLIEST_US = 946_684_800_000_000
"""2000-01-01: before it stand clocks that were never set."""
LATEST_US = 4_102_444_800_000_000
"""2100-01-01: beyond it stand microseconds taken for milliseconds."""
AHEAD_US = 5 * 60 * 1_000_000
"""A device this far ahead of its message's receipt has a wrong clock; less is drift and delay."""


def to_us(ts_ms: object) -> int | None:
    """Microseconds of a time in milliseconds; None where it is no number or outside 2000 to 2100.

    >>> to_us(1_700_000_000_000), to_us(1_700_000_000), to_us(True), to_us("2026")
    (1700000000000000, None, None, None)
    """
    if isinstance(ts_ms, bool) or not isinstance(ts_ms, int | float):
        return None
    if not EARLIEST_US <= ts_ms * 1000 < LATEST_US:  # also false for NaN
        return None
    return round(ts_ms * 1000)


def offset_us(base_us: int, offset_ms: object) -> int | None:
    """The instant some milliseconds after a base; None where that is no number or leads out of range."""
    if isinstance(offset_ms, bool) or not isinstance(offset_ms, int | float):
        return None
    if not abs(offset_ms) < LATEST_US:
        return None
    instant = base_us + round(offset_ms * 1000)
    return instant if EARLIEST_US <= instant < LATEST_US else None


def flag_of(ts_us: int, received_us: int) -> int:
    """The flag of one instant against its receipt."""
    return Flag.CLOCK_BAD if ts_us > received_us + AHEAD_US else 0


def flags_of(ts_us: Ints64, received_us: int) -> Bytes8:
    """The flags of many instants, one each."""
    return np.where(ts_us > received_us + AHEAD_US, np.uint8(Flag.CLOCK_BAD), np.uint8(0))
