"""Silences and maintenance windows: with an end and a reason, and never deleted."""

from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb

from lineshaft.clock import to_datetime
from lineshaft.store.database import AsyncConnection
from lineshaft.store.rows import fetch


@dataclass(slots=True, frozen=True)
class SilenceRow:
    """A silence; instants are epoch milliseconds."""

    id: int
    matchers: dict[str, Any]
    assets: list[str]
    begins: int
    ends: int
    reason: str
    by: str
    created: int
    ended_by: str | None


@dataclass(slots=True, frozen=True)
class NewSilence:
    """A silence to begin."""

    matchers: dict[str, list[str]]
    assets: list[str]
    begins_us: int
    ends_us: int
    reason: str


async def listing(conn: AsyncConnection, now_us: int, *, past: bool = False) -> list[SilenceRow]:
    """Silences that are not over, or with the past ones; the latest first."""
    return await fetch(
        conn,
        SilenceRow,
        "SELECT silence_id AS id, matchers, assets, begins, ends, reason, by, created, ended_by FROM silence"
        # One that was ended before it began has its end there.
        " WHERE %(past)s OR (ends > %(now)s AND ends > begins)"
        " ORDER BY begins DESC, silence_id DESC LIMIT 500",
        {"past": past, "now": to_datetime(now_us)},
    )


async def add(conn: AsyncConnection, silence: NewSilence, by: str, now_us: int) -> int:
    """Begin a silence, in the caller's transaction; gives its id."""
    cursor = await conn.execute(
        "INSERT INTO silence (matchers, assets, begins, ends, reason, by, created)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING silence_id",
        (
            Jsonb(silence.matchers),
            silence.assets,
            to_datetime(silence.begins_us),
            to_datetime(silence.ends_us),
            silence.reason,
            by,
            to_datetime(now_us),
        ),
    )
    row = await cursor.fetchone()
    await conn.execute("SELECT pg_notify('notification', 'settings')")
    return int(row[0]) if row else 0


async def end(conn: AsyncConnection, silence_id: int, by: str, now_us: int) -> bool:
    """End a silence now; False where there is none that is not over."""
    now = to_datetime(now_us)
    cursor = await conn.execute(
        "UPDATE silence SET ends = greatest(begins, %s), ended_by = %s"
        " WHERE silence_id = %s AND ends > %s AND ends > begins",
        (now, by, silence_id, now),
    )
    await conn.execute("SELECT pg_notify('notification', 'settings')")
    return cursor.rowcount == 1
