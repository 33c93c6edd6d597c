"""What people are told on the screens, and what of it they have seen."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from lineshaft.clock import to_datetime
from lineshaft.store.database import AsyncConnection, Connection
from lineshaft.store.notifications import Notification
from lineshaft.store.rows import fetch


@dataclass(slots=True, frozen=True)
class InboxRow:
    """One message to a person."""

    id: str
    at: int
    """Epoch milliseconds."""
    body: dict[str, Any]
    seen: int | None


def put(conn: Connection, notification: Notification, now_us: int) -> None:
    """Put a message into its person's inbox, once, and tell the live line; commits."""
    conn.execute(
        "INSERT INTO inbox (notification_id, login, at, body) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT (notification_id) DO NOTHING",
        (
            notification.notification_id,
            notification.target,
            to_datetime(now_us),
            Jsonb(notification.body),
        ),
    )
    conn.execute("SELECT pg_notify('live', 'inbox:0')")
    conn.commit()


async def latest(conn: AsyncConnection, login: str, limit: int = 30) -> list[InboxRow]:
    """A person's messages, the newest first."""
    return await fetch(
        conn,
        InboxRow,
        "SELECT notification_id::text AS id, at, body, seen FROM inbox WHERE login = %s"
        " ORDER BY at DESC, notification_id LIMIT %s",
        (login, limit),
    )


async def see(conn: AsyncConnection, login: str, ids: list[UUID], now_us: int) -> int:
    """Note that a person has seen messages, all of them where none is named; gives how many were new."""
    cursor = await conn.execute(
        "UPDATE inbox SET seen = %(now)s WHERE login = %(login)s AND seen IS NULL"
        " AND (cardinality(%(ids)s::uuid[]) = 0 OR notification_id = ANY(%(ids)s))",
        {"now": to_datetime(now_us), "login": login, "ids": ids},
    )
    return cursor.rowcount
