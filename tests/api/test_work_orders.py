"""Work orders through the API: made once, moved by who may, never overwritten unseen."""

from uuid import uuid4

import pytest

from fix_api import ALARM, As

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
