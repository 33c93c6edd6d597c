"""Which agent is to be told how far it is committed, and when. Pure.

A mark releases rows at the edge, and a repeated one makes the agent go back and send again. So progress is
told at most 5 times a second; what is ahead is answered once for each place the cursor stands at; and a
repeat is answered only when no mark went out for a while, because then the agent's own mark may be lost.
All instants here are monotonic: a clock that is set back must not keep every agent waiting.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from lineshaft.clock import SECOND_US
from lineshaft.store.cursors import LaneKey
from lineshaft.wire.envelope import Lane
from lineshaft.wire.marks import Mark
from stream.ledger import Agent, Ledger, Verdict

EVERY_US = SECOND_US // 5
REPEAT_US = 2 * SECOND_US
"""Half of the silence after which an agent goes back by itself."""


@dataclass(slots=True)
class Marking:
    """What was told to whom, and what is due."""

    boots: dict[Agent, str] = field(default_factory=dict)
    """The outbox each agent last spoke from."""
    sent_us: dict[Agent, int] = field(default_factory=dict)
    due_us: dict[Agent, int] = field(default_factory=dict)
    told: dict[Agent, str] = field(default_factory=dict)
    """The boot each agent's last mark was about."""
    again: set[Agent] = field(default_factory=set)
    """Agents whose next mark is to be repeated: only a repeat makes them go back."""
    answered: dict[LaneKey, int] = field(default_factory=dict)
    """Where the cursor stood when the lane was last told to go back."""

    def note(self, ledger: Ledger, verdict: Verdict, now_us: int) -> None:
        """Take in a committed verdict; the ledger has it already."""
        for key in verdict.steps:
            self._owe(key, now_us)
        for key in verdict.ahead:
            stand = ledger.cursors.get(key)
            cursor = stand.seq if stand else 0
            if self.answered.get(key) != cursor:
                self.answered[key] = cursor
                if key[:2] in self.due_us or self.told.get(key[:2]) != key.boot:
                    self.again.add(key[:2])  # the mark that is due is news to the agent, no repeat
                self._owe(key, now_us)
        for key in verdict.repeated:
            if now_us - self.sent_us.get(key[:2], 0) >= REPEAT_US:
                self._owe(key, now_us)

    def everyone(self, ledger: Ledger, now_us: int) -> None:
        """Owe every agent its mark: the broker may have forgotten what it retained."""
        latest = sorted(ledger.cursors, key=lambda key: ledger.cursors[key].updated_us)
        for key in latest:
            self._owe(key, now_us)

    def take_due(self, now_us: int) -> list[tuple[Agent, str]]:
        """The agents to be told now, each with its boot; from now on they count as told."""
        due = [agent for agent, due_us in self.due_us.items() if due_us <= now_us]
        for agent in due:
            del self.due_us[agent]
            self.sent_us[agent] = now_us
            self.told[agent] = self.boots[agent]
            if agent in self.again:
                self.again.remove(agent)
                self.due_us[agent] = now_us + EVERY_US
        return [(agent, self.boots[agent]) for agent in due]

    def put_off(self, agent: Agent, now_us: int) -> None:
        """A mark that was due could not be sent: try again a little later."""
        self.due_us.setdefault(agent, now_us + EVERY_US)

    def next_us(self) -> int | None:
        """When the next mark is due, if any."""
        return min(self.due_us.values(), default=None)

    def _owe(self, key: LaneKey, now_us: int) -> None:
        agent = key[:2]
        self.boots[agent] = key.boot
        self.due_us.setdefault(agent, max(now_us, self.sent_us.get(agent, 0) + EVERY_US))


def marks(ledger: Ledger, db: str, due: Iterable[tuple[Agent, str]]) -> list[tuple[Agent, Mark]]:
    """The marks of agents, by what is committed."""
    return [
        (agent, Mark(db, boot, _seq(ledger, agent, boot, Lane.LIVE), _seq(ledger, agent, boot, Lane.LATE)))
        for agent, boot in due
    ]


def _seq(ledger: Ledger, agent: Agent, boot: str, lane: Lane) -> int:
    stand = ledger.cursors.get(LaneKey(*agent, boot, int(lane)))
    return stand.seq if stand else 0
