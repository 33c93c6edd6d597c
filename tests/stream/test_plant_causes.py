"""The plant flow groups alarms under a root, sees floods, and goes on after a restart as it was."""

import asyncio
from functools import partial

import orjson
import pytest

from lineshaft.clock import system_clock
from lineshaft.domain.plant import Plant, parse
from lineshaft.store import facts, plants
from lineshaft.store.database import Connection, connect, connect_async
from plant_facts import START_US, hot, pass_frontier, tick
from stream.plant import load
from stream.plant_sink import PlantWriter
from stream.plant_state import PlantChunk

pytestmark = pytest.mark.database

MACHINES = tuple(f"press-{n}" for n in range(1, 13))
TEXT = """\
version: 1
sites:
- id: hall1
  timezone: UTC
  utilities:
  - {id: air, kind: compressed_air, feeds: [line-1, line-2]}
  areas:
  - id: hall
    lines:
"""


def described() -> Plant:
    lines = "".join(
        f"    - id: line-{line}\n      machines:\n"
        + "".join(f"      - {{id: {key}, kind: press, device: gw/{key}}}\n" for key in MACHINES[n : n + 6])
        for line, n in ((1, 0), (2, 6))
    )
    idle = "".join(f"      - {{id: pump-{n}, kind: pump, device: gw/pump-{n}}}\n" for n in range(12))
    plant = parse(f"{TEXT}{lines}    - id: line-3\n      machines:\n{idle}")
    assert isinstance(plant, Plant), plant
    return plant


async def describe(url: str) -> None:
    async with await connect_async(url) as conn:
        await plants.apply(conn, described(), "test", START_US)


def storm(conn: Connection) -> None:
    """All twelve machines of two lines within a minute, and a tick after each."""
    for n, source in enumerate(MACHINES):
        hot(conn, source=source)
        last = tick(conn, START_US + 60_000_000 + n * 1_000_000)
    pass_frontier(conn, last)
    conn.commit()


def calm(conn: Connection) -> None:
    for source in MACHINES:
        hot(conn, source=source, active=False)
    for n in range(12):
        last = tick(conn, START_US + 900_000_000 + n * 1_000_000)
    pass_frontier(conn, last)
    conn.commit()


def advance(url: str, cut: int) -> None:
    """Take the flow on from what its tables say, each chunk by a new process."""
    while True:
        with connect(url, role="lineshaft_stream") as conn:
            state, end = load(conn), facts.frontier(conn)
        if state.pos >= end:
            return
        writer = PlantWriter(partial(connect, url, role="lineshaft_stream"), system_clock, state.pos)
        up_to = min(state.pos + cut, end)
        with connect(url) as conn:
            writer.write(state.step(PlantChunk(state.pos, up_to, facts.read(conn, state.pos, up_to))))
        writer.settle()
        writer.close()


def rows(conn: Connection) -> dict[str, list[str]]:
    queries = {
        "group": "SELECT (to_jsonb(t) - 'pos')::text FROM alarm_group t ORDER BY 1",
        "flood": "SELECT (to_jsonb(t) - 'pos')::text FROM alarm_flood t ORDER BY 1",
        "alarm": "SELECT source || coalesce(group_key, '') FROM alarm ORDER BY 1",
    }
    return {name: [row[0] for row in conn.execute(query.encode())] for name, query in queries.items()}


def test_twelve_machines_without_air_are_one_line_and_a_flood(database_url: str) -> None:
    asyncio.run(describe(database_url))
    with connect(database_url) as conn:
        storm(conn)
        advance(database_url, 10_000)
        [(key, root, children, until)] = conn.execute(
            'SELECT group_key, root, children, until FROM alarm_group WHERE "into" IS NULL'
        ).fetchall()
        assert (root, children, until) == ("air", 12, None)
        grouped = conn.execute("SELECT count(*) FROM alarm WHERE group_key = %s", (key,)).fetchone()
        assert grouped == (12,)
        floods = conn.execute("SELECT scope, annunciations FROM alarm_flood ORDER BY scope").fetchall()
        assert floods == [("hall", 12), ("hall1", 12)]
        calm(conn)
        advance(database_url, 10_000)
        ended = conn.execute("SELECT count(*) FROM alarm_group WHERE until IS NULL").fetchone()
        assert ended == (0,)
        over = conn.execute("SELECT count(*) FROM alarm_flood WHERE until IS NULL").fetchone()
        assert over == (0,)


def test_a_new_process_after_every_position_writes_the_same(
    database_url: str, empty_database_url: str
) -> None:
    from lineshaft.store.migrate import migrate  # noqa: PLC0415 - only here

    migrate(empty_database_url)
    found = []
    for url, cut in ((database_url, 10_000), (empty_database_url, 3)):
        asyncio.run(describe(url))
        with connect(url) as conn:
            storm(conn)
            calm(conn)
            advance(url, cut)
            found.append(rows(conn))
            body = conn.execute("SELECT body FROM plant_memory").fetchone()
            found[-1]["memory"] = [orjson.dumps(orjson.loads(body[0])).decode()] if body else []
    assert found[0] == found[1]
