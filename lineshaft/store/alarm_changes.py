"""Writes what the plant flow finds out about alarms, under row locks, through the same steps as operators.

The rows are the truth: they are locked and read, `lineshaft.domain.alarms` says what becomes of them, and
row, journal and outbox are written in the caller's transaction. The unique index on active alarms has the
last word.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from lineshaft.clock import from_datetime, to_datetime
from lineshaft.domain.alarm_steps import apply_ack, apply_condition, rewind
from lineshaft.domain.alarms import Ack, Alarm, Condition, ConditionChange, Entry, Event, State
from lineshaft.store import notifications
from lineshaft.store.database import Connection

INSERT_ENTRY = (
    "INSERT INTO alarm_journal (alarm_id, at, event, from_state, to_state, by, comment, value, pos)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"
)


@dataclass(slots=True)
class _Book:
    """The alarms a batch may touch, as they become."""

    alarms: dict[UUID, Alarm] = field(default_factory=dict)
    current: dict[tuple[str, str], UUID] = field(default_factory=dict)
    """(source, rule) → the occurrence that its next change meets."""
    entries: dict[UUID, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    """In the journal's order."""
    seen_pos: dict[tuple[UUID, int], int] = field(default_factory=dict)
    """(alarm, position of an acknowledgement) → the last change its giver could see."""
    new: list[notifications.Transition] = field(default_factory=list)
    revised: list[notifications.Transition] = field(default_factory=list)


def apply(conn: Connection, changes: Sequence[ConditionChange | Ack]) -> int:
    """Apply changes in the journal's order, in the caller's transaction; gives how many had an effect.

    Every change stands behind all that were applied before, except acknowledgements: operators write theirs
    at once (`lineshaft.store.alarms.acknowledge`), and the same comes by here when the flow gets there.
    """
    if not changes:
        return 0
    book = _lock(conn, changes)
    for change in changes:
        if isinstance(change, Ack):
            _acknowledge(book, change)
        else:
            _change(book, change)
    _write(conn, book)
    return len(book.new)


def open_alarms(conn: Connection) -> list[Alarm]:
    """Every alarm that is not normal again, the oldest first; commits."""
    rows = conn.execute(
        "SELECT alarm_id, source, site, rule, priority, state, raised, updated, cleared, acked, acked_by,"
        " comment, value, threshold, message, arguments, count, raised_pos, pos FROM alarm"
        " WHERE state <> 'normal' ORDER BY raised_pos, alarm_id"
    ).fetchall()
    conn.commit()
    return [alarm_of(row) for row in rows]


def as_of(conn: Connection, pos: int) -> list[tuple[Alarm, list[Entry]]]:
    """The alarms that were not normal at a position just reached, with their journal up to there."""
    rows = conn.execute(
        "SELECT alarm_id, source, site, rule, priority, state, raised, updated, cleared, acked, acked_by,"
        " comment, value, threshold, message, arguments, count, raised_pos, pos FROM alarm"
        " WHERE (state <> 'normal' OR pos > %s) AND raised_pos <= %s ORDER BY raised_pos, alarm_id",
        (pos, pos),
    ).fetchall()
    book = _Book({alarm.alarm_id: alarm for alarm in map(alarm_of, rows)})
    _read_entries(conn, book)
    found = []
    for key, alarm in book.alarms.items():
        # An operator's acknowledgement may stand ahead of the flow.
        before = rewind(alarm, book.entries[key], pos)
        if before.state is not State.NORMAL:
            found.append((before, [entry for entry in book.entries[key] if entry.pos <= pos]))
    return found


def put(conn: Connection, alarms: Iterable[Alarm]) -> None:
    """Write alarms as they are now, in the caller's transaction."""
    conn.cursor().executemany(
        "INSERT INTO alarm (alarm_id, source, site, rule, priority, state, raised, updated, cleared,"
        " acked, acked_by, comment, value, threshold, message, arguments, count, raised_pos, pos)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (alarm_id) DO UPDATE SET priority = excluded.priority, state = excluded.state,"
        " updated = excluded.updated, cleared = excluded.cleared, acked = excluded.acked,"
        " acked_by = excluded.acked_by, comment = excluded.comment, value = excluded.value,"
        " threshold = excluded.threshold, message = excluded.message, arguments = excluded.arguments,"
        " count = excluded.count, pos = excluded.pos",
        map(_values, alarms),
    )


def active_conditions(conn: Connection, rule: str) -> list[Condition]:
    """The conditions of a kind of rule (`late` of `late:SH-1`) that hold now, as they were last reported."""
    rows = conn.execute(
        "SELECT source, rule, priority, message, value, threshold, arguments FROM alarm"
        " WHERE state IN ('unacknowledged', 'acknowledged') AND split_part(rule, ':', 1) = %s",
        (rule,),
    ).fetchall()
    return [
        Condition(source, name, True, priority, message, value, threshold, arguments)  # noqa: FBT003 - a field
        for source, name, priority, message, value, threshold, arguments in rows
    ]


def _change(book: _Book, change: ConditionChange) -> None:
    key = (change.condition.source, change.condition.rule)
    found = book.alarms.get(book.current[key]) if key in book.current else None
    before = rewind(found, book.entries[found.alarm_id], change.pos) if found else None
    is_over = before is None or before.state is State.NORMAL
    result = apply_condition(None if is_over else before, change)
    if result is None:
        return
    alarm, entry = result
    entries = book.entries[alarm.alarm_id]
    ahead = [one for one in entries if one.pos > change.pos]
    book.entries[alarm.alarm_id] = [one for one in entries if one.pos <= change.pos] + [entry]
    for one in ahead:
        alarm = _again(book, alarm, one)
    book.new.append(notifications.Transition(alarm, entry, max(one.pos for one in (*ahead, entry))))
    _keep(book, alarm)


def _again(book: _Book, alarm: Alarm, entry: Entry) -> Alarm:
    """Apply once more an acknowledgement that was written ahead of what has now come before it."""
    seen_pos = book.seen_pos[alarm.alarm_id, entry.pos]
    ack = Ack(alarm.alarm_id, entry.by, entry.comment, entry.at_us, seen_pos, entry.pos)
    entries = book.entries[alarm.alarm_id]
    alarm, revised = apply_ack(alarm, entries, ack)
    entries.append(revised)
    book.revised.append(notifications.Transition(alarm, revised, revised.pos))
    return alarm


def _acknowledge(book: _Book, ack: Ack) -> None:
    alarm = book.alarms.get(ack.alarm_id)
    if alarm is None:
        return
    entries = book.entries[ack.alarm_id]
    if any(entry.event is Event.ACK and entry.pos == ack.pos for entry in entries):
        return
    alarm, entry = apply_ack(alarm, entries, ack)
    entries.append(entry)
    book.new.append(notifications.Transition(alarm, entry, entry.pos))
    _keep(book, alarm)


def _keep(book: _Book, alarm: Alarm) -> None:
    book.alarms[alarm.alarm_id] = alarm
    book.current[alarm.source, alarm.rule] = alarm.alarm_id


def _lock(conn: Connection, changes: Sequence[ConditionChange | Ack]) -> _Book:
    conditions = [change.condition for change in changes if isinstance(change, ConditionChange)]
    acked = [change.alarm_id for change in changes if isinstance(change, Ack)]
    book = _Book()
    # Ahead of the flow's position stand only alarms that an operator has just closed.
    rows = conn.execute(
        "SELECT alarm_id, source, site, rule, priority, state, raised, updated, cleared, acked, acked_by,"
        " comment, value, threshold, message, arguments, count, raised_pos, pos FROM alarm"
        " WHERE alarm_id = ANY(%(acked)s) OR ((state <> 'normal' OR pos >= %(least)s) AND (source, rule) IN"
        " (SELECT * FROM unnest(%(sources)s::text[], %(rules)s::text[]))) ORDER BY alarm_id FOR UPDATE",
        {
            "acked": acked,
            "least": min(change.pos for change in changes),
            "sources": [condition.source for condition in conditions],
            "rules": [condition.rule for condition in conditions],
        },
    ).fetchall()
    for row in rows:
        _take(book, alarm_of(row))
    _read_entries(conn, book)
    return book


def _take(book: _Book, alarm: Alarm) -> None:
    key = (alarm.source, alarm.rule)
    other = book.alarms.get(book.current[key]) if key in book.current else None
    book.alarms[alarm.alarm_id] = alarm
    if other is None or alarm.raised_pos > other.raised_pos:
        book.current[key] = alarm.alarm_id


def _read_entries(conn: Connection, book: _Book) -> None:
    rows = conn.execute(
        "SELECT alarm_id, at, event, from_state, to_state, by, comment, value, pos FROM alarm_journal"
        " WHERE alarm_id = ANY(%s) ORDER BY alarm_journal_id",
        (list(book.alarms),),
    ).fetchall()
    last: dict[UUID, int] = {}
    for key, at, event, before, after, by, comment, value, pos in rows:
        # The order of writing tells what the giver of an acknowledgement could see.
        book.seen_pos[key, pos] = last.get(key, 0)
        last[key] = max(last.get(key, 0), pos)
        entry = Entry(
            key, from_datetime(at), Event(event), State(before), State(after), by, comment, value, pos
        )
        book.entries[key].append(entry)
    for entries in book.entries.values():
        entries.sort(key=lambda entry: entry.pos)  # stable: those of one position stay as they were written


def _write(conn: Connection, book: _Book) -> None:
    if not book.new:
        return
    changed = dict.fromkeys(transition.alarm.alarm_id for transition in book.new)
    put(conn, [book.alarms[key] for key in changed])
    with conn.cursor() as cursor:
        cursor.executemany(INSERT_ENTRY, [entry_values(transition.entry) for transition in book.new])
        cursor.executemany(
            "UPDATE alarm_journal SET from_state = %s, to_state = %s WHERE alarm_id = %s AND pos = %s"
            " AND event = 'ack'",
            [(one.from_state, one.to_state, one.alarm_id, one.pos) for _, one, _ in book.revised],
        )
    notifications.enqueue(conn, book.new)
    notifications.revise(conn, book.revised)


def entry_values(entry: Entry) -> tuple[object, ...]:
    """A line of the journal as the parameters of `INSERT_ENTRY`."""
    return (
        entry.alarm_id,
        to_datetime(entry.at_us),
        entry.event,
        entry.from_state,
        entry.to_state,
        entry.by,
        entry.comment,
        entry.value,
        entry.pos,
    )


def alarm_of(row: tuple[Any, ...]) -> Alarm:
    """The alarm of a row with the columns of this module's SELECT, in its order."""
    key, source, site, rule, priority, state, raised, updated, cleared, acked, *rest = row
    acked_by, comment, value, threshold, message, arguments, count, raised_pos, pos = rest
    return Alarm(
        alarm_id=key,
        source=source,
        site=site,
        rule=rule,
        priority=priority,
        state=State(state),
        raised_us=from_datetime(raised),
        updated_us=from_datetime(updated),
        message=message,
        arguments=arguments,
        raised_pos=raised_pos,
        pos=pos,
        value=value,
        threshold=threshold,
        cleared_us=from_datetime(cleared) if cleared else None,
        acked_us=from_datetime(acked) if acked else None,
        acked_by=acked_by,
        comment=comment,
        count=count,
    )


def _values(alarm: Alarm) -> tuple[object, ...]:
    return (
        alarm.alarm_id,
        alarm.source,
        alarm.site,
        alarm.rule,
        alarm.priority,
        alarm.state,
        to_datetime(alarm.raised_us),
        to_datetime(alarm.updated_us),
        to_datetime(alarm.cleared_us) if alarm.cleared_us is not None else None,
        to_datetime(alarm.acked_us) if alarm.acked_us is not None else None,
        alarm.acked_by,
        alarm.comment,
        alarm.value,
        alarm.threshold,
        alarm.message,
        Jsonb(alarm.arguments),
        alarm.count,
        alarm.raised_pos,
        alarm.pos,
    )
