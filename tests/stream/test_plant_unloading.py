"""What the plant flow knows of vehicles that stand at the last stop of what they brought."""

import json
from itertools import count
from typing import Any

import pytest

from lineshaft.domain.journeys import ShipmentState
from lineshaft.store.facts import Control, Fact
from stream.plant_state import PlantBundle, PlantChunk, PlantState

MINUTE = 60_000_000
T0 = 1_763_700_000_000_000
STOPS = [
    {"id": "works", "lat": 30.3, "lon": 120.2, "kind": "pickup"},
    {"id": "port", "lat": 30.5, "lon": 120.9, "free_min": 30},
]


class Flow:
    """The plant flow's memory, a shipment that arrived at T0, and what follows row by row."""

    def __init__(self) -> None:
        self.state = PlantState()
        self.pos = count(1)
        self.control("_/shipment", {"id": "S1", "vehicle": "van-1", "stops": STOPS}, T0 - 90 * MINUTE)
        self.fact("departure", T0 - 60 * MINUTE, "works")
        self.fact("arrival", T0, "port")

    def step(self, row: Fact | Control) -> PlantBundle:
        return self.state.step(PlantChunk(row.pos - 1, row.pos, [row]))

    def fact(self, kind: str, at_us: int, stop: str) -> PlantBundle:
        body = {"shipment_id": "S1", "at_us": at_us, "stop": stop}
        return self.step(Fact(next(self.pos), 0, 0, at_us, kind, "van-1", body))

    def control(self, topic: str, body: dict[str, Any], at_us: int) -> PlantBundle:
        return self.step(Control(next(self.pos), at_us, topic, json.dumps(body).encode()))

    def tick(self, minute: int) -> list[tuple[str, bool]]:
        bundle = self.control("_/tick", {}, T0 + minute * MINUTE)
        return [(one.condition.rule, one.condition.active) for one in bundle.alarms]


@pytest.fixture
def flow() -> Flow:
    return Flow()


def test_it_dwells_at_the_last_stop_until_it_leaves(flow: Flow) -> None:
    assert (flow.tick(29), flow.tick(31)) == ([], [("dwell:S1:port", True)])
    left = flow.fact("departure", T0 + 50 * MINUTE, "port")
    assert [(one.condition.rule, one.condition.active) for one in left.alarms] == [("dwell:S1:port", False)]
    shipment = left.shipments["S1"]
    assert (shipment.state, shipment.arrived_us) == (ShipmentState.ARRIVED, T0)
    assert shipment.stops[-1].departed_us == T0 + 50 * MINUTE
    assert flow.state.unloading == {}


def test_a_proof_meanwhile_stays_with_the_departure(flow: Flow) -> None:
    proof = {"id": "S1", "proof": {"by": "goods-in", "at_ms": T0 // 1000, "quantity": 3}}
    signed = flow.control("_/proof", proof, T0 + MINUTE).shipments["S1"]
    assert signed.state is ShipmentState.DELIVERED
    left = flow.fact("departure", T0 + 9 * MINUTE, "port").shipments["S1"]
    assert (left.state, left.proof) == (ShipmentState.DELIVERED, signed.proof)
    assert left.stops[-1].departed_us == T0 + 9 * MINUTE


def test_who_stands_there_for_a_day_is_not_unloading_any_more(flow: Flow) -> None:
    flow.tick(60)
    assert flow.tick(24 * 60 + 1) == [("dwell:S1:port", False)]
    assert flow.state.unloading == {}
    assert flow.fact("departure", T0 + 1_500 * MINUTE, "port").shipments == {}
