"""The plant flow's eye on all alarms at once: which belong together, and whether they come too fast.

What it remembers is kept as it was at some position, and what it was told since: a chunk of a flood writes
down what is new in it, not ten thousand alarms once more. The whole is written anew before that gets long.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final, Self

import orjson

from lineshaft.domain.alarms import ConditionChange
from lineshaft.domain.causes import Grouping
from lineshaft.domain.evidence import Raised, symptom
from lineshaft.domain.floods import Flood, Storm
from lineshaft.domain.plant import Plant
from lineshaft.domain.topology import Topology
from lineshaft.store.causes import Memory, Together

TOLD_MAX: Final = 1000
"""So much may have been told since what is remembered was written whole, or as much as that holds."""
TICKS_MAX: Final = 10
"""So many of it may be ticks: each is thought over again where the flow begins anew."""

Told = list[Any]
"""[now_us] of a tick, [source, rule] of a condition that ended, [at_us, pos, source, rule, symptom, site]."""


@dataclass(slots=True)
class Causes:
    """Its memory; it hears of every condition and thinks at ticks."""

    topology: Topology = field(default_factory=Topology)
    grouping: Grouping = field(default_factory=Grouping)
    storms: dict[str, Storm] = field(default_factory=dict)
    """Site or area → its alarms of the last ten minutes."""
    sites: dict[str, str] = field(default_factory=dict)
    """Scope of a storm → its site."""
    told: list[Told] = field(default_factory=list)
    """What changed something in this chunk, in order."""
    told_before: int = 0
    """So much was told before it, since what is remembered was written whole."""
    ticks_before: int = 0
    must_be_whole: bool = True
    """Whether what is written does not go on from what was written before."""

    def describe(self, plant: Plant) -> None:
        """The plant is this, from now on."""
        self.topology = Topology.of(plant)
        self.must_be_whole = True

    def condition(self, change: ConditionChange, found: Together) -> None:
        """A condition has changed."""
        condition = change.condition
        is_held = (condition.source, condition.rule) in self.grouping.active
        if is_held == (condition.active and not condition.suppressed):
            return
        told: Told = [condition.source, condition.rule]
        if not is_held:
            shows = symptom(condition, self.topology)
            told = [change.at_us, change.pos, *told, shows, change.site]
        self._hear(told, found)
        self.told.append(told)

    def tick(self, now_us: int, found: Together) -> None:
        """A second has passed."""
        if self._pass_time(now_us, found):
            self.told.append([now_us])

    def settle(self, found: Together) -> None:
        """At a chunk's end: what is to be remembered of it, where it changed something."""
        # A plant described anew: what was told before cannot be heard again over it.
        if not self.told and not (self.must_be_whole and self.told_before):
            return
        self.told_before += len(self.told)
        self.ticks_before += sum(len(one) == 1 for one in self.told)
        size = len(self.grouping.recent) + len(self.grouping.active)
        if self.told_before > max(TOLD_MAX, size) or self.ticks_before > TICKS_MAX:
            self.must_be_whole = True
        if self.must_be_whole:
            self.told_before = self.ticks_before = 0
        found.memory = self.whole() if self.must_be_whole else Memory(orjson.dumps(self.told), is_whole=False)
        self.told, self.must_be_whole = [], False

    def whole(self) -> Memory:
        """All it remembers, to be kept."""
        return Memory(orjson.dumps(self.to_body()), is_whole=True)

    def to_body(self) -> dict[str, Any]:
        """All it remembers but the topology, as JSON values."""
        storms = {
            scope: [list(storm.times), list(storm.flood) if storm.flood else None, self.sites[scope]]
            for scope, storm in self.storms.items()
        }
        return {"grouping": self.grouping.to_body(), "storms": storms}

    @classmethod
    def from_memory(cls, memory: Iterable[Memory], plant: Plant) -> Self:
        """What was remembered, over a plant's topology: the whole, then what was told since."""
        causes = cls(topology=Topology.of(plant))
        for kept in memory:
            body = orjson.loads(kept.body)
            if kept.is_whole:
                causes._recall(body)
                continue
            for told in body:
                causes._hear(told, Together())  # what came of it stands in the tables
            causes.told_before += len(body)
            causes.ticks_before += sum(len(one) == 1 for one in body)
        return causes

    def _recall(self, body: dict[str, Any]) -> None:
        self.grouping = Grouping.from_body(body["grouping"])
        for scope, (times, flood, site) in body["storms"].items():
            self.storms[scope] = Storm(flood=Flood(*flood) if flood else None)
            self.storms[scope].times.extend(times)
            self.sites[scope] = site
        self.must_be_whole = False

    def _hear(self, told: Told, found: Together) -> None:
        if len(told) == 1:
            self._pass_time(told[0], found)
        elif len(told) == 2:
            self.grouping.end(*told)
        else:
            *raised, site = told
            self._begin(Raised(*raised), site, found)

    def _begin(self, raised: Raised, site: str, found: Together) -> None:
        if self.grouping.begin(raised):
            for scope in filter(None, (site, self.topology.areas.get(raised.source))):
                self.sites[scope] = site
                self._tell(scope, self.storms.setdefault(scope, Storm()).annunciate(raised.at_us), found)

    def _pass_time(self, now_us: int, found: Together) -> bool:
        """Think again; gives whether it remembers something else now."""
        is_changed = self.grouping.is_new
        for scope, storm in list(self.storms.items()):
            over = storm.pass_time(now_us)
            self._tell(scope, over, found)
            if not storm.times:
                del self.storms[scope]
            is_changed |= over is not None or not storm.times
        before = self._mark()
        changed = self.grouping.tick(now_us, self.topology)
        found.groups += [(found.pos, one) for one in changed]
        return is_changed or bool(changed) or before != self._mark()

    def _mark(self) -> tuple[int, list[tuple[float, int]]]:
        """What differs wherever a tick without news has changed something."""
        usual = [(one.alarms, one.at_us) for one in self.grouping.usual.values()]
        return len(self.grouping.recent), usual

    def _tell(self, scope: str, flood: Flood | None, found: Together) -> None:
        if flood:
            found.floods[scope, flood.since_us] = (self.sites[scope], flood, found.pos)
