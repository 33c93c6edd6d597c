"""Numbers and times as trackers write them: as strings, in seconds, without a zone, before 1970."""

import math
import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from lineshaft.wire import times
from lineshaft.wire.gps import HDOP_M

__all__ = ["HDOP_M", "KMH", "KNOTS", "SET_US", "known", "millis_us", "number", "seconds_us", "written_us"]

KMH, KNOTS = 1 / 3.6, 1852 / 3600
"""In m/s."""
SET_US = 1_420_070_400_000_000
"""2015-01-01: a tracker whose clock is before it was never told the time (many begin at 2004-01-01)."""
_NUMBER = re.compile(r"[+-]?\d{1,20}(\.\d{1,30})?([eE][+-]?\d{1,3})?")
_FRACTION = re.compile(r"(\.\d{6})\d+")
_MILLIS = 1e11
"""A time beyond it is in milliseconds: as seconds it would be the year 5138."""


def number(value: object) -> float | None:
    """A finite number, written as one or as text; None for anything else, and for truth values.

    >>> number("11922"), number(4.5), number(True), number("0x10"), number("1e999")
    (11922.0, 4.5, None, None, None)
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        value = float(value) if _NUMBER.fullmatch(value.strip()) else None
    if not isinstance(value, int | float):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if math.isfinite(found) else None


def known(value: object) -> float | None:
    """A number that is not negative: trackers write -1 for what they do not know."""
    found = number(value)
    return found if found is not None and found >= 0 else None


def seconds_us(value: object) -> int | None:
    """Microseconds of a time in seconds; None outside 2000 to 2100.

    >>> seconds_us(1551874878), seconds_us("1508508510.013227"), seconds_us(-5)
    (1551874878000000, 1508508510013227, None)
    """
    found = number(value)
    return None if found is None else _within(found * 1e6)


def millis_us(value: object) -> int | None:
    """Microseconds of a time in milliseconds, likewise."""
    found = number(value)
    return None if found is None else _within(found * 1e3)


def written_us(value: object, zone: str = "") -> int | None:
    """Microseconds of an ISO 8601 time, or of seconds or milliseconds, told apart by size.

    Args:
        value: `2025-06-15T13:45:12.862Z`, `2025-06-15 13:45:12`, 1377177267, "1442068686579".
        zone: of times that have none; without it those are None.

    >>> written_us("2025-06-15T13:45:12Z"), written_us(1442068686579), written_us("2014-06-04 09:10:11")
    (1749995112000000, 1442068686579000, None)
    >>> written_us("2014-06-04 09:10:11", "Asia/Shanghai")
    1401844211000000
    """
    found = number(value)
    if found is not None:
        return millis_us(found) if found > _MILLIS else seconds_us(found)
    if not isinstance(value, str) or len(value) > 64:
        return None
    try:
        when = datetime.fromisoformat(_FRACTION.sub(r"\1", value.strip()))
        if when.tzinfo is None:
            if not zone:
                return None
            when = when.replace(tzinfo=ZoneInfo(zone))
        return _within(when.astimezone(UTC).timestamp() * 1e6)
    except (ValueError, OverflowError, KeyError, OSError):
        return None


def _within(micros: float) -> int | None:
    return round(micros) if times.EARLIEST_US <= micros < times.LATEST_US else None
