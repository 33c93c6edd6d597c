from collections.abc import AsyncIterator

import pytest

from lineshaft.domain.items import Item, Move
from lineshaft.domain.plant import Plant
from lineshaft.store import items, plants
from lineshaft.store.database import AsyncConnection, connect, connect_async

pytestmark = pytest.mark.database

NOW = 1_763_700_000_000_000


@pytest.fixture
async def web(database_url: str, plant: Plant) -> AsyncIterator[AsyncConnection]:
    conn = await connect_async(database_url, role="lineshaft_web")
    async with conn:
        await plants.apply(conn, plant, "li", NOW)
        await conn.commit()
        with connect(database_url) as stream:
            found = [
                (Item("30AA", "dock-1", NOW, NOW + 1_000_000, present=True, seen={"dock-1": NOW}), 1),
                (Item("30BB", "dock-1", NOW, NOW + 2_000_000, present=False), 2),
            ]
            items.write(stream, found, [(1, 0, Move("30AA", NOW, None, "dock-1"))])
            stream.commit()
        yield conn


async def test_items_in_sight_come_first(web: AsyncConnection) -> None:
    assert [(row.epc, row.present) for row in await items.listing(web)] == [("30AA", True), ("30BB", False)]
    assert [row.epc for row in await items.listing(web, query="bb")] == ["30BB"]
    assert await items.listing(web, zone="store-1") == []
    row = await items.one(web, "30AA")
    assert row
    assert (row.since, row.last_seen) == (NOW // 1000, NOW // 1000 + 1000)


async def test_zones_say_what_is_in_them(web: AsyncConnection) -> None:
    rows = await items.zones(web)
    assert [(row.key, row.area, row.capacity, row.present, row.last_ts) for row in rows] == [
        ("dock-1", "warehouse", 200, 1, NOW // 1000 + 2000),
        ("store-1", "warehouse", 500, 0, None),
    ]
    assert await items.present(web) == 1


async def test_moves_come_latest_first(web: AsyncConnection) -> None:
    moves = await items.moves(web, epc="30AA")
    assert [(move.ts, move.from_zone, move.to_zone) for move in moves] == [(NOW // 1000, None, "dock-1")]


def test_items_come_back_as_they_were_written(database_url: str) -> None:
    item = Item("30CC", "dock-1", NOW, NOW, present=True, seen={"dock-1": NOW})
    with connect(database_url) as conn:
        items.write(conn, [(item, 1)], [])
        assert items.of_epcs(conn, ["30CC", "30DD"]) == {"30CC": item}
