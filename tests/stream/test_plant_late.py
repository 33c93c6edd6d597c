from dataclasses import replace

from lineshaft.domain.alarms import Condition
from lineshaft.domain.journeys import arrive, planned
from stream.plant_late import MINUTE_US, Estimate, Lateness

PLANNED_US = 1_763_700_000_000_000
SHIPMENT = planned({"id": "SH-1", "vehicle": "truck-01", "planned_arrival_ms": PLANNED_US // 1000}, 0, 1)


def said(changes: list[Condition]) -> list[tuple[bool, int, float | None]]:
    return [(one.active, one.priority, one.value) for one in changes]


def expect(late: Lateness, *minutes: float, from_s: int = 0) -> list[tuple[bool, int, float | None]]:
    """Estimates that much later than planned, 30 s apart."""
    changes = []
    for n, late_min in enumerate(minutes):
        at_us = PLANNED_US - 3600 * MINUTE_US + (from_s + 30 * n) * 1_000_000
        changes += late.expect(SHIPMENT, Estimate(at_us, PLANNED_US + round(late_min * MINUTE_US)))
    return said(changes)


def test_a_shipment_is_late_from_a_quarter_of_an_hour_on_and_again_on_time_with_a_band() -> None:
    late = Lateness()
    assert expect(late, 14, 14, 14, 14) == []
    assert expect(late, 16, 16, 17, from_s=120) == [(True, 3, 17.0)]
    assert expect(late, 12, 12, 12, from_s=210) == []
    assert expect(late, 9, 9, 8, from_s=300) == [(False, 3, 8.0)]


def test_estimates_that_jump_do_not_make_a_shipment_late() -> None:
    late = Lateness()
    assert expect(late, 111, 2, 111, 111, 2, 2, 2) == []


def test_a_single_early_estimate_does_not_end_lateness() -> None:
    late = Lateness()
    assert expect(late, 20, 20, 20) == [(True, 3, 20.0)]
    assert expect(late, 3, 20, 20, 3, 20, from_s=90) == []


def test_an_hour_late_is_worse_and_eases() -> None:
    late = Lateness()
    assert expect(late, 70, 71, 72) == [(True, 2, 72.0)]
    assert expect(late, 57, 57, from_s=90) == []
    assert expect(late, 50, 50, 49, from_s=150) == [(True, 3, 49.0)]


def test_time_alone_makes_a_silent_shipment_late_and_never_less_late() -> None:
    late = Lateness()
    assert expect(late, 20, 20, 20) == [(True, 3, 20.0)]
    assert late.pass_time(SHIPMENT, PLANNED_US) == []
    assert said(late.pass_time(SHIPMENT, PLANNED_US + 61 * MINUTE_US)) == [(True, 2, 61.0)]


def test_arrival_ends_it_and_what_has_ended_is_not_late() -> None:
    late = Lateness()
    expect(late, 20, 20, 20)
    assert [one.active for one in late.end(SHIPMENT)] == [False]
    there = arrive(SHIPMENT, PLANNED_US + 5 * MINUTE_US, 9)
    assert late.pass_time(there, PLANNED_US + 90 * MINUTE_US) == []


def test_a_shipment_without_a_planned_arrival_is_never_late() -> None:
    aimless = replace(SHIPMENT, planned_arrival_us=None)
    assert Lateness().expect(aimless, Estimate(0, PLANNED_US * 2)) == []
    assert Lateness().pass_time(aimless, PLANNED_US * 2) == []


def test_another_vehicle_takes_the_alarm_over() -> None:
    late = Lateness()
    expect(late, 20, 20, 20)
    moved = replace(SHIPMENT, vehicle="truck-02")
    changes = late.pass_time(moved, PLANNED_US + 70 * MINUTE_US)
    assert [(one.source, one.active) for one in changes] == [("truck-01", False), ("truck-02", True)]
