import pytest

from lineshaft.domain.journeys import ShipmentState, arrive, depart, planned, replan

ORDER = {"id": "SH-1", "vehicle": "truck-01", "route": "hz-sh", "planned_arrival_ms": 1_763_700_000_000}


def test_a_shipment_goes_from_plan_to_arrival_once() -> None:
    plan = planned(ORDER, 10, 1)
    left = depart(plan, 20, 2)
    there = arrive(left, 30, 3)
    assert (plan.state, left.state, there.state) == ("planned", "underway", "arrived")
    assert (there.departed_us, there.arrived_us, there.pos) == (20, 30, 3)
    assert depart(there, 40, 4) == there
    assert arrive(there, 40, 4) == there


def test_a_new_plan_keeps_what_has_happened() -> None:
    left = depart(planned(ORDER, 10, 1), 20, 2)
    again = replan(left, planned({**ORDER, "planned_arrival_ms": 5}, 30, 3))
    assert (again.state, again.departed_us, again.planned_arrival_us) == ("underway", 20, 5000)


def test_a_shipment_can_be_called_off() -> None:
    off = replan(planned(ORDER, 10, 1), planned({**ORDER, "state": "cancelled"}, 30, 3))
    assert off.state is ShipmentState.CANCELLED


@pytest.mark.parametrize("order", [{}, {"id": "a", "planned_arrival_ms": "soon"}])
def test_an_order_that_cannot_be_used_is_refused(order: dict[str, object]) -> None:
    with pytest.raises((KeyError, TypeError)):
        planned(order, 1, 1)


def test_the_departure_from_the_last_stop_is_its_milestone_and_changes_no_state() -> None:
    stops = [{"id": "a", "lat": 30, "lon": 120}, {"id": "b", "lat": 30.2, "lon": 120}]
    there = arrive(depart(planned({"id": "S1", "stops": stops}, 0, 1), 10, 2), 20, 3)
    left = depart(there, 50, 4, "b")
    assert (left.state, left.stops[-1].departed_us, left.departed_us) == (there.state, 50, 10)
    assert depart(left, 70, 5, "b") == left
    assert depart(there, 50, 4, "a") == there
