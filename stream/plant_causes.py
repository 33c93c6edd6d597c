"""The plant flow's eye on all alarms at once: which belong together, and whether they come too fast."""

from dataclasses import dataclass, field
from typing import Any, Self

import orjson

from lineshaft.domain.alarms import ConditionChange
from lineshaft.domain.causes import Grouping
from lineshaft.domain.evidence import Raised, symptom
from lineshaft.domain.floods import Flood, Storm
from lineshaft.domain.plant import Plant
from lineshaft.domain.topology import Topology
from lineshaft.store.causes import Together


@dataclass(slots=True)
class Causes:
    """Its memory; it hears of every condition and thinks at ticks."""

    topology: Topology = field(default_factory=Topology)
    grouping: Grouping = field(default_factory=Grouping)
    storms: dict[str, Storm] = field(default_factory=dict)
    """Site or area → its alarms of the last ten minutes."""
    sites: dict[str, str] = field(default_factory=dict)
    """Scope of a storm → its site."""
    is_changed: bool = False
    """Whether it remembers something else than was written last."""

    def describe(self, plant: Plant) -> None:
        """The plant is this, from now on."""
        self.topology = Topology.of(plant)

    def condition(self, change: ConditionChange, found: Together) -> None:
        """A condition has changed."""
        condition = change.condition
        self.is_changed = True
        if not condition.active or condition.suppressed:
            self.grouping.end(condition.source, condition.rule)
            return
        shows = symptom(condition, self.topology)
        raised = Raised(change.at_us, change.pos, condition.source, condition.rule, shows)
        if self.grouping.begin(raised):
            area = self.topology.areas.get(condition.source)
            for scope in filter(None, (change.site, area)):
                self.sites[scope] = change.site
                self._told(scope, self.storms.setdefault(scope, Storm()).annunciate(change.at_us), found)

    def tick(self, now_us: int, found: Together) -> None:
        """A second has passed."""
        for scope, storm in list(self.storms.items()):
            self._told(scope, storm.pass_time(now_us), found)
            if not storm.times:
                del self.storms[scope]
                self.is_changed = True
        before = len(self.grouping.recent), [(one.alarms, one.at_us) for one in self.grouping.usual.values()]
        changed = self.grouping.tick(now_us, self.topology)
        after = len(self.grouping.recent), [(one.alarms, one.at_us) for one in self.grouping.usual.values()]
        if changed or before != after:
            self.is_changed = True
        found.groups += changed

    def settle(self, found: Together) -> None:
        """At a chunk's end: what is remembered, where it is not what it was."""
        if self.is_changed:
            found.memory = orjson.dumps(self.to_body())
            self.is_changed = False

    def to_body(self) -> dict[str, Any]:
        """All it remembers but the topology, as JSON values."""
        storms = {
            scope: [list(storm.times), list(storm.flood) if storm.flood else None, self.sites[scope]]
            for scope, storm in self.storms.items()
        }
        return {"grouping": self.grouping.to_body(), "storms": storms}

    @classmethod
    def from_memory(cls, memory: bytes | None, plant: Plant) -> Self:
        """What was remembered, over a plant's topology."""
        causes = cls(topology=Topology.of(plant))
        if memory:
            body = orjson.loads(memory)
            causes.grouping = Grouping.from_body(body["grouping"])
            for scope, (times, flood, site) in body["storms"].items():
                causes.storms[scope] = Storm(flood=Flood(*flood) if flood else None)
                causes.storms[scope].times.extend(times)
                causes.sites[scope] = site
        return causes

    def _told(self, scope: str, flood: Flood | None, found: Together) -> None:
        if flood:
            found.floods.append((scope, self.sites[scope], flood))
            self.is_changed = True
