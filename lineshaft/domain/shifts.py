"""Which shift an instant belongs to, in the site's own time, over midnight and over the change of clocks."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from lineshaft.clock import from_datetime, to_datetime

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

DAY_MIN = 24 * 60


class ShiftTimes(Protocol):
    """What is needed of a `lineshaft.domain.plant.Shift`."""

    @property
    def key(self) -> str:
        """The shift's name."""

    @property
    def start_min(self) -> int:
        """Minutes after midnight."""

    @property
    def end_min(self) -> int:
        """Minutes after midnight; at or before the start: of the next day."""

    @property
    def days(self) -> tuple[str, ...]:
        """Week days it starts on."""


class Turn(NamedTuple):
    """One working of a shift: from when to when."""

    key: str
    start_us: int
    end_us: int


def turn_at(shifts: Iterable[ShiftTimes], timezone: str, instant_us: int) -> Turn | None:
    """The turn an instant lies in, `start <= instant < end`; None between shifts."""
    zone = ZoneInfo(timezone)
    today = to_datetime(instant_us).astimezone(zone).date()
    for shift in shifts:
        for day in (today, today - timedelta(days=1)):
            turn = turn_on(shift, zone, day)
            if turn and turn.start_us <= instant_us < turn.end_us:
                return turn
    return None


def turn_on(shift: ShiftTimes, zone: ZoneInfo, day: date) -> Turn | None:
    """The turn of a shift that starts on a day; None where it does not work that day.

    On the day the clocks change a turn is an hour longer or shorter, as it is for the people in it.
    """
    if DAYS[day.weekday()] not in shift.days:
        return None
    last = day if shift.end_min > shift.start_min else day + timedelta(days=1)
    return Turn(shift.key, _instant(zone, day, shift.start_min), _instant(zone, last, shift.end_min))


def turns_within(shift: ShiftTimes, timezone: str, from_us: int, to_us: int) -> list[tuple[int, int]]:
    """What lies in a span of a shift's turns, in order: begin and end of each."""
    zone = ZoneInfo(timezone)
    first, last = (to_datetime(at_us).astimezone(zone).date() for at_us in (from_us, to_us))
    days = [first + timedelta(days=n) for n in range(-1, (last - first).days + 1)]
    turns = [turn for day in days if (turn := turn_on(shift, zone, day))]
    parts = [(max(turn.start_us, from_us), min(turn.end_us, to_us)) for turn in turns]
    return [(begin, end) for begin, end in parts if begin < end]


def overlap(one: ShiftTimes, other: ShiftTimes) -> bool:
    """Whether two shifts of a site ever work at the same time (clock changes left aside)."""
    week = 7 * DAY_MIN
    return any(
        (start - begun) % week < length or (begun - start) % week < span
        for begun, length in _starts(one)
        for start, span in _starts(other)
    )


def _starts(shift: ShiftTimes) -> list[tuple[int, int]]:
    length = (shift.end_min - shift.start_min) % DAY_MIN or DAY_MIN
    return [(DAYS.index(day) * DAY_MIN + shift.start_min, length) for day in shift.days]


def _instant(zone: ZoneInfo, day: date, minutes: int) -> int:
    return from_datetime(datetime.combine(day, time(minutes // 60, minutes % 60), zone))
