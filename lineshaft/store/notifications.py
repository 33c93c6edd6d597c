"""The transactional outbox of alarm messages: written with the alarm, delivered later, at least once.

What every alarm says, whoever wants to hear it, is `ROUTES`, here because both who write alarms need it: the
plant flow and the API. What people are told follows from policies, by `stream.notify.router`.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from psycopg.types.json import Jsonb

from lineshaft.clock import from_datetime, to_datetime
from lineshaft.domain.alarm_states import Event
from lineshaft.domain.alarms import NAMESPACE, Alarm, Entry
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
    channel: str
    target: str
    body: dict[str, Any]
    attempts: int
    created_us: int
    language: str = "en"
    is_digest: bool = False


class Message(NamedTuple):
    """One message to put into the outbox."""

    notification_id: UUID
    channel: str
    target: str
    body: dict[str, Any]
    policy: str | None
    language: str
    due_us: int
    is_digest: bool
    alarm_id: str | None
    """Where it speaks of one alarm only."""


def rows_of(transition: Transition) -> list[tuple[object, ...]]:
    """The outbox rows of a change, for `INSERT`; the ids are the same however often this is done."""
    alarm, entry, order = transition
    if entry.is_refused or entry.event is Event.COMMENT:
        return []  # it changed nothing, or nothing that is told
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


def put(conn: Connection, messages: Iterable[Message], now_us: int) -> int:
    """Put messages into the outbox, in the caller's transaction; gives how many were not there before."""
    added = 0
    with conn.cursor() as cursor:
        for one in messages:
            cursor.execute(
                "INSERT INTO notification (notification_id, alarm_id, channel, target, body, created,"
                " next_try, policy, language, digest) VALUES (%s,"
                " (SELECT alarm_id FROM alarm WHERE alarm_id = %s), %s, %s, %s, %s, %s, %s, %s, %s)"
                " ON CONFLICT (notification_id) DO NOTHING",
                (
                    one.notification_id,
                    one.alarm_id,
                    one.channel,
                    one.target,
                    Jsonb(one.body),
                    to_datetime(now_us),
                    to_datetime(one.due_us),
                    one.policy,
                    one.language,
                    one.is_digest,
                ),
            )
            added += cursor.rowcount
    return added


class Claim(NamedTuple):
    """What is to be taken out of the outbox, and for how long it is the taker's."""

    channels: Sequence[str]
    whole: Sequence[str] = ()
    """Channels whose targets share one lane."""
    closed: Sequence[str] = ()
    """Lanes that take nothing now: a channel, or `channel` and `target` with a line's end between."""
    lease_s: float = 60
    each: int = 5
    """Messages of one target at most; of a whole channel ten times as many."""


def claim(conn: Connection, wanted: Claim, now_us: int) -> list[Notification]:
    """Take what is due, oldest first, for a while; commits.

    Two workers never take the same row; what a dead worker had taken is due again when its lease ends.
    """
    rows = conn.execute(
        "WITH due AS ("
        "  SELECT notification_id, is_whole, row_number() OVER (PARTITION BY lane ORDER BY pos, created,"
        "    notification_id) AS place FROM ("
        "      SELECT notification_id, pos, created, channel = ANY(%(whole)s) AS is_whole,"
        "        CASE WHEN channel = ANY(%(whole)s) THEN channel ELSE channel || E'\\n' || target END AS lane"
        "      FROM notification WHERE delivered IS NULL AND dead IS NULL AND next_try <= %(now)s"
        "        AND channel = ANY(%(channels)s)"
        "        AND (leased IS NULL OR leased <= %(now)s - make_interval(secs => %(lease_s)s))) AS one"
        "  WHERE lane <> ALL(%(closed)s)"
        "), mine AS ("
        "  SELECT notification_id FROM notification WHERE notification_id IN ("
        "    SELECT notification_id FROM due WHERE place <= CASE WHEN is_whole THEN 10 ELSE 1 END * %(each)s)"
        "    AND delivered IS NULL AND dead IS NULL"
        "    AND (leased IS NULL OR leased <= %(now)s - make_interval(secs => %(lease_s)s))"
        "  FOR UPDATE SKIP LOCKED"
        ") UPDATE notification AS n SET leased = %(now)s FROM mine"
        " WHERE n.notification_id = mine.notification_id"
        " RETURNING n.pos, n.created, n.notification_id, channel, target, body, attempts, language, digest",
        {
            "now": to_datetime(now_us),
            "channels": list(wanted.channels),
            "whole": list(wanted.whole),
            "closed": list(wanted.closed),
            "lease_s": wanted.lease_s,
            "each": wanted.each,
        },
    ).fetchall()
    conn.commit()
    return [_notification(row) for row in sorted(rows, key=lambda row: row[:3])]


def claim_probe(
    conn: Connection, channel: str, target: str, now_us: int, lease_s: float
) -> Notification | None:
    """Take the oldest message of a target that has not answered, due or not; commits."""
    rows = conn.execute(
        "UPDATE notification SET leased = %(now)s WHERE notification_id = ("
        "  SELECT notification_id FROM notification WHERE delivered IS NULL AND dead IS NULL"
        "    AND channel = %(channel)s AND target = %(target)s"
        "    AND (leased IS NULL OR leased <= %(now)s - make_interval(secs => %(lease_s)s))"
        "  ORDER BY created, notification_id LIMIT 1 FOR UPDATE SKIP LOCKED)"
        " RETURNING pos, created, notification_id, channel, target, body, attempts, language, digest",
        {"now": to_datetime(now_us), "channel": channel, "target": target, "lease_s": lease_s},
    ).fetchall()
    conn.commit()
    return _notification(rows[0]) if rows else None


def revive(conn: Connection, channel: str, target: str, now_us: int) -> int:
    """Make everything that waits for a target due: it answers again; commits."""
    cursor = conn.execute(
        "UPDATE notification SET next_try = %(now)s WHERE delivered IS NULL AND dead IS NULL"
        " AND channel = %(channel)s AND target = %(target)s AND next_try > %(now)s AND attempts > 0",
        {"now": to_datetime(now_us), "channel": channel, "target": target},
    )
    conn.commit()
    return cursor.rowcount


def release(conn: Connection, ids: Sequence[UUID]) -> None:
    """Give back what was taken and not tried; commits."""
    conn.execute("UPDATE notification SET leased = NULL WHERE notification_id = ANY(%s)", (list(ids),))
    conn.commit()


def _notification(row: tuple[Any, ...]) -> Notification:
    _, created, key, channel, target, body, attempts, language, is_digest = row
    return Notification(key, channel, target, body, attempts, from_datetime(created), language, is_digest)


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


class Failure(NamedTuple):
    """What became of a try that failed."""

    why: str
    next_us: int | None
    """When it is tried again; None: never, it is dead."""
    counts: bool = True
    """Whether it used up a try: one at a target that is known not to answer does not."""


def set_failed(conn: Connection, notification_id: UUID, failure: Failure, now_us: int) -> None:
    """Book a failed try; commits."""
    next_try = None if failure.next_us is None else to_datetime(failure.next_us)
    conn.execute(
        "UPDATE notification SET leased = NULL, attempts = attempts + %(counts)s, last_error = %(error)s,"
        " next_try = coalesce(%(next)s, next_try), dead = CASE WHEN %(next)s IS NULL THEN %(now)s END"
        " WHERE notification_id = %(id)s",
        {
            "error": failure.why[:500],
            "next": next_try,
            "now": to_datetime(now_us),
            "counts": int(failure.counts),
            "id": notification_id,
        },
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
