"""Alarms that are kept quiet while something that their machine depends on is down.

A machine and what it depends on may speak through different agents, so what a rule says goes to the plant
flow as it is, and is made quiet there; the backtest does the same with a month at once. A rule's own reason
to be quiet comes first.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from lineshaft.domain.alarms import Condition
from lineshaft.domain.rules.calm import NEVER_US
from lineshaft.domain.rules.evaluation import Verdict
from lineshaft.domain.topology import Topology

PARENT_DOWN: Final = "parent_down"
"""Why such an alarm is suppressed; in a condition's arguments: that its rule asks for it."""
DOWN: Final = frozenset({"DOWN", "MAINT"})
"""States in which what depends on a machine cannot do its work either."""

Place = tuple[str, str]
"""Source and rule."""
Downtime = tuple[int, int]
"""From when to when a machine is down, microseconds; where it still is, to `NEVER_US`."""


@dataclass(slots=True)
class Parents:
    """Which machines are down, and the alarms that may be quiet because of it."""

    topology: Topology = field(default_factory=Topology)
    down: set[str] = field(default_factory=set)
    held: dict[Place, Condition] = field(default_factory=dict)
    """Conditions that hold and ask for it, as their rules say them."""

    def describe(self, topology: Topology) -> list[Condition]:
        """What depends on what is this from now on; gives the conditions that are said otherwise by it."""
        before = self._told(self.held)
        self.topology = topology
        self.down.intersection_update(topology.above)
        return self._changed(before)

    def say(self, source: str, *, is_down: bool) -> list[Condition]:
        """A machine is down, or no longer; gives the conditions that are said otherwise by it."""
        fed = set(self.topology.node(source).feeds)
        before = self._told(place for place in self.held if place[0] in fed)
        if is_down:
            self.down.add(source)
        else:
            self.down.discard(source)
        return self._changed(before)

    def take(self, condition: Condition) -> Condition:
        """A condition as it is to be said."""
        place = condition.source, condition.rule
        self.held.pop(place, None)
        if not condition.active or not condition.arguments.get(PARENT_DOWN):
            return condition
        self.held[place] = condition
        return self._as_said(condition)

    def restore(self, said: Iterable[Condition]) -> None:
        """Hold conditions as they were said before: what is quiet for its parent had no reason of its own."""
        for one in said:
            if one.arguments.get(PARENT_DOWN):
                own = None if one.suppressed == PARENT_DOWN else one.suppressed
                self.held[one.source, one.rule] = replace(one, suppressed=own)

    def _told(self, places: Iterable[Place]) -> dict[Place, Condition]:
        return {place: self._as_said(self.held[place]) for place in places}

    def _changed(self, before: dict[Place, Condition]) -> list[Condition]:
        after = self._told(sorted(before))
        return [one for place, one in after.items() if one != before[place]]

    def _as_said(self, condition: Condition) -> Condition:
        if condition.suppressed or self.down.isdisjoint(parents(self.topology, condition.source)):
            return condition
        return replace(condition, suppressed=PARENT_DOWN)


def parents(topology: Topology, source: str) -> list[str]:
    """All that a machine hangs on, directly or not, without itself."""
    return [key for key in topology.parents(source) if key != source]


def together(downtimes: Iterable[Downtime]) -> list[Downtime]:
    """When at least one of several is down, in the order of time, apart from one another.

    >>> together([(5, 9), (1, 3), (8, 12)])
    [(1, 3), (5, 12)]
    """
    found: list[Downtime] = []
    for begin, end in sorted(downtimes):
        if found and begin <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((begin, end))
    return found


def quieted(verdicts: Sequence[Verdict], down: Sequence[Downtime]) -> Iterator[Verdict]:
    """A rule's verdicts at a machine, quiet while what it depends on is down.

    Args:
        verdicts: in the order of time, of one rule at a machine or signal.
        down: when its parents are down, as `together` gives it.
    """
    turns = [(at_us, is_down) for one in down for at_us, is_down in zip(one, (True, False), strict=True)]
    steps = [(at_us, 0, int(is_down)) for at_us, is_down in turns if at_us < NEVER_US]
    merged = sorted([*steps, *((one.at_us, 1, n) for n, one in enumerate(verdicts))])
    is_down, last, said = False, None, ""
    for at_us, which, what in merged:
        if which:
            last = verdicts[what]
        else:
            is_down = bool(what)
        if last is None or not (which or last.severity):
            continue
        why = last.why or (PARENT_DOWN if is_down and last.severity else "")
        if which or why != said:
            yield last._replace(at_us=at_us, why=why)
        said = why
