"""What keeps an alarm from chattering, on whole arrays: a deadband, an on-delay and an off-delay.

The live flow, the backtest and the grading of settings all call these functions: the flow with the few
samples of a second and what it remembers, the others with a month at once. Cutting a series anywhere changes
nothing.

The order of work is a comparator with a deadband, then the delays, then (`raising`) the least time between
two raises. Time is the samples' own and does not go back; what a delay decides, it decides at a sample.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lineshaft.domain.readings import Floats, Ints64

Bools = NDArray[np.bool_]
Levels = NDArray[np.int8]


class Limits(NamedTuple):
    """A comparator: on which side of which limits a value is wrong."""

    above: bool
    """Whether the wrong side is above the limits."""
    limits: tuple[float, ...]
    """From the mildest to the worst."""
    deadband: float = 0.0
    """How far a value must have come back over a limit, in its unit."""
    inclusive: bool = False
    """Whether a value at the limit is wrong already."""


class Delay(NamedTuple):
    """How long something must hold before it counts."""

    on_s: float = 0.0
    off_s: float = 0.0
    on_samples: int = 1
    """How many samples in a row it takes at least: a single spike is no alarm."""


class Run(NamedTuple):
    """What is remembered of something that holds or not, between one array and the next."""

    out: bool = False
    """After the delays."""
    now: bool = False
    """Before them."""
    since_us: int = 0
    """When `now` began."""
    samples: int = 0
    """And how many there were since; 0: nothing was seen yet."""

    @property
    def waits(self) -> bool:
        """Whether something holds that does not count yet."""
        return self.out != self.now

    def due_us(self, delay: Delay) -> int:
        """From which instant on what is waited for counts, if it goes on."""
        return self.since_us + round((delay.on_s if self.now else delay.off_s) * 1e6)


UNSEEN = Run()
"""Nothing was seen yet."""


class Flips(NamedTuple):
    """Where something began or ceased to count."""

    at: NDArray[np.intp]
    """Places of the samples, ascending."""
    on: Bools


NO_FLIPS = Flips(np.empty(0, np.intp), np.empty(0, np.bool_))


def compare(value: Floats, limits: Limits, held: int = 0) -> Levels:
    """How many limits each value is beyond, a limit once passed being left by the deadband only.

    Args:
        value: in the order of time; NaN says nothing.
        limits: of the comparator.
        held: how many were passed before the first.

    >>> compare(np.array([76.0, 74.5, 73.9, 74.5]), Limits(True, (75.0,), 1.0)).tolist()
    [1, 1, 0, 0]
    >>> compare(np.array([2.5, 1.9, 1.4, 2.1, 3.2]), Limits(False, (2.8, 2.0), 0.2)).tolist()
    [1, 2, 2, 2, 0]
    """
    count = np.zeros(len(value), np.int8)
    sided, sign = (value, 1.0) if limits.above else (-value, -1.0)
    for level, limit in enumerate(limits.limits, 1):
        edge = limit * sign
        wrong = sided >= edge if limits.inclusive else sided > edge
        if held < level and not wrong.any():
            break  # nor are those beyond it
        back = edge - limits.deadband
        right = sided < back if limits.inclusive and limits.deadband == 0 else sided <= back
        count += latched(wrong, right, held=held >= level)
    return count


def latched(begins: Bools, ends: Bools, *, held: bool) -> Bools:
    """Whether something that begins and ends at samples holds at each of them; a beginning wins.

    >>> latched(np.array([0, 1, 0, 0, 0], bool), np.array([0, 0, 0, 1, 0], bool), held=False).tolist()
    [False, True, True, False, False]
    """
    said = begins | ends
    if said.all():
        return begins
    last = np.maximum.accumulate(np.where(said, np.arange(len(said)), -1))
    return np.asarray(np.where(last >= 0, begins[last], held))


def delayed(on: Bools, ts_us: Ints64, delay: Delay, run: Run = UNSEEN) -> tuple[Flips, Run]:
    """Where something that holds at some samples begins and ceases to count, and what to remember.

    What holds must have held for `on_s`, and for `on_samples` of them, and then counts until it has not held
    for `off_s`.

    Args:
        on: whether it holds at each sample.
        ts_us: of the samples, ascending; equal ones may follow one another.
        delay: how long it must hold.
        run: what was remembered before.
    """
    if not len(on) or not (run.now or run.out or on.any()):  # most levels, mostly
        return NO_FLIPS, run
    starts = np.concatenate([[0], np.flatnonzero(on[1:] != on[:-1]) + 1])
    ends = np.append(starts[1:], len(on))
    holds, since_us = on[starts], ts_us[starts]
    before = 0
    if run.samples and run.now == holds[0]:
        since_us[0], before = run.since_us, run.samples
    due_us = since_us + np.where(holds, round(delay.on_s * 1e6), round(delay.off_s * 1e6))
    at = np.maximum(np.searchsorted(ts_us, due_us), starts)
    if delay.on_samples > 1:
        enough = starts + delay.on_samples - 1
        enough[0] -= before
        at = np.where(holds, np.maximum(at, enough), at)
    counts = np.flatnonzero(at < ends)
    turned = holds[counts]
    new = turned != np.concatenate([[run.out], turned[:-1]])
    flips = Flips(at[counts][new], turned[new])
    out = bool(flips.on[-1]) if len(flips.on) else run.out
    length = len(on) - int(starts[-1]) + (before if len(starts) == 1 else 0)
    return flips, Run(out, bool(holds[-1]), int(since_us[-1]), length)


def spread(flips: Flips, count: int, *, held: bool) -> Bools:
    """Whether it counts at each of `count` samples."""
    if not len(flips.at):
        return np.full(count, held)
    lengths = np.diff(np.concatenate([[0], flips.at, [count]]))
    return np.repeat(np.concatenate([[held], flips.on]), lengths)
