"""Writes what the plant flow finds out about alarms, under row locks, through the same steps as operators.

The rows are the truth: they are locked and read, `lineshaft.domain.alarm_steps` says what becomes of them,
and row, journal and outbox are written in the caller's transaction. The unique index on active alarms has
the last word.

What people do is written at the journal's head (`lineshaft.store.alarm_acts`), and the flow may then be some
positions behind. Until it gets there, the act stands in `alarm_act`. What the flow finds meanwhile happened
before: it is applied to the alarm as its journal makes it, without the act, which is then applied again.
So the tables are a function of the journal's order, not of who was quicker, and lines are only ever added.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from lineshaft.domain.alarm_states import UPON_RULE, Event, State
from lineshaft.domain.alarm_steps import Step, apply_act, apply_condition, rebuild
from lineshaft.domain.alarms import Act, Alarm, Condition, ConditionChange, Entry
from lineshaft.store import alarm_rows, notifications
from lineshaft.store.database import Connection

Change = ConditionChange | Act
Place = tuple[str, str]
"""Source and rule."""

LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('lineshaft alarm', 0))"
"""Taken by whoever may open an alarm: of a source and rule there is one at a time."""


@dataclass(slots=True)
class Book:
    """Alarms as they become, change by change in the journal's order."""

    alarms: dict[UUID, Alarm] = field(default_factory=dict)
    open: dict[Place, UUID] = field(default_factory=dict)
    """The occurrence that is not normal again."""
    taken: list[tuple[Alarm, Entry]] = field(default_factory=list)
    """What came of the changes, in order."""

    @classmethod
    def of(cls, alarms: dict[UUID, Alarm]) -> "Book":
        """A book of alarms, a copy."""
        standing = {
            (alarm.source, alarm.rule): key
            for key, alarm in alarms.items()
            if alarm.state is not State.NORMAL
        }
        return cls(dict(alarms), standing)

    def take(self, change: Change) -> Step | None:
        """Apply the next change; None where it changes nothing."""
        step = self._step(change)
        if step:
            alarm = step[0]
            self.alarms[alarm.alarm_id] = alarm
            place = alarm.source, alarm.rule
            if alarm.state is not State.NORMAL:
                self.open[place] = alarm.alarm_id
            elif self.open.get(place) == alarm.alarm_id:
                del self.open[place]
            self.taken.append(step)
        return step

    def _step(self, change: Change) -> Step | None:
        if isinstance(change, ConditionChange):
            return apply_condition(self._at(change.condition.source, change.condition.rule), change)
        alarm = self.meant(change)
        return apply_act(alarm, change) if alarm else None

    def _at(self, source: str, rule: str) -> Alarm | None:
        key = self.open.get((source, rule))
        return self.alarms[key] if key else None

    def meant(self, act: Act) -> Alarm | None:
        """The alarm an act is for: one upon a rule at a source is for the occurrence that is open."""
        named = self.alarms.get(act.alarm_id)
        if act.event in UPON_RULE and (named is None or named.state is State.NORMAL):
            return self._at(act.source, act.rule) or named
        return named


def apply(conn: Connection, changes: Sequence[Change]) -> int:
    """Apply changes in the journal's order, in the caller's transaction; gives how many had an effect.

    Every change stands behind all that were applied before.
    """
    if not changes:
        return 0
    rows = _lock(conn, changes)
    pending = _pending(conn, rows, changes)
    book = Book.of(_settled(conn, rows, {(act.source, act.rule) for act in pending}))
    reached = {(change.pos, change.alarm_id) for change in changes if isinstance(change, Act)}
    ahead = [act for act in pending if (act.pos, act.alarm_id) not in reached]
    told = []
    for change in changes:
        step = book.take(change)
        if step:
            told.append(_told(step, ahead))
    now = Book.of(book.alarms)
    for act in ahead:
        now.take(act)
    alarm_rows.put(conn, [alarm for key, alarm in now.alarms.items() if rows.get(key) != alarm])
    alarm_rows.add_lines(conn, [entry for _, entry in book.taken])
    _forget(conn, [act for act in pending if (act.pos, act.alarm_id) in reached])
    notifications.enqueue(conn, told)
    if ahead:
        revised = [notifications.Transition(alarm, entry, entry.pos) for alarm, entry in now.taken]
        notifications.revise(conn, revised)
    return len(book.taken)


def open_alarms(conn: Connection) -> list[Alarm]:
    """Every alarm that is not normal again, the oldest first; commits."""
    rows = conn.execute(
        alarm_rows.COLUMNS + " FROM alarm AS m WHERE m.state <> 'normal' ORDER BY m.raised_pos, m.alarm_id"
    ).fetchall()
    conn.commit()
    return [alarm_rows.alarm_of(row) for row in rows]


def settled(conn: Connection) -> list[Alarm]:
    """The alarms that are not normal at the position the plant's tables reach, the oldest first."""
    acts = conn.execute("SELECT alarm_id, source, rule FROM alarm_act").fetchall()
    rows = conn.execute(
        alarm_rows.COLUMNS
        + " FROM alarm AS m WHERE m.state <> 'normal' OR m.alarm_id = ANY(%s)"
        + " ORDER BY m.raised_pos, m.alarm_id",
        ([key for key, _, _ in acts],),
    ).fetchall()
    found = {alarm.alarm_id: alarm for alarm in map(alarm_rows.alarm_of, rows)}
    return [
        alarm
        for alarm in _settled(conn, found, {(source, rule) for _, source, rule in acts}).values()
        if alarm.state is not State.NORMAL
    ]


def as_of(conn: Connection) -> list[tuple[Alarm, list[Entry]]]:
    """As `settled`, with the alarms' journals."""
    alarms = settled(conn)
    lines = alarm_rows.lines(conn, [alarm.alarm_id for alarm in alarms])
    return [(alarm, lines[alarm.alarm_id]) for alarm in alarms]


def active_conditions(conn: Connection, rule: str) -> list[Condition]:
    """The conditions of a kind of rule (`late` of `late:SH-1`) that hold now, as they were last reported."""
    rows = conn.execute(
        "SELECT source, rule, priority, message, value, threshold, arguments, suppressed, latching, auto_ack"
        " FROM alarm WHERE state <> 'normal' AND active AND split_part(rule, ':', 1) = %s",
        (rule,),
    ).fetchall()
    return [Condition(source, name, True, *rest) for source, name, *rest in rows]  # noqa: FBT003 - a field


def act_of(pos: int, alarm_id: UUID, source: str, rule: str, body: dict[str, Any]) -> Act:
    """The act that a body tells, of a control row or of `alarm_act`.

    Raises:
        KeyError, ValueError, TypeError: the body is of another shape.
    """
    until_us = body.get("until_us")
    return Act(
        alarm_id=alarm_id,
        event=Event(body["act"]),
        by=str(body["by"]),
        comment=body.get("comment"),
        at_us=int(body["at_us"]),
        seen_pos=int(body["seen_pos"]),
        pos=pos,
        source=source,
        rule=rule,
        until_us=None if until_us is None else int(until_us),
        one_shot=bool(body.get("one_shot")),
    )


def _told(step: Step, ahead: Sequence[Act]) -> notifications.Transition:
    """What is to be said of a step: the alarm as it is with what people have done to it since."""
    alarm, entry = step
    order = entry.pos
    for act in ahead:
        is_mine = (act.source, act.rule) == (alarm.source, alarm.rule) and act.event in UPON_RULE
        if is_mine or act.alarm_id == alarm.alarm_id:
            later = apply_act(alarm, act)
            alarm, order = (later[0] if later else alarm), act.pos
    return notifications.Transition(alarm, entry, order)


def _lock(conn: Connection, changes: Sequence[Change]) -> dict[UUID, Alarm]:
    """The rows that the changes may touch."""
    conn.execute(LOCK)
    named = [change.alarm_id for change in changes if isinstance(change, Act)]
    sources, rules = _places(changes)
    # Those that people have just closed stand in alarm_act.
    wanted = conn.execute(
        "WITH place AS MATERIALIZED (SELECT DISTINCT source, rule FROM"
        "  unnest(%(sources)s::text[], %(rules)s::text[]) AS p (source, rule))"
        " SELECT alarm_id FROM alarm JOIN place USING (source, rule) WHERE state <> 'normal'"
        " UNION SELECT alarm_id FROM alarm_act JOIN place USING (source, rule)"
        " UNION SELECT unnest(%(named)s::uuid[])",
        {"named": named, "sources": sources, "rules": rules},
    ).fetchall()
    rows = conn.execute(
        alarm_rows.COLUMNS + " FROM alarm AS m WHERE m.alarm_id = ANY(%s) ORDER BY m.alarm_id FOR UPDATE",
        ([key for (key,) in wanted],),
    ).fetchall()
    return {alarm.alarm_id: alarm for alarm in map(alarm_rows.alarm_of, rows)}


def _places(changes: Sequence[Change]) -> tuple[list[str], list[str]]:
    places = {
        (change.condition.source, change.condition.rule)
        if isinstance(change, ConditionChange)
        else (change.source, change.rule)
        for change in changes
    }
    return [source for source, _ in places], [rule for _, rule in places]


def _pending(conn: Connection, rows: dict[UUID, Alarm], changes: Sequence[Change]) -> list[Act]:
    """What people have done to these alarms, or to their rules, that the flow had not reached before."""
    sources, rules = _places(changes)
    found = conn.execute(
        "SELECT pos, alarm_id, source, rule, body FROM alarm_act WHERE alarm_id = ANY(%s)"
        " OR (source, rule) IN (SELECT * FROM unnest(%s::text[], %s::text[])) ORDER BY pos, alarm_id",
        (list(rows), sources, rules),
    ).fetchall()
    return [act_of(*row) for row in found]


def _settled(conn: Connection, rows: dict[UUID, Alarm], touched: Collection[Place]) -> dict[UUID, Alarm]:
    """The alarms as they are where the flow stands: as their journals make those that people touched."""
    mine = [key for key, alarm in rows.items() if (alarm.source, alarm.rule) in touched]
    if not mine:
        return rows
    lines = alarm_rows.lines(conn, mine)
    made = {key: rebuild(entries) for key, entries in lines.items()}
    return rows | {key: alarm for key, alarm in made.items() if alarm}


def _forget(conn: Connection, acts: Sequence[Act]) -> None:
    if acts:
        conn.execute(
            "DELETE FROM alarm_act WHERE (pos, alarm_id) IN (SELECT * FROM unnest(%s::bigint[], %s::uuid[]))",
            ([act.pos for act in acts], [act.alarm_id for act in acts]),
        )
