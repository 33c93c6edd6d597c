import pytest

from fix_api import As
from fix_clock import FakeClock

pytestmark = pytest.mark.database

ORDER = {
    "customer": "Harbour",
    "currency": "CNY",
    "value": "9000",
    "penalty": {"per_hour": "50", "cap": "300"},
    "lines": [{"line": "1", "item": "lid", "quantity": "24", "made": "8", "machine": "pump-101"}],
}


async def test_a_machine_tells_what_hangs_on_it(logged_in: As, clock: FakeClock) -> None:
    planner, now = await logged_in("planner"), clock() // 1000
    promised = now - 90 * 60_000
    answer = await planner.put("/api/v1/orders/SO-1", json={**ORDER, "promised_ms": promised})
    assert answer.status_code == 200, answer.text
    stops = [{"id": "a", "lat": 30, "lon": 120}, {"id": "b", "lat": 30.5, "lon": 120, "to_ms": promised}]
    load = {"id": "SH-7", "stops": stops, "cargo": [{"sscc": "376104250021234569", "order": "SO-1"}]}
    assert (await planner.post("/api/v1/shipments", json=load)).status_code == 201
    found = (await planner.get("/api/v1/machines/pump-101/at-risk")).json()
    [order] = found["orders"]
    # Ninety minutes over, and nobody knows when it comes: two hours have begun.
    assert (order["late_p"], order["expected"], order["most"]) == (1.0, "100.00", "300.00")
    assert (order["loads"][0]["shipment"], order["loads"][0]["pallets"]) == ("SH-7", ["376104250021234569"])
    assert found["totals"][0]["expected"] == "100.00"
    [row] = (await planner.get("/api/v1/at-risk")).json()["items"]
    assert (row["machine"]["key"], row["orders"]) == ("pump-101", ["SO-1"])
    back = (await planner.get("/api/v1/orders/SO-1")).json()
    assert [one["key"] for one in back["machines"]] == ["pump-101"]
    assert {one["source"] for one in back["alarms"]} == {"pump-101"}
    assert (await planner.delete("/api/v1/orders/SO-1")).json()["closed"]
    assert (await planner.get("/api/v1/orders")).json()["items"] == []


async def test_what_the_plant_does_not_know_is_refused(logged_in: As) -> None:
    planner = await logged_in("planner")
    lines = [{"line": "1", "item": "lid", "quantity": "24", "machine": "press-99"}]
    answer = await planner.put("/api/v1/orders/SO-1", json={**ORDER, "lines": lines})
    assert (answer.status_code, answer.json()["error"]["message"]) == (
        422,
        "lines: no machine 'press-99' in the plant",
    )


async def test_a_sheet_of_orders_comes_in_whole_or_with_a_report(logged_in: As) -> None:
    planner = await logged_in("planner")
    sheet = "id,customer,currency,line,item,quantity\nSO-1,Bay,CNY,1,lid,5\nSO-2,Bay,CNY,1,lid,many\n"
    answer = await planner.post("/api/v1/orders/import", json={"csv": sheet})
    assert (answer.status_code, answer.json()["mistakes"][0]["column"]) == (422, "quantity")
    answer = await planner.post("/api/v1/orders/import", json={"csv": sheet, "keep_good_rows": True})
    assert (answer.status_code, answer.json()["written"]) == (201, ["SO-1"])
    sheet = "id,customer,currency,line,item,quantity,machine\nSO-3,Bay,CNY,1,lid,5,press-99\n"
    answer = await planner.post("/api/v1/orders/import", json={"csv": sheet})
    assert [(one["row"], one["column"]) for one in answer.json()["mistakes"]] == [(2, "machine")]
