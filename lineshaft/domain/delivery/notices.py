"""An alarm after a change, as delivery sees it."""

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

FIRING = frozenset({"unacknowledged", "acknowledged"})
"""States in which the condition holds and is somebody's business."""
HELD_BACK = frozenset({"shelved", "suppressed", "out_of_service"})
"""States in which nobody is told anything, whatever the condition does."""


@dataclass(slots=True, frozen=True)
class Notice:
    """One change of one alarm, with what is needed to route it and to say it."""

    alarm_id: str
    source: str
    rule: str
    priority: int
    state: str
    event: str
    at_us: int
    since_us: int
    """When it was raised."""
    order: int
    """Position of the latest change it takes into account."""
    labels: dict[str, str] = field(default_factory=dict)
    """What policies group and match by: site, area, line, kind, source, rule, family, priority, cause."""
    path: tuple[str, ...] = ()
    """Keys of the asset and of everything it is part of."""
    shift: str = ""
    is_answered: bool = False
    """Whether somebody has acknowledged it, also where it has ended since."""
    facts: dict[str, Any] = field(default_factory=dict)
    """What a message says of it (`lineshaft.domain.delivery.message`)."""

    @property
    def key(self) -> str:
        """What makes two notices speak of the same thing: an alarm that comes back is no news by itself."""
        return f"{self.source}\n{self.rule}"

    @property
    def is_firing(self) -> bool:
        """Whether its condition holds."""
        return self.state in FIRING

    @property
    def is_held_back(self) -> bool:
        """Whether it is shelved, suppressed by design or out of service."""
        return self.state in HELD_BACK

    @property
    def needs_answer(self) -> bool:
        """Whether its condition holds and nobody has said to have seen it."""
        return self.state == "unacknowledged"


Matchers = dict[str, tuple[str, ...]]
"""Label → patterns, one of which it must match (`*` stands for any characters); all labels must."""


def matches(matchers: Matchers, labels: dict[str, str]) -> bool:
    """Whether labels match; a label that is not there is empty.

    >>> matches({"rule": ("threshold:*", "zone")}, {"rule": "threshold:temp"}), matches({"line": ("l2",)}, {})
    (True, False)
    """
    return all(
        any(fnmatchcase(labels.get(label, ""), pattern) for pattern in patterns)
        for label, patterns in matchers.items()
    )
