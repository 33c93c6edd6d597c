"""Preventive plans: when the next work is due, by the calendar of the site or by what a meter reads.

An occurrence is a number: the n-th since the plan began. Its order's id follows from plan and number, so that
whoever asks twice, or after a crash, makes one order.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, Literal, NamedTuple
from zoneinfo import ZoneInfo

from lineshaft.clock import from_datetime

Unit = Literal["day", "week", "month"]
MINUTE_US: Final = 60_000_000
HOUR_US: Final = 60 * MINUTE_US
FARTHEST: Final = 100_000
"""Occurrences looked at; of a daily plan, 270 years."""


@dataclass(slots=True, frozen=True)
class Calendar:
    """Every so many days, weeks or months, at the same time of the site's day.

    What RFC 5545 calls FREQ with INTERVAL, BYMONTHDAY being the day it began on; a month too short for that
    day has its last day instead (RFC 5545 would leave the month out, which no maintenance plan means).
    """

    every: int
    unit: Unit
    starts: date
    """Day of occurrence 0."""
    at_min: int
    """Minutes after midnight, in the site's zone."""
    zone: str

    def instant_us(self, n: int) -> int:
        """When the n-th occurrence is due; an hour that summer time skips is the one after it.

        >>> from lineshaft.clock import to_datetime
        >>> monthly = Calendar(1, "month", date(2026, 1, 31), 8 * 60, "UTC")
        >>> [to_datetime(monthly.instant_us(n)).date().isoformat() for n in range(3)]
        ['2026-01-31', '2026-02-28', '2026-03-31']
        """
        at = time(self.at_min // 60, self.at_min % 60)
        return from_datetime(datetime.combine(self._day(n), at, ZoneInfo(self.zone)))

    def latest(self, upto_us: int) -> int | None:
        """The number of the latest occurrence due at or before an instant; None before the first."""
        if self.instant_us(0) > upto_us:
            return None
        low, high = 0, FARTHEST
        while low < high:  # instants grow with n
            middle = (low + high + 1) // 2
            low, high = (middle, high) if self._reaches(middle, upto_us) else (low, middle - 1)
        return low

    def _reaches(self, n: int, upto_us: int) -> bool:
        try:
            return self.instant_us(n) <= upto_us
        except (OverflowError, ValueError):  # beyond the year 9999
            return False

    def _day(self, n: int) -> date:
        if self.unit != "month":
            return self.starts + timedelta(days=n * self.every * (7 if self.unit == "week" else 1))
        months = self.starts.year * 12 + self.starts.month - 1 + n * self.every
        year, month = divmod(months, 12)
        following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
        last = (following - timedelta(days=1)).day
        return date(year, month + 1, min(self.starts.day, last))


class MeterState(NamedTuple):
    """A meter as it was read: what it has counted since the plan began, and its raw value then."""

    total: float
    raw: float | None


def count_on(state: MeterState, raw: float) -> MeterState:
    """What a counter has counted after a new reading; one that goes back was changed or set to zero.

    >>> count_on(count_on(MeterState(0, 990.0), 1000.0), 4.0)
    MeterState(total=14.0, raw=4.0)
    """
    if state.raw is None:
        return MeterState(state.total, raw)  # it counts from when the plan began, not from when it was made
    return MeterState(state.total + (raw - state.raw if raw >= state.raw else max(raw, 0.0)), raw)


def meter_latest(total: float, every: float) -> int | None:
    """The number of the latest occurrence a meter has reached, 0 being the first; None before it.

    >>> [meter_latest(total, 500) for total in (499.0, 500.0, 1700.0)]
    [None, 0, 2]
    """
    reached = int(total // every)
    return reached - 1 if reached > 0 else None


def coming(calendar: Calendar, after_us: int, count: int) -> Iterator[int]:
    """The next occurrences' instants, for the screens."""
    latest = calendar.latest(after_us)
    first = 0 if latest is None else latest + 1
    return (calendar.instant_us(n) for n in range(first, first + count))
