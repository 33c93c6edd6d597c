"""The steps of an alarm that stream and operators share: a change in, the alarm and its journal line out."""

from collections.abc import Sequence
from dataclasses import replace

from lineshaft.domain.alarms import (
    ACTIVE,
    ANNUNCIATIONS,
    Ack,
    Alarm,
    Condition,
    ConditionChange,
    Entry,
    Event,
    State,
    alarm_id,
    transition,
)


def event_of(state: State, priority: int, condition: Condition) -> Event | None:
    """What a condition means to an alarm in a state; None where it changes nothing."""
    if state in ACTIVE:
        if not condition.active:
            return Event.CLEAR
        if condition.priority == priority:
            return None
        return Event.ESCALATE if condition.priority < priority else Event.EASE
    if not condition.active:
        return None
    return Event.RERAISE if state is State.RETURNED else Event.RAISE


def apply_condition(alarm: Alarm | None, change: ConditionChange) -> tuple[Alarm, Entry] | None:
    """The alarm after a change of its condition, and the journal's line; None where nothing changes.

    Args:
        alarm: the occurrence that is not yet normal again, if there is one.
        change: of the same source and rule.
    """
    before = alarm.state if alarm else State.NORMAL
    condition = change.condition
    event = event_of(before, alarm.priority if alarm else 0, condition)
    after = transition(before, event) if event else None
    if event is None or after is None:
        return None
    if alarm is None or before is State.NORMAL:
        new = _raised(change, after)
    elif event is Event.CLEAR:
        new = replace(alarm, state=after, updated_us=change.at_us, cleared_us=change.at_us, pos=change.pos)
    else:
        new = _changed(alarm, change, event, after)
    value = condition.value
    entry = Entry(new.alarm_id, change.at_us, event, before, after, "stream", None, value, change.pos)
    return new, entry


def apply_ack(alarm: Alarm, entries: Sequence[Entry], ack: Ack) -> tuple[Alarm, Entry]:
    """The alarm after an acknowledgement, and the journal's line.

    An acknowledgement covers what its giver could have seen: where the alarm was raised again or got worse
    after `seen_pos`, it changes nothing, and the line says so by keeping the state.

    Args:
        alarm: as it is at the acknowledgement's place in the journal.
        entries: its journal so far, in any order.
        ack: of this alarm.
    """
    unseen = any(entry.pos > ack.seen_pos and entry.event in ANNUNCIATIONS for entry in entries)
    after = None if unseen else transition(alarm.state, Event.ACK)
    state = after or alarm.state
    entry = Entry(
        alarm.alarm_id, ack.at_us, Event.ACK, alarm.state, state, ack.by, ack.comment, alarm.value, ack.pos
    )
    if after is None:
        return alarm, entry
    new = replace(
        alarm,
        state=after,
        updated_us=ack.at_us,
        acked_us=ack.at_us,
        acked_by=ack.by,
        comment=ack.comment,
        pos=ack.pos,
    )
    return new, entry


def rewind(alarm: Alarm, entries: Sequence[Entry], pos: int) -> Alarm:
    """The alarm as it was at a position that the plant flow reaches only after an operator was quicker.

    An acknowledgement is written at once, at the journal's head; the plant flow may then still be some
    positions behind. What it finds there happened before: it is applied to the alarm without the
    acknowledgement, which is then applied again. So the tables are a function of the journal's order, not of
    who was quicker.

    Args:
        alarm: as it is.
        entries: its journal, in order; only acknowledgements may stand behind `pos`.
        pos: the position to go back to.
    """
    kept = [entry for entry in entries if entry.pos <= pos]
    ahead = [entry for entry in entries if entry.pos > pos]
    if not ahead or not kept:
        return alarm
    effective = [
        entry for entry in kept if entry.from_state is not entry.to_state or entry.event is not Event.ACK
    ]
    last = effective[-1]
    acked = None
    for entry in effective:
        if entry.event is Event.ACK:
            acked = entry
        elif entry.event in ANNUNCIATIONS:
            acked = None
    return replace(
        alarm,
        state=last.to_state,
        updated_us=last.at_us,
        pos=last.pos,
        acked_us=acked.at_us if acked else None,
        acked_by=acked.by if acked else None,
        comment=acked.comment if acked else None,
    )


def _raised(change: ConditionChange, state: State) -> Alarm:
    condition = change.condition
    return Alarm(
        alarm_id=alarm_id(condition.source, condition.rule, change.pos),
        source=condition.source,
        site=change.site,
        rule=condition.rule,
        priority=condition.priority,
        state=state,
        raised_us=change.at_us,
        updated_us=change.at_us,
        message=condition.message,
        arguments=condition.arguments,
        raised_pos=change.pos,
        pos=change.pos,
        value=condition.value,
        threshold=condition.threshold,
    )


def _changed(alarm: Alarm, change: ConditionChange, event: Event, state: State) -> Alarm:
    """Raised again, worse or better: a new annunciation forgets the acknowledgement of the old one."""
    condition = change.condition
    new = replace(
        alarm,
        state=state,
        priority=condition.priority,
        updated_us=change.at_us,
        cleared_us=None,
        message=condition.message,
        arguments=condition.arguments,
        value=condition.value,
        threshold=condition.threshold,
        count=alarm.count + (event is Event.RERAISE),
        pos=change.pos,
    )
    return new if event is Event.EASE else replace(new, acked_us=None, acked_by=None, comment=None)
