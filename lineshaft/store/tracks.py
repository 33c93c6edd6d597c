"""A vehicle's past: its way through a day, its trips and stops, and what its tracker last said."""

from dataclasses import dataclass

from lineshaft.clock import SECOND_US, to_datetime
from lineshaft.store.database import AsyncConnection
from lineshaft.store.readings import Span
from lineshaft.store.rows import fetch

WAY_POINTS = 2_000


@dataclass(slots=True, frozen=True)
class Way:
    """Columns of equal length in time order: for the replay of a day."""

    ts: list[int]
    lat: list[float]
    lon: list[float]
    speed_ms: list[float | None]
    heading_deg: list[float | None]


@dataclass(slots=True, frozen=True)
class LegRow:
    """A trip or a stop that is over."""

    kind: str
    """trip or stop."""
    began: int
    ended: int
    lat: float
    lon: float
    end_lat: float
    end_lon: float
    way_m: float
    idle_s: float | None
    """Standing with the engine on; null: the tracker never said whether it is."""
    fastest_ms: float


@dataclass(slots=True, frozen=True)
class Word:
    """The last reading of one signal of a vehicle's tracker."""

    name: str
    ts: int
    value: float | None
    text: str | None


@dataclass(slots=True, frozen=True)
class Point:
    """Where a vehicle was."""

    ts: int
    lat: float
    lon: float
    speed_ms: float | None
    heading_deg: float | None


async def points(conn: AsyncConnection, key: str, span: Span, most: int) -> list[Point]:
    """Where a vehicle was, at most so many fixes evenly over the span; those that cannot be true left out."""
    return await fetch(
        conn,
        Point,
        "SELECT DISTINCT ON (date_bin(make_interval(secs => %(width_s)s), f.ts, %(from)s))"
        " f.ts, f.lat, f.lon, f.speed_ms, f.heading_deg"
        " FROM asset a JOIN device d USING (asset_id) JOIN fix f USING (device_id)"
        " WHERE a.key = %(key)s AND f.ts >= %(from)s AND f.ts < %(to)s AND f.flags & 8 = 0"  # Flag.SUSPECT
        " ORDER BY date_bin(make_interval(secs => %(width_s)s), f.ts, %(from)s), f.ts",
        {
            "key": key,
            "from": to_datetime(span.from_us),
            "to": to_datetime(span.to_us),
            "width_s": (span.to_us - span.from_us) / SECOND_US / most,
        },
    )


async def way(conn: AsyncConnection, key: str, span: Span) -> Way:
    """A vehicle's way for the replay of a day."""
    rows = await points(conn, key, span, WAY_POINTS)
    return Way(
        [row.ts for row in rows],
        [round(row.lat, 6) for row in rows],
        [round(row.lon, 6) for row in rows],
        [None if row.speed_ms is None else round(row.speed_ms, 2) for row in rows],
        [None if row.heading_deg is None else round(row.heading_deg, 1) for row in rows],
    )


async def legs(conn: AsyncConnection, key: str, span: Span) -> list[LegRow]:
    """Trips and stops of a vehicle that touch a span, in the order of time; at most 500."""
    return await fetch(
        conn,
        LegRow,
        "SELECT l.kind, l.began, l.ended, l.lat, l.lon, l.end_lat, l.end_lon, round(l.way_m) AS way_m,"
        " round(l.idle_s) AS idle_s, round(l.fastest_ms::numeric, 2)::float8 AS fastest_ms"
        " FROM leg l JOIN device d USING (device_id) JOIN asset a USING (asset_id)"
        " WHERE a.key = %(key)s AND l.began < %(to)s AND l.ended >= %(from)s ORDER BY l.began LIMIT 500",
        {"key": key, "from": to_datetime(span.from_us), "to": to_datetime(span.to_us)},
    )


async def words(conn: AsyncConnection, key: str) -> list[Word]:
    """What a vehicle's tracker said last beside its place: battery, ignition, temperature, …; by name."""
    return await fetch(
        conn,
        Word,
        "SELECT s.name, l.ts, l.value, l.text FROM asset a JOIN device d USING (asset_id)"
        " JOIN signal s USING (device_id) JOIN latest_reading l USING (signal_id)"
        " WHERE a.key = %s AND a.level = 'vehicle' ORDER BY s.name LIMIT 200",
        (key,),
    )
