import psycopg
import pytest

from fix_api import As
from fix_clock import FakeClock
from lineshaft.clock import to_datetime
from lineshaft.domain.journeys import planned
from lineshaft.store import shipments

pytestmark = pytest.mark.database

TERMS = {
    "currency": "CNY",
    "lanes": [{"origin": "*", "destination": "*", "breaks": [{"from_kg": "0", "per_100_kg": "50"}]}],
    "fuel_percent": "10",
    "detention_per_unit": "80",
}
MINUTE = 60_000


def arrived(url: str, now_ms: int, carrier: str = "hangyun") -> None:
    """SH-7 carried 2,000 kg from `works`, where it waited 151 min, to `port`; it arrived an hour ago."""
    at = now_ms - 60 * MINUTE
    stops = [
        {
            "id": "works",
            "lat": 30.0,
            "lon": 120.0,
            "arrived_ms": at - 251 * MINUTE,
            "departed_ms": at - 100 * MINUTE,
        },
        {"id": "port", "lat": 30.5, "lon": 120.0, "arrived_ms": at},
    ]
    document = {"id": "SH-7", "stops": stops, "carrier": carrier, "vehicle": "truck-01",
                "cargo": [{"sscc": "376104250021234569", "weight_kg": 2000}]}  # fmt: skip
    with psycopg.connect(url, options="-c search_path=lineshaft,public") as conn:
        shipments.write(conn, [planned(document, now_ms * 1000, 5)])
        conn.execute(
            "UPDATE shipment SET state = 'arrived', departed = %s, arrived = %s WHERE shipment_id = 'SH-7'",
            (to_datetime((at - 100 * MINUTE) * 1000), to_datetime(at * 1000)),
        )


async def test_an_invoice_is_checked_against_what_the_truck_did(
    logged_in: As, seeded_url: str, clock: FakeClock
) -> None:
    planner, now = await logged_in("planner"), clock() // 1000
    await planner.put("/api/v1/carriers/hangyun", json={"name": "Hangyun"})
    body = {"from_day": "2020-01-01", "terms": TERMS}
    assert (await planner.post("/api/v1/carriers/hangyun/tariffs", json=body)).status_code == 201
    assert (await planner.post("/api/v1/carriers/hangyun/tariffs", json=body)).status_code == 409
    arrived(seeded_url, now)
    span = {"from_ts": now - 7_200_000, "to_ts": now}
    [cost] = (await planner.get("/api/v1/freight-costs", params=span)).json()["items"]
    # 2,000 kg at 50 per 100 kg; 10 % fuel; 31 min beyond the free 120 are two begun half hours.
    assert [(one["kind"], one["amount"]) for one in cost["charges"]] == [
        ("base", "1000.00"), ("fuel", "100.00"), ("detention", "160.00"),
    ]  # fmt: skip
    assert (cost["total"], cost["invoice"], cost["evidence"]["way_measured"]) == ("1260.00", None, False)
    # 55.6 km straight, times 1.3, times 2 t, times 125.22 g.
    assert cost["co2e_kg"] == pytest.approx(18.1, abs=0.1)
    lines = [
        {"line": "1", "shipment": "SH-7", "charge": "base", "amount": "1000.00"},
        {"line": "2", "shipment": "SH-7", "charge": "detention", "amount": "320.00"},
        {"line": "3", "shipment": "SH-7", "charge": "fuel", "amount": "100.00"},
        {"line": "4", "shipment": "SH-7", "charge": "fuel", "amount": "100.00"},
    ]
    invoice = {"currency": "CNY", "issued_ms": now, "lines": lines}
    said = (await planner.put("/api/v1/carriers/hangyun/invoices/I-1", json=invoice)).json()
    assert [(one["line"], one["reason"], one["over"]) for one in said["findings"]] == [
        ("2", "detention", "160.00"), ("4", "double", "100.00"),
    ]  # fmt: skip
    assert said["over"] == "260.00"
    [cost] = (await planner.get("/api/v1/freight-costs", params=span)).json()["items"]
    assert cost["invoice"] == "I-1"
    path = "/api/v1/carriers/hangyun/invoices/I-1"
    said = (await planner.post(f"{path}/decision", json={"state": "disputed"})).json()
    assert (said["invoice"]["state"], said["invoice"]["decided_by"]) == ("disputed", "planner")
    assert (await planner.get(path)).json()["over"] == "260.00"


async def test_a_way_nobody_measured_accuses_nobody(logged_in: As, seeded_url: str, clock: FakeClock) -> None:
    planner, now = await logged_in("planner"), clock() // 1000
    await planner.put("/api/v1/carriers/hangyun", json={"name": "Hangyun"})
    terms = {"currency": "CNY", "lanes": [{"origin": "*", "destination": "*", "per_km": "10"}]}
    await planner.post("/api/v1/carriers/hangyun/tariffs", json={"from_day": "2020-01-01", "terms": terms})
    arrived(seeded_url, now)
    line = {"line": "1", "shipment": "SH-7", "charge": "base", "amount": "1500.00", "quantity": "150"}
    invoice = {"currency": "CNY", "issued_ms": now, "lines": [line]}
    said = (await planner.put("/api/v1/carriers/hangyun/invoices/I-1", json=invoice)).json()
    assert [(one["reason"], one["proven"]) for one in said["findings"]] == [("distance", False)]
    assert said["over"] == "0"
