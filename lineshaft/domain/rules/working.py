"""When the shifts in which a rule is active are at work."""

from collections.abc import Sequence
from datetime import timedelta
from fnmatch import fnmatchcase
from functools import lru_cache
from zoneinfo import ZoneInfo

from lineshaft.clock import to_datetime
from lineshaft.domain.plant import Shift
from lineshaft.domain.rules.scoping import Place
from lineshaft.domain.shifts import turn_at, turn_on


def is_working(place: Place, wanted: Sequence[str], at_us: int) -> bool:
    """Whether one of the shifts of a place works at an instant; where none is described, always."""
    shifts = _meant(place, tuple(wanted))
    return not shifts or turn_at(shifts, place.timezone, at_us) is not None


def edges(place: Place, wanted: Sequence[str], after_us: int, to_us: int) -> list[int]:
    """When turns of those shifts begin and end, after an instant and up to another, in order."""
    shifts = _meant(place, tuple(wanted))
    if not shifts or to_us <= after_us:
        return []
    zone = ZoneInfo(place.timezone)
    day = to_datetime(after_us).astimezone(zone).date() - timedelta(days=1)
    last = to_datetime(to_us).astimezone(zone).date()
    found: set[int] = set()
    while day <= last:
        turns = [turn_on(shift, zone, day) for shift in shifts]
        found |= {edge for turn in turns if turn for edge in (turn.start_us, turn.end_us)}
        day += timedelta(days=1)
    return sorted(edge for edge in found if after_us < edge <= to_us)


@lru_cache(maxsize=256)
def _meant(place: Place, wanted: tuple[str, ...]) -> tuple[Shift, ...]:
    return tuple(shift for shift in place.shifts if any(fnmatchcase(shift.key, glob) for glob in wanted))
