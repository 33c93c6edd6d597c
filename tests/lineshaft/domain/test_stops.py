import pytest

from lineshaft.domain.cargo import Proof
from lineshaft.domain.journeys import (
    TRANSITIONS,
    ShipmentEvent,
    ShipmentState,
    arrive,
    depart,
    planned,
    prove,
    replan,
)
from lineshaft.domain.stops import stops_of, to_documents

STOPS = [
    {"id": "a", "lat": 30, "lon": 120, "kind": "pickup", "planned_depart_ms": 1},
    {"id": "b", "lat": 31, "lon": 120, "kind": "hub"},
    {"id": "c", "lat": 32, "lon": 120, "from_ms": 5, "to_ms": 9},
]
PLAN = planned({"id": "SH-1", "stops": STOPS}, 10, 1)


def test_stops_give_the_plan_and_the_promise() -> None:
    assert (PLAN.planned_departure_us, PLAN.planned_arrival_us, PLAN.promised_us, PLAN.grace_us) == (
        1000, 9000, 9000, 0,
    )  # fmt: skip


def test_only_the_last_stop_ends_a_shipment() -> None:
    hub = arrive(depart(PLAN, 20, 2), 30, 3, "b")
    assert (hub.state, hub.stops[1].arrived_us, hub.arrived_us) == ("underway", 30, None)
    gone = depart(hub, 40, 4, "b")
    assert (gone.departed_us, gone.stops[0].departed_us, gone.stops[1].departed_us) == (20, 20, 40)
    assert arrive(gone, 50, 5).state is ShipmentState.ARRIVED
    assert arrive(gone, 50, 5, "c").arrived_us == 50
    assert arrive(gone, 50, 5, "nowhere") == gone


def test_a_new_plan_keeps_what_happened_at_its_stops() -> None:
    hub = arrive(depart(PLAN, 20, 2), 30, 3, "b")
    again = replan(hub, planned({"id": "SH-1", "stops": [*STOPS[:2], {**STOPS[2], "id": "d"}]}, 40, 4))
    assert [(stop.id, stop.arrived_us) for stop in again.stops] == [("a", None), ("b", 30), ("d", None)]


def test_stops_are_read_as_they_were_written() -> None:
    hub = arrive(depart(PLAN, 20_000, 2), 30_000, 3, "b")
    assert stops_of(to_documents(hub.stops)) == hub.stops


def test_a_proof_delivers_what_is_not_over() -> None:
    proof = Proof("M. Chen", 60)
    done = prove(PLAN, proof, 70, 5)
    assert (done.state, done.arrived_us, done.proof) == ("delivered", 60_000, proof)
    assert prove(done, Proof("another", 80), 90, 6) == done


def test_no_state_is_left_once_it_has_ended() -> None:
    ended = {ShipmentState.DELIVERED, ShipmentState.CANCELLED}
    assert not any((state, event) in TRANSITIONS for state in ended for event in ShipmentEvent)


@pytest.mark.parametrize(
    ("stops", "said"),
    [
        ([{"id": "a", "lat": 95, "lon": 0}], "not on earth"),
        ([STOPS[0], STOPS[0]], "twice"),
        ([{**STOPS[2], "to_ms": 1}], "before it begins"),
        ([{"id": "a", "lat": "x", "lon": 0}], "stops"),
    ],
)
def test_stops_that_cannot_be_used_are_refused(stops: list[dict[str, object]], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        planned({"id": "SH-1", "stops": stops}, 0, 0)
