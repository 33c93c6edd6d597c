"""What people do to alarms: written at once, and told to the plant flow by a control row.

The row shows the act when its transaction commits. The line in the alarm's journal comes from the flow, when
it reaches the control row: until then the act stands in `alarm_act` (`lineshaft.store.alarm_changes`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import orjson
from psycopg.types.json import Jsonb

from lineshaft.clock import to_datetime
from lineshaft.domain.alarm_states import UPON_RULE, Event
from lineshaft.domain.alarm_steps import Step, apply_act, refusal_of
from lineshaft.domain.alarms import Act, Alarm, Entry
from lineshaft.store import alarm_changes, alarm_rows, journal, notifications
from lineshaft.store.alarm_changes import Book
from lineshaft.store.database import AsyncConnection

TOPIC = "_/alarm"
"""Of the control row; journals from before there were other acts than acknowledgements have `_/ack`."""


@dataclass(slots=True, frozen=True, kw_only=True)
class Deed:
    """What somebody does to alarms, all the same to each."""

    event: Event
    by: str
    comment: str | None
    at_us: int
    until_us: int | None = None
    """When a shelving ends."""
    one_shot: bool = False
    seen_pos: int | None = None
    """`annunciated_pos` of the one alarm as it was on the screen; None: as it is now."""


@dataclass(slots=True, frozen=True)
class Done:
    """What a deed came to."""

    alarms: list[Alarm]
    """Those it was done to, as they are now."""
    refused: dict[UUID, str]
    """Those that do not allow it as they are, and why: a key of `lineshaft.domain.alarm_steps`."""


async def do(conn: AsyncConnection, alarm_ids: Sequence[UUID], deed: Deed) -> Done:
    """Do something to alarms in the caller's transaction; ids that are none are passed over.

    It keeps the journal to itself until the transaction ends: do it last (after the audit), then commit.
    """
    book = Book.of(await _locked(conn, alarm_ids, deed))
    meant = [(key, _act(book, key, deed)) for key in dict.fromkeys(alarm_ids)]
    refused = {key: why for key, act in meant if act and (why := refusal_of(book.alarms[act.alarm_id], act))}
    # Of two occurrences of one rule at one source, an act upon the rule is for the open one, once.
    acts = list({act.alarm_id: act for key, act in meant if act and key not in refused}.values())
    if not acts:
        return Done([], refused)
    told = orjson.dumps(_body(deed) | {"alarms": [_named(act) for act in acts]})
    pos = await journal.append_control_async(conn, TOPIC, told, deed.at_us)
    acts = [replace(act, pos=pos) for act in acts]
    steps = [step for act in acts if (step := apply_act(book.alarms[act.alarm_id], act))]
    await _write(conn, steps, deed, acts)
    return Done([alarm for alarm, _ in steps], refused)


async def _locked(conn: AsyncConnection, alarm_ids: Sequence[UUID], deed: Deed) -> dict[UUID, Alarm]:
    wanted = list(alarm_ids)
    if deed.event in UPON_RULE:
        await conn.execute(alarm_changes.LOCK)
        cursor = await conn.execute(
            "SELECT o.alarm_id FROM alarm n JOIN alarm o ON (o.source, o.rule) = (n.source, n.rule)"
            " AND o.state <> 'normal' WHERE n.alarm_id = ANY(%s) AND n.state = 'normal'",
            (wanted,),
        )
        wanted += [key for (key,) in await cursor.fetchall()]
    cursor = await conn.execute(
        alarm_rows.COLUMNS + " FROM alarm AS m WHERE m.alarm_id = ANY(%s) ORDER BY m.alarm_id FOR UPDATE",
        (wanted,),
    )
    return {alarm.alarm_id: alarm for alarm in map(alarm_rows.alarm_of, await cursor.fetchall())}


def _act(book: Book, key: UUID, deed: Deed) -> Act | None:
    """The act upon the alarm that is meant, without its position."""
    named = book.alarms.get(key)
    if named is None:
        return None
    act = Act(
        alarm_id=key,
        event=deed.event,
        by=deed.by,
        comment=deed.comment,
        at_us=deed.at_us,
        seen_pos=0,
        pos=0,
        source=named.source,
        rule=named.rule,
        until_us=deed.until_us,
        one_shot=deed.one_shot,
    )
    alarm = book.meant(act) or named
    seen_pos = alarm.annunciated_pos if deed.seen_pos is None else deed.seen_pos
    return replace(act, alarm_id=alarm.alarm_id, seen_pos=seen_pos)


def _body(deed: Deed) -> dict[str, Any]:
    shelving = {"until_us": deed.until_us, "one_shot": deed.one_shot} if deed.event is Event.SHELVE else {}
    return {"act": deed.event, "by": deed.by, "comment": deed.comment, "at_us": deed.at_us, **shelving}


def _named(act: Act) -> dict[str, Any]:
    return {
        "alarm_id": str(act.alarm_id), "source": act.source, "rule": act.rule, "seen_pos": act.seen_pos,
    }  # fmt: skip


async def _write(conn: AsyncConnection, steps: Sequence[Step], deed: Deed, acts: Sequence[Act]) -> None:
    """Rows, messages, and what the flow has yet to reach; a step an act."""
    pos = acts[0].pos
    cursor = conn.cursor()
    await cursor.executemany(
        "UPDATE alarm SET state = %s, updated = %s, acked = %s, acked_by = %s, comment = %s, latched = %s,"
        " shelved = %s, out_of_service = %s, annunciated_pos = %s, pos = %s WHERE alarm_id = %s",
        [_changed(alarm) for alarm, _ in steps],
    )
    await cursor.executemany(
        "INSERT INTO alarm_act (pos, alarm_id, source, rule, body) VALUES (%s, %s, %s, %s, %s)",
        [
            (pos, act.alarm_id, act.source, act.rule, Jsonb(_body(deed) | _came_to(entry, act)))
            for act, (_, entry) in zip(acts, steps, strict=True)
        ],
    )
    transitions = (notifications.Transition(alarm, entry, pos) for alarm, entry in steps)
    rows = [row for transition in transitions for row in notifications.rows_of(transition)]
    if rows:
        await cursor.executemany(notifications.INSERT, rows)
    await conn.execute("SELECT pg_notify('live', %s), pg_notify('notification', '')", (f"plant:{pos}",))


def _came_to(entry: Entry, act: Act) -> dict[str, Any]:
    """For who looks at the alarm's journal before the flow has written the line."""
    return {
        "seen_pos": act.seen_pos,
        "from_state": entry.from_state,
        "to_state": entry.to_state,
        "value": entry.value,
    }


def _changed(alarm: Alarm) -> tuple[object, ...]:
    at_us = alarm.acked_us
    return (
        alarm.state,
        to_datetime(alarm.updated_us),
        None if at_us is None else to_datetime(at_us),
        alarm.acked_by,
        alarm.comment,
        alarm.latched,
        Jsonb(alarm.shelved.to_body()) if alarm.shelved else None,
        Jsonb(alarm.out_of_service.to_body()) if alarm.out_of_service else None,
        alarm.annunciated_pos,
        alarm.pos,
        alarm.alarm_id,
    )
