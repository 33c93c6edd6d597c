"""What the office's people send fits the doors it is sent by."""

from decimal import Decimal
from typing import Any

import pytest

from api.schemas_freight import InvoiceInput
from api.schemas_logistics import ComplaintInput, ProofInput, ShipmentInput
from api.schemas_orders import CustomerOrderInput
from lineshaft.domain.customer_orders import order_of
from lineshaft.domain.journeys import planned
from lineshaft.wire import dialects
from lineshaft.wire.door import Door
from simulators.machines import MACHINES
from simulators.office import invoices, orders, past, rounds
from simulators.office.day import VAN_KG
from simulators.office.vans import Halt, Van, said

NOW_MS = 1_790_000_000_000
HOUR_MS = 3_600_000


def test_orders_are_made_as_time_goes_by_and_whole_when_they_leave() -> None:
    made = []
    for hours in (5, 3, 1, 0):
        body = orders.order("SO-1", "Bay", (NOW_MS + hours * HOUR_MS, NOW_MS + 9 * HOUR_MS), NOW_MS)
        CustomerOrderInput.model_validate(body)
        order = order_of({"id": "SO-1", **body})
        made.append(order.lines[1].made / order.lines[1].quantity)
    assert made == sorted(made)
    assert made[0] < 0.3 < made[-1] == 1
    assert order.lines[0].machine in {machine.id for machine in MACHINES}


def test_a_batch_is_shipments_from_two_depots_some_with_several_stops() -> None:
    batch = rounds.batch(7, 3, NOW_MS)
    shipments = [planned(ShipmentInput.model_validate(one).model_dump(), NOW_MS * 1000, 1) for one in batch]
    assert len({one.shipment_id for one in shipments}) == sum(rounds.LOADS)
    assert len({(one.stops[0].lat, one.stops[0].lon) for one in shipments}) == 2
    assert {len(one.stops) for one in shipments} == {2, 4}
    assert all(one.promised_us and one.planned_departure_us < one.promised_us for one in shipments)


def test_past_loads_were_signed_for_before_now() -> None:
    loads = past.delivered(7, NOW_MS * 1000)
    assert len(loads) > 30
    for one in loads:
        ShipmentInput.model_validate(one.shipment)
        assert ProofInput.model_validate(one.proof).at_ms < NOW_MS + past.SIGNED_MS
        assert one.complaint is None or ComplaintInput(what=one.complaint)
    assert any(one.proof["damaged"] for one in loads)


def cost(shipment: str) -> dict[str, Any]:
    charges = [{"kind": "base", "amount": "400.00"}, {"kind": "fuel", "amount": "40.00"}]
    return {"shipment": shipment, "currency": "CNY", "charges": charges, "evidence": {"weight_kg": 900.0}}


def test_carriers_bill_the_tariff_and_now_and_then_more() -> None:
    costs = [cost(f"SH-{n}") for n in range(60)]
    body = invoices.invoice(costs, NOW_MS, "SH-0")
    InvoiceInput.model_validate(body)
    asked = {one["shipment"]: Decimal(0) for one in body["lines"]}
    for line in body["lines"][:-1]:
        asked[line["shipment"]] += Decimal(line["amount"])
    wrong = {key for key, amount in asked.items() if amount != 440}
    assert wrong == {one["shipment"] for one in costs if invoices.mistake_of(one["shipment"])}
    assert 3 <= len(wrong) <= 25


@pytest.mark.parametrize(
    ("van", "door"),
    [
        ("van-1", Door("s", "owntracks", "owntracks", "van-1-phone")),
        ("van-3", Door("s", "traccar", "traccar")),
        ("van-4", Door("s", "osmand", "osmand", "van-4", "Asia/Shanghai", "gcj02")),
    ],
)
def test_a_tracker_says_where_its_van_is_in_a_dialect_we_read(van: str, door: Door) -> None:
    truck = Van(van, 30.3, 120.2, [Halt(30.4, 120.2), Halt(30.3, 120.2)])
    truck.step(NOW_MS * 1000)
    truck.step((NOW_MS + 60_000) * 1000)
    fixes = dialects.decode(door, *said(truck), NOW_MS * 1000)[0]
    assert abs(fixes.lat[0] - truck.lat) < 1e-4
    assert abs(fixes.lon[0] - truck.lon) < 1e-4
    assert 10 < fixes.speed_ms[0] < 14
    assert fixes.ts_us[0] == (NOW_MS + 60_000) * 1000


def test_a_van_makes_its_halts_and_is_idle_at_its_depot() -> None:
    van = Van("van-1", 30.3, 120.2, [Halt(30.32, 120.2, 60), Halt(30.3, 120.2, 60)])
    for second in range(0, 900, 10):
        van.step((NOW_MS + second * 1000) * 1000)
    assert van.is_idle
    assert (van.lat, van.lon, van.speed_ms) == (30.3, 120.2, 0.0)


def test_two_vans_of_a_depot_can_carry_what_a_batch_brings() -> None:
    for number in range(50):
        loads: dict[str, float] = {}
        for one in rounds.batch(7, number, NOW_MS):
            loads.setdefault(one["stops"][0]["name"], 0.0)
            loads[one["stops"][0]["name"]] += sum(unit["weight_kg"] for unit in one["cargo"])
        assert max(loads.values()) < 1.9 * VAN_KG
