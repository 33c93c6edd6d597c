"""What an alarm is and may do: the words of ISA-18.2, and the table of its edges.

An alarm is one occurrence of one rule at one source, from its raise until it is normal again. Whoever changes
it (the plant flow by a condition or the time, a person by an act) goes through the steps of `alarm_steps`,
which take no edge that is not in `TRANSITIONS`; the store only locks the row, asks there, and writes what
comes back.

The state says what a person sees. What the condition does underneath (`Alarm.active`, `Alarm.latched`) is
followed in every state, so that an alarm that was shelved, suppressed or out of service comes back as what it
has become meanwhile.
"""

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Final, Self
from uuid import UUID, uuid5

NAMESPACE = UUID("b0c5a3b4-6f0e-5d0e-9a63-1f3f3a0f6c11")
"""Of alarm and notification ids; fixed for good, so that a replay makes the same ids."""

PRIORITIES = {1: "critical", 2: "high", 3: "medium", 4: "low"}
"""Lower is worse."""

STREAM: Final = "stream"
"""Who did what nobody did: the plant flow, by a condition or the time."""


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
    LATCHED_UNACKNOWLEDGED = "latched_unacknowledged"
    """[E] The condition went away; nobody has seen it, and it will have to be reset."""
    LATCHED_ACKNOWLEDGED = "latched_acknowledged"
    """[F] The condition went away, somebody has seen it; it has to be reset."""
    SHELVED = "shelved"
    """[G] An operator has put it aside for a while."""
    SUPPRESSED = "suppressed"
    """[H] The condition holds, and the design keeps it quiet: its machine is off, its parent is down."""
    OUT_OF_SERVICE = "out_of_service"
    """[I] A maintainer has taken it out until it is given back."""


class Event(StrEnum):
    """What can happen to an alarm."""

    RAISE = "raise"
    CLEAR = "clear"
    RERAISE = "reraise"
    ESCALATE = "escalate"
    """The condition got worse: it must be seen again."""
    EASE = "ease"
    """The condition got better without going away."""
    SUPPRESS = "suppress"
    UNSUPPRESS = "unsuppress"
    ACK = "ack"
    UNACK = "unack"
    """Somebody takes an acknowledgement back: it has to be seen by others."""
    RESET = "reset"
    """Somebody lets a latched alarm go."""
    SHELVE = "shelve"
    UNSHELVE = "unshelve"
    EXPIRE = "expire"
    """The time for which it was shelved is over."""
    TAKE_OUT = "take_out"
    """Out of service."""
    GIVE_BACK = "give_back"
    """In service again."""
    COMMENT = "comment"


_S = State
_COMES: Final = frozenset({_S.UNACKNOWLEDGED, _S.ACKNOWLEDGED, _S.SUPPRESSED})
_LEAVES: Final = _COMES | {_S.NORMAL, _S.LATCHED_UNACKNOWLEDGED, _S.LATCHED_ACKNOWLEDGED}

SHOWN: Final = frozenset({
    _S.UNACKNOWLEDGED, _S.ACKNOWLEDGED, _S.RETURNED, _S.LATCHED_UNACKNOWLEDGED, _S.LATCHED_ACKNOWLEDGED,
})  # fmt: skip
"""States in which an alarm is in the list of what is to be done."""
HIDDEN: Final = frozenset({_S.SHELVED, _S.SUPPRESSED, _S.OUT_OF_SERVICE})
"""States in which it is kept out of that list, and goes on underneath."""
UNSEEN: Final = frozenset({_S.UNACKNOWLEDGED, _S.RETURNED, _S.LATCHED_UNACKNOWLEDGED})
"""States that ask for an acknowledgement."""

TRANSITIONS: Final[dict[tuple[State, Event], frozenset[State]]] = {
    (_S.NORMAL, Event.RAISE): _COMES,
    **{
        (state, Event.RERAISE): _COMES
        for state in (_S.RETURNED, _S.LATCHED_UNACKNOWLEDGED, _S.LATCHED_ACKNOWLEDGED)
    },
    (_S.UNACKNOWLEDGED, Event.CLEAR): frozenset({_S.RETURNED, _S.LATCHED_UNACKNOWLEDGED}),
    (_S.ACKNOWLEDGED, Event.CLEAR): frozenset({_S.NORMAL, _S.LATCHED_ACKNOWLEDGED}),
    (_S.SUPPRESSED, Event.CLEAR): _LEAVES - _COMES,
    (_S.SHELVED, Event.CLEAR): (_LEAVES - _COMES) | {_S.SHELVED},  # one-shot shelving ends with the condition
    (_S.UNACKNOWLEDGED, Event.ESCALATE): frozenset({_S.UNACKNOWLEDGED, _S.ACKNOWLEDGED}),
    (_S.ACKNOWLEDGED, Event.ESCALATE): frozenset({_S.UNACKNOWLEDGED, _S.ACKNOWLEDGED}),
    **{(state, Event.EASE): frozenset({state}) for state in (_S.UNACKNOWLEDGED, _S.ACKNOWLEDGED)},
    **{
        (state, Event.SUPPRESS): frozenset({_S.SUPPRESSED})
        for state in (_S.UNACKNOWLEDGED, _S.ACKNOWLEDGED, _S.SUPPRESSED)
    },
    (_S.SUPPRESSED, Event.UNSUPPRESS): _COMES - {_S.SUPPRESSED},
    (_S.SUPPRESSED, Event.ESCALATE): frozenset({_S.SUPPRESSED}),
    (_S.SUPPRESSED, Event.EASE): frozenset({_S.SUPPRESSED}),
    # Underneath, everything goes on and is written down.
    **{
        (_S.SHELVED, event): frozenset({_S.SHELVED})
        for event in (Event.RERAISE, Event.ESCALATE, Event.EASE, Event.SUPPRESS, Event.UNSUPPRESS)
    },
    **{
        (_S.OUT_OF_SERVICE, event): frozenset({_S.OUT_OF_SERVICE})
        for event in (
            Event.RERAISE, Event.CLEAR, Event.ESCALATE, Event.EASE, Event.SUPPRESS, Event.UNSUPPRESS,
        )
    },
    (_S.UNACKNOWLEDGED, Event.ACK): frozenset({_S.ACKNOWLEDGED}),
    (_S.RETURNED, Event.ACK): frozenset({_S.NORMAL}),
    (_S.LATCHED_UNACKNOWLEDGED, Event.ACK): frozenset({_S.LATCHED_ACKNOWLEDGED}),
    (_S.ACKNOWLEDGED, Event.UNACK): frozenset({_S.UNACKNOWLEDGED}),
    (_S.LATCHED_ACKNOWLEDGED, Event.UNACK): frozenset({_S.LATCHED_UNACKNOWLEDGED}),
    (_S.LATCHED_ACKNOWLEDGED, Event.RESET): frozenset({_S.NORMAL}),
    **{
        (state, Event.SHELVE): frozenset({_S.SHELVED})
        for state in (_S.NORMAL, *SHOWN, _S.SUPPRESSED, _S.SHELVED)
    },
    (_S.SHELVED, Event.UNSHELVE): _LEAVES,
    (_S.SHELVED, Event.EXPIRE): _LEAVES,
    **{
        (state, Event.TAKE_OUT): frozenset({_S.OUT_OF_SERVICE})
        for state in State
        if state != _S.OUT_OF_SERVICE
    },
    (_S.OUT_OF_SERVICE, Event.GIVE_BACK): _LEAVES,
    **{(state, Event.COMMENT): frozenset({state}) for state in State},
}  # fmt: skip
"""(state, event) → where that may lead; what is not here is not legal.

Which of several it is depends on what the condition does (`alarm_steps`): a shelved alarm goes back to
unacknowledged where the condition holds, to normal where it does not.
"""

ACTS: Final = (
    Event.ACK, Event.UNACK, Event.RESET, Event.SHELVE, Event.UNSHELVE, Event.TAKE_OUT, Event.GIVE_BACK,
    Event.COMMENT,
)  # fmt: skip
"""What people do."""
NEEDS_WHY: Final = frozenset({Event.UNACK, Event.SHELVE, Event.TAKE_OUT, Event.COMMENT})
"""Acts that nobody may do without a word."""
UPON_RULE: Final = frozenset({
    Event.SHELVE, Event.UNSHELVE, Event.EXPIRE, Event.TAKE_OUT, Event.GIVE_BACK,
})  # fmt: skip
"""Acts upon a rule at a source rather than upon one occurrence of it: also when nothing is the matter."""

ANNUNCIATIONS: Final = frozenset({
    Event.RAISE, Event.RERAISE, Event.ESCALATE, Event.UNSUPPRESS, Event.UNSHELVE, Event.EXPIRE,
    Event.GIVE_BACK,
})  # fmt: skip
"""Events that bring an alarm before people, where they lead to a state in `SHOWN`."""


def is_legal(state: State, event: Event) -> bool:
    """Whether an event may happen to an alarm in a state.

    >>> is_legal(State.RETURNED, Event.ACK), is_legal(State.NORMAL, Event.ACK)
    (True, False)
    """
    return (state, event) in TRANSITIONS


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
class Act:
    """What somebody does to an alarm, at its place in the journal; the end of a shelving is one as well."""

    alarm_id: UUID
    event: Event
    by: str
    comment: str | None
    at_us: int
    seen_pos: int
    """`annunciated_pos` of the alarm as its giver saw it; of an end of shelving: the shelving's position."""
    pos: int
    source: str = ""
    rule: str = ""
    """Of the alarm; empty in journals from before there were other acts than acknowledgements."""
    until_us: int | None = None
    """When a shelving ends."""
    one_shot: bool = False
    """Whether a shelving ends as well when the condition goes away."""


@dataclass(slots=True, frozen=True)
class Shelving:
    """For how long an alarm was put aside, by whom and why."""

    until_us: int
    by: str
    why: str
    at_us: int
    one_shot: bool
    pos: int
    """Of the act: an end of an earlier shelving does not end this one."""

    to_body = asdict


@dataclass(slots=True, frozen=True)
class OutOfService:
    """Who took an alarm out of service, and why."""

    by: str
    why: str
    at_us: int

    to_body = asdict


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
    annunciated_pos: int
    """Of the last change that asks to be seen: an acknowledgement covers those its giver could see."""
    value: float | None = None
    threshold: float | None = None
    cleared_us: int | None = None
    acked_us: int | None = None
    acked_by: str | None = None
    comment: str | None = None
    count: int = 1
    """How often it was raised or raised again."""
    active: bool = True
    """Whether the condition holds, whatever the state."""
    latching: bool = False
    latched: bool = False
    """Whether it latches, and nobody has reset it since it was last raised."""
    auto_ack: bool = False
    suppressed: str | None = None
    shelved: Shelving | None = None
    out_of_service: OutOfService | None = None
    cause_id: UUID | None = None
    """The alarm that probably caused this one; found by who looks at all together, as is the group."""
    group_key: str | None = None


@dataclass(slots=True, frozen=True)
class Entry:
    """One line of an alarm's journal: with those before it, it makes the alarm (`alarm_steps.rebuild`)."""

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
    detail: dict[str, Any] = field(default_factory=dict)
    """What has become different of the alarm; {"refused": why} where an act changed nothing."""

    @property
    def is_refused(self) -> bool:
        """Whether it says of an act that it came too late or upon something its giver had not seen."""
        return "refused" in self.detail

    @property
    def annunciates(self) -> bool:
        """Whether it brought the alarm before people."""
        return not self.is_refused and self.event in ANNUNCIATIONS and self.to_state in SHOWN


def alarm_id(source: str, rule: str, raised_pos: int) -> UUID:
    """The id of the occurrence raised at a position: the same in every replay."""
    return uuid5(NAMESPACE, f"{source}\n{rule}\n{raised_pos}")
