"""When preventive work is due."""

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineshaft.clock import SECOND_US, to_datetime
from lineshaft.domain.maintenance.plans import Calendar, MeterState, coming, count_on, meter_latest


def test_it_is_due_at_the_sites_time_on_both_sides_of_a_change_of_clocks() -> None:
    daily = Calendar(1, "day", date(2026, 3, 28), 8 * 60, "Europe/Berlin")
    assert [to_datetime(daily.instant_us(n)).hour for n in range(3)] == [7, 6, 6]


def test_a_month_too_short_has_its_last_day_and_the_next_is_not_shifted() -> None:
    quarterly = Calendar(3, "month", date(2023, 11, 30), 0, "UTC")
    days = [to_datetime(quarterly.instant_us(n)).date().isoformat() for n in range(3)]
    assert days == ["2023-11-30", "2024-02-29", "2024-05-30"]


@given(
    st.integers(1, 30), st.sampled_from(["day", "week", "month"]),
    st.dates(date(1990, 1, 1), date(2050, 1, 1)),
    st.sampled_from(["UTC", "Asia/Shanghai", "Europe/Berlin", "America/New_York"]), st.integers(0, 300),
)  # fmt: skip
def test_the_latest_is_before_the_next(every: int, unit: str, starts: date, zone: str, n: int) -> None:
    calendar = Calendar(every, unit, starts, 90, zone)  # type: ignore[arg-type]  # of the sampled ones
    due = calendar.instant_us(n)
    assert calendar.latest(due) == n
    assert calendar.latest(due - 1) == (n - 1 if n else None)
    assert next(coming(calendar, due, 1)) == calendar.instant_us(n + 1)


def test_instants_grow() -> None:
    calendar = Calendar(1, "month", date(2026, 1, 31), 0, "Europe/Berlin")
    assert all(a < b for a, b in pairwise(calendar.instant_us(n) for n in range(200)))
    assert calendar.latest(calendar.instant_us(0) - SECOND_US) is None


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=50))
def test_a_counter_never_counts_backwards(readings: list[float]) -> None:
    state = MeterState(0.0, None)
    for raw in readings:
        before, state = state, count_on(state, raw)
        assert state.total >= before.total


@pytest.mark.parametrize(("total", "latest"), [(0, None), (499.9, None), (500, 0), (999, 0), (1000, 1)])
def test_a_meter_is_due_each_time_it_has_counted_enough(total: float, latest: int | None) -> None:
    assert meter_latest(total, 500) == latest
