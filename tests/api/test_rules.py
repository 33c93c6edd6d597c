"""Rules are drafted, tried on the past, put to work and retired; nothing that was said is overwritten."""

import asyncio
import json
import threading
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from api.settings import ApiSettings
from fix_api import As
from stream.rules.book import Rulebook

pytestmark = pytest.mark.database

HOT: dict[str, Any] = {
    "kind": "condition",
    "id": "pump-hot",
    "name": {"en": "Pump hot"},
    "when": {"is": "value", "signal": "temp", "op": ">", "levels": [{"limit": 75}]},
}


def told(settings: ApiSettings) -> list[dict[str, Any]]:
    with psycopg.connect(settings.database_url, options="-c search_path=lineshaft,public") as conn:
        rows = conn.execute("SELECT body FROM journal WHERE topic = '_/rule' ORDER BY pos").fetchall()
    return [json.loads(body) for (body,) in rows]


async def test_a_rule_is_drafted_put_to_work_changed_and_retired(
    logged_in: As, settings: ApiSettings
) -> None:
    client = await logged_in("maintainer")
    answer = await client.post("/api/v1/rules", json={"document": HOT, "why": "ran hot unseen"})
    assert answer.status_code == 201, answer.text
    assert (answer.json()["rule"]["state"], told(settings)) == ("draft", [])
    put = {"version": 1, "why": "tried"}
    answer = await client.put("/api/v1/rules/pump-hot/active", json=put)
    assert answer.status_code == 200, answer.text
    assert (await client.put("/api/v1/rules/pump-hot/active", json=put)).status_code == 409
    changed = {**HOT, "priority": 2}
    await client.post("/api/v1/rules", json={"document": changed, "why": "worse than thought"})
    await client.put("/api/v1/rules/pump-hot/active", json={"version": 2, "why": "tried"})
    answer = await client.post("/api/v1/rules/pump-hot/retire", json={"why": "the pump is gone"})
    detail = answer.json()
    assert [one["event"] for one in reversed(detail["events"])] == [
        "drafted", "activated", "drafted", "replaced", "activated", "retired",
    ]  # fmt: skip
    assert [one["document"] for one in detail["versions"]] == [changed, HOT]
    said = told(settings)
    assert [(one["version"], one["state"]) for one in said] == [(1, "active"), (2, "active"), (2, "retired")]
    book = Rulebook()
    for one in said[:2]:
        book.take(json.dumps(one).encode(), 1)
    assert list(book.rules) == ["pump-hot"]


async def test_a_rule_is_tried_on_the_past_before_it_is_put_to_work(logged_in: As) -> None:
    client = await logged_in("supervisor")
    asked = {"document": HOT, "from_ts": 1_700_000_000_000 - 86_400_000, "to_ts": 1_700_000_100_000}
    answer = await client.post("/api/v1/rules/backtest", json=asked)
    assert answer.status_code == 200, answer.text
    assert answer.json()["machines"] == 2


async def test_a_trial_tells_how_far_it_is(logged_in: As) -> None:
    client = await logged_in("supervisor")
    asked = {"document": HOT, "from_ts": 1_700_000_000_000 - 86_400_000, "to_ts": 1_700_000_100_000}
    events = {"accept": "text/event-stream"}
    answer = await client.post("/api/v1/rules/backtest", json=asked, headers=events)
    assert answer.headers["content-type"].startswith("text/event-stream")
    said = [json.loads(line.removeprefix("data: ")) for line in answer.text.split("\n\n") if line]
    assert said[-1]["trial"]["machines"] == 2
    assert all(one.keys() <= {"waiting", "done"} for one in said[:-1])
    nowhere = {**asked, "document": {**HOT, "scope": {"machine": ["none"]}}}
    answer = await client.post("/api/v1/rules/backtest", json=nowhere, headers=events)
    assert json.loads(answer.text.rsplit("data: ", 1)[1])["error"]["code"] == "no_machine"
    answer = await client.post("/api/v1/rules/backtest", json=nowhere)
    assert (answer.status_code, "no machine" in answer.text) == (422, True)


async def test_a_trial_nobody_waits_for_ends_and_the_next_has_its_turn(
    logged_in: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await logged_in("supervisor")
    begun, ended = threading.Event(), threading.Event()

    def endless(_conn: object, _rule: object, _span: object, progress: Callable[[float], None]) -> None:
        try:
            while True:
                progress(0.1)
                begun.set()
                ended.wait(0.01)
        finally:
            ended.set()

    asked = {"document": HOT, "from_ts": 1_700_000_000_000 - 86_400_000, "to_ts": 1_700_000_100_000}
    with monkeypatch.context() as patch:
        patch.setattr("api.trials.try_rule", endless)
        waiting = asyncio.create_task(client.post("/api/v1/rules/backtest", json=asked))
        assert await asyncio.to_thread(begun.wait, 20)
        waiting.cancel()
        assert await asyncio.to_thread(ended.wait, 20)
    answer = await client.post("/api/v1/rules/backtest", json=asked)
    assert answer.status_code == 200, answer.text


async def test_what_is_wrong_with_a_document_is_said_with_its_place(logged_in: As) -> None:
    client = await logged_in("supervisor")
    wrong = {**HOT, "when": {**HOT["when"], "op": "="}}
    answer = await client.post("/api/v1/rules", json={"document": wrong, "why": "to see"})
    assert answer.status_code == 422
    assert "$.when.op" in answer.text


async def test_settings_of_a_built_in_rule_are_a_rule_like_any_other(
    logged_in: As, settings: ApiSettings
) -> None:
    client = await logged_in("maintainer")
    calmer = {"kind": "settings", "id": "calmer", "name": {"en": "Calmer"}, "of": "threshold", "on_s": 30}
    answer = await client.post("/api/v1/rules", json={"document": calmer, "why": "chatters"})
    assert answer.status_code == 201, answer.text
    await client.put("/api/v1/rules/calmer/active", json={"version": 1, "why": "tried on its own past"})
    book = Rulebook()
    book.take(json.dumps(told(settings)[0]).encode(), 1)
    assert [one.on_s for one in book.tunings] == [30.0]
