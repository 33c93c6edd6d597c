import httpx
import psycopg
import pytest

from fix_api import As
from fix_clock import FakeClock

pytestmark = pytest.mark.database
pytest.importorskip("pyvrp")

HOUR = 3_600_000


async def planned(planner: httpx.AsyncClient, now: int) -> None:
    """Two to the north and two to the east; each truck has one of both."""
    places = {"N1": (30.3, 120.0), "N2": (30.32, 120.0), "E1": (30.0, 120.35), "E2": (30.0, 120.37)}
    trucks = {"N1": "truck-01", "E1": "truck-01", "N2": None, "E2": None}
    for key, (lat, lon) in places.items():
        stops = [{"id": "works", "lat": 30.0, "lon": 120.0, "kind": "pickup"},
                 {"id": "drop", "lat": lat, "lon": lon, "from_ms": now + 2 * HOUR,
                  "to_ms": now + 9 * HOUR}]  # fmt: skip
        body = {"id": f"SH-{key}", "stops": stops, "vehicle": trucks[key]}
        answer = await planner.post("/api/v1/shipments", json=body)
        assert answer.status_code == 201, answer.text


async def test_a_plan_is_made_shown_and_accepted_through_the_journal(
    logged_in: As, seeded_url: str, clock: FakeClock
) -> None:
    planner, now = await logged_in("planner"), clock() // 1000
    await planned(planner, now)
    body = {
        "from_ms": now, "to_ms": now + 12 * HOUR, "seconds": 0.2,
        "vehicles": [{"vehicle": one, "capacity_kg": 9000} for one in ("truck-01", "truck-02")],
    }  # fmt: skip
    answer = await planner.post("/api/v1/plans", json=body)
    assert answer.status_code == 201, answer.text
    plan = answer.json()
    found = plan["found"]
    assert found["feasible"]
    assert found["proposed"]["late"] == 0
    visits = sorted(leg["shipment"] for tour in found["proposed"]["tours"] for leg in tour["visits"])
    assert visits == ["SH-E1", "SH-E2", "SH-N1", "SH-N2"]
    assert found["present"]["left_out"] == ["SH-E2", "SH-N2"]
    assert found["saved_m"] is None
    assert 0 < found["bound_m"] <= found["proposed"]["way_m"] + 4
    accepted = await planner.post(f"/api/v1/plans/{plan['id']}/accept")
    assert accepted.json()["accepted_by"] == "planner", accepted.text
    assert (await planner.post(f"/api/v1/plans/{plan['id']}/accept")).status_code == 409
    with psycopg.connect(seeded_url, options="-c search_path=lineshaft,public") as conn:
        [(told,)] = conn.execute("SELECT count(*) FROM journal WHERE topic = '_/shipment'").fetchall()
    assert told == 8
    assert [one["id"] for one in (await planner.get("/api/v1/plans")).json()["items"]] == [plan["id"]]


async def test_a_day_without_shipments_is_no_plan(logged_in: As, clock: FakeClock) -> None:
    now = clock() // 1000
    body = {
        "from_ms": now,
        "to_ms": now + 12 * HOUR,
        "vehicles": [{"vehicle": "truck-01", "capacity_kg": 9}],
    }
    answer = await (await logged_in("planner")).post("/api/v1/plans", json=body)
    assert answer.status_code == 422
