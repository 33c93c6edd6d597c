"""How the road goes, lane by lane: imported by people, or told by a routing server; the stream is told."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, LiteralString

import orjson
from psycopg.types.json import Jsonb

from lineshaft.clock import to_datetime
from lineshaft.domain.geometry import Polyline
from lineshaft.domain.plant import Plant, from_document
from lineshaft.domain.ways import RoadWay, key_of, to_document
from lineshaft.store import journal
from lineshaft.store.database import AsyncConnection, Connection
from lineshaft.store.rows import fetch, fetch_one

TOPIC: Final = "_/way"


@dataclass(slots=True, frozen=True)
class WayRow:
    """A way as it holds now."""

    key: str
    source: str
    points: list[tuple[float, float]]
    """Latitude and longitude."""
    length_m: float
    drive_s: float | None
    """How long it is driven in all, breaks and dwells apart; null: nobody said."""
    by: str
    at: int


_COLUMNS: Final[LiteralString] = (
    "SELECT key, source, document->'points' AS points, length_m, drive_s, by, at FROM way"
)
_PUT: Final[LiteralString] = (
    "INSERT INTO way (key, source, document, length_m, drive_s, by, at, pos)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"
    " ON CONFLICT (key) DO UPDATE SET source = excluded.source, document = excluded.document,"
    " length_m = excluded.length_m, drive_s = excluded.drive_s, by = excluded.by, at = excluded.at,"
    " pos = excluded.pos"
)


async def one(conn: AsyncConnection, key: str) -> WayRow | None:
    """The way of a lane; None where none was imported."""
    return await fetch_one(conn, WayRow, _COLUMNS + " WHERE key = %s", (key,))


async def listing(conn: AsyncConnection) -> list[WayRow]:
    """The ways that people imported, by lane; at most 500."""
    return await fetch(conn, WayRow, _COLUMNS + " WHERE NOT starts_with(key, '@') ORDER BY key LIMIT 500")


async def put(conn: AsyncConnection, way: RoadWay, by: str, now_us: int) -> None:
    """Keep a way and tell the stream, in the caller's transaction; commit soon."""
    pos = await journal.append_control_async(conn, TOPIC, orjson.dumps(to_document(way)), now_us)
    await conn.execute(_PUT, _values(way, by, now_us, pos))


async def remove(conn: AsyncConnection, key: str, now_us: int) -> None:
    """Forget a way, likewise: what the plant or a server says holds again."""
    await journal.append_control_async(conn, TOPIC, orjson.dumps({"key": key, "removed": True}), now_us)
    await conn.execute("DELETE FROM way WHERE key = %s", (key,))


def keep(conn: Connection, way: RoadWay, by: str, now_us: int) -> None:
    """The twin of `put` for who asks the routing server."""
    pos = journal.append_control(conn, TOPIC, orjson.dumps(to_document(way)), now_us)
    conn.execute(_PUT, _values(way, by, now_us, pos))


def wanted(conn: Connection, limit: int) -> list[str]:
    """Keys of open shipments' places that no server was asked about yet; who leaves first comes first."""
    row = conn.execute("SELECT document FROM plant ORDER BY version DESC LIMIT 1").fetchone()
    plant = from_document(row[0]) if row else Plant()
    keys: dict[str, None] = {}
    for route, stops in conn.execute(
        "SELECT route, stops FROM shipment WHERE state IN ('planned', 'underway') AND vehicle IS NOT NULL"
        " ORDER BY planned_departure NULLS LAST, shipment_id LIMIT 2000"
    ).fetchall():
        places = _places(plant, route, stops)
        if len(places) > 1:
            keys[key_of(places)] = None
    known = {key for (key,) in conn.execute("SELECT key FROM way WHERE key = ANY(%s)", (list(keys),))}
    return [key for key in keys if key not in known][:limit]


def _places(plant: Plant, route: str | None, stops: Sequence[dict[str, Any]]) -> list[tuple[float, float]]:
    if len(stops) > 1:
        return [(float(stop["lat"]), float(stop["lon"])) for stop in stops]
    known = plant.route_of.get(route or "")
    return [(stop.lat, stop.lon) for stop in known.stops] if known else []


def _values(way: RoadWay, by: str, now_us: int, pos: int) -> tuple[Any, ...]:
    lat, lon = zip(*way.points, strict=True)
    length_m = Polyline(lat, lon).length_m
    return way.key, way.source, Jsonb(to_document(way)), length_m, way.drive_s, by, to_datetime(now_us), pos
