from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from lineshaft.clock import from_datetime
from lineshaft.domain import shifts
from lineshaft.domain.plant import Shift

EARLY = Shift("early", 6 * 60, 14 * 60, ("mon", "tue", "wed", "thu", "fri"))
NIGHT = Shift("night", 22 * 60, 6 * 60, shifts.DAYS)


def at(text: str, zone: str = "Asia/Shanghai") -> int:
    return from_datetime(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)))


@pytest.mark.parametrize(
    ("when", "key"),
    [
        ("2026-11-20T05:59", "night"),
        ("2026-11-20T06:00", "early"),
        ("2026-11-20T13:59", "early"),
        ("2026-11-20T14:00", None),
        ("2026-11-20T23:00", "night"),
        ("2026-11-21T07:00", None),
    ],
)
def test_an_instant_belongs_to_the_shift_that_works_then(when: str, key: str | None) -> None:
    turn = shifts.turn_at((EARLY, NIGHT), "Asia/Shanghai", at(when))
    assert (turn.key if turn else None) == key


def test_a_night_shift_keeps_its_start_after_midnight() -> None:
    turn = shifts.turn_at((NIGHT,), "Asia/Shanghai", at("2026-11-20T01:00"))
    assert turn == ("night", at("2026-11-19T22:00"), at("2026-11-20T06:00"))


def test_a_night_is_an_hour_shorter_when_clocks_go_forward() -> None:
    turn = shifts.turn_at((NIGHT,), "Europe/Berlin", at("2026-03-29T01:00", "Europe/Berlin"))
    assert turn
    assert turn.end_us - turn.start_us == 7 * 3600 * 1_000_000


def test_shifts_that_meet_do_not_overlap_and_nights_do_over_midnight() -> None:
    assert not shifts.overlap(EARLY, NIGHT)
    assert shifts.overlap(NIGHT, Shift("late", 14 * 60, 23 * 60, ("sun",)))
    assert shifts.overlap(NIGHT, Shift("dawn", 5 * 60, 9 * 60, ("mon",)))
