"""What an alarm is: one occurrence of one rule at one source, from its raise until it is normal again.

Whoever changes one (the plant flow by a condition or the time, a person by an act) goes through the steps of
`alarm_steps`, which take no edge that is not in `alarm_states.TRANSITIONS`; the store only locks the row,
asks there, and writes what comes back.
"""

from dataclasses import asdict, dataclass, field
from typing import Any, Final, Self
from uuid import UUID, uuid5

from lineshaft.domain.alarm_states import ANNUNCIATIONS, SHOWN, Event, State

NAMESPACE = UUID("b0c5a3b4-6f0e-5d0e-9a63-1f3f3a0f6c11")
"""Of alarm and notification ids; fixed for good, so that a replay makes the same ids."""

PRIORITIES = {1: "critical", 2: "high", 3: "medium", 4: "low"}
"""Lower is worse."""

STREAM: Final = "stream"
"""Who did what nobody did: the plant flow, by a condition or the time."""


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
