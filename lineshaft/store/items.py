"""Tagged items across the plant: where they are, how they moved, how full the zones are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from psycopg.types.json import Jsonb

from lineshaft.clock import from_datetime, to_datetime
from lineshaft.domain.items import Item, Move
from lineshaft.store.database import AsyncConnection, Connection
from lineshaft.store.rows import Names, fetch, fetch_one


def of_epcs(conn: Connection, epcs: Sequence[str]) -> dict[str, Item]:
    """The items of these tags that were seen before, as they stand."""
    rows = conn.execute(
        "SELECT epc, zone, since, last_seen, present, seen FROM item WHERE epc = ANY(%s)", (list(epcs),)
    ).fetchall()
    return {
        epc: Item(epc, zone, from_datetime(since), from_datetime(last_seen), present, seen)
        for epc, zone, since, last_seen, present, seen in rows
    }


def recent(conn: Connection, since_us: int) -> list[tuple[Item, int]]:
    """Items that are in sight or were seen since, with the position of their last change."""
    rows = conn.execute(
        "SELECT epc, zone, since, last_seen, present, seen, pos FROM item WHERE present OR last_seen >= %s"
        " ORDER BY epc",
        (to_datetime(since_us),),
    ).fetchall()
    return [
        (Item(epc, zone, from_datetime(since), from_datetime(last_seen), present, seen), pos)
        for epc, zone, since, last_seen, present, seen, pos in rows
    ]


def write(
    conn: Connection, items: Iterable[tuple[Item, int]], moves: Iterable[tuple[int, int, Move]]
) -> None:
    """Write items as they are now, and their moves, in the caller's transaction.

    Args:
        conn: at the plant flow's position.
        items: with the position of their last change.
        moves: (position, place within it, move).
    """
    with conn.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO item (epc, zone, since, last_seen, present, seen, pos)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s)"
            " ON CONFLICT (epc) DO UPDATE SET zone = excluded.zone, since = excluded.since,"
            " last_seen = excluded.last_seen, present = excluded.present, seen = excluded.seen,"
            " pos = excluded.pos",
            [
                (
                    item.epc,
                    item.zone,
                    to_datetime(item.since_us),
                    to_datetime(item.last_seen_us),
                    item.present,
                    Jsonb(item.seen),
                    pos,
                )
                for item, pos in items
            ],
        )
        cursor.executemany(
            "INSERT INTO move (pos, n, ts, epc, from_zone, to_zone) VALUES (%s, %s, %s, %s, %s, %s)",
            [(pos, n, to_datetime(one.at_us), one.epc, one.from_zone, one.to_zone) for pos, n, one in moves],
        )


@dataclass(slots=True, frozen=True)
class ItemRow:
    """An item as the API gives it; instants are epoch milliseconds."""

    epc: str
    zone: str
    since: int
    last_seen: int
    present: bool


@dataclass(slots=True, frozen=True)
class MoveRow:
    """A move as the API gives it."""

    id: str
    """The journal's position it came by, and its place there."""
    ts: int
    epc: str
    from_zone: str | None
    to_zone: str | None


@dataclass(slots=True, frozen=True)
class ZoneRow:
    """A storage zone and what is in it."""

    key: str
    name: Names
    area: str
    capacity: int | None
    present: int
    """Items a reader sees there now."""
    last_ts: int | None
    """When anything last came, or was last seen there."""


async def listing(
    conn: AsyncConnection, *, zone: str | None = None, query: str | None = None, limit: int = 200
) -> list[ItemRow]:
    """Items, those in sight first, then the latest seen; of a zone, or whose EPC holds the query's text."""
    return await fetch(
        conn,
        ItemRow,
        "SELECT epc, zone, since, last_seen, present FROM item"
        " WHERE (%(zone)s::text IS NULL OR zone = %(zone)s)"
        "   AND (%(query)s::text IS NULL OR position(upper(%(query)s) IN epc) > 0)"
        " ORDER BY present DESC, last_seen DESC, epc LIMIT %(limit)s",
        {"zone": zone, "query": query or None, "limit": limit},
    )


async def one(conn: AsyncConnection, epc: str) -> ItemRow | None:
    """One item; None where the tag was never seen."""
    return await fetch_one(
        conn, ItemRow, "SELECT epc, zone, since, last_seen, present FROM item WHERE epc = %s", (epc,)
    )


async def moves(conn: AsyncConnection, *, epc: str | None = None, limit: int = 50) -> list[MoveRow]:
    """The latest moves, of one tag or of all."""
    return await fetch(
        conn,
        MoveRow,
        "SELECT pos || '-' || n AS id, ts, epc, from_zone, to_zone FROM move"
        " WHERE %(epc)s::text IS NULL OR epc = %(epc)s"
        " ORDER BY ts DESC, pos DESC, n DESC LIMIT %(limit)s",
        {"epc": epc, "limit": limit},
    )


async def zones(conn: AsyncConnection) -> list[ZoneRow]:
    """The described storage zones in plant order, with what is in them."""
    return await fetch(
        conn,
        ZoneRow,
        "SELECT z.key, jsonb_build_object('en', z.name, 'zh', coalesce(nullif(z.name_zh, ''), z.name))"
        " AS name,"
        " coalesce(a.key, '') AS area, (z.settings->>'capacity')::int AS capacity,"
        " count(i.epc) FILTER (WHERE i.present)::int AS present, max(i.last_seen) AS last_ts"
        " FROM asset AS z LEFT JOIN asset AS a ON a.asset_id = z.parent_id "
        " LEFT JOIN item AS i ON i.zone = z.key"
        " WHERE z.level = 'storage_zone' AND z.removed IS NULL"
        " GROUP BY z.asset_id, a.key ORDER BY z.sequence",
    )


async def present(conn: AsyncConnection) -> int:
    """How many items any reader sees now."""
    cursor = await conn.execute("SELECT count(*) FROM item WHERE present")
    row = await cursor.fetchone()
    return int(row[0]) if row else 0
