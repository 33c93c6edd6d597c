"""Messages as people see them: what became of each, and the second life of the dead."""

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple
from uuid import UUID

from psycopg.types.json import Jsonb

from lineshaft.clock import to_datetime
from lineshaft.store.database import AsyncConnection
from lineshaft.store.rows import fetch

Which = Literal["all", "waiting", "delivered", "dead"]


@dataclass(slots=True, frozen=True)
class NotificationRow:
    """One message and its receipt; instants are epoch milliseconds."""

    id: str
    channel: str
    target: str
    name: str
    """Of the contact or person."""
    policy: str | None
    kind: str
    count: int
    worst: int | None
    alarm_id: str | None
    created: int
    next_try: int
    attempts: int
    delivered: int | None
    dead: int | None
    error: str | None
    """Of the last try that failed."""


@dataclass(slots=True, frozen=True)
class CircuitRow:
    """A target that does not answer."""

    channel: str
    target: str
    failures: int
    opened: int
    probe: int
    why: str


async def listing(
    conn: AsyncConnection, which: Which, limit: int, *, mqtt: bool = False
) -> list[NotificationRow]:
    """Messages, the newest first; those to the broker's topics only when asked for."""
    return await fetch(
        conn,
        NotificationRow,
        "SELECT n.notification_id::text AS id, n.channel, n.target,"
        " coalesce(c.name, p.name, n.target) AS name, n.policy,"
        " coalesce(n.body->>'kind', n.body->>'st', '') AS kind,"
        " coalesce((n.body->>'count')::int, 1) AS count, (n.body->>'worst')::int AS worst,"
        " n.alarm_id::text AS alarm_id, n.created, n.next_try, n.attempts, n.delivered, n.dead,"
        " n.last_error AS error FROM notification AS n LEFT JOIN contact AS c ON c.key = n.target"
        " AND c.channel = n.channel LEFT JOIN person AS p ON p.login = n.target AND n.channel = 'browser'"
        " WHERE (%(mqtt)s OR n.channel <> 'mqtt') AND CASE %(which)s WHEN 'all' THEN true"
        " WHEN 'waiting' THEN n.delivered IS NULL AND n.dead IS NULL"
        " WHEN 'delivered' THEN n.delivered IS NOT NULL ELSE n.dead IS NOT NULL AND n.delivered IS NULL END"
        " ORDER BY n.created DESC, n.notification_id LIMIT %(limit)s",
        {"which": which, "limit": limit, "mqtt": mqtt},
    )


async def circuits(conn: AsyncConnection) -> list[CircuitRow]:
    """Targets that do not answer."""
    return await fetch(
        conn,
        CircuitRow,
        "SELECT channel, target, failures, opened, probe, why FROM delivery_circuit ORDER BY opened",
    )


async def replay(conn: AsyncConnection, ids: list[UUID], now_us: int) -> int:
    """Give dead messages, all where none is named, their tries again under the same ids; how many it were."""
    cursor = await conn.execute(
        "UPDATE notification SET dead = NULL, attempts = 0, leased = NULL, created = %(now)s,"
        " next_try = %(now)s WHERE dead IS NOT NULL AND delivered IS NULL"
        " AND (cardinality(%(ids)s::uuid[]) = 0 OR notification_id = ANY(%(ids)s))",
        {"now": to_datetime(now_us), "ids": ids},
    )
    await conn.execute("SELECT pg_notify('notification', '')")
    return cursor.rowcount


class Test(NamedTuple):
    """A test message to one target."""

    key: UUID
    channel: str
    target: str
    language: str
    body: dict[str, Any]


async def put_test(conn: AsyncConnection, test: Test, now_us: int) -> None:
    """Put a test message into the outbox, in the caller's transaction."""
    now = to_datetime(now_us)
    await conn.execute(
        "INSERT INTO notification (notification_id, channel, target, body, created, next_try, language)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s)",
        (test.key, test.channel, test.target, Jsonb(test.body), now, now, test.language),
    )
    await conn.execute("SELECT pg_notify('notification', '')")
