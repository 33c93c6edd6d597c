"""The delays that keep the alarms of built-in rules from chattering, a sample at a time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from lineshaft.domain.alarms import Condition
from lineshaft.domain.readings import Ints32
from stream.rules.base import Bools, Change, Stretch


class Delays(NamedTuple):
    """How long a level must hold before it counts: a spike is no alarm, a dip does not end one."""

    on_samples: int
    on_s: float
    off_s: float


class Own(NamedTuple):
    """What holds of one machine or signal, after what settings rules say of it."""

    delays: Delays
    min_reraise_s: float = 0.0
    """After a raise none follows for so long; what still holds then is raised then."""
    deadband: float | None = None
    """Share of a limit; None: that of its quantity."""
    priority: int | None = None
    """Of the mildest level; None: the rule's."""
    off: bool = False
    """Nothing is raised."""

    def priority_of(self, level: int, usual: int) -> int:
        """The priority of a level: one worse than the mildest is a step above it."""
        return usual if self.priority is None else max(self.priority - abs(level) + 1, 1)


class Pending(NamedTuple):
    """A level that is waiting to count."""

    samples: int
    since_us: int
    level: int
    """What it will become: the mildest of the samples on the way to worse, the worst on the way to better."""


@dataclass(slots=True)
class Levels:
    """The level of each row after its delays; 0 is none, a sign tells two sides apart, a larger one is worse.

    Going to a worse level waits `on_samples` and `on_s`, going to a better one `off_s`. A sample at the held
    level, or one in the other direction, ends the waiting.
    """

    delays: Delays
    held: dict[int, int] = field(default_factory=dict)
    """Row → level, without the rows at 0."""
    pending: dict[int, Pending] = field(default_factory=dict)
    raised_us: dict[int, int] = field(default_factory=dict)
    """Row → when it was raised last, of rows that may not be raised again for a while."""

    def samples_that_matter(self, rows: Ints32, odd: Bools) -> list[int]:
        """Places of the samples to look at, in order: all of a row that has an odd one, or is not at rest."""
        at_work = self.held.keys() | self.pending.keys() | set(rows[odd].tolist())
        if not at_work:
            return []
        matter = np.isin(rows, np.fromiter(at_work, np.int32, len(at_work)))
        found: list[int] = np.flatnonzero(matter).tolist()
        return found

    def sample(self, row: int, ts_us: int, level: int, own: Own | None = None) -> int | None:
        """Take a sample; gives the new level where it has become that, else None."""
        own = own or Own(self.delays)
        held = self.held.get(row, 0)
        if level == held:
            self.pending.pop(row, None)
            return None
        worse = _is_worse(level, held)
        waiting = self.pending.get(row)
        if waiting is None or _is_worse(waiting.level, held) != worse or waiting.level * level < 0:
            waiting = Pending(0, ts_us, level)
        target = min(level, waiting.level, key=abs) if worse else max(level, waiting.level, key=abs)
        waiting = Pending(waiting.samples + 1, waiting.since_us, target)
        too_soon = not held and ts_us < self.raised_us.get(row, 0) + round(own.min_reraise_s * 1e6)
        if too_soon or not _has_lasted(waiting, ts_us, own.delays, worse=worse):
            self.pending[row] = waiting
            return None
        self.forget(row)
        if target:
            self.held[row] = target
            if not held and own.min_reraise_s:
                self.raised_us[row] = ts_us
        return target

    def end_off(
        self, raised: dict[int, Condition], is_off: Callable[[int], bool], stretch: Stretch
    ) -> list[Change]:
        """Ends what was raised where settings rules have turned the rule off."""
        changes = []
        for row in [row for row in raised if is_off(row)]:
            changes.append(ended_as_off(raised.pop(row), stretch))
            self.forget(row)
        return changes

    def end_moved(
        self, raised: dict[int, Condition], sources: Sequence[str], stretch: Stretch
    ) -> list[Change]:
        """Ends, at a tick, what was raised under a name that its row no longer has."""
        if not stretch.tick:
            return []
        moved = [row for row, condition in raised.items() if sources[row] != condition.source]
        changes = []
        for row in moved:
            over = replace(raised.pop(row), active=False, value=None)
            changes.append(Change(stretch.pos, stretch.now_us, over))
            self.forget(row)
        return changes

    def forget(self, row: int) -> None:
        """Take the row back to 0, as if nothing had been sampled."""
        self.held.pop(row, None)
        self.pending.pop(row, None)


def ended_as_off(condition: Condition, stretch: Stretch) -> Change:
    """The end, at a tick, of what was raised by a rule that is turned off there."""
    arguments = {**condition.arguments, "why": "rule.off"}
    return Change(
        stretch.pos, stretch.now_us, replace(condition, active=False, value=None, arguments=arguments)
    )


def _has_lasted(waiting: Pending, ts_us: int, delays: Delays, *, worse: bool) -> bool:
    lasted_s = (ts_us - waiting.since_us) / 1e6
    if worse:
        return waiting.samples >= delays.on_samples and lasted_s >= delays.on_s
    return lasted_s >= delays.off_s


def _is_worse(level: int, held: int) -> bool:
    return abs(level) > abs(held) or level * held < 0
