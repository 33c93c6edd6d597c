"""The alarm system's figures and groups, as the API gives them."""

import pytest

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
