"""Tells the plant flow which machines are down: what depends on them may speak through other agents."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from lineshaft.domain.machines import machine_state
from lineshaft.domain.rules.parents import DOWN

if TYPE_CHECKING:
    from stream.steps.intake import Said  # whose package imports this one

FACT = "down"
"""Kind of the fact; its body says whether."""


class Turn(NamedTuple):
    """A machine went down, or came up again."""

    pos: int
    ts_us: int
    source: str
    is_down: bool


@dataclass(slots=True)
class Downs:
    """Of one shard."""

    told: dict[int, str] = field(default_factory=dict)
    """Row of each device that is down, and the name it was told under."""

    def hear(self, said: "Sequence[Said]", assets: Sequence[str | None]) -> Iterator[Turn]:
        """What has become different by what machines said; devices that nobody described are no machines."""
        for one in said:
            state = machine_state(one.text) if one.name == "state" else None
            if state is None:
                continue
            before, now = self.told.get(one.device), assets[one.device] if state in DOWN else None
            if now == before:
                continue
            if before is not None:
                del self.told[one.device]
                yield Turn(one.pos, one.ts_us, before, is_down=False)
            if now is not None:
                self.told[one.device] = now
                yield Turn(one.pos, one.ts_us, now, is_down=True)
