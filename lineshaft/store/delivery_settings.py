"""Policies, rotas, teams, inhibitions and people's wishes, as documents that people edit."""

from dataclasses import dataclass
from typing import Any, Final, LiteralString

from psycopg.types.json import Jsonb

from lineshaft.clock import to_datetime
from lineshaft.store.database import AsyncConnection
from lineshaft.store.rows import fetch, fetch_one

_SELECT: Final[LiteralString] = (
    "SELECT kind, key, document, updated, by FROM delivery_setting WHERE kind = %s"
)


@dataclass(slots=True, frozen=True)
class SettingRow:
    """One document, with who said so and when."""

    kind: str
    key: str
    document: dict[str, Any]
    updated: int
    by: str


async def listing(conn: AsyncConnection, kind: str) -> list[SettingRow]:
    """The documents of a kind, by key."""
    return await fetch(conn, SettingRow, _SELECT + " ORDER BY key", (kind,))


async def one(conn: AsyncConnection, kind: str, key: str) -> SettingRow | None:
    """One document; None where there is none."""
    return await fetch_one(conn, SettingRow, _SELECT + " AND key = %s", (kind, key))


async def put(  # noqa: PLR0913, PLR0917 - the columns of a row
    conn: AsyncConnection, kind: str, key: str, document: dict[str, Any], by: str, now_us: int
) -> SettingRow | None:
    """Add a document or change it, in the caller's transaction, and have the notifier read it."""
    await conn.execute(
        "INSERT INTO delivery_setting (kind, key, document, updated, by) VALUES (%s, %s, %s, %s, %s)"
        " ON CONFLICT (kind, key) DO UPDATE SET document = excluded.document, updated = excluded.updated,"
        " by = excluded.by",
        (kind, key, Jsonb(document), to_datetime(now_us), by),
    )
    await conn.execute("SELECT pg_notify('notification', 'settings')")
    return await one(conn, kind, key)


async def remove(conn: AsyncConnection, kind: str, key: str) -> bool:
    """Take a document away; False where there is none. The audit keeps what it said."""
    cursor = await conn.execute("DELETE FROM delivery_setting WHERE kind = %s AND key = %s", (kind, key))
    await conn.execute("SELECT pg_notify('notification', 'settings')")
    return cursor.rowcount == 1
