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


DAYS_OF_CHANGE = [
    ("Europe/Berlin", "2026-03-29", 23.0),
    ("Europe/Berlin", "2026-10-25", 25.0),
    ("America/New_York", "2026-03-08", 23.0),
    ("America/New_York", "2026-11-01", 25.0),
    ("Australia/Lord_Howe", "2026-04-05", 24.5),
    ("Australia/Lord_Howe", "2026-10-04", 23.5),
    ("Asia/Shanghai", "2026-03-29", 24.0),
]
"""T6: zones with their days of 23 to 25 hours, and one without."""
THREE = tuple(
    Shift(key, start * 60, (start + 8) % 24 * 60, shifts.DAYS)
    for key, start in zip("xyz", (0, 8, 16), strict=True)
)


@pytest.mark.parametrize(("zone", "day", "hours"), DAYS_OF_CHANGE)
def test_the_turns_of_a_day_are_the_whole_day_and_no_instant_is_in_two(
    zone: str, day: str, hours: float
) -> None:
    midnight, date = at(f"{day}T00:00", zone), datetime.fromisoformat(day).date()
    turns = [shifts.turn_on(shift, ZoneInfo(zone), date) for shift in THREE]
    spans = [(turn.start_us, turn.end_us) for turn in turns if turn]
    assert spans[0][0] == midnight
    assert [begin for begin, _ in spans[1:]] == [end for _, end in spans[:-1]]
    assert sum(end - begin for begin, end in spans) == hours * 3600 * 1_000_000
    for minute in range(0, int(hours * 60), 10):
        instant = midnight + minute * 60_000_000
        [mine] = [key for key, (begin, end) in zip("xyz", spans, strict=True) if begin <= instant < end]
        turn = shifts.turn_at(THREE, zone, instant)
        assert turn is not None
        assert turn.key == mine


def test_a_span_holds_the_parts_of_turns_that_lie_in_it() -> None:
    span = (at("2026-11-20T01:00"), at("2026-11-20T23:00"))
    assert shifts.turns_within(NIGHT, "Asia/Shanghai", *span) == [
        (at("2026-11-20T01:00"), at("2026-11-20T06:00")),
        (at("2026-11-20T22:00"), at("2026-11-20T23:00")),
    ]
    weekend = (at("2026-11-21T00:00"), at("2026-11-22T23:00"))
    assert shifts.turns_within(EARLY, "Asia/Shanghai", *weekend) == []
