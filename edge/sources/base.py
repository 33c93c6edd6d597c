"""What every source of an agent is: a configuration that opens it, and something to read from."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any, NamedTuple, Protocol

import msgspec

from edge.frame import Frame
from lineshaft.clock import Clock
from lineshaft.domain.plant.sheet import Place
from lineshaft.wire.topics import LEVEL


class Handed(NamedTuple):
    """What a source hands over at once; it is kept as a whole or not at all."""

    frames: list[Frame]
    position: str = ""
    """How to go on after these frames, in the source's own words; empty where it cannot."""
    on_kept: Callable[[], None] | None = None
    """Called once they are on disk, by the agent's own thread: it must not wait, and may come never."""


class Source(Protocol):
    """Something that gives frames until it is told to stop, or has no more."""

    def read(self, stop: Event) -> Iterator[Handed]:
        """Give frames as they come; waiting is its own business, but it ends soon after `stop` is set.

        It runs in a thread of its own. After each `Handed` it is called again only when the frames were
        taken into the outbox's queue, so a full queue holds the source back and not the memory.

        Raises:
            OSError: a file or program it reads from failed; the agent opens the source again after a while.
        """
        ...

    def fault(self) -> str:
        """What is wrong, in a sentence, for the agent's status; empty when all is well."""
        ...


@dataclass(slots=True, frozen=True)
class Start:
    """What a source is given when it is opened."""

    position: str | None
    """What it said with the last frames that were kept; None at its very first start."""
    clock: Clock
    folder: Path
    """Where relative paths of the configuration begin: beside the file that says them."""
    shared: dict[str, Any] = field(default_factory=dict)
    """One for all sources of an agent, for what they must agree on; all are opened before one is read."""


class Flaw(NamedTuple):
    """Something wrong with a source's configuration: where in it, what, and what to do."""

    place: Place
    what: str
    fix: str


class SourceConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What all sources say of themselves in agent.yaml."""

    id: str
    """Unique in the agent: its position is kept under this name."""
    kind: str

    def flaws(self, folder: Path) -> Iterator[Flaw]:  # noqa: ARG002 — for those that name files
        """What the types cannot tell. Called after all types fit; may look at files, not change them."""
        if not LEVEL.fullmatch(self.id):
            yield Flaw(
                ("id",), f"{self.id!r} is no id", "1 to 64 of A-Z a-z 0-9 _ . -, first a letter or digit"
            )

    def open(self, start: Start) -> Source:
        """The source, ready to be read."""
        raise NotImplementedError


Registry = Mapping[str, type[SourceConfig]]
