from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from lineshaft.clock import SECOND_US, from_datetime, to_datetime
from lineshaft.domain.delivery.rota import Hours, Layer, Override, Rota, on_call, stretches

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Shanghai")
# Both changes of the clocks of a year lie within, wherever one lives.
INSTANTS = st.integers(
    from_datetime(datetime(2026, 1, 1, tzinfo=UTC)) // SECOND_US,
    from_datetime(datetime(2026, 12, 1, tzinfo=UTC)) // SECOND_US,
).map(lambda at: at * SECOND_US)
DAY_US = 86_400 * SECOND_US


def rota(zone: str, *, days: int = 1, handover_min: int = 480, people: int = 3) -> Rota:
    names = tuple(f"p{n}" for n in range(people))
    return Rota("r", zone, "", (Layer(names, "2025-11-03", days, handover_min),))


@given(st.sampled_from(ZONES), INSTANTS, st.integers(1, 9), st.integers(0, 1439), st.integers(1, 5))
def test_somebody_is_on_call_at_every_instant_and_stretches_leave_no_gap(
    zone: str, at_us: int, days: int, handover_min: int, people: int
) -> None:
    one = rota(zone, days=days, handover_min=handover_min, people=people)
    found = stretches(one, at_us, at_us + 5 * DAY_US)
    assert (found[0].start_us, found[-1].end_us) == (at_us, at_us + 5 * DAY_US)
    assert all(a.end_us == b.start_us and a.person != b.person for a, b in pairwise(found))
    assert all(on_call(one, stretch.start_us) == stretch.person for stretch in found)


@given(st.sampled_from(ZONES), INSTANTS)
def test_turns_change_at_the_same_time_by_the_clock_and_each_day_has_its_hours(zone: str, at_us: int) -> None:
    found = stretches(rota(zone), at_us, at_us + 4 * DAY_US)
    for stretch in found[1:]:
        local = to_datetime(stretch.start_us).astimezone(ZoneInfo(zone))
        assert (local.hour, local.minute) == (8, 0)
    hours = {(stretch.end_us - stretch.start_us) / SECOND_US / 3600 for stretch in found[1:-1]}
    assert hours <= {23, 23.5, 24, 24.5, 25}


def test_the_day_the_clocks_change_is_an_hour_shorter_and_an_hour_longer() -> None:
    def length(day: datetime) -> float:
        start_us = from_datetime(day.replace(hour=8, tzinfo=ZoneInfo("Europe/Berlin")))
        [stretch, *_] = stretches(rota("Europe/Berlin"), start_us, start_us + 2 * DAY_US)
        return (stretch.end_us - stretch.start_us) / SECOND_US / 3600

    assert length(datetime(2026, 3, 28)) == 23  # noqa: DTZ001 - the zone comes inside
    assert length(datetime(2026, 10, 24)) == 25  # noqa: DTZ001 - likewise


def test_a_later_layer_stands_above_in_its_hours_and_an_override_above_all() -> None:
    night = Layer(("owl",), "2025-11-03", hours=(Hours(22 * 60, 6 * 60),))
    base = rota("Asia/Shanghai", people=1)
    noon = datetime(2026, 5, 5, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
    at = from_datetime(noon)
    instead = Override("sub", at + 11 * 3600 * SECOND_US, at + 12 * 3600 * SECOND_US)
    one = Rota("r", "Asia/Shanghai", "", (*base.layers, night), (instead,))
    found = stretches(one, at, at + DAY_US)
    local = [(s.person, to_datetime(s.start_us).astimezone(noon.tzinfo).hour) for s in found]
    assert local == [("p0", 12), ("owl", 22), ("sub", 23), ("owl", 0), ("p0", 6)]


def test_before_it_begins_a_rota_names_nobody() -> None:
    early = from_datetime(datetime(2025, 1, 1, tzinfo=UTC))
    assert on_call(rota("Asia/Shanghai"), early) is None
    assert (
        stretches(rota("Asia/Shanghai"), early, early + timedelta(days=1) // timedelta(microseconds=1)) == []
    )
