"""Who is alive: each service writes its row every 2 s, and the System page reads them."""

from collections.abc import Mapping
from typing import NamedTuple

from psycopg.types.json import Jsonb

from lineshaft import __version__
from lineshaft.clock import from_datetime, to_datetime
from lineshaft.store.database import AsyncConnection, Connection

EVERY_S = 2
STALE_S = 10
"""A service not heard of for this long is stale; three times that, down."""


class Beat(NamedTuple):
    """One service's last word about itself."""

    service: str
    started_us: int
    seen_us: int
    version: str
    detail: dict[str, object]


def beat(
    conn: Connection, service: str, started_us: int, now_us: int, detail: Mapping[str, object] | None = None
) -> None:
    """Say that a service is alive; commits.

    Args:
        conn: not inside a transaction of the caller's.
        service: ingest, flow, plant, upkeep, notify, web.
        started_us: when its process started.
        now_us: now.
        detail: small figures about it, as JSON.
    """
    conn.execute(
        "INSERT INTO service_beat (service, started, seen, version, detail) VALUES (%s, %s, %s, %s, %s)"
        " ON CONFLICT (service) DO UPDATE SET started = excluded.started, seen = excluded.seen,"
        " version = excluded.version, detail = excluded.detail",
        (service, to_datetime(started_us), to_datetime(now_us), __version__, Jsonb(dict(detail or {}))),
    )
    conn.commit()


def is_superseded(conn: Connection, service: str, started_us: int, now_us: int) -> bool:
    """Whether a process of this service that started later has beaten just now.

    Args:
        conn: the caller ends the transaction.
        service: as of `beat`.
        started_us: when the asking process started.
        now_us: now.
    """
    row = conn.execute(
        "SELECT started > %s AND abs(extract(epoch FROM seen - %s)) < %s"
        " FROM service_beat WHERE service = %s",
        (to_datetime(started_us), to_datetime(now_us), 3 * EVERY_S, service),
    ).fetchone()
    return bool(row and row[0])


async def beat_async(
    conn: AsyncConnection,
    service: str,
    started_us: int,
    now_us: int,
    detail: Mapping[str, object] | None = None,
) -> None:
    """The twin of `beat` for the web process."""
    await conn.execute(
        "INSERT INTO service_beat (service, started, seen, version, detail) VALUES (%s, %s, %s, %s, %s)"
        " ON CONFLICT (service) DO UPDATE SET started = excluded.started, seen = excluded.seen,"
        " version = excluded.version, detail = excluded.detail",
        (service, to_datetime(started_us), to_datetime(now_us), __version__, Jsonb(dict(detail or {}))),
    )
    await conn.commit()


async def every(conn: AsyncConnection) -> list[Beat]:
    """The last beat of every service ever seen, by name."""
    cursor = await conn.execute(
        "SELECT service, started, seen, version, detail FROM service_beat ORDER BY service"
    )
    return [
        Beat(service, from_datetime(started), from_datetime(seen), version, detail)
        for service, started, seen, version, detail in await cursor.fetchall()
    ]
