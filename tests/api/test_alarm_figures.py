"""The alarm system's figures and groups, as the API gives them."""

import asyncio

import psycopg
import pytest

from api.settings import ApiSettings
from fix_api import As
from fix_clock import FakeClock

pytestmark = pytest.mark.database


async def test_figures_stand_against_their_targets(logged_in: As, clock: FakeClock) -> None:
    client = await logged_in("viewer")
    to_ts = clock() // 1000 + 1
    asked = {"from_ts": to_ts - 86_400_000, "to_ts": to_ts, "site": "hangzhou"}
    answer = await client.get("/api/v1/alarm-performance", params=asked)
    assert answer.status_code == 200, answer.text
    figures = {one["key"]: one for one in answer.json()["figures"]}
    assert (figures["per_day"]["value"], figures["per_day"]["good"]) == (0.0, 150.0)
    assert figures["standing"]["value"] == 1.0
    assert len(answer.json()["periods"]) == 144


async def test_groups_are_listed(logged_in: As) -> None:
    client = await logged_in("viewer")
    answer = await client.get("/api/v1/alarm-groups", params={"state": "all"})
    assert answer.json() == {"items": []}


async def test_figures_can_be_those_of_one_shift(logged_in: As, clock: FakeClock) -> None:
    client = await logged_in("viewer")
    to_ts = clock() // 1000
    asked = {"from_ts": to_ts - 7 * 86_400_000, "to_ts": to_ts, "site": "hangzhou", "shift": "A"}
    found = (await client.get("/api/v1/alarm-performance", params=asked)).json()
    turns = [end - begin for begin, end in found["spans"]]
    assert 5 <= len(turns) <= 6  # Monday to Friday, a first or last one cut
    assert max(turns) == 8 * 3_600_000
    assert len(found["periods"]) == sum(-(-one // 600_000) for one in turns)
    for wrong in ({"shift": "Z"}, {"site": "elsewhere"}, {"site": ""}):
        answer = await client.get("/api/v1/alarm-performance", params=asked | wrong)
        assert answer.status_code == 422, wrong


def put_in_group(url: str) -> None:
    with psycopg.connect(url, options="-c search_path=lineshaft,public") as conn:
        conn.execute(
            "INSERT INTO alarm_group (group_key, site, root, kind, since, named, updated, children,"
            " confidence, why, pos) VALUES ('g-1', 'hangzhou', 'line-1', 'line', now(), now(), now(), 2,"
            " 0.97, '{}', 1)"
        )
        conn.execute("UPDATE alarm SET group_key = 'g-1'")


async def test_a_group_is_a_line_with_what_its_alarms_ask_for(logged_in: As, settings: ApiSettings) -> None:
    client = await logged_in("operator")
    await asyncio.to_thread(put_in_group, settings.database_url)
    [row] = (await client.get("/api/v1/alarm-groups")).json()["items"]
    [alarm] = (await client.get("/api/v1/alarms", params={"group": "g-1"})).json()["items"]
    assert row["alarms"] == [alarm["id"]]
    assert row["root_name"]["en"] == "Line 1"
    live = (await client.get("/api/live/snapshot", params={"topic": "groups"})).json()["data"]
    assert [(one["id"], one["shown"], one["unseen"], one["priority"]) for one in live] == [("g-1", 1, 1, 2)]
    assert (await client.get("/api/v1/alarms", params={"group": "g-2"})).json()["items"] == []
    await client.post(f"/api/v1/alarms/{alarm['id']}/shelve", json={"minutes": 30, "reason": "known"})
    [row] = (await client.get("/api/v1/alarm-groups")).json()["items"]
    assert (row["shown"], row["unseen"], row["priority"]) == (0, 0, 2)
