"""Geofences by HTTP: drawn, changed, taken away; and the past of a vehicle."""

import json

import pytest

from fix_api import As
from lineshaft.store import journal
from lineshaft.store.database import connect

pytestmark = pytest.mark.database

YARD = {"name": "Yard", "kind": "circle", "points": [[30.27, 120.15]], "radius_m": 400.0}


def told(database_url: str) -> list[dict[str, object]]:
    with connect(database_url) as conn:
        rows = journal.read(conn, 0, [journal.CONTROL_SHARD], 1_000)
    return [json.loads(row.body) for row in rows if row.topic == "_/fence"]


async def test_a_planner_draws_changes_and_removes_a_fence_and_the_stream_hears_it(
    logged_in: As, database_url: str
) -> None:
    planner = await logged_in("planner")
    made = await planner.put("/api/v1/fences/yard", json=YARD)
    assert made.status_code == 200, made.text
    assert (made.json()["version"], made.json()["margin_m"]) == (1, 40.0)
    line = {"name": "Road", "kind": "corridor", "points": [[30.2, 120.1], [30.3, 120.2]], "radius_m": 300.0}
    changed = await planner.put("/api/v1/fences/yard", json=line)
    assert (changed.json()["version"], changed.json()["kind"]) == (2, "corridor")
    listed = (await (await logged_in("viewer")).get("/api/v1/fences")).json()["items"]
    assert [row["key"] for row in listed] == ["yard"]
    assert (await planner.delete("/api/v1/fences/yard")).status_code == 200
    assert (await planner.delete("/api/v1/fences/yard")).status_code == 404
    assert (await planner.get("/api/v1/fences")).json() == {"items": []}
    assert (await planner.put("/api/v1/fences/yard", json=YARD)).json()["version"] == 4
    heard = told(database_url)
    assert [row.get("version") for row in heard] == [1, 2, None, 4]
    assert heard[2] == {"key": "yard", "removed": True}
    with connect(database_url) as conn:
        deeds = conn.execute("SELECT action, object FROM audit WHERE action LIKE 'fence%' ORDER BY audit_id")
        assert [action for action, _ in deeds.fetchall()] == ["fence.put"] * 2 + ["fence.remove", "fence.put"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"radius_m": 3.0}, {"radius_m": None}, {"points": [[95, 0]]}, {"points": [[1, 2], [3, 4]]},
        {"kind": "blob"}, {"name": ""}, {"points": [["a", "b"]]}, {"extra": 1},
    ],
)  # fmt: skip
async def test_what_is_no_fence_is_refused(logged_in: As, wrong: dict[str, object]) -> None:
    answer = await (await logged_in("planner")).put("/api/v1/fences/yard", json={**YARD, **wrong})
    assert answer.status_code == 422


async def test_a_vehicles_past_leaves_out_what_cannot_be_true(logged_in: As, database_url: str) -> None:
    with connect(database_url) as conn:
        conn.execute("INSERT INTO fix SELECT ts + interval '1 s', device_id, 50, 8, 0, 0, 5, 8, 6 FROM fix")
        conn.execute(
            "INSERT INTO leg SELECT device_id, 'stop', ts - interval '1 h', ts, 30, 120, 30, 120, 0, 60, 0, 5"
            " FROM latest_fix"
        )
        conn.execute(
            "INSERT INTO visit SELECT device_id, 'gone', 1, ts - interval '30 min', NULL, 5 FROM latest_fix"
        )
    viewer = await logged_in("viewer")
    assert (await viewer.get("/api/v1/vehicles/truck-01/way")).json()["lat"] == [30.5]
    assert (await viewer.get("/api/v1/vehicles/truck-01/trail")).json()["lat"] == [30.5]
    [stop] = (await viewer.get("/api/v1/vehicles/truck-01/legs")).json()["items"]
    assert (stop["kind"], stop["idle_s"]) == ("stop", 60.0)
    [visit] = (await viewer.get("/api/v1/visits?fence=gone")).json()["items"]
    assert (visit["vehicle"], visit["departed"]) == ("truck-01", None)
