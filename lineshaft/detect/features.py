"""What a window of readings says: level, spread, slope and extremes, for all windows of a shard at once."""

from typing import NamedTuple

import numpy as np

from lineshaft.domain.readings import Floats, Ints64

MAD_TO_SIGMA = 1.4826
"""The median absolute deviation of a normal distribution, as its standard deviation."""


class Features(NamedTuple):
    """One entry a window."""

    level: Floats
    """Median: one spike does not move it."""
    spread: Floats
    """Median absolute deviation, scaled to a standard deviation."""
    slope: Floats
    """Least-squares change per second; 0 where all readings have one time."""
    peak: Floats
    """Largest absolute value."""
    low: Floats
    """Least value."""
    high: Floats
    """Largest value."""
    readings: Ints64
    """How many."""


def features(window: Ints64, ts_us: Ints64, value: Floats) -> tuple[Ints64, Features]:
    """Reduce readings to one row of features a window.

    Args:
        window: number of each reading's window, in any order.
        ts_us: the readings' times.
        value: finite values.

    Returns:
        The windows' numbers, ascending, and their features.

    >>> second = np.arange(4) * 1_000_000
    >>> numbers, found = features(np.array([7, 7, 7, 9]), second, np.array([1.0, 2.0, 9.0, 4.0]))
    >>> numbers.tolist(), found.level.tolist(), found.peak.tolist(), found.slope.tolist()
    ([7, 9], [2.0, 4.0], [9.0, 4.0], [4.0, 0.0])
    """
    order = np.lexsort((ts_us, value, window))
    window, ts_us, value = window[order], ts_us[order], value[order]
    starts = np.flatnonzero(np.concatenate([[True], window[1:] != window[:-1]]))
    ends = np.append(starts[1:], len(window))
    counts = ends - starts
    level = _middle(value, starts, counts)
    off = np.abs(value - np.repeat(level, counts))
    spread = _middle(off[np.lexsort((off, window))], starts, counts) * MAD_TO_SIGMA
    low, high = value[starts], value[ends - 1]
    slope = _slope(ts_us, value, starts, counts)
    return window[starts], Features(level, spread, slope, np.maximum(-low, high), low, high, counts)


def _middle(value: Floats, starts: Ints64, counts: Ints64) -> Floats:
    """Median of each group of values that are sorted within their group."""
    return np.asarray((value[starts + (counts - 1) // 2] + value[starts + counts // 2]) / 2)


def _slope(ts_us: Ints64, value: Floats, starts: Ints64, counts: Ints64) -> Floats:
    first = np.minimum.reduceat(ts_us, starts)
    t = (ts_us - np.repeat(first, counts)) / 1e6
    t = t - np.repeat(np.add.reduceat(t, starts) / counts, counts)
    squares = np.add.reduceat(t * t, starts)
    together = np.add.reduceat(t * value, starts)
    return np.asarray(np.where(squares > 0, together / np.where(squares > 0, squares, 1.0), 0.0))
