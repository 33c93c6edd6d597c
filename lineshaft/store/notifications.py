"""The transactional outbox of alarm messages: written with the alarm, delivered later, at least once.

Which alarm goes to whom is `ROUTES`, here because both who writes alarms need it: the plant flow and the API.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from psycopg.types.json import Jsonb

from lineshaft.clock import to_datetime
from lineshaft.domain.alarms import NAMESPACE, Alarm, Entry, Event
from lineshaft.store.database import Connection
from lineshaft.wire import alert

ROUTES: dict[str, Callable[[Alarm], str]] = {"mqtt": alert.topic_of}
"""Channel of `stream.notify.CHANNELS` → the target an alarm has there."""

INSERT = (
    "INSERT INTO notification (notification_id, alarm_id, channel, target, body, created, next_try, pos)"
    # A device whose clock is ahead must not put off what is to be said of it.
    " VALUES (%s, %s, %s, %s, %s, %s, least(%s, clock_timestamp()), %s)"
    " ON CONFLICT (notification_id) DO NOTHING"
)


class Transition(NamedTuple):
    """An alarm after a change, and the change."""

    alarm: Alarm
    entry: Entry
    order: int
    """Position of the latest change the message takes into account: later messages of a target have more."""


class Notification(NamedTuple):
    """One message on its way."""

    notification_id: UUID
    alarm_id: UUID
    channel: str
    target: str
    body: dict[str, Any]
    attempts: int


def rows_of(transition: Transition) -> list[tuple[object, ...]]:
    """The outbox rows of a change, for `INSERT`; the ids are the same however often this is done."""
    alarm, entry, order = transition
    if entry.from_state is entry.to_state and entry.event is Event.ACK:
        return []  # it changed nothing
    at = to_datetime(entry.at_us)
    body = Jsonb(alert.body_of(alarm))
    rows: list[tuple[object, ...]] = []
    for channel, target_of in ROUTES.items():
        target = target_of(alarm)
        key = uuid5(NAMESPACE, f"{alarm.alarm_id}\n{entry.event}\n{entry.pos}\n{channel}\n{target}")
        rows.append((key, alarm.alarm_id, channel, target, body, at, at, order))
    return rows


def enqueue(conn: Connection, transitions: Iterable[Transition]) -> None:
    """Put the messages of changes into the outbox, in the caller's transaction, and wake the worker."""
    rows = [row for transition in transitions for row in rows_of(transition)]
    if rows:
        conn.cursor().executemany(INSERT, rows)
        conn.execute("NOTIFY notification")


def revise(conn: Connection, transitions: Iterable[Transition]) -> None:
    """Correct what waits to be said of alarms whose acknowledgement has changed its meaning."""
    conn.cursor().executemany(
        "UPDATE notification SET body = %s WHERE alarm_id = %s AND pos = %s AND delivered IS NULL",
        [(Jsonb(alert.body_of(alarm)), alarm.alarm_id, order) for alarm, _, order in transitions],
    )


def claim(
    conn: Connection, channels: Sequence[str], now_us: int, lease_s: float, limit: int
) -> list[Notification]:
    """Take what is due, oldest first, for a while; commits.

    Two workers never take the same row; what a dead worker had taken is due again when its lease ends.
    """
    now = to_datetime(now_us)
    rows = conn.execute(
        "UPDATE notification SET leased = %(now)s WHERE notification_id IN ("
        "  SELECT notification_id FROM notification"
        "  WHERE delivered IS NULL AND dead IS NULL AND next_try <= %(now)s AND channel = ANY(%(channels)s)"
        "    AND (leased IS NULL OR leased <= %(now)s - make_interval(secs => %(lease_s)s))"
        "  ORDER BY pos, notification_id LIMIT %(limit)s FOR UPDATE SKIP LOCKED"
        ") RETURNING pos, notification_id, alarm_id, channel, target, body, attempts",
        {"now": now, "channels": list(channels), "lease_s": lease_s, "limit": limit},
    ).fetchall()
    conn.commit()
    return [Notification(*row[1:]) for row in sorted(rows, key=lambda row: (row[0], row[1]))]


def is_superseded(conn: Connection, notification_id: UUID) -> bool:
    """Whether a later message of the same channel and target exists."""
    row = conn.execute(
        "SELECT EXISTS (SELECT FROM notification AS newer WHERE newer.channel = n.channel"
        " AND newer.target = n.target AND newer.pos > n.pos)"
        " FROM notification AS n WHERE n.notification_id = %s",
        (notification_id,),
    ).fetchone()
    return bool(row and row[0])


def set_delivered(conn: Connection, notification_id: UUID, now_us: int, note: str | None = None) -> None:
    """Book a message as delivered; commits."""
    conn.execute(
        "UPDATE notification SET delivered = %s, leased = NULL, attempts = attempts + 1, last_error = %s"
        " WHERE notification_id = %s",
        (to_datetime(now_us), note, notification_id),
    )
    conn.commit()


def set_failed(conn: Connection, notification_id: UUID, error: str, next_us: int | None, now_us: int) -> None:
    """Book a failed try: due again at `next_us`, or dead where that is None; commits."""
    next_try = None if next_us is None else to_datetime(next_us)
    conn.execute(
        "UPDATE notification SET leased = NULL, attempts = attempts + 1, last_error = %(error)s,"
        " next_try = coalesce(%(next)s, next_try), dead = CASE WHEN %(next)s IS NULL THEN %(now)s END"
        " WHERE notification_id = %(id)s",
        {"error": error[:500], "next": next_try, "now": to_datetime(now_us), "id": notification_id},
    )
    conn.commit()


class Backlog(NamedTuple):
    """How much is waiting, and how much was given up."""

    waiting: int
    dead: int


def backlog(conn: Connection) -> Backlog:
    """Counts of the outbox; commits."""
    row = conn.execute(
        "SELECT count(*) FILTER (WHERE dead IS NULL), count(*) FILTER (WHERE dead IS NOT NULL)"
        " FROM notification WHERE delivered IS NULL"
    ).fetchone()
    conn.commit()
    return Backlog(*row) if row else Backlog(0, 0)
