"""What people do through the API: done once, told to the stream, and written down who did it."""

import orjson
import psycopg
import pytest

from api.settings import ApiSettings
from fix_api import ALARM, As
from lineshaft.domain.plant import from_document
from lineshaft.store import audit
from lineshaft.store.database import connect_async

pytestmark = pytest.mark.database

SHIPMENT = {
    "id": "SH-2",
    "vehicle": "truck-01",
    "route": "hz-sh",
    "planned_departure_ms": 1_700_003_600_000,
    "planned_arrival_ms": 1_700_010_000_000,
}


def rows(settings: ApiSettings, query: bytes) -> list[tuple[object, ...]]:
    with psycopg.connect(settings.database_url, options="-c search_path=lineshaft,public") as conn:
        return conn.execute(query).fetchall()


async def test_an_acknowledgement_is_told_and_written_down(logged_in: As, settings: ApiSettings) -> None:
    client = await logged_in("operator")
    answer = await client.post(f"/api/v1/alarms/{ALARM}/ack", json={"comment": " seen "})
    assert answer.status_code == 200, answer.text
    row = answer.json()
    assert (row["state"], row["acked_by"], row["comment"]) == ("acknowledged", "operator", "seen")
    [(body,)] = rows(settings, b"SELECT body FROM journal WHERE topic = '_/alarm'")
    assert isinstance(body, bytes)
    assert [one["alarm_id"] for one in orjson.loads(body)["alarms"]] == [ALARM]
    [(by, peer, reason)] = rows(settings, b"SELECT by, peer, reason FROM audit WHERE action = 'alarm.ack'")
    assert (by, peer, reason) == ("operator", "10.1.2.3", "seen")
    async with await connect_async(settings.database_url) as conn:
        assert await audit.first_broken(conn) is None


async def test_a_second_acknowledgement_is_a_conflict_and_leaves_no_trace(
    logged_in: As, settings: ApiSettings
) -> None:
    client = await logged_in("operator")
    await client.post(f"/api/v1/alarms/{ALARM}/ack", json={})
    assert (await client.post(f"/api/v1/alarms/{ALARM}/ack", json={})).status_code == 409
    assert rows(settings, b"SELECT count(*) FROM audit WHERE action = 'alarm.ack'") == [(1,)]


async def test_an_unknown_device_becomes_a_machine(logged_in: As, settings: ApiSettings) -> None:
    client = await logged_in("maintainer")
    [device] = (await client.get("/api/v1/devices?unassigned=true")).json()["items"]
    body = {"name": "Coolant pump 9", "kind": "pump", "line": "line-1"}
    answer = await client.post(f"/api/v1/devices/{device['id']}/adopt", json=body)
    assert (answer.status_code, answer.json()) == (201, {"key": "pump-109", "version": 2})
    machine = (await client.get("/api/v1/machines/pump-109")).json()
    assert machine["name"]["en"] == "Coolant pump 9"
    assert {"temp", "vib", "flow"} <= {signal["name"] for signal in machine["signals"]}
    [(told,)] = rows(settings, b"SELECT body FROM journal WHERE topic = '_/plant' ORDER BY pos DESC LIMIT 1")
    assert isinstance(told, bytes)
    assert "pump-109" in from_document(orjson.loads(told)).machines
    assert (await client.get("/api/v1/devices?unassigned=true")).json()["items"] == []
    again = await client.post(f"/api/v1/devices/{device['id']}/adopt", json=body)
    assert again.status_code == 409


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"name": "x", "kind": "pump", "line": "line-9"}, "no line 'line-9' at this site: line-1"),
        ({"name": "x", "kind": "pumpe", "line": "line-1"}, "did you mean 'pump'"),
        ({"name": "x", "kind": "pump", "line": "line-1", "key": "motor-102"}, "is taken"),
        ({"name": "x", "kind": "reader", "line": "machining"}, "no zone"),
        ({"name": "", "kind": "pump", "line": "line-1"}, "name"),
        ({"name": "x", "kind": "pump", "line": "line-1", "colour": "red"}, "colour"),
    ],
)
async def test_a_device_is_not_adopted_into_nonsense(logged_in: As, body: dict[str, str], says: str) -> None:
    client = await logged_in("maintainer")
    [device] = (await client.get("/api/v1/devices?unassigned=true")).json()["items"]
    answer = await client.post(f"/api/v1/devices/{device['id']}/adopt", json=body)
    assert answer.status_code == 422
    assert says in answer.json()["error"]["message"]


async def test_a_device_becomes_a_reader_or_a_vehicle(logged_in: As) -> None:
    client = await logged_in("admin")
    [device] = (await client.get("/api/v1/devices?unassigned=true")).json()["items"]
    path = f"/api/v1/devices/{device['id']}/adopt"
    body = {"name": "Gate 9", "kind": "reader", "line": "warehouse", "key": "gate-9"}
    assert (await client.post(path, json=body)).status_code == 201
    plant = from_document((await client.get("/api/v1/plant")).json())
    assert plant.readers["gate-9"].antennas == {1: "dock-1"}


async def test_a_shipment_is_planned_once(logged_in: As, settings: ApiSettings) -> None:
    client = await logged_in("planner")
    answer = await client.post("/api/v1/shipments", json=SHIPMENT)
    assert answer.status_code == 201, answer.text
    assert answer.json()["state"] == "planned"
    assert rows(settings, b"SELECT count(*) FROM journal WHERE topic = '_/shipment'") == [(1,)]
    assert (await client.post("/api/v1/shipments", json=SHIPMENT)).status_code == 409


@pytest.mark.parametrize(
    "change",
    [
        {"vehicle": "truck-99"},
        {"route": "nowhere"},
        {"planned_arrival_ms": 1},
        {"planned_arrival_ms": "1700010000000"},
        {"planned_arrival_ms": True},
        {"id": "a b"},
    ],
)
async def test_a_shipment_that_cannot_be_is_refused(logged_in: As, change: dict[str, object]) -> None:
    client = await logged_in("planner")
    assert (await client.post("/api/v1/shipments", json=SHIPMENT | change)).status_code == 422


async def test_the_language_is_remembered(logged_in: As) -> None:
    client = await logged_in("viewer")
    assert (await client.put("/api/v1/me/language", json={"language": "zh-CN"})).status_code == 204
    assert (await client.get("/api/v1/me")).json()["language"] == "zh-CN"
    assert (await client.put("/api/v1/me/language", json={"language": "xx"})).status_code == 422


async def test_a_body_that_is_no_json_is_refused(logged_in: As) -> None:
    client = await logged_in("planner")
    answer = await client.post(
        "/api/v1/shipments", content=b"{", headers={"content-type": "application/json"}
    )
    assert answer.status_code == 422
