"""Work orders through the API: made once, moved by who may, never overwritten unseen."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from fix_api import ALARM, As
from fix_clock import FakeClock

pytestmark = pytest.mark.database


async def test_an_alarm_becomes_one_order_with_its_evidence_however_often_it_is_asked_for(
    logged_in: As,
) -> None:
    client = await logged_in("maintainer")
    answer = await client.post("/api/v1/work-orders", json={"alarm_id": ALARM})
    assert answer.status_code == 201, answer.text
    order = answer.json()
    assert (order["machine"], order["priority"], order["origin"]) == ("pump-101", 2, "alarm")
    assert order["alarm"]["message"] == "alarm.high"
    again = await (await logged_in("supervisor")).post("/api/v1/work-orders", json={"alarm_id": ALARM})
    assert (again.status_code, again.json()["id"]) == (200, order["id"])
    [listed] = (await client.get("/api/v1/work-orders")).json()["items"]
    assert listed == again.json()
    assert (await client.post("/api/v1/work-orders", json={"alarm_id": str(uuid4())})).status_code == 404


async def test_an_order_by_hand_is_made_once_for_its_idempotency_key(logged_in: As) -> None:
    client = await logged_in("supervisor")
    body = {"machine": "motor-102", "title": "Change the belt", "checks": ["Lock out", "Change"]}
    keyed = {"idempotency-key": "a-key-of-mine"}
    one, two = [await client.post("/api/v1/work-orders", json=body, headers=keyed) for _ in range(2)]
    assert (one.status_code, two.status_code) == (201, 200)
    assert one.json() == two.json()
    assert (one.json()["priority"], one.json()["checks"]) == (3, 2)
    other = await client.post("/api/v1/work-orders", json=body)
    assert other.json()["id"] != one.json()["id"]


@pytest.mark.parametrize(
    "body", [{}, {"machine": "pump-101"}, {"machine": "pump-9", "title": "x"},
             {"machine": "pump-101", "title": "x", "team": "nobody"}]
)  # fmt: skip
async def test_an_order_nobody_could_do_is_refused(logged_in: As, body: dict[str, str]) -> None:
    client = await logged_in("maintainer")
    assert (await client.post("/api/v1/work-orders", json=body)).status_code == 422


async def an_order(client: httpx.AsyncClient) -> dict[str, Any]:
    answer = await client.post("/api/v1/work-orders", json={"alarm_id": ALARM})
    order: dict[str, Any] = (await client.get(f"/api/v1/work-orders/{answer.json()['id']}")).json()
    return order


async def step(
    client: httpx.AsyncClient, order: dict[str, Any], act: str, *, status: int = 200, **said: object
) -> dict[str, Any]:
    seen = {"if-match": f'"{order["version"]}"'}
    path = f"/api/v1/work-orders/{order['id']}/steps"
    answer = await client.post(path, json={"act": act, **said}, headers=seen)
    assert answer.status_code == status, answer.text
    after: dict[str, Any] = answer.json()
    return after


FOUND: dict[str, Any] = {
    "verdict": "true",
    "mode": "overheating",
    "cause": "dirt",
    "action": "cleaned",
    "down_min": 90.0,
}


async def test_an_order_is_worked_on_and_closed_and_what_was_found_becomes_a_label(
    logged_in: As, clock: FakeClock
) -> None:
    client = await logged_in("maintainer")
    order = await an_order(client)
    assert order["evidence"]["score"]["health"] == 80.5
    assert order["evidence"]["advice"] == "bearing"
    order = await step(client, order, "start")
    path = f"/api/v1/work-orders/{order['id']}"
    assert (await client.put(f"{path}/timer", json={"running": True})).json()["running"] == ["maintainer"]
    clock.advance_s(900)
    order = await step(client, order, "close", **FOUND, found="Fan clogged")
    assert (order["state"], order["labour_h"], order["running"]) == ("done", 0.25, [])
    assert (order["down_s"], order["worked_s"], order["closed_by"]) == (5400, 900, "maintainer")
    [label] = (await client.get("/api/v1/labels?machine=pump-101")).json()["items"]
    assert (label["verdict"], label["mode"], label["reference"]) == ("true", "overheating", "WO-1")
    assert label["from_ts"] == order["fault_from"]
    assert [one["what"] for one in order["entries"]] == ["close", "start", "create"]


async def test_a_reopened_order_takes_its_label_back(logged_in: As) -> None:
    client = await logged_in("admin")
    order = await step(client, await an_order(client), "close", **FOUND)
    order = await step(client, order, "reopen", why="it was the sensor")
    assert (await client.get("/api/v1/labels")).json()["items"] == []
    await step(client, order, "close", verdict="false", action="calibrated")
    [label] = (await client.get("/api/v1/labels")).json()["items"]
    assert (label["verdict"], label["mode"]) == ("false", None)


async def test_two_phones_do_not_overwrite_one_another(logged_in: As) -> None:
    client = await logged_in("maintainer")
    order = await an_order(client)
    await step(client, order, "start")
    await step(client, order, "hold", why="no part", status=412)
    old = {"if-match": '"1"'}
    path = f"/api/v1/work-orders/{order['id']}"
    assert (await client.patch(path, json={"priority": 1}, headers=old)).status_code == 412
    assert (await client.patch(path, json={"priority": 1})).status_code == 428
    now = {"if-match": '"2"'}
    changed = (await client.patch(path, json={"priority": 1, "assignee": "maintainer"}, headers=now)).json()
    assert (changed["priority"], changed["assignee"], changed["version"]) == (1, "maintainer", 3)
    assert (await client.get("/api/v1/work-orders?mine=true")).json()["items"][0]["id"] == order["id"]


async def test_who_may_not_or_says_too_little_moves_nothing(logged_in: As) -> None:
    client = await logged_in("maintainer")
    order = await an_order(client)
    await step(client, order, "cancel", why="not needed", status=403)
    await step(client, order, "resume", status=409)
    await step(client, order, "hold", status=422)
    await step(client, order, "close", status=422)
    await step(client, order, "close", verdict="true", action="prayed", status=422)
    done = await step(await logged_in("supervisor"), order, "cancel", why="twice")
    assert (done["state"], done["version"]) == ("cancelled", 2)
    again = await client.post("/api/v1/work-orders", json={"alarm_id": ALARM})
    assert again.status_code == 201  # a cancelled order does not bar its alarm


async def test_a_ticked_line_stays_its_first_tickers(logged_in: As) -> None:
    one, two = await logged_in("maintainer"), await logged_in("supervisor")
    order = await an_order(one)
    path = f"/api/v1/work-orders/{order['id']}/checks"
    await one.post(path, json={"text": "Lock out"})
    for client in (one, two):
        answer = await client.put(f"{path}/0", json={"done": True})
    assert answer.json()["check_lines"][0]["done_by"] == "maintainer"
    assert (await two.put(f"{path}/0", json={"done": False})).json()["check_lines"][0]["done"] is None
    assert (await two.put(f"{path}/7", json={"done": True})).status_code == 404


async def test_a_file_is_what_its_content_says_and_runs_nothing(logged_in: As) -> None:
    client = await logged_in("maintainer")
    order = await an_order(client)
    path = f"/api/v1/work-orders/{order['id']}/files"
    keyed = {"idempotency-key": "photo-0001", "content-type": "text/html"}
    photo = b"\xff\xd8\xff\xe0" + bytes(2_000_000)
    for _ in range(2):
        kept = await client.post(f"{path}?name=../seal.exe", content=photo, headers=keyed)
    assert kept.status_code == 201, kept.text
    assert (kept.json()["name"], kept.json()["type"]) == ("seal.jpg", "image/jpeg")
    assert len((await client.get(f"/api/v1/work-orders/{order['id']}")).json()["files"]) == 1
    shown = await (await logged_in("viewer")).get(f"{path}/{kept.json()['id']}")
    assert shown.content == photo
    assert shown.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert (await client.post(path, content=b"<svg onload='x'>")).status_code == 415
    assert (await client.post(path, content=bytes(9_000_000))).status_code == 413
    assert (await client.get(f"{path}/{ALARM}")).status_code == 404
