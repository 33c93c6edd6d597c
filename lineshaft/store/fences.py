"""Geofences as planners draw them: every version is kept; the stream learns of each by a control row."""

from dataclasses import asdict, dataclass, replace
from typing import Final, LiteralString

import orjson
from psycopg.types.json import Jsonb

from lineshaft.clock import to_datetime
from lineshaft.domain.fences import Fence
from lineshaft.store import journal
from lineshaft.store.database import AsyncConnection
from lineshaft.store.readings import Span
from lineshaft.store.rows import fetch, fetch_one


@dataclass(slots=True, frozen=True)
class FenceRow:
    """A geofence as it holds now."""

    key: str
    name: str
    kind: str
    """circle, polygon or corridor."""
    points: list[tuple[float, float]]
    """Latitude and longitude."""
    radius_m: float
    dwell_s: float
    margin_m: float
    version: int
    by: str
    at: int


@dataclass(slots=True, frozen=True)
class VisitRow:
    """A vehicle's visit of a geofence."""

    vehicle: str | None
    fence: str
    name: str
    """Of the fence as it was then."""
    entered: int
    departed: int | None
    """Null: it is there."""


_COLUMNS: Final[LiteralString] = (
    "SELECT key, name, kind, points, radius_m, dwell_s, margin_m, version, by, at FROM ("
    " SELECT DISTINCT ON (key) * FROM fence ORDER BY key, version DESC) AS newest WHERE NOT removed"
)


async def listing(conn: AsyncConnection) -> list[FenceRow]:
    """All that hold, by name."""
    return await fetch(conn, FenceRow, _COLUMNS + " ORDER BY name, key")


async def one(conn: AsyncConnection, key: str) -> FenceRow | None:
    """One that holds."""
    return await fetch_one(conn, FenceRow, _COLUMNS + " AND key = %s", (key,))


async def keys(conn: AsyncConnection) -> set[str]:
    """Of all that were ever drawn, those that were removed among them."""
    cursor = await conn.execute("SELECT DISTINCT key FROM fence")
    return {str(key) for (key,) in await cursor.fetchall()}


async def put(conn: AsyncConnection, fence: Fence, by: str, now_us: int) -> int:
    """Write a fence's next version and tell the stream, in the caller's transaction; commit soon.

    Returns:
        The version.
    """
    version = await _next(conn, fence.key)
    return await _write(conn, replace(fence, version=version), by, now_us, removed=False)


async def remove(conn: AsyncConnection, key: str, by: str, now_us: int) -> FenceRow | None:
    """Take a fence away, likewise; gives what it was, None where there was none."""
    held = await one(conn, key)
    if held is not None:
        points = tuple((lat, lon) for lat, lon in held.points)
        version = await _next(conn, key)
        was = Fence(key, held.name, held.kind, points, held.radius_m, held.dwell_s, held.margin_m, version)
        await _write(conn, was, by, now_us, removed=True)
    return held


async def visits(
    conn: AsyncConnection, span: Span, *, vehicle: str | None, fence: str | None
) -> list[VisitRow]:
    """Visits that touch a span, the newest first; of one vehicle, of one fence, or all; at most 500."""
    return await fetch(
        conn,
        VisitRow,
        "SELECT a.key AS vehicle, v.fence, coalesce(f.name, v.fence) AS name, v.entered, v.departed"
        " FROM visit v JOIN device d USING (device_id) LEFT JOIN asset a USING (asset_id)"
        " LEFT JOIN fence f ON (f.key, f.version) = (v.fence, v.version)"
        " WHERE v.entered < %(to)s AND coalesce(v.departed, 'infinity') >= %(from)s"
        " AND (%(vehicle)s::text IS NULL OR a.key = %(vehicle)s)"
        " AND (%(fence)s::text IS NULL OR v.fence = %(fence)s)"
        " ORDER BY v.entered DESC, v.fence LIMIT 500",
        {
            "from": to_datetime(span.from_us),
            "to": to_datetime(span.to_us),
            "vehicle": vehicle,
            "fence": fence,
        },
    )


async def _next(conn: AsyncConnection, key: str) -> int:
    await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended('lineshaft fence', 0))")
    cursor = await conn.execute("SELECT coalesce(max(version), 0) + 1 FROM fence WHERE key = %s", (key,))
    row = await cursor.fetchone()
    return int(row[0]) if row else 1


async def _write(conn: AsyncConnection, fence: Fence, by: str, now_us: int, *, removed: bool) -> int:
    said = {"key": fence.key, "removed": True} if removed else asdict(fence)
    pos = await journal.append_control_async(conn, "_/fence", orjson.dumps(said), now_us)
    await conn.execute(
        "INSERT INTO fence (key, version, name, kind, points, radius_m, dwell_s, margin_m, removed, by, at,"
        " pos)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            fence.key, fence.version, fence.name, fence.kind, Jsonb([list(point) for point in fence.points]),
            fence.radius_m, fence.dwell_s, fence.margin_m, removed, by, to_datetime(now_us), pos,
        ),
    )  # fmt: skip
    return fence.version
