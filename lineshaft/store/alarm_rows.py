"""Alarms and the lines of their journal, as rows: read, and written many at once."""

from collections.abc import Iterable, Sequence
from typing import Any, Final, LiteralString
from uuid import UUID

from psycopg.types.json import Jsonb

from lineshaft.clock import from_datetime, to_datetime
from lineshaft.domain.alarm_states import Event, State
from lineshaft.domain.alarms import Alarm, Entry, OutOfService, Shelving
from lineshaft.store.database import Connection

COLUMNS: Final[LiteralString] = (
    "SELECT m.alarm_id, m.source, m.site, m.rule, m.priority, m.state, m.raised, m.updated, m.cleared,"
    " m.acked, m.acked_by, m.comment, m.value, m.threshold, m.message, m.arguments, m.count, m.active,"
    " m.latching, m.latched, m.auto_ack, m.suppressed, m.shelved, m.out_of_service, m.annunciated_pos,"
    " m.cause_id, m.group_key, m.raised_pos, m.pos"
)
"""The columns of `alarm_of`, of a table called m."""

_UPSERT: Final[LiteralString] = """
    INSERT INTO alarm (alarm_id, source, site, rule, priority, state, raised, updated, cleared, acked,
        acked_by, comment, value, threshold, message, arguments, count, active, latching, latched, auto_ack,
        suppressed, shelved, out_of_service, annunciated_pos, cause_id, group_key, raised_pos, pos)
    SELECT * FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::smallint[], %s::text[],
        %s::timestamptz[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[], %s::text[], %s::text[],
        %s::float8[], %s::float8[], %s::text[], %s::jsonb[], %s::int[], %s::boolean[], %s::boolean[],
        %s::boolean[], %s::boolean[], %s::text[], %s::jsonb[], %s::jsonb[], %s::bigint[], %s::uuid[],
        %s::text[], %s::bigint[], %s::bigint[])
    ON CONFLICT (alarm_id) DO UPDATE SET priority = excluded.priority, state = excluded.state,
        updated = excluded.updated, cleared = excluded.cleared, acked = excluded.acked,
        acked_by = excluded.acked_by, comment = excluded.comment, value = excluded.value,
        threshold = excluded.threshold, message = excluded.message, arguments = excluded.arguments,
        count = excluded.count, active = excluded.active, latching = excluded.latching,
        latched = excluded.latched, auto_ack = excluded.auto_ack, suppressed = excluded.suppressed,
        shelved = excluded.shelved, out_of_service = excluded.out_of_service,
        annunciated_pos = excluded.annunciated_pos, pos = excluded.pos
"""
# Cause and group come of all alarms together; who finds them writes them (`lineshaft.store.causes`).
_ADD_LINES: Final[LiteralString] = """
    INSERT INTO alarm_journal (alarm_id, at, event, from_state, to_state, by, comment, value, pos, detail)
    SELECT * FROM unnest(%s::uuid[], %s::timestamptz[], %s::text[], %s::text[], %s::text[], %s::text[],
        %s::text[], %s::float8[], %s::bigint[], %s::jsonb[])
"""


def put(conn: Connection, alarms: Iterable[Alarm]) -> None:
    """Write alarms as they are now, in the caller's transaction."""
    # One that is over makes room for the next of its source and rule.
    ordered = sorted(alarms, key=lambda alarm: alarm.state is not State.NORMAL)
    _columns(conn, _UPSERT, [_values(alarm) for alarm in ordered])


def add_lines(conn: Connection, entries: Sequence[Entry]) -> None:
    """Append lines to the alarms' journal, in their order, in the caller's transaction."""
    _columns(conn, _ADD_LINES, [_line(entry) for entry in entries])


def lines(conn: Connection, alarm_ids: Sequence[UUID]) -> dict[UUID, list[Entry]]:
    """The journals of alarms, each in its order."""
    rows = conn.execute(
        "SELECT alarm_id, at, event, from_state, to_state, by, comment, value, pos, detail"
        " FROM alarm_journal WHERE alarm_id = ANY(%s) ORDER BY alarm_journal_id",
        (list(alarm_ids),),
    ).fetchall()
    found: dict[UUID, list[Entry]] = {key: [] for key in alarm_ids}
    for key, at, event, before, after, by, comment, value, pos, detail in rows:
        found[key].append(
            Entry(key, from_datetime(at), Event(event), State(before), State(after), by, comment, value, pos,
                  detail)
        )  # fmt: skip
    return found


def alarm_of(row: tuple[Any, ...]) -> Alarm:
    """The alarm of a row with the columns of `COLUMNS`."""
    key, source, site, rule, priority, state, raised, updated, cleared, acked, *rest = row
    acked_by, comment, value, threshold, message, arguments, count, active, *rest = rest
    latching, latched, auto_ack, suppressed, shelved, out, annunciated_pos, *rest = rest
    cause_id, group_key, raised_pos, pos = rest
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
        annunciated_pos=annunciated_pos,
        value=value,
        threshold=threshold,
        cleared_us=from_datetime(cleared) if cleared else None,
        acked_us=from_datetime(acked) if acked else None,
        acked_by=acked_by,
        comment=comment,
        count=count,
        active=active,
        latching=latching,
        latched=latched,
        auto_ack=auto_ack,
        suppressed=suppressed,
        shelved=Shelving(**shelved) if shelved else None,
        out_of_service=OutOfService(**out) if out else None,
        cause_id=cause_id,
        group_key=group_key,
    )


def _columns(conn: Connection, statement: LiteralString, rows: list[tuple[object, ...]]) -> None:
    """Run a statement whose parameters are columns; as one, however many the rows."""
    if rows:
        conn.execute(statement, [list(column) for column in zip(*rows, strict=True)])


def _values(alarm: Alarm) -> tuple[object, ...]:
    return (
        alarm.alarm_id,
        alarm.source,
        alarm.site,
        alarm.rule,
        alarm.priority,
        alarm.state.value,
        to_datetime(alarm.raised_us),
        to_datetime(alarm.updated_us),
        to_datetime(alarm.cleared_us) if alarm.cleared_us is not None else None,
        to_datetime(alarm.acked_us) if alarm.acked_us is not None else None,
        alarm.acked_by,
        alarm.comment,
        _number(alarm.value),
        _number(alarm.threshold),
        alarm.message,
        Jsonb(alarm.arguments),
        alarm.count,
        alarm.active,
        alarm.latching,
        alarm.latched,
        alarm.auto_ack,
        alarm.suppressed,
        Jsonb(alarm.shelved.to_body()) if alarm.shelved else None,
        Jsonb(alarm.out_of_service.to_body()) if alarm.out_of_service else None,
        alarm.annunciated_pos,
        alarm.cause_id,
        alarm.group_key,
        alarm.raised_pos,
        alarm.pos,
    )


def _number(value: float | None) -> float | None:
    """Rules give whole numbers too, and a column must be of one type."""
    return None if value is None else float(value)


def _line(entry: Entry) -> tuple[object, ...]:
    return (
        entry.alarm_id,
        to_datetime(entry.at_us),
        entry.event.value,
        entry.from_state.value,
        entry.to_state.value,
        entry.by,
        entry.comment,
        _number(entry.value),
        entry.pos,
        Jsonb(entry.detail),
    )
