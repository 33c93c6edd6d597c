"""What ingest knows, what arrives, and what it decides: the words of `stream.admission`. Pure."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from lineshaft.broker.message import Message
from lineshaft.clock import SECOND_US
from lineshaft.store.accounting import Count, Tally
from lineshaft.store.cursors import Gap, LaneKey, Stand, Step
from lineshaft.store.dead_letters import Letter
from lineshaft.store.journal import Entry
from lineshaft.wire.door import Door
from lineshaft.wire.rejected import Rejected

Agent = tuple[str, str]
"""Site and agent."""

BURST_S = 60
"""An agent that was silent that long may send so many seconds' worth at once."""


class Arrival(NamedTuple):
    """A message and when it came."""

    message: Message
    received_us: int
    fault: Rejected | None = None
    """Why the database would not take it, found out by a try."""
    link: int = 0
    """Which connection it came by: 0 that of our contract, above it those for foreign topics."""
    door: Door | None = None
    """Whose foreign message it is; None on our own topics, and on those that nobody bound."""


@dataclass(slots=True)
class Purse:
    """How many messages an agent may still send, as of an instant; refilled by time."""

    left: float
    at_us: int


@dataclass(slots=True)
class Ledger:
    """What is committed, as far as this process knows."""

    cursors: dict[LaneKey, Stand] = field(default_factory=dict)
    retained: dict[str, bytes] = field(default_factory=dict)
    """Topic → SHA-256 of the last journaled retained body."""
    restored_us: int = 0
    """When the server last came back from a backup; 0 if never."""
    rate: float = 0
    """Messages a second an agent may send in the long run; 0: as many as it likes."""
    purses: dict[Agent, Purse] = field(default_factory=dict)

    def settle(self, verdict: "Verdict", now_us: int) -> None:
        """Take over a verdict that is committed."""
        for key, step in verdict.steps.items():
            self.cursors[key] = Stand(step.seq, now_us)
        self.retained.update(verdict.retained)
        self.purses.update(verdict.purses)

    def purse(self, agent: Agent, now_us: int) -> Purse:
        """What an agent may send now, in a purse of the caller's own; without a rate it is never empty."""
        if not self.rate:
            return Purse(float("inf"), now_us)
        old = self.purses.get(agent)
        most = self.rate * BURST_S
        if old is None:
            return Purse(most, now_us)
        earned = max(0, now_us - old.at_us) * self.rate / SECOND_US
        return Purse(min(most, old.left + earned), now_us)


@dataclass(slots=True)
class Verdict:
    """What is to be written for some arrivals, all in one transaction."""

    entries: list[Entry] = field(default_factory=list)
    steps: dict[LaneKey, Step] = field(default_factory=dict)
    gaps: list[Gap] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)
    retained: dict[str, bytes] = field(default_factory=dict)
    messages: Counter[Count] = field(default_factory=Counter)
    sequenced: Counter[Count] = field(default_factory=Counter)
    repeated: set[LaneKey] = field(default_factory=set)
    """Lanes of duplicates: their agent may have missed its mark."""
    ahead: set[LaneKey] = field(default_factory=set)
    """Lanes of discarded messages: their agent has to go back."""
    purses: dict[Agent, Purse] = field(default_factory=dict)

    def tallies(self) -> Mapping[Count, Tally]:
        """The counts as the books take them."""
        return {count: Tally(n, self.sequenced[count]) for count, n in self.messages.items()}
