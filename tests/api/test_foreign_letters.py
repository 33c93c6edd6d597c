"""Dead letters of trackers that speak other dialects, replayed by the button."""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.settings import ApiSettings
from fix_api import PASSWORD, _describe, client_of, running
from fix_clock import FakeClock
from lineshaft.domain.plant import Plant
from lineshaft.store import accounting, bundles, journal
from lineshaft.store.accounting import Count, Tally
from lineshaft.store.database import Connection, connect
from lineshaft.wire import topics
from lineshaft.wire.dialects import owntracks
from lineshaft.wire.door import Door, to_properties
from stream.chunk import Chunk
from stream.steps.shard import ShardState

pytestmark = pytest.mark.database

TOPIC = "owntracks/alice/phone"
DOOR = Door("hangzhou", "owntracks", "owntracks", "alice-phone")
SHARD = topics.shard_of_foreign(TOPIC)


class Flow:
    """The shard of one foreign topic, and the tables it writes to."""

    def __init__(self, conn: Connection) -> None:
        self.conn = conn
        self.states = [ShardState(shard) for shard in range(topics.SHARDS)]
        self.memory = bundles.Memory()
        self.pos = 0

    def send(self, now_us: int, body: dict[str, Any]) -> None:
        entry = journal.Entry(
            SHARD, now_us, DOOR.site, DOOR.agent, None, None, None, TOPIC, to_properties(DOOR),
            json.dumps(body).encode(),
        )  # fmt: skip
        accounting.count_messages(self.conn, {Count(DOOR.site, DOOR.agent, "journaled"): Tally(1, 0)})
        journal.append(self.conn, [entry])
        self.conn.commit()
        self.catch_up()

    def catch_up(self) -> None:
        head = journal.head(self.conn).pos
        rows = journal.read(self.conn, self.pos, range(-1, topics.SHARDS), 10_000)
        self.conn.rollback()
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

    def count(self, table: str) -> int:
        [(found,)] = self.conn.execute(f"SELECT count(*) FROM {table}").fetchall()  # noqa: S608 - ours
        self.conn.rollback()
        return int(found)


@pytest.fixture
async def maintainer(
    database_url: str, plant: Plant, clock: FakeClock
) -> AsyncIterator[tuple[httpx.AsyncClient, FastAPI]]:
    await _describe(database_url, plant, clock())
    async with (
        running(ApiSettings(database_url, database_role="lineshaft_web"), clock) as app,
        client_of(app) as client,
    ):
        answer = await client.post("/api/v1/login", json={"login": "maintainer", "password": PASSWORD})
        assert answer.status_code == 204
        yield client, app


@pytest.fixture
def flow(maintainer: object, database_url: str) -> Iterator[Flow]:  # noqa: ARG001 - it describes the plant
    with connect(database_url) as conn:
        found = Flow(conn)
        found.catch_up()
        yield found


def location(tst: int, **more: object) -> dict[str, Any]:
    return {"_type": "location", "lat": 30.3, "lon": 120.2, "tst": tst, "acc": 5, "batt": 80, **more}


async def replayed(client: httpx.AsyncClient) -> str:
    letters = (await client.get("/api/v1/dead-letters?replayed=false")).json()["items"]
    answer = await client.post(f"/api/v1/dead-letters/{letters[0]['id']}/replay")
    assert answer.status_code == 200, answer.text
    return str(answer.json()["items"][0]["result"])


async def test_a_whole_message_is_read_again_in_its_dialect(
    flow: Flow,
    maintainer: tuple[httpx.AsyncClient, FastAPI],
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client, _ = maintainer
    with monkeypatch.context() as patch:
        patch.setattr(owntracks, "seconds_us", _fail)
        flow.send(clock(), location(clock() // 1_000_000))
    assert (flow.count("fix"), flow.count("reading")) == (0, 0)
    assert await replayed(client) == "replayed"
    flow.catch_up()
    assert (flow.count("fix"), flow.count("reading")) == (1, 1)
    books = accounting.books(flow.conn)
    assert (books.faults, books.in_flight["messages"]) == ([], 0)


async def test_what_is_missing_is_written_as_messages_of_the_contract(
    flow: Flow,
    maintainer: tuple[httpx.AsyncClient, FastAPI],
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client, _ = maintainer
    tst = clock() // 1_000_000
    flow.send(clock(), location(tst))
    with monkeypatch.context() as patch:  # the same fix again, and a reading today's code refuses
        patch.setattr(owntracks, "seconds_us", _fail)
        flow.send(clock() + 1, location(tst, odometer=12_000))
    assert await replayed(client) == "replayed"
    flow.catch_up()
    assert (flow.count("fix"), flow.count("reading")) == (1, 2)
    rows = flow.conn.execute("SELECT topic FROM journal WHERE lane = 2").fetchall()
    assert rows == [("lineshaft/v1/hangzhou/owntracks/alice-phone/m",)]


async def test_what_no_dialect_can_read_stays_as_it_is(
    flow: Flow, maintainer: tuple[httpx.AsyncClient, FastAPI], clock: FakeClock
) -> None:
    client, _ = maintainer
    flow.send(clock(), {"_type": "encrypted", "data": "AAAA"})
    assert await replayed(client) == "still_rejected"


def _fail(_: object) -> int:
    raise RuntimeError("a fault of ours")
