"""The alarms' lists and what people may do to them."""

from typing import Any

import pytest

from api.settings import ApiSettings
from fix_api import ALARM, As
from lineshaft.store import audit
from lineshaft.store.database import connect_async

pytestmark = pytest.mark.database

PATH = f"/api/v1/alarms/{ALARM}"


async def ids(client: Any, state: str) -> list[str]:
    found = (await client.get("/api/v1/alarms", params={"state": state})).json()
    assert found["next"] is None
    return [row["id"] for row in found["items"]]


async def test_what_is_shelved_is_listed_apart_and_comes_back(logged_in: As, settings: ApiSettings) -> None:
    client = await logged_in("operator")
    answer = await client.post(f"{PATH}/shelve", json={"minutes": 60, "reason": "noisy"})
    assert answer.status_code == 200, answer.text
    row = answer.json()
    assert (row["state"], row["shelved"]["by"], row["shelved"]["why"]) == ("shelved", "operator", "noisy")
    assert row["shelved"]["until"] - row["shelved"]["at"] == 3_600_000
    assert await ids(client, "active") == []
    assert await ids(client, "shelved") == [ALARM]
    answer = await client.post(f"{PATH}/unshelve", json={})
    assert answer.json()["state"] == "unacknowledged"
    history = (await client.get(f"{PATH}/history")).json()["items"]
    assert [(one["event"], one["by"], one["comment"]) for one in history] == [
        ("shelve", "operator", "noisy"),
        ("unshelve", "operator", None),
    ]
    async with await connect_async(settings.database_url) as conn:
        assert await audit.first_broken(conn) is None


async def test_nobody_shelves_longer_than_their_role_may_or_without_a_reason(logged_in: As) -> None:
    client = await logged_in("operator")
    for body in ({"minutes": 60, "reason": " "}, {"minutes": 60}, {"minutes": 481, "reason": "noisy"}):
        assert (await client.post(f"{PATH}/shelve", json=body)).status_code == 422
    client = await logged_in("supervisor")
    answer = await client.post(f"{PATH}/shelve", json={"minutes": 481, "reason": "noisy"})
    assert answer.status_code == 200


async def test_out_of_service_is_the_maintainers_and_stays_until_given_back(logged_in: As) -> None:
    operator, maintainer = await logged_in("operator"), await logged_in("maintainer")
    body = {"reason": "sensor is out"}
    assert (await operator.post(f"{PATH}/out-of-service", json=body)).status_code == 403
    row = (await maintainer.post(f"{PATH}/out-of-service", json=body)).json()
    assert (row["state"], row["out_of_service"]["why"]) == ("out_of_service", "sensor is out")
    assert (await operator.post(f"{PATH}/ack", json={})).status_code == 409
    assert (await operator.post(f"{PATH}/return", json={})).status_code == 403
    assert (await maintainer.post(f"{PATH}/return", json={})).json()["state"] == "unacknowledged"


async def test_an_acknowledgement_can_be_taken_back_and_words_be_added(logged_in: As) -> None:
    client = await logged_in("operator")
    assert (await client.post(f"{PATH}/reset", json={})).status_code == 409  # it is not latched
    await client.post(f"{PATH}/ack", json={"comment": "mine"})
    row = (await client.post(f"{PATH}/comment", json={"comment": "waiting for a part"})).json()
    assert (row["acked_by"], row["comment"]) == ("operator", "waiting for a part")
    row = (await client.post(f"{PATH}/unack", json={"reason": "shift is over"})).json()
    assert (row["state"], row["acked_by"]) == ("unacknowledged", None)


async def test_what_has_come_up_since_one_looked_is_not_acknowledged(logged_in: As) -> None:
    client = await logged_in("operator")
    seen = (await client.get(PATH)).json()["seen_pos"]
    await client.post(f"{PATH}/shelve", json={"minutes": 5, "reason": "noisy"})
    await client.post(f"{PATH}/unshelve", json={})  # it asks to be seen again
    answer = await client.post(f"{PATH}/ack", json={"seen_pos": seen})
    assert answer.status_code == 409
    assert "again" in answer.json()["error"]["message"]
    assert (await client.post(f"{PATH}/ack", json={})).status_code == 200


async def test_many_are_acknowledged_at_once_and_it_says_which_not(logged_in: As) -> None:
    client = await logged_in("operator")
    unknown = "5a3f5e0e-9a51-5d7e-8a51-6f0a3f1c2b77"
    body = {"ids": [ALARM, unknown], "comment": "the compressor"}
    answer = (await client.post("/api/v1/alarms/ack", json=body)).json()
    assert [row["id"] for row in answer["items"]] == [ALARM]
    again = (await client.post("/api/v1/alarms/ack", json=body)).json()
    assert (again["items"], again["refused"]) == ([], [{"id": ALARM, "why": "state"}])


@pytest.mark.parametrize("query", ["cursor=nonsense", "state=elsewhere", "priority=5", "stands=asleep"])
async def test_a_list_of_nonsense_is_refused(logged_in: As, query: str) -> None:
    client = await logged_in("viewer")
    assert (await client.get(f"/api/v1/alarms?{query}")).status_code == 422


async def test_counts_tell_what_is_to_be_done_and_what_is_kept_from_it(logged_in: As) -> None:
    client = await logged_in("operator")
    before = (await client.get("/api/v1/alarms/counts")).json()
    await client.post(f"{PATH}/shelve", json={"minutes": 5, "reason": "noisy"})
    after = (await client.get("/api/v1/alarms/counts")).json()
    assert (before["hidden"], after["hidden"]) == (0, 1)
    assert after["unacked"] == before["unacked"] - 1
