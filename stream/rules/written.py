"""Rules that people write, all of them at once.

A stretch's samples are compared with what would change nothing (`watch`), and only the rules at whose inputs
something matters are asked, by the code that the backtest runs as well. Which rules, machines and signals
there are is looked at at ticks, so that it does not depend on how rows are cut.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from lineshaft.domain.alarms import Condition
from lineshaft.domain.readings import Ints64
from lineshaft.domain.rules.calm import NEVER_US, Calm, calm
from lineshaft.domain.rules.conditions import condition_of, over
from lineshaft.domain.rules.evaluation import Standing, Verdict, take
from lineshaft.domain.rules.moments import Asked
from lineshaft.domain.rules.scoping import Place
from lineshaft.domain.rules.targets import Known, Target, targets
from stream.rules.base import Change, Stretch, Surroundings
from stream.rules.ears import Ears
from stream.rules.watch import Come, Watch, of_target

TargetKey = tuple[str, int, int, str]
"""Rule, version, device row, signal."""


class Watched(NamedTuple):
    """A rule at a machine or signal, with the rows of its inputs."""

    target: Target
    key: TargetKey
    rows: tuple[int, ...]


@dataclass(slots=True)
class Written:
    """The written rules of a shard, over all its machines."""

    name: str = "rule"
    watch: Watch = field(default_factory=Watch)
    standing: dict[TargetKey, Standing] = field(default_factory=dict)
    """Of those that are not at rest."""
    raised: dict[TargetKey, Condition] = field(default_factory=dict)
    built: tuple[int, int, int, int] = (0, 0, 0, 0)
    """Edition of the rules and of the plant, devices and signals that targets were made of."""
    tick_us: int = 0
    _targets: list[Watched] = field(default_factory=list)
    _calm: list[Calm] = field(default_factory=list)
    _wakes: Ints64 = field(default_factory=lambda: np.empty(0, np.int64))
    """Of each target: when time alone changes something."""
    _of_row: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    """Row of an input → targets that listen to it, and its place among the inputs of each."""
    _ears: Ears = field(default_factory=Ears)

    def __getstate__(self) -> dict[str, Any]:
        """Without what is made of the rules and the plant."""
        kept = ("name", "watch", "standing", "raised", "built", "tick_us")
        return {name: getattr(self, name) for name in kept}

    def __setstate__(self, kept: dict[str, Any]) -> None:
        """See `__getstate__`; the targets are made again with the next stretch."""
        for name, value in kept.items():
            setattr(self, name, value)
        self._targets, self._calm, self._of_row, self._ears = [], [], {}, Ears()
        self._wakes = np.empty(0, np.int64)

    def evaluate(self, stretch: Stretch) -> list[Change]:
        """See `Rule`."""
        around = stretch.around
        if around is None or (not around.book.active and not self.built[0]):
            return []
        changes: list[Change] = []
        if not self._targets and self.built[0]:
            self._build(around, self.built[2:])
        come = self._ears.come(stretch, around)
        if len(come.input):
            matters = self.watch.matters(come)
            rows = set(come.input[matters].tolist())
            touched = sorted({at for row in rows for at, _ in self._of_row.get(row, ())})
            for at in touched:
                changes += self._ask(at, come, Asked(0, stretch.pos, self._targets[at].target.born_us))
            self.watch.hear(come)
            self._settle(touched, 0)
        if stretch.tick:
            self.tick_us = stretch.now_us
            changes += self._tick(stretch, around)
        return changes

    def _tick(self, stretch: Stretch, around: Surroundings) -> Iterator[Change]:
        """Time moved on: deadlines, and what is new in the plant or the rules."""
        nothing = Come(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0), np.empty(0, np.int64))
        due: list[int] = np.flatnonzero(self._wakes <= stretch.now_us).tolist()
        for at in due:
            asked = Asked(stretch.now_us, stretch.pos, self._targets[at].target.born_us)
            yield from self._ask(at, nothing, asked)
        self._settle(due, stretch.now_us)
        built = (around.book.edition, around.applied, len(around.devices), len(around.signal_name))
        if built != self.built:
            self.built = built
            self._build(around, built[2:])
            yield from self._end_gone(stretch, around)

    def _ask(self, at: int, come: Come, asked: Asked) -> list[Change]:
        watched = self._targets[at]
        target, key = watched.target, watched.key
        standing = self.standing.get(key) or Standing.at_rest(target.plan)
        samples, heard = of_target(come, watched.rows), self.watch.before(watched.rows)
        verdicts = take(target.plan, target.place, standing, (samples, heard), asked)
        if standing.is_at_rest(target.plan):
            self.standing.pop(key, None)
        else:
            self.standing[key] = standing
        return [self._change(target, key, one) for one in verdicts]

    def _change(self, target: Target, key: TargetKey, verdict: Verdict) -> Change:
        if verdict.severity:
            self.raised[key] = condition_of(target, verdict)
            return Change(verdict.pos, verdict.at_us, self.raised[key])
        return Change(verdict.pos, verdict.at_us, over(self.raised.pop(key), verdict))

    def _settle(self, touched: Sequence[int], now_us: int) -> None:
        """Put down what may now come to targets without their being asked."""
        rows: set[int] = set()
        for at in touched:
            watched = self._targets[at]
            standing = self.standing.get(watched.key) or Standing.at_rest(watched.target.plan)
            heard = self.watch.before(watched.rows)
            now = self._calm[at] = calm(watched.target.plan, standing, heard, now_us or self.tick_us)
            self._wakes[at] = now.wake_us
            rows.update(watched.rows)
        for row in rows:
            self._bound(row)

    def _bound(self, row: int) -> None:
        low, high, due_us = -np.inf, np.inf, NEVER_US
        for at, place in self._of_row[row]:
            now = self._calm[at]
            low, high = max(low, now.bounds[place][0]), min(high, now.bounds[place][1])
            # A sample after a deadline must not be heard before the deadline was looked at.
            due_us = min(due_us, now.due_us, now.wake_us)
        self.watch.low[row], self.watch.high[row], self.watch.due_us[row] = low, high, due_us

    def _build(self, around: Surroundings, sizes: Sequence[int]) -> None:
        """Find what the rules are about, and what that listens to."""
        self._targets, self._of_row = [], {}
        where = around.places
        known = [_known(around, where, device, sizes[1]) for device in range(sizes[0])]
        for rule, version, born_us in around.book.rules.values():
            for device, machine in enumerate(known):
                for target in targets(rule, born_us, machine):
                    rows = tuple(self.watch.of((device, one)) for one in target.plan.inputs)
                    key = (rule.id, version, device, target.signal)
                    self._targets.append(Watched(target, key, rows))
        at_rest = {id(one.target.plan): Standing.at_rest(one.target.plan) for one in self._targets}
        self._calm = []
        for at, one in enumerate(self._targets):
            plan, heard = one.target.plan, self.watch.before(one.rows)
            self._calm.append(calm(plan, self.standing.get(one.key) or at_rest[id(plan)], heard, 0))
            for place, row in enumerate(one.rows):
                self._of_row.setdefault(row, []).append((at, place))
        self._wakes = np.array([one.wake_us for one in self._calm], np.int64)
        self.watch.low[:], self.watch.high[:] = -np.inf, np.inf
        self.watch.due_us[:], self.watch.gap_us[:] = NEVER_US, NEVER_US
        for row, mine in self._of_row.items():
            self._bound(row)
            gaps = [
                gap for at, _ in mine for gap in self._targets[at].target.gaps_us(self._targets[at].rows, row)
            ]
            self.watch.gap_us[row] = min(gaps, default=NEVER_US)
        self.watch.gaps = bool((self.watch.gap_us < NEVER_US).any())
        listened = {key: row for key, row in self.watch.row.items() if row in self._of_row}
        self._ears = Ears.to(listened, around)

    def _end_gone(self, stretch: Stretch, around: Surroundings) -> Iterator[Change]:
        """Ends what was raised by a rule, or in a place, that is no more."""
        there = {one.key: one.target.place.machine for one in self._targets}
        for key in [key for key in self.standing if key not in there]:
            del self.standing[key]
        for key, condition in list(self.raised.items()):
            if there.get(key) == condition.source:
                continue
            del self.raised[key]
            self.standing.pop(key, None)
            gone = key[0] not in around.book.active
            why = "rule.retired" if gone else "rule.changed" if key not in there else "asset.renamed"
            arguments = {**condition.arguments, "why": why}
            ended = replace(condition, active=False, value=None, suppressed=None, arguments=arguments)
            yield Change(stretch.pos, stretch.now_us, ended)


def _known(around: Surroundings, where: Mapping[str, Place], device: int, signals: int) -> Known:
    """What is known of a machine, with the signals that were heard up to a row."""
    described = around.machine_of.get(around.devices[device])
    quantities = {one.name: one.quantity for one in described.signals} if described else {}
    units = {one.name: one.unit for one in described.signals} if described else {}
    heard = {name: "" for name, row in around.signals_of[device].items() if row < signals}
    place = where.get(described.key) if described else None
    return Known(place or Place(around.speaker[device]), {**heard, **quantities}, units)
