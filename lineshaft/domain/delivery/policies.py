"""What a site says about who is told of what, when: rows that people edit, not code."""

from dataclasses import dataclass, field
from typing import Literal

from lineshaft.domain.delivery.notices import Matchers, Notice

ReceiverKind = Literal["role", "team", "person", "rota", "contact"]

DEFAULT_WAIT_S = 1.0
DEFAULT_WAIT_MOST_S = 30.0
DEFAULT_INTERVAL_S = 300.0
DEFAULT_REPEAT_S = 4 * 3600.0


@dataclass(slots=True, frozen=True)
class Receiver:
    """Somebody to be told: a role, a team, a person, who a rota says, or a contact of the works itself."""

    kind: ReceiverKind
    key: str


@dataclass(slots=True, frozen=True)
class Scope:
    """Which alarms a policy is about; what is empty does not matter."""

    assets: tuple[str, ...] = ()
    """Keys of assets: each with everything that is part of it."""
    priority: int = 4
    """The least urgent priority, 1 … 4."""
    rules: tuple[str, ...] = ()
    """Rules (`threshold:temp`) or families of them (`threshold`)."""
    shifts: tuple[str, ...] = ()
    """Shifts in which it must have been raised."""


@dataclass(slots=True, frozen=True)
class Step:
    """Whom to tell as well when nobody has acknowledged for so long."""

    after_s: float
    to: tuple[Receiver, ...]


@dataclass(slots=True, frozen=True)
class Policy:
    """One row: these alarms, to those people, at this pace."""

    key: str
    name: str = ""
    enabled: bool = True
    scope: Scope = field(default_factory=Scope)
    to: tuple[Receiver, ...] = ()
    channels: tuple[str, ...] = ()
    """Channels people are told by; empty: by those they have chosen."""
    group_by: tuple[str, ...] = ("area",)
    """Labels; alarms that agree in them share one message."""
    wait_s: float = DEFAULT_WAIT_S
    """A new group's first message waits until nothing was added for so long, …"""
    wait_most_s: float = DEFAULT_WAIT_MOST_S
    """… but no longer than this in all: a storm becomes one message, and does not delay it for ever."""
    interval_s: float = DEFAULT_INTERVAL_S
    """Between two messages of a group, when something was added or has ended."""
    repeat_s: float = DEFAULT_REPEAT_S
    """What still needs an answer is said again after so long."""
    send_resolved: bool = True
    escalation: tuple[Step, ...] = ()


@dataclass(slots=True, frozen=True)
class Inhibition:
    """While an alarm that matches `source` fires, those that match `target` and agree in `equal` are mute."""

    key: str
    source: Matchers
    target: Matchers
    equal: tuple[str, ...] = ()
    enabled: bool = True


def is_about(scope: Scope, notice: Notice) -> bool:
    """Whether a policy's scope covers an alarm as it is now."""
    family = notice.rule.partition(":")[0]
    return (
        notice.priority <= scope.priority
        and (not scope.assets or not set(scope.assets).isdisjoint(notice.path))
        and (not scope.rules or notice.rule in scope.rules or family in scope.rules)
        and (not scope.shifts or notice.shift in scope.shifts)
    )


def group_labels(policy: Policy, notice: Notice) -> tuple[tuple[str, str], ...]:
    """The labels by which a policy puts an alarm with others."""
    return tuple((label, notice.labels.get(label, "")) for label in policy.group_by)
