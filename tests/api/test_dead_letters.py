"""Dead letters through the API, with the shard's steps and the sink's writing between."""

import asyncio
import gzip
import json
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import psycopg
import pytest
from fastapi import FastAPI

from api import replay
from api.settings import ApiSettings
from fix_api import PASSWORD, _describe, client_of, running
from fix_clock import FakeClock
from lineshaft.domain.plant import Plant
from lineshaft.store import accounting, bundles, journal
from lineshaft.store.accounting import Count, Tally
from lineshaft.store.database import Connection, connect
from lineshaft.wire import topics
from stream.chunk import Chunk
from stream.steps.shard import ShardState

pytestmark = pytest.mark.database

TOPIC = "lineshaft/v1/hangzhou/plant-1/pump-101/"
SHARD = topics.shard_of("hangzhou", "plant-1")


class Flow:
    """All shards' states, and the tables they write to."""

    def __init__(self, conn: Connection) -> None:
        self.conn = conn
        self.states = [ShardState(shard) for shard in range(topics.SHARDS)]
        self.memory = bundles.Memory()
        self.pos = 0

    def send(self, now_us: int, kind: str, body: bytes, properties: dict[str, object] | None = None) -> None:
        """A message comes, as ingest would append it."""
        entry = journal.Entry(
            SHARD, now_us, "hangzhou", "plant-1", None, None, None, TOPIC + kind, properties, body
        )
        accounting.count_messages(self.conn, {Count("hangzhou", "plant-1", "journaled"): Tally(1, 0)})
        journal.append(self.conn, [entry])
        self.conn.commit()

    def catch_up(self) -> None:
        """Take in what the journal holds."""
        head = journal.head(self.conn).pos
        rows = journal.read(self.conn, self.pos, range(-1, topics.SHARDS), 10_000)
        self.conn.rollback()
        if head == self.pos:
            return
        made = [
            state.step(
                Chunk(
                    state.shard, self.pos + 1, head, [row for row in rows if row.shard in {-1, state.shard}]
                )
            )
            for state in self.states
        ]
        bundles.write(self.conn, made, self.memory)
        self.pos = head

    def readings(self) -> list[tuple[Any, ...]]:
        """(signal, ms, value) of what is stored."""
        rows = self.conn.execute(
            "SELECT name, (extract(epoch FROM ts) * 1000)::bigint, value"
            " FROM reading JOIN signal USING (signal_id)"
            " UNION ALL SELECT name, (extract(epoch FROM ts) * 1000)::bigint, NULL FROM reading_text"
            " JOIN signal USING (signal_id) ORDER BY 1, 2"
        ).fetchall()
        self.conn.rollback()
        return rows

    def balanced(self) -> bool:
        """Whether the books do, with nothing under way."""
        books = accounting.books(self.conn)
        self.conn.rollback()
        assert books.faults == []
        return books.in_flight["messages"] == 0


@pytest.fixture
async def app(database_url: str, plant: Plant, clock: FakeClock) -> AsyncIterator[FastAPI]:
    await _describe(database_url, plant, clock())
    async with running(ApiSettings(database_url, database_role="lineshaft_web"), clock) as app:
        yield app


@pytest.fixture
async def maintainer(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app) as client:
        answer = await client.post("/api/v1/login", json={"login": "maintainer", "password": PASSWORD})
        assert answer.status_code == 204
        yield client


@pytest.fixture
def flow(app: FastAPI, database_url: str) -> Iterator[Flow]:  # noqa: ARG001 - it describes the plant
    with connect(database_url) as conn:
        flow = Flow(conn)
        flow.catch_up()
        yield flow


async def listed(client: httpx.AsyncClient, query: str = "") -> list[dict[str, Any]]:
    answer = await client.get(f"/api/v1/dead-letters{query}")
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def replayed(client: httpx.AsyncClient, letter: int) -> dict[str, Any]:
    answer = await client.post(f"/api/v1/dead-letters/{letter}/replay")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def message(ts_ms: int, *values: object) -> bytes:
    return json.dumps(
        {"ts": ts_ms, "values": dict(zip(("temp", "vib", "state"), values, strict=False))}
    ).encode()


class Broken:
    """A fault of ours: today's code refuses temperatures that tomorrow's takes."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.patch = patch

    def __enter__(self) -> None:
        from lineshaft.wire.cells import Cells  # noqa: PLC0415

        real = Cells._fault_of
        self.patch.setattr(
            Cells,
            "_fault_of",
            lambda cells, name, cell: "type" if name == "temp" else real(cells, name, cell),
        )

    def __exit__(self, *_: object) -> None:
        self.patch.undo()


async def test_a_letter_shows_its_whole_body_as_text_and_hex(
    flow: Flow, maintainer: httpx.AsyncClient, clock: FakeClock
) -> None:
    flow.send(clock(), "m", b"{no json")
    flow.send(clock(), "m", gzip.compress(b'{"v":1,"ts":"x","values":{"temp":1}}'), {"ce": "gzip"})
    flow.send(clock(), "m", b"\xff\xfe")
    flow.catch_up()
    binary, packed, text = await listed(maintainer)
    assert (text["code"], binary["code"], packed["code"]) == ("json", "utf8", "bad_ts")
    whole = (await maintainer.get(f"/api/v1/dead-letters/{text['id']}")).json()
    assert (whole["body_text"], whole["body_hex"]) == ("{no json", b"{no json".hex())
    whole = (await maintainer.get(f"/api/v1/dead-letters/{packed['id']}")).json()
    assert whole["body_text"] == '{"v":1,"ts":"x","values":{"temp":1}}'
    assert (await maintainer.get(f"/api/v1/dead-letters/{binary['id']}")).json()["body_text"] is None
    assert [one["code"] for one in await listed(maintainer, "?code=utf8&stage=flow&device=pump-101")] == [
        "utf8"
    ]
    assert await listed(maintainer, "?stage=ingest") == []
    assert [one["id"] for one in await listed(maintainer, f"?before={packed['id']}")] == [text["id"]]
    counts = (await maintainer.get("/api/v1/dead-letters/counts")).json()["items"]
    assert {(one["code"], one["messages"], one["waiting"]) for one in counts} == {
        ("json", 1, 1), ("utf8", 1, 1), ("bad_ts", 1, 1),
    }  # fmt: skip


async def test_without_a_fix_a_replay_changes_nothing_and_says_why(
    flow: Flow, maintainer: httpx.AsyncClient, clock: FakeClock
) -> None:
    flow.send(clock(), "m", b"{no json")
    flow.catch_up()
    [letter] = await listed(maintainer)
    outcome = await replayed(maintainer, letter["id"])
    assert (outcome["replayed"], outcome["still_rejected"]) == (0, 1)
    assert outcome["items"][0]["detail"].startswith("json: ")
    assert (await listed(maintainer))[0]["replayed"] is None
    flow.catch_up()
    assert flow.balanced()


async def test_after_a_fix_a_message_is_stored_as_it_would_have_been_and_once(
    flow: Flow, maintainer: httpx.AsyncClient, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ts_ms = clock() // 1000
    with Broken(monkeypatch):
        flow.send(clock(), "m", b'{"temp": 61.5}')  # undated: it takes the time of its receipt
        flow.catch_up()
    assert flow.readings() == []
    clock.advance_s(1200)
    [letter] = await listed(maintainer, "?replayed=false")
    first = await replayed(maintainer, letter["id"])
    assert first["replayed"] == 1
    flow.catch_up()
    assert flow.readings() == [("temp", ts_ms, 61.5)]
    again = await replayed(maintainer, letter["id"])
    assert (again["replayed"], again["left_alone"]) == (0, 1)
    flow.catch_up()
    assert flow.readings() == [("temp", ts_ms, 61.5)]
    assert flow.balanced()
    books = (await maintainer.get("/api/v1/accounting")).json()
    assert (books["messages"]["received"], books["messages"]["replayed"]) == (1, 1)
    assert {"code": "late", "messages": 0, "readings": 1} in books["classes"]
    assert (await listed(maintainer))[0]["replayed"] is not None


async def test_of_a_partly_good_message_only_the_missing_readings_are_added(
    flow: Flow, maintainer: httpx.AsyncClient, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ts_ms = clock() // 1000
    with Broken(monkeypatch):
        flow.send(clock(), "m", message(ts_ms, 61.5, 2.5, "RUN"))
        for later in range(1, 200):  # long out of the memory of repeats
            flow.send(clock.advance_s(1), "m", message(ts_ms + 1000 * later, None, 2.5))
        flow.catch_up()
    before = flow.readings()
    [letter] = await listed(maintainer)
    assert (letter["code"], letter["readings"]) == ("type", 1)
    await replayed(maintainer, letter["id"])
    flow.catch_up()
    assert flow.readings() == sorted([*before, ("temp", ts_ms, 61.5)], key=lambda row: row[:2])
    assert flow.balanced()


async def test_what_a_device_has_mended_itself_is_not_doubled(
    flow: Flow, maintainer: httpx.AsyncClient, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ts_ms = clock() // 1000
    with Broken(monkeypatch):
        flow.send(clock(), "m", message(ts_ms, 61.5))
        flow.send(clock(), "m", message(ts_ms, 61.5))
        flow.send(clock(), "m", message(ts_ms + 1000, 62.5))
        flow.catch_up()
    flow.send(clock(), "m", message(ts_ms + 1000, 62.5))
    flow.catch_up()
    answer = await maintainer.post("/api/v1/dead-letters/replay", json={"code": "type"})
    outcome = answer.json()
    assert (outcome["replayed"], outcome["stored_already"], outcome["after"]) == (1, 2, None)
    flow.catch_up()
    assert flow.readings() == [("temp", ts_ms, 61.5), ("temp", ts_ms + 1000, 62.5)]
    assert flow.balanced()


async def test_a_message_that_fails_again_in_part_is_a_new_letter_linked_to_the_old(
    flow: Flow, maintainer: httpx.AsyncClient, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ts_ms = clock() // 1000
    with Broken(monkeypatch):
        flow.send(clock(), "m", message(ts_ms, 61.5, [1]))
        flow.send(clock(), "m", message(ts_ms + 1000, 61.5, [1], "RUN"))
        flow.catch_up()
    partly, whole = await listed(maintainer)
    assert (whole["readings"], partly["readings"]) == (2, 2)
    for letter in (whole, partly):
        await replayed(maintainer, letter["id"])
        flow.catch_up()
    newer = [one for one in await listed(maintainer) if one["replayed"] is None]
    assert {(one["replay_of"], one["readings"], one["code"]) for one in newer} == {
        (whole["id"], 1, "type"), (partly["id"], 1, "type"),
    }  # fmt: skip
    assert len(flow.readings()) == 3
    for letter in newer:
        assert (await replayed(maintainer, letter["id"]))["still_rejected"] == 1
    assert flow.balanced()


async def test_reads_fixes_and_events_are_replayed_without_doubling(
    flow: Flow, maintainer: httpx.AsyncClient, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lineshaft.wire import events, gps, rfid  # noqa: PLC0415

    ts_ms = clock() // 1000
    bodies = {
        "rfid": rfid.encode(ts_ms, [{"dt": 0, "epc": "30AABBCC"}, {"dt": 5, "epc": "30AABBCD", "ant": 2}]),
        "gps": gps.encode(
            ts_ms, [{"dt": 0, "lat": 30.0, "lon": 120.0}, {"dt": 900, "lat": 30.1, "lon": 120.0}]
        ),
        "evt": events.encode(ts_ms, [{"dt": 0, "code": "stop"}, {"dt": 7, "code": "go", "text": "x"}]),
    }
    with monkeypatch.context() as patch:
        patch.setattr(gps, "_fault_of", lambda fix: "position" if fix.lat > 30 else "")
        patch.setattr(events, "_fault_of", lambda row: "name" if row.code == "go" else "")
        patch.setattr(rfid, "EPC", re.compile("30AABBCC"))
        for kind, body in bodies.items():
            flow.send(clock(), kind, body)
        flow.catch_up()
    letters = await listed(maintainer)
    assert sorted(one["code"] for one in letters) == ["epc", "name", "position"]
    for _ in range(2):
        for letter in letters:
            await replayed(maintainer, letter["id"])
            flow.catch_up()
    counts = flow.conn.execute(
        "SELECT (SELECT count(*) FROM rfid_read), (SELECT count(*) FROM fix), (SELECT count(*) FROM event)"
    ).fetchone()
    flow.conn.rollback()
    assert counts == (2, 2, 2)
    assert flow.balanced()


async def test_a_replay_waits_for_the_results_and_gives_up_politely(
    flow: Flow, maintainer: httpx.AsyncClient, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay, "PATIENCE_S", 0.1)
    flow.send(clock(), "m", b"{no json")
    flow.catch_up()
    flow.send(clock(), "m", b"{}")
    [letter] = await listed(maintainer)
    answer = await maintainer.post(f"/api/v1/dead-letters/{letter['id']}/replay")
    assert answer.status_code == 409
    assert "1 positions behind" in answer.json()["error"]["message"]


async def test_many_letters_are_replayed_a_page_at_a_time(
    flow: Flow, maintainer: httpx.AsyncClient, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.routes.dead_letters.MOST", 3)
    ts_ms = clock() // 1000
    with Broken(monkeypatch):
        for n in range(5):
            flow.send(clock(), "m", message(ts_ms + n, float(n)))
        flow.catch_up()
    monkeypatch.setattr("api.routes.dead_letters.MOST", 3)
    after, rounds = 0, 0
    while after is not None:
        answer = await maintainer.post("/api/v1/dead-letters/replay", json={"after": after})
        assert answer.status_code == 200, answer.text
        after, rounds = answer.json()["after"], rounds + 1
        await asyncio.to_thread(flow.catch_up)
    assert rounds == 2
    assert len(flow.readings()) == 5


async def test_what_ingest_refused_for_its_sender_stays_with_the_sender(
    flow: Flow, maintainer: httpx.AsyncClient, database_url: str
) -> None:
    with psycopg.connect(database_url, options="-c search_path=lineshaft,public") as conn:
        conn.execute(
            "INSERT INTO dead_letter"
            " (received, stage, topic, code, detail, length, sha256, body, version) VALUES"
            " (now(), 'ingest', 'lineshaft/v1/a/b/c/m', 'agent_mismatch', '', 2, '', '{}', '0'),"
            " (now(), 'ingest', 'lineshaft/v1/a/b/c/m', 'oversize', '', 200000, '', '{}', '0'),"
            " (now(), 'ingest', 'lineshaft/v1/hangzhou/plant-1/pump-101/m', 'internal', '', 13, '',"
            " '{\"temp\": 9.5}', '0')"
        )
    outcome = (await maintainer.post("/api/v1/dead-letters/replay", json={})).json()
    assert [one["result"] for one in outcome["items"]] == ["not_replayable", "no_body", "replayed"]
    flow.catch_up()
    assert [row[2] for row in flow.readings()] == [9.5]
    assert flow.balanced()


async def test_a_replay_stands_in_the_audit(
    flow: Flow, maintainer: httpx.AsyncClient, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Broken(monkeypatch):
        flow.send(clock(), "m", message(clock() // 1000, 61.5))
        flow.catch_up()
    [letter] = await listed(maintainer)
    await replayed(maintainer, letter["id"])
    row = flow.conn.execute(
        "SELECT by, object, after FROM audit WHERE action = 'dead_letter.replay'"
    ).fetchone()
    assert row == ("maintainer", str(letter["id"]), {"letters": [letter["id"]]})
