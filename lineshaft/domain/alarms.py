"""What an alarm may do: the ISA-18.2 machine as a table, and the pure steps that stream and operators share.

An alarm is one occurrence of one rule at one source, from its raise until it is normal again. Whoever changes
it (the plant flow by a condition, a person by an acknowledgement) goes through `TRANSITIONS`; the store only
locks the row, asks here, and writes what comes back. States E to I (latched, shelved, suppressed, out of
service) are further rows of the same table.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Self
from uuid import UUID, uuid5

NAMESPACE = UUID("b0c5a3b4-6f0e-5d0e-9a63-1f3f3a0f6c11")
"""Of alarm and notification ids; fixed for good, so that a replay makes the same ids."""

PRIORITIES = {1: "critical", 2: "high", 3: "medium", 4: "low"}
"""Lower is worse."""


class State(StrEnum):
    """Where an alarm stands (ISA-18.2 letters in brackets)."""

    NORMAL = "normal"
    """[A] No condition, nothing to do: the alarm is closed."""
    UNACKNOWLEDGED = "unacknowledged"
    """[B] The condition holds and nobody has said to have seen it."""
    ACKNOWLEDGED = "acknowledged"
    """[C] The condition holds, somebody has seen it."""
    RETURNED = "returned"
    """[D] The condition went away before anybody had seen it."""


class Event(StrEnum):
    """What can happen to an alarm."""

    RAISE = "raise"
    CLEAR = "clear"
    RERAISE = "reraise"
    ACK = "ack"
    ESCALATE = "escalate"
    """The condition got worse: it must be seen again."""
    EASE = "ease"
    """The condition got better without going away."""


TRANSITIONS: dict[tuple[State, Event], State] = {
    (State.NORMAL, Event.RAISE): State.UNACKNOWLEDGED,
    (State.UNACKNOWLEDGED, Event.ACK): State.ACKNOWLEDGED,
    (State.UNACKNOWLEDGED, Event.CLEAR): State.RETURNED,
    (State.UNACKNOWLEDGED, Event.ESCALATE): State.UNACKNOWLEDGED,
    (State.UNACKNOWLEDGED, Event.EASE): State.UNACKNOWLEDGED,
    (State.ACKNOWLEDGED, Event.CLEAR): State.NORMAL,
    (State.ACKNOWLEDGED, Event.ESCALATE): State.UNACKNOWLEDGED,
    (State.ACKNOWLEDGED, Event.EASE): State.ACKNOWLEDGED,
    (State.RETURNED, Event.ACK): State.NORMAL,
    (State.RETURNED, Event.RERAISE): State.UNACKNOWLEDGED,
}
"""(state, event) → next state; what is not here is not legal."""

ACTIVE = frozenset({State.UNACKNOWLEDGED, State.ACKNOWLEDGED})
"""States in which the condition holds."""

ANNUNCIATIONS = frozenset({Event.RAISE, Event.RERAISE, Event.ESCALATE})
"""Events a person must look at: an acknowledgement covers those that had happened when it was given."""


def transition(state: State, event: Event) -> State | None:
    """The state an event leads to; None where the event is not legal in this state.

    >>> transition(State.RETURNED, Event.ACK)
    <State.NORMAL: 'normal'>
    >>> transition(State.NORMAL, Event.ACK) is None
    True
    """
    return TRANSITIONS.get((state, event))


@dataclass(slots=True, frozen=True)
class Condition:
    """A rule's condition at a source has changed: it holds now, or no longer, or is now better or worse."""

    source: str
    """Asset key, or `site/agent/device` of a device that nobody described."""
    rule: str
    active: bool
    priority: int
    message: str
    """Key of the message catalogue, such as `alarm.high`."""
    value: float | None = None
    threshold: float | None = None
    arguments: dict[str, Any] = field(default_factory=dict)
    """What the message names: signal, unit, …; JSON values."""

    def to_body(self) -> dict[str, Any]:
        """The body of the fact that tells the plant flow."""
        return {
            "rule": self.rule,
            "active": self.active,
            "priority": self.priority,
            "value": self.value,
            "threshold": self.threshold,
            "message": self.message,
            "arguments": self.arguments,
        }

    @classmethod
    def from_body(cls, source: str, body: dict[str, Any]) -> Self:
        """The condition of a fact's body.

        Raises:
            KeyError: the body lacks a part.
        """
        return cls(
            source=source,
            rule=body["rule"],
            active=body["active"],
            priority=body["priority"],
            message=body["message"],
            value=body.get("value"),
            threshold=body.get("threshold"),
            arguments=body.get("arguments") or {},
        )


@dataclass(slots=True, frozen=True)
class ConditionChange:
    """A condition at its place in the journal."""

    condition: Condition
    site: str
    at_us: int
    pos: int


@dataclass(slots=True, frozen=True)
class Ack:
    """Somebody has seen an alarm, as it was after the change at `seen_pos`."""

    alarm_id: UUID
    by: str
    comment: str | None
    at_us: int
    seen_pos: int
    pos: int


@dataclass(slots=True, frozen=True)
class Alarm:
    """One occurrence; the columns of its row."""

    alarm_id: UUID
    source: str
    site: str
    rule: str
    priority: int
    state: State
    raised_us: int
    updated_us: int
    message: str
    arguments: dict[str, Any]
    raised_pos: int
    pos: int
    """Of the last change."""
    value: float | None = None
    threshold: float | None = None
    cleared_us: int | None = None
    acked_us: int | None = None
    acked_by: str | None = None
    comment: str | None = None
    count: int = 1
    """How often it was raised or raised again."""


@dataclass(slots=True, frozen=True)
class Entry:
    """One line of an alarm's journal."""

    alarm_id: UUID
    at_us: int
    event: Event
    from_state: State
    to_state: State
    by: str
    """`stream`, or a login."""
    comment: str | None
    value: float | None
    pos: int


def alarm_id(source: str, rule: str, raised_pos: int) -> UUID:
    """The id of the occurrence raised at a position: the same in every replay."""
    return uuid5(NAMESPACE, f"{source}\n{rule}\n{raised_pos}")


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
