"""What an alarm is and may do: the ISA-18.2 machine as a table.

An alarm is one occurrence of one rule at one source, from its raise until it is normal again. Whoever changes
it (the plant flow by a condition, a person by an acknowledgement) goes through `TRANSITIONS`, by the steps of
`alarm_steps`; the store only locks the row, asks there, and writes what comes back. States E to I (latched,
shelved, suppressed, out of service) are further rows of the same table.
"""

from dataclasses import dataclass, field
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
    suppressed: str | None = None
    """Why the design keeps it quiet while it holds, such as `machine_off`; None: it is not kept quiet.

    A rule reports a change of this as it reports any other; the condition is evaluated all the same.
    """
    latching: bool = False
    """Whether the alarm stays, the condition gone, until somebody resets it."""
    auto_ack: bool = False
    """Whether nobody is asked to acknowledge it."""

    def to_body(self) -> dict[str, Any]:
        """The body of the fact that tells the plant flow; what is seldom said is left out where it is not."""
        said = {"suppressed": self.suppressed, "latching": self.latching, "auto_ack": self.auto_ack}
        return {
            "rule": self.rule,
            "active": self.active,
            "priority": self.priority,
            "value": self.value,
            "threshold": self.threshold,
            "message": self.message,
            "arguments": self.arguments,
            **{name: value for name, value in said.items() if value},
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
            suppressed=body.get("suppressed"),
            latching=bool(body.get("latching")),
            auto_ack=bool(body.get("auto_ack")),
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
