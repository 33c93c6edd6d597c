"""What the course of series until now says: features of each row from its machine's rows up to it.

Averages and straight lines that forget exponentially over several spans, the difference from the machine's
own beginning, the worst until now and the sum of what was too much: noise is averaged away at several
speeds, and the learner picks.
"""

from typing import Final

import numpy as np
from scipy.signal import lfilter

from lineshaft.domain.readings import Floats, Ints64

LEVELS: Final = (3.0, 7.0, 15.0, 30.0, 60.0)
"""Spans of the averages, in rows."""
LINES: Final = (10.0, 20.0, 40.0, 80.0)
"""Spans of the straight lines."""
BEGINNING: Final = 20
"""Rows that tell how a machine began."""
DOUBT: Final = 3.0
"""Weight, in spans, of the belief that a line is level, while rows are few."""
FEATURES: Final = len(LEVELS) + 3 * len(LINES) + 4
"""Of each series."""


def bounds(unit: Ints64) -> list[tuple[int, int]]:
    """First row and the row after the last of each machine, whose rows stand together.

    >>> bounds(np.array([7, 7, 3]))
    [(0, 2), (2, 3)]
    """
    starts = np.flatnonzero(np.diff(unit, prepend=unit[:1] - 1))
    return list(zip(starts.tolist(), [*starts[1:].tolist(), len(unit)], strict=True))


def courses(unit: Ints64, series: Floats) -> Floats:
    """Features of each row.

    Args:
        unit: the machine of each row; a machine's rows stand together, in order.
        series: (rows, series), no NaN.

    Returns:
        (rows, series · FEATURES).
    """
    return np.vstack([_course(series[begin:end]) for begin, end in bounds(unit)])


def _course(x: Floats) -> Floats:
    count = np.arange(1.0, len(x) + 1)[:, None]
    total = np.cumsum(x, axis=0)
    first = min(BEGINNING, len(x))
    beginning = np.where(count <= BEGINNING, total / count, total[first - 1] / (BEGINNING + 5.0))
    found = [level(x, span) for span in LEVELS]
    smooth = level(x, 10.0)
    for span in LINES:
        at, slope = line(x, span)
        found += [slope * span, at, at + slope * span / 2]
    worst = np.maximum.accumulate(level(x, 15.0), axis=0)
    too_much = np.cumsum(np.maximum(smooth, 0.0), axis=0) / 50.0
    return np.hstack([*found, smooth - beginning, worst, too_much, total / count])


def level(x: Floats, span: float) -> Floats:
    """Exponentially weighted mean of the rows until each, right from the first row on.

    >>> level(np.array([[4.0], [4.0]]), 3.0).round(9).ravel().tolist()
    [4.0, 4.0]
    """
    keep = np.exp(-1.0 / span)
    weight = 1.0 - keep ** np.arange(1, len(x) + 1)
    return np.asarray(lfilter([1.0 - keep], [1.0, -keep], x, axis=0) / weight[:, None])


def line(x: Floats, span: float) -> tuple[Floats, Floats]:
    """Level now and slope a row of the exponentially weighted straight line through the rows until each.

    >>> now, slope = line(np.arange(400.0)[:, None], 10.0)
    >>> round(float(now[-1, 0])), round(float(slope[-1, 0]), 2)
    (399, 0.97)
    """
    keep = np.exp(-1.0 / span)
    at = np.arange(float(len(x)))[:, None]

    def summed(values: Floats) -> Floats:
        return np.asarray(lfilter([1.0], [1.0, -keep], values, axis=0))

    one, t, tt, y, ty = (summed(v) for v in (np.ones_like(at), at, at * at, x, x * at))
    # Seen from now, where time is 0.
    t, tt, ty = t - at * one, tt - 2 * at * t + at * at * one, ty - at * y
    slope = (one * ty - t * y) / (one * tt - t * t + DOUBT * one * span)
    return (y - slope * t) / one, slope
