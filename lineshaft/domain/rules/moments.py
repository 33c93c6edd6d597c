"""The instants at which a rule is asked: its samples, and the deadlines where time itself decides."""

from collections.abc import Iterable
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from lineshaft.domain.readings import Floats, Ints64
from lineshaft.domain.rules.document import Count, NoData, Stale
from lineshaft.domain.rules.plan import Plan

Places = NDArray[np.intp]
Scalar = TypeVar("Scalar", bound=np.generic)


class Samples(NamedTuple):
    """What came to a rule, in the journal's order, or in that of time with all positions 0."""

    input: Places
    """Its place among the plan's inputs."""
    ts_us: Ints64
    value: Floats
    pos: Ints64


class Heard(NamedTuple):
    """The newest sample of each of a plan's inputs before those."""

    ts_us: tuple[int, ...]
    """0: never."""
    value: tuple[float, ...]


class Moments(NamedTuple):
    """The instants in order, and which samples belong to which."""

    ts_us: Ints64
    pos: Ints64
    samples: Samples
    """Without those that came too late to say how things are now; in the moments' time."""
    of: Places
    """Moment of each sample."""
    points: tuple[int, ...]
    """Deadlines that are still to come."""

    def carried(self, which: Places, values: NDArray[Scalar], before: float | Scalar) -> NDArray[Scalar]:
        """What some samples said, at each moment the newest."""
        count, of = len(self.ts_us), self.of[which]
        if len(which) == count == len(of) == len(self.of):
            return values
        last = np.full(count, -1)
        last[of] = np.arange(len(which))
        np.maximum.accumulate(last, out=last)
        if not len(values):
            return np.full(count, before, values.dtype)
        return np.where(last >= 0, values[last], before).astype(values.dtype, copy=False)


class Asked(NamedTuple):
    """Up to when time has passed, and where in the journal."""

    until_us: int = 0
    pos: int = 0
    born_us: int = 0
    """Since when the rule has been active."""


NO_SAMPLES = Samples(np.empty(0, np.intp), np.empty(0, np.int64), np.empty(0), np.empty(0, np.int64))


def moments(
    plan: Plan, samples: Samples, heard: Heard, since: tuple[int, Iterable[int]], asked: Asked
) -> Moments:
    """The moments of some samples.

    Args:
        plan: of the rule.
        samples: that came.
        heard: before them.
        since: the last moment so far, and the deadlines that were to come.
        asked: how far time has passed.
    """
    last_us, points = since
    base_us = max(last_us, *heard.ts_us)
    samples = _timely(samples, heard)
    ts_us = np.maximum.accumulate(np.maximum(samples.ts_us, base_us))
    new = np.ones(len(ts_us), np.bool_)
    new[1:] = (ts_us[1:] != ts_us[:-1]) | (samples.pos[1:] != samples.pos[:-1])
    at_us, pos, of = ts_us[new], samples.pos[new], np.cumsum(new) - 1
    samples = samples._replace(ts_us=ts_us)
    if not plan.is_timed:
        return Moments(at_us, pos, samples, of, ())
    horizon_us = max(int(at_us[-1]) if len(at_us) else 0, asked.until_us)
    due = sorted({*points, *_deadlines(plan, samples, heard, horizon_us, asked.born_us)})
    now = np.array([max(point, base_us) for point in due if point <= horizon_us], np.int64)
    together = np.concatenate([at_us, now])
    order = np.argsort(together, kind="stable")
    place = np.empty(len(order), np.intp)
    place[order] = np.arange(len(order))
    pos = np.concatenate([pos, np.full(len(now), asked.pos)])[order]
    return Moments(together[order], pos, samples, place[of], tuple(p for p in due if p > horizon_us))


def _timely(samples: Samples, heard: Heard) -> Samples:
    """Those that are not older than one of the same input before them."""
    keep = np.ones(len(samples.ts_us), np.bool_)
    for at, before_us in enumerate(heard.ts_us):
        which = slice(None) if len(heard.ts_us) == 1 else np.flatnonzero(samples.input == at)
        ts_us = samples.ts_us[which]
        keep[which] = ts_us >= np.maximum.accumulate(np.maximum(ts_us, before_us))
    if keep.all():
        return samples
    return Samples(samples.input[keep], samples.ts_us[keep], samples.value[keep], samples.pos[keep])


def _deadlines(plan: Plan, samples: Samples, heard: Heard, horizon_us: int, born_us: int) -> set[int]:
    """When something becomes so by itself, and when the delays after it are over."""
    found: set[int] = set()
    for one in plan.leaves:
        at = one.input
        came_us = samples.ts_us[samples.input == at]
        match one.leaf:
            case Stale(after_s=after_s):
                found |= _silences(came_us, heard.ts_us[at], after_s, horizon_us)
            case Count(within_s=within_s):
                found |= set((came_us + round(within_s * 1e6)).tolist())
            case NoData(after_s=after_s) if not heard.ts_us[at] and not len(came_us):
                found.add(born_us + round(after_s * 1e6))
    later = {point + round(wait_s * 1e6) for point in found for wait_s in plan.waits_s}
    return found | later


def _silences(came_us: Ints64, before_us: int, after_s: float, horizon_us: int) -> set[int]:
    if before_us:
        came_us = np.concatenate([[before_us], came_us])
    if not len(came_us):
        return set()
    due_us = came_us + round(after_s * 1e6)
    silent = due_us[:-1] < came_us[1:]
    found = set(due_us[:-1][silent].tolist())
    if due_us[-1] <= horizon_us:
        found.add(int(due_us[-1]))
    return found
