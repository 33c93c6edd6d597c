import pytest

from lineshaft.domain.eta_accuracy import MINUTE_MS, Course, Told, accuracy, grade

HOUR_MS = 60 * MINUTE_MS


def told(trip: str, ts: int, p50_min: int, arrived_min: int, lane: str = "a>b") -> Told:
    """The interval is 10 min to each side."""
    p50 = ts + p50_min * MINUTE_MS
    return Told(trip, lane, ts, p50 - 10 * MINUTE_MS, p50, p50 + 10 * MINUTE_MS, ts + arrived_min * MINUTE_MS)


def test_errors_and_intervals_of_three_arrival_times() -> None:
    found = grade("all", [told("x", 0, 60, 65), told("x", HOUR_MS, 60, 40), told("y", 0, 60, 60)])
    assert (found.trips, found.n) == (2, 3)
    assert found.mae_min == pytest.approx((5 + 20 + 0) / 3, abs=0.01)
    assert found.bias_min == pytest.approx((-5 + 20 + 0) / 3, abs=0.01)
    assert found.coverage == pytest.approx(2 / 3, abs=1e-4)
    assert found.width_min == 20
    assert (found.within_15, found.within_30) == (pytest.approx(2 / 3, abs=1e-4), 1)
    # 0.1 of 15, 0.5 of 5, 0.1 of 5; 0.9 of 10, 0.5 of 20, 0.1 of 30; 0.1 of 10, 0, 0.1 of 10
    assert found.pinball_min == pytest.approx((1.5 + 2.5 + 0.5 + 9 + 10 + 3 + 1 + 0 + 1) / 9, abs=0.01)


def test_hours_out_are_counted_as_told_and_as_it_was() -> None:
    found = accuracy([told("x", 0, 90, 150), told("y", 0, 30, 30), told("z", 0, 25 * 60, 23 * 60)], [])
    assert [(one.group, one.n) for one in found.by_predicted] == [("0-1", 1), ("1-2", 1), ("24+", 1)]
    assert [one.group for one in found.by_actual] == ["0-1", "2-4", "8-24"]


def test_lanes_with_more_trips_come_first_and_days_in_order() -> None:
    day = 24 * HOUR_MS
    rows = [told("x", 2 * day, 30, 30, "b>c"), told("y", day, 30, 30), told("z", 0, 30, 30)]
    found = accuracy(rows, [])
    assert [one.group for one in found.by_lane] == ["a>b", "b>c"]
    assert [one.group for one in found.by_day] == ["0", str(day), str(2 * day)]


def test_a_late_load_without_a_warning_counts_as_warned_zero_hours_ahead() -> None:
    courses = [
        Course("x", 10 * MINUTE_MS, late=True, warned_ms=3 * HOUR_MS),
        Course("y", 20 * MINUTE_MS, late=True, warned_ms=None),
        Course("z", 30 * MINUTE_MS, late=False, warned_ms=None),
    ]
    found = accuracy([], courses)
    assert (found.arrivals, found.late, found.warned, found.lead_h) == (3, 2, 1, 1.5)
    assert found.wandered_min == 20


def test_nothing_that_arrived_is_said_to_be_too_few() -> None:
    found = accuracy([], [])
    assert found.few
    assert (found.whole, found.wandered_min, found.lead_h, found.by_day) == (None, None, None, [])
