"""A described plant in the real database: assets, limits and devices follow the description."""

from collections.abc import AsyncIterator

import orjson
import pytest

from fix_clock import FakeClock
from fix_plant import PLANT_YAML
from lineshaft.domain.plant import Plant, from_document, parse
from lineshaft.store import plants
from lineshaft.store.database import AsyncConnection, connect_async

pytestmark = pytest.mark.database


@pytest.fixture
async def conn(database_url: str) -> AsyncIterator[AsyncConnection]:
    async with await connect_async(database_url) as conn:
        yield conn


async def column(conn: AsyncConnection, query: bytes) -> list[object]:
    return [row[0] for row in await (await conn.execute(query)).fetchall()]


def changed(old: str, new: str) -> Plant:
    found = parse(PLANT_YAML.replace(old, new))
    assert isinstance(found, Plant), found
    return found


async def test_the_applied_plant_comes_back(conn: AsyncConnection, plant: Plant, clock: FakeClock) -> None:
    version = await plants.apply(conn, plant, "cli", clock())
    current = await plants.current(conn)
    assert current
    assert (current.version, current.by, current.applied) == (version, "cli", clock() // 1000)
    assert from_document(current.document) == plant


async def test_applying_it_again_changes_nothing(
    conn: AsyncConnection, plant: Plant, clock: FakeClock
) -> None:
    await plants.apply(conn, plant, "cli", clock())
    assert await plants.apply(conn, plant, "cli", clock.advance_s(1)) is None
    assert await column(conn, b"SELECT count(*) FROM plant") == [1]
    assert await column(conn, b"SELECT count(*) FROM journal") == [1]


async def test_the_stream_learns_of_it_through_the_journal(
    conn: AsyncConnection, plant: Plant, clock: FakeClock
) -> None:
    await plants.apply(conn, plant, "cli", clock())
    [body] = await column(conn, b"SELECT body FROM journal WHERE topic = '_/plant' AND shard = -1")
    assert isinstance(body, bytes)
    assert from_document(orjson.loads(body)) == plant


async def test_assets_are_a_tree_and_signals_have_their_limits(
    conn: AsyncConnection, plant: Plant, clock: FakeClock
) -> None:
    await plants.apply(conn, plant, "cli", clock())
    parents = await column(
        conn, b"SELECT p.key FROM asset a JOIN asset p ON p.asset_id = a.parent_id WHERE a.key = 'pump-101'"
    )
    assert parents == ["line-1"]
    highs = await column(
        conn,
        b"SELECT high FROM asset_signal s JOIN asset USING (asset_id)"
        b" WHERE key = 'pump-101' AND s.name = 'temp'",
    )
    assert highs == [75]


async def test_devices_are_bound_before_they_are_heard(
    conn: AsyncConnection, plant: Plant, clock: FakeClock
) -> None:
    await plants.apply(conn, plant, "cli", clock())
    assert await column(conn, b"SELECT count(*) FROM device WHERE asset_id IS NOT NULL") == [4]
    assert await column(conn, b"SELECT count(*) FROM device WHERE last_seen IS NOT NULL") == [0]


async def test_what_is_no_longer_described_is_marked_removed_and_let_go(
    conn: AsyncConnection, plant: Plant, clock: FakeClock
) -> None:
    await plants.apply(conn, plant, "cli", clock())
    machine = "              - {id: motor-102, kind: motor, name: Main motor, device: plant-1/motor-102}\n"
    await plants.apply(conn, changed(machine, ""), "cli", clock.advance_s(60))
    assert await column(conn, b"SELECT key FROM asset WHERE removed IS NOT NULL") == ["motor-102"]
    assert await column(conn, b"SELECT device FROM device WHERE asset_id IS NULL") == ["motor-102"]
    await plants.apply(conn, plant, "cli", clock.advance_s(60))
    assert await column(conn, b"SELECT key FROM asset WHERE removed IS NOT NULL") == []
