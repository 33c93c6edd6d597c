"""From levels to raises: each level's delay, and the least time from one raise to the next."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from lineshaft.domain.readings import Floats, Ints64
from lineshaft.domain.rules.delays import Delay, Levels, Limits, Run, compare, delayed


class Shown(NamedTuple):
    """What is remembered of one alarm."""

    runs: tuple[Run, ...] = ()
    """Of "at this level or a worse one", for each level."""
    level: int = 0
    """What was raised last."""
    wanted: int = 0
    """What would be raised if enough time had passed since the last raise."""
    raised_us: int | None = None


NOTHING = Shown()
"""Nothing was ever shown."""


class Step(NamedTuple):
    """A level that was raised, worsened, eased or (0) cleared, at a sample."""

    at: int
    level: int


def raises(
    level: Levels, ts_us: Ints64, delays: Sequence[Delay], min_reraise_s: float, shown: Shown
) -> tuple[list[Step], Shown]:
    """What levels at samples raise, and what to remember.

    Args:
        level: at each sample, 0 none, up to the number of delays.
        ts_us: of the samples, ascending.
        delays: of each level, from the mildest.
        min_reraise_s: after a raise none follows a clear for so long; what still holds then is raised then.
        shown: what was remembered before.
    """
    wanted, runs = _delayed_levels(level, ts_us, delays, shown)
    hold_us = round(min_reraise_s * 1e6)
    steps: list[Step] = []
    now = shown._replace(runs=runs)
    for at, new in _with_end(wanted, len(ts_us)):
        if now.wanted and not now.level and now.raised_us is not None:
            free = int(np.searchsorted(ts_us, now.raised_us + hold_us))
            if free < at:
                steps.append(Step(free, now.wanted))
                now = now._replace(level=now.wanted, raised_us=int(ts_us[free]))
        if at == len(ts_us):
            break
        now = now._replace(wanted=new)
        held_back = not now.level and now.raised_us is not None and ts_us[at] < now.raised_us + hold_us
        if new == now.level or (new and held_back):
            continue
        steps.append(Step(at, new))
        now = now._replace(level=new, raised_us=now.raised_us if now.level else int(ts_us[at]))
    return steps, now


def _delayed_levels(
    level: Levels, ts_us: Ints64, delays: Sequence[Delay], shown: Shown
) -> tuple[list[tuple[int, int]], tuple[Run, ...]]:
    """(place, level) where the level after the delays changes."""
    before = shown.runs or (Run(),) * len(delays)
    after, flips = [], []
    for n, (delay, run) in enumerate(zip(delays, before, strict=True), 1):
        found, new = delayed(level >= n, ts_us, delay, run)
        after.append(new)
        flips += [(at, n, on) for at, on in zip(found.at.tolist(), found.on.tolist(), strict=True)]
    on = [run.out for run in before]
    if len(delays) == 1:
        return [(at, int(is_on)) for at, _, is_on in flips], tuple(after)
    changes: dict[int, int] = {}
    for at, n, is_on in sorted(flips):
        on[n - 1] = is_on
        changes[at] = max((place for place, held in enumerate(on, 1) if held), default=0)
    return list(changes.items()), tuple(after)


def _with_end(wanted: list[tuple[int, int]], end: int) -> Iterator[tuple[int, int]]:
    yield from wanted
    yield end, 0


class Settings(NamedTuple):
    """All that makes the alarms of one signal's values."""

    limits: Limits
    delay: Delay = Delay()
    min_reraise_s: float = 0.0


class Annunciations(NamedTuple):
    """The raises of a series, in the order of time."""

    raised_us: Ints64
    cleared_us: Ints64
    """-1: it still holds at the end."""
    level: Levels
    """The worst while it lasted."""
    calls: int
    """How often a person was called: raises, and each time that it got worse."""


def annunciations(ts_us: Ints64, value: Floats, settings: Settings) -> Annunciations:
    """What a signal's readings would have raised under some settings.

    Args:
        ts_us: of its readings, ascending.
        value: of its readings; NaN says nothing.
        settings: to try.

    >>> ts, hot = np.arange(600) * 1_000_000, Limits(True, (75.0,))
    >>> wobble = np.where(np.arange(600) % 2, 75.5, 74.5)
    >>> annunciations(ts, wobble, Settings(hot)).calls
    300
    >>> annunciations(ts, wobble, Settings(hot._replace(deadband=1.0), Delay(10.0, 10.0))).calls
    1
    """
    levels = compare(value, settings.limits)
    delays = (settings.delay,) * len(settings.limits.limits)
    steps, _ = raises(levels, ts_us, delays, settings.min_reraise_s, NOTHING)
    raised, cleared, worst, calls, before = [], [], [], 0, 0
    for at, level in steps:
        calls += level > before
        if not before:
            raised.append(int(ts_us[at]))
            cleared.append(-1)
            worst.append(level)
        elif level:
            worst[-1] = max(worst[-1], level)
        else:
            cleared[-1] = int(ts_us[at])
        before = level
    return Annunciations(
        np.array(raised, np.int64), np.array(cleared, np.int64), np.array(worst, np.int8), calls
    )
