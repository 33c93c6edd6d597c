from datetime import timedelta

import httpx
import psycopg
import pytest

from fix_api import As
from fix_clock import FakeClock
from lineshaft.clock import to_datetime

pytestmark = pytest.mark.database

STOPS = [
    {"id": "works", "lat": 30.3, "lon": 120.2, "kind": "pickup"},
    {"id": "port", "lat": 30.5, "lon": 120.9, "from_ms": 1_795_300_000_000, "to_ms": 1_795_310_800_000},
]
ORDER = {
    "id": "SH-7",
    "stops": STOPS,
    "cargo": [{"sscc": "(00)376104250021234569", "quantity": 24, "epc": "30AA"}],
    "limits": [{"signal": "temperature", "high": 8}],
}


async def planned(planner: httpx.AsyncClient, **more: object) -> None:
    answer = await planner.post("/api/v1/shipments", json={**ORDER, **more})
    assert answer.status_code == 201, answer.text


async def test_a_shipment_with_stops_shows_all_of_its_journey(logged_in: As) -> None:
    planner = await logged_in("planner")
    await planned(planner)
    journey = (await planner.get("/api/v1/shipments/SH-7/journey")).json()
    assert [(one["stop"], one["kind"]) for one in journey["milestones"]] == [
        ("works", "arrive"), ("works", "depart"), ("port", "arrive"), ("port", "proof"),
    ]  # fmt: skip
    assert journey["shipment"]["promised"] == STOPS[1]["to_ms"]
    assert journey["cargo"][0]["sscc"] == "376104250021234569"
    found = (await planner.get("/api/v1/shipments", params={"unit": "376104250021234569"})).json()
    assert [one["id"] for one in found["items"]] == ["SH-7"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"stops": []}, "route or stops"),
        ({"cargo": [{"sscc": "376104250021234560"}]}, "check digit should be 9"),
        ({"limits": [{"signal": "temperature"}]}, "neither low nor high"),
        ({"carrier": "nobody"}, "no 'nobody'"),
        ({"stops": [{**STOPS[1], "to_ms": 5}]}, "ends before it begins"),
    ],
)
async def test_what_cannot_be_planned_is_refused(logged_in: As, more: dict[str, object], said: str) -> None:
    answer = await (await logged_in("planner")).post("/api/v1/shipments", json={**ORDER, **more})
    assert answer.status_code == 422
    assert said in answer.json()["error"]["message"]


async def test_a_carrier_sees_its_own_loads_and_no_others(logged_in: As) -> None:
    planner, carrier = await logged_in("planner"), await logged_in("carrier")
    for name, logins in (("hangyun", ["carrier"]), ("other", [])):
        answer = await planner.put(f"/api/v1/carriers/{name}", json={"name": name, "logins": logins})
        assert answer.status_code == 200
    await planned(planner, id="SH-8", carrier="hangyun")
    await planned(planner, id="SH-9", carrier="other")
    rows = (await carrier.get("/api/v1/shipments")).json()["items"]
    assert [one["id"] for one in rows] == ["SH-8"]
    assert (await carrier.get("/api/v1/shipments/SH-8/journey")).status_code == 200
    for path in ("", "/journey"):
        assert (await carrier.get(f"/api/v1/shipments/SH-9{path}")).status_code == 404
    found = await carrier.get("/api/v1/shipments", params={"unit": "30AA"})
    assert [one["id"] for one in found.json()["items"]] == ["SH-8"]


async def test_a_sheet_comes_in_whole_or_with_a_report(logged_in: As) -> None:
    planner = await logged_in("planner")
    sheet = "id,stop_id,lat,lon,to\nSH-1A,a,30,120,\nSH-1A,b,30.5,120,2026-12-01 08:00\nSH-1B,a,north,120,\n"
    answer = await planner.post("/api/v1/shipments/import", json={"csv": sheet})
    assert answer.status_code == 422
    assert [(one["row"], one["column"]) for one in answer.json()["mistakes"]] == [(4, "lat")]
    assert (await planner.get("/api/v1/shipments/SH-1A")).status_code == 404
    answer = await planner.post("/api/v1/shipments/import", json={"csv": sheet, "keep_good_rows": True})
    assert (answer.status_code, answer.json()["planned"]) == (201, ["SH-1A"])
    sheet = "id,route,vehicle\nSH-1C,hz-sh,truck-01\nSH-1D,hz-sh,truck-99\n"
    answer = await planner.post("/api/v1/shipments/import", json={"csv": sheet, "keep_good_rows": True})
    assert answer.json()["planned"] == ["SH-1C"]
    assert answer.json()["mistakes"] == [
        {"row": 3, "column": "vehicle", "message": "no 'truck-99' in the plant"}
    ]


async def test_a_proof_needs_a_picture_that_is_one(logged_in: As, clock: FakeClock) -> None:
    planner, warehouse = await logged_in("planner"), await logged_in("warehouse")
    await planned(planner)
    headers = {"content-type": "image/png"}
    answer = await warehouse.post("/api/v1/proof-files", content=b"<script>", headers=headers)
    assert answer.status_code == 415
    answer = await warehouse.post("/api/v1/proof-files", content=b"\x89PNG\r\n\x1a\n..", headers=headers)
    key = answer.json()["key"]
    picture = await planner.get(f"/api/v1/proof-files/{key}")
    assert (picture.headers["content-type"], picture.content[:4]) == ("image/png", b"\x89PNG")
    proof = {"by": "M. Chen", "at_ms": clock() // 1000, "quantity": 24}
    for file, status in (("0" * 64, 422), (key, 202)):
        answer = await warehouse.post("/api/v1/shipments/SH-7/proof", json={**proof, "file": file})
        assert answer.status_code == status


async def test_a_scorecard_counts_what_arrived_and_lists_its_loads(
    logged_in: As, seeded_url: str, clock: FakeClock
) -> None:
    planner = await logged_in("planner")
    assert (await planner.put("/api/v1/carriers/hangyun", json={"name": "Hangyun"})).status_code == 200
    await planned(planner, id="SH-9", carrier="hangyun")
    hour_ago = to_datetime(clock() - 3_600_000_000)
    with psycopg.connect(seeded_url, options="-c search_path=lineshaft,public") as conn:
        conn.execute(
            "UPDATE shipment SET state = 'arrived', departed = %s, arrived = %s WHERE shipment_id = 'SH-9'",
            (hour_ago, to_datetime(clock() - 60_000_000)),
        )
        for minute in (1, 11, 21, 31, 41):  # five of six stretches of ten minutes
            ts = hour_ago + timedelta(minutes=minute)
            conn.execute(
                "INSERT INTO eta (shipment_id, ts, eta_p10, eta_p50, eta_p90, remaining_m, pace_ms, model,"
                " pos) VALUES ('SH-9', %s, %s, %s, %s, 5, 20, 'pace', 5)",
                (ts, ts, ts, ts),
            )
    [card] = (await planner.get("/api/v1/carriers/scorecards")).json()["items"]
    assert (card["loads"], card["tracked"]["n"], card["tracked"]["of"]) == (1, 1, 1)
    assert card["on_time"]["low"] < card["on_time"]["share"] == 1.0
    [load] = (await planner.get("/api/v1/carriers/hangyun/loads")).json()["items"]
    assert (load["shipment_id"], load["tracked"]) == ("SH-9", True)
