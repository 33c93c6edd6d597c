"""The plant flow groups alarms under a root, sees floods, and goes on after a restart as it was."""

import asyncio
from functools import partial

import orjson
import pytest

from lineshaft.clock import system_clock
from lineshaft.domain.alarms import Condition, ConditionChange
from lineshaft.domain.plant import Plant, parse
from lineshaft.domain.topology import Topology
from lineshaft.store import causes, facts, plants
from lineshaft.store.causes import Memory, Together
from lineshaft.store.database import Connection, connect, connect_async
from plant_facts import START_US, hot, pass_frontier, tick
from stream import plant_past
from stream.plant import load
from stream.plant_causes import Causes
from stream.plant_past import PlantPast
from stream.plant_sink import PlantWriter
from stream.plant_state import PlantChunk, PlantState

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
        with connect(url, role="lineshaft_stream") as conn:
            found[-1]["memory"] = [orjson.dumps(load(conn).causes.grouping.to_body()).decode()]
    assert found[0] == found[1]


def test_a_flood_is_remembered_by_what_is_new_in_it() -> None:
    memory, size = Causes(topology=Topology.of(described())), 0
    kept: list[Memory] = []
    for n in range(3000):
        found = Together()
        hot_one = Condition(MACHINES[n % 12], f"rule-{n}", active=True, priority=3, message="alarm.high")
        memory.condition(ConditionChange(hot_one, "hall1", START_US + n * 1000, n + 1), found)
        if n % 300 == 299:
            memory.tick(START_US + n * 1000, found)
        memory.settle(found)
        assert found.memory
        size += len(found.memory.body)
        kept = [found.memory] if found.memory.is_whole else [*kept, found.memory]
    assert size < 8 * len(memory.whole().body)
    again = Causes.from_memory(kept, described())
    assert orjson.dumps(again.to_body()) == orjson.dumps(memory.to_body())


def test_what_is_remembered_by_a_kept_state_is_put_with_it(database_url: str) -> None:
    asyncio.run(describe(database_url))
    with connect(database_url) as conn:
        storm(conn)
        state = PlantState()
        end = facts.frontier(conn)
        state.step(PlantChunk(0, end, facts.read(conn, 0, end)))
        plant_past.put(conn, PlantPast(state, [], []))
        again = Causes.from_memory(causes.memory(conn), described())
    assert orjson.dumps(again.to_body()) == orjson.dumps(state.causes.to_body())
