from itertools import pairwise
from typing import Any

import pytest

from fix_api import As
from fix_clock import FakeClock
from lineshaft.clock import to_datetime

pytestmark = pytest.mark.database


async def test_who_said_nothing_has_preferences_that_can_be_said_as_they_are(logged_in: As) -> None:
    operator = await logged_in("operator")
    document = (await operator.get("/api/v1/preference")).json()["document"]
    assert document["channels"] == {}
    assert document["break_through"] == 1
    said = await operator.put("/api/v1/preference", json=document)
    assert said.status_code == 200, said.text
    assert (await operator.get("/api/v1/preference")).json()["document"] == document


@pytest.mark.parametrize("which", ["all", "waiting", "delivered", "dead"])
async def test_nothing_was_sent_yet(logged_in: As, which: str) -> None:
    auditor = await logged_in("auditor")
    answer = await auditor.get("/api/v1/notifications", params={"which": which})
    assert answer.status_code == 200, answer.text
    assert answer.json()["items"] == []


async def test_who_does_not_exist_cannot_be_told_or_be_on_call(logged_in: As) -> None:
    keeper = await logged_in("supervisor")
    layer = {"people": ["maintainer", "nobody"], "start": "2026-11-02"}
    rota: dict[str, Any] = {"name": "On call", "timezone": "Asia/Shanghai", "layers": [layer]}
    refused = await keeper.put("/api/v1/rotas/mechanics", json=rota)
    assert refused.status_code == 422
    assert refused.json()["error"]["message"].startswith("layers.0.people: nobody may log in as 'nobody'")
    rota["layers"] = [layer | {"people": ["maintainer"]}]
    assert (await keeper.put("/api/v1/rotas/mechanics", json=rota)).status_code == 200
    to = [{"kind": "rota", "key": "mechanics"}, {"kind": "contact", "key": "gone"}]
    policy: dict[str, Any] = {"name": "All", "to": to}
    refused = await keeper.put("/api/v1/policies/all", json=policy)
    assert refused.json()["error"]["message"] == "to.1.key: there is no contact 'gone'"
    policy["to"] = policy["to"][:1]
    step = {"after_s": 300, "to": [{"kind": "person", "key": "nobody"}]}
    refused = await keeper.put("/api/v1/policies/all", json=policy | {"escalation": [step]})
    assert refused.json()["error"]["message"].startswith("escalation.0.to.0.key: there is no person")
    assert (await keeper.put("/api/v1/policies/all", json=policy)).status_code == 200
    refused = await keeper.put("/api/v1/teams/t", json={"name": "T", "people": ["nobody"]})
    assert refused.json()["error"]["message"].startswith("people: ")


async def test_a_rota_that_is_not_kept_says_who_would_be_on_call(logged_in: As, clock: FakeClock) -> None:
    keeper = await logged_in("supervisor")
    day = to_datetime(clock()).date().isoformat()
    layer = {"people": ["maintainer", "operator"], "start": day, "turn_days": 1}
    stand_in = {"person": "admin", "from_ms": clock() // 1000, "to_ms": clock() // 1000 + 3_600_000}
    rota: dict[str, Any] = {
        "name": "x",
        "timezone": "Europe/Berlin",
        "layers": [layer],
        "overrides": [stand_in],
    }
    said = await keeper.post("/api/v1/on-call/preview", params={"days": 3}, json=rota)
    assert said.status_code == 200, said.text
    turns = said.json()["items"]
    assert turns[0]["person"] == "admin"
    assert {"maintainer", "operator"} <= {turn["person"] for turn in turns}
    assert all(one["end"] == after["start"] for one, after in pairwise(turns))
    assert (await keeper.get("/api/v1/rotas")).json()["items"] == []
    wrong = rota | {"timezone": "Europe/Nowhere"}
    refused = await keeper.post("/api/v1/on-call/preview", json=wrong)
    assert refused.json()["error"]["message"].startswith("timezone: ")


async def test_a_setting_that_is_taken_away_is_gone_and_the_audit_knows_it(logged_in: As) -> None:
    keeper = await logged_in("supervisor")
    team = {"name": "Mechanics", "people": ["maintainer"]}
    assert (await keeper.put("/api/v1/teams/mechanics", json=team)).status_code == 200
    assert [row["key"] for row in (await keeper.get("/api/v1/teams")).json()["items"]] == ["mechanics"]
    assert (await keeper.delete("/api/v1/teams/mechanics")).status_code == 200
    assert (await keeper.delete("/api/v1/teams/mechanics")).status_code == 404
    assert (await keeper.get("/api/v1/teams")).json()["items"] == []
