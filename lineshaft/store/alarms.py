"""Alarms as people see them, and their acknowledgement. What the stream writes is in `alarm_changes`."""

from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

import orjson

from lineshaft.clock import to_datetime
from lineshaft.domain.alarm_steps import apply_ack
from lineshaft.domain.alarms import Ack, Event, transition
from lineshaft.store import alarm_changes, journal, notifications
from lineshaft.store.database import AsyncConnection
from lineshaft.store.rows import Names, fetch, fetch_one


@dataclass(slots=True, frozen=True)
class AlarmRow:
    """An alarm as the API gives it; instants are epoch milliseconds."""

    id: str
    source: str
    source_name: Names
    site: str
    rule: str
    priority: int
    state: str
    raised: int
    updated: int
    cleared: int | None
    acked: int | None
    acked_by: str | None
    comment: str | None
    value: float | None
    threshold: float | None
    message: str
    arguments: dict[str, Any]
    count: int


class AlarmNotOpenError(Exception):
    """The alarm is already acknowledged, or normal again."""


async def listing(
    conn: AsyncConnection,
    which: Literal["active", "all"] = "active",
    limit: int = 500,
    *,
    source: str | None = None,
) -> list[AlarmRow]:
    """Alarms that are not normal again, the worst and newest first; or all, the newest first.

    With a source only that asset's. Active ones are never windowed by time; the limit is for the screen.
    """
    return await fetch(
        conn,
        AlarmRow,
        "SELECT m.alarm_id::text AS id, m.source, jsonb_build_object('en', coalesce(a.name, m.source),"
        " 'zh', coalesce(nullif(a.name_zh, ''), a.name, m.source)) AS source_name,"
        " m.site, m.rule, m.priority, m.state, m.raised, m.updated, m.cleared, m.acked, m.acked_by,"
        " m.comment, m.value, m.threshold, m.message, m.arguments, m.count"
        " FROM alarm AS m LEFT JOIN asset AS a ON a.key = m.source WHERE (%(all)s OR m.state <> 'normal')"
        " AND (%(source)s::text IS NULL OR m.source = %(source)s)"
        " ORDER BY CASE WHEN NOT %(all)s THEN m.priority END, m.raised DESC, m.alarm_id LIMIT %(limit)s",
        {"all": which == "all", "limit": limit, "source": source},
    )


async def one(conn: AsyncConnection, alarm_id: UUID) -> AlarmRow | None:
    """One alarm; None where there is none of that id."""
    return await fetch_one(
        conn,
        AlarmRow,
        "SELECT m.alarm_id::text AS id, m.source, jsonb_build_object('en', coalesce(a.name, m.source),"
        " 'zh', coalesce(nullif(a.name_zh, ''), a.name, m.source)) AS source_name,"
        " m.site, m.rule, m.priority, m.state, m.raised, m.updated, m.cleared, m.acked, m.acked_by,"
        " m.comment, m.value, m.threshold, m.message, m.arguments, m.count"
        " FROM alarm AS m LEFT JOIN asset AS a ON a.key = m.source WHERE m.alarm_id = %s",
        (alarm_id,),
    )


async def acknowledge(
    conn: AsyncConnection, alarm_id: UUID, by: str, comment: str | None, now_us: int
) -> AlarmRow | None:
    """Acknowledge an alarm in the caller's transaction; None where there is none of that id.

    It keeps the journal to itself until the transaction ends: do it last (after the audit), then commit.

    Raises:
        AlarmNotOpenError: there is nothing to acknowledge.
    """
    cursor = await conn.execute(
        "SELECT alarm_id, source, site, rule, priority, state, raised, updated, cleared, acked, acked_by,"
        " comment, value, threshold, message, arguments, count, raised_pos, pos FROM alarm"
        " WHERE alarm_id = %s FOR UPDATE",
        (alarm_id,),
    )
    row = await cursor.fetchone()
    if row is None:
        return None
    before = alarm_changes.alarm_of(row)
    if transition(before.state, Event.ACK) is None:
        raise AlarmNotOpenError(f"alarm {alarm_id} is {before.state}")
    body = {
        "alarm_id": str(alarm_id),
        "by": by,
        "comment": comment,
        "at_us": now_us,
        "seen_pos": before.pos,
    }
    pos = await journal.append_control_async(conn, "_/ack", orjson.dumps(body), now_us)
    ack = Ack(alarm_id, by, comment, now_us, before.pos, pos)
    alarm, entry = apply_ack(before, (), ack)
    await conn.execute(
        "UPDATE alarm SET state = %s, updated = %s, acked = %s, acked_by = %s, comment = %s, pos = %s"
        " WHERE alarm_id = %s",
        (alarm.state, to_datetime(now_us), to_datetime(now_us), by, comment, pos, alarm_id),
    )
    await conn.execute(alarm_changes.INSERT_ENTRY, alarm_changes.entry_values(entry))
    rows = notifications.rows_of(notifications.Transition(alarm, entry, pos))
    await conn.cursor().executemany(notifications.INSERT, rows)
    await conn.execute("SELECT pg_notify('live', %s), pg_notify('notification', '')", (f"plant:{pos}",))
    return await one(conn, alarm_id)


@dataclass(slots=True, frozen=True)
class AlarmEntry:
    """One line of an alarm's journal."""

    at: int
    event: str
    from_state: str
    to_state: str
    by: str
    comment: str | None
    value: float | None


async def history(conn: AsyncConnection, alarm_id: UUID) -> list[AlarmEntry]:
    """What happened to an alarm, in the journal's order."""
    return await fetch(
        conn,
        AlarmEntry,
        "SELECT at, event, from_state, to_state, by, comment, value FROM alarm_journal"
        " WHERE alarm_id = %s ORDER BY pos, alarm_journal_id",
        (alarm_id,),
    )


@dataclass(slots=True, frozen=True)
class AlarmCounts:
    """How many alarms are not normal again, by priority."""

    critical: int
    high: int
    medium: int
    low: int
    unacked: int


async def counts(conn: AsyncConnection) -> AlarmCounts:
    """Counts for the head of the screen."""
    found = await fetch_one(
        conn,
        AlarmCounts,
        "SELECT count(*) FILTER (WHERE priority = 1) AS critical,"
        " count(*) FILTER (WHERE priority = 2) AS high,"
        " count(*) FILTER (WHERE priority = 3) AS medium, count(*) FILTER (WHERE priority = 4) AS low,"
        " count(*) FILTER (WHERE state IN ('unacknowledged', 'returned')) AS unacked"
        " FROM alarm WHERE state <> 'normal'",
    )
    return found or AlarmCounts(0, 0, 0, 0, 0)
