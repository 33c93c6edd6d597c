"""Thins a series to what a screen has columns for, so that every peak is still there. Pure."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Instants = NDArray[np.int64]
"""Microseconds since 1970 UTC."""


class Spread(NamedTuple):
    """Columns of equal length: what was measured at an instant, or between it and the next."""

    ts: Instants
    low: Floats
    high: Floats
    """The same column as `low` where each row is one reading."""


def thin(spread: Spread, from_us: int, width_us: float) -> tuple[Instants, Floats]:
    """Of each bucket of a width the least and the greatest value, at the times they had, in time order.

    Args:
        spread: in any order.
        from_us: where the first bucket begins; nothing is earlier.
        width_us: of a bucket.

    >>> ts, value = np.arange(6), np.array([1.0, 9.0, 5.0, 4.0, 4.0, 4.0])
    >>> [column.tolist() for column in thin(Spread(ts, value, value), from_us=0, width_us=3)]
    [[0, 1, 3], [1.0, 9.0, 4.0]]
    """
    if not len(spread.ts):
        return spread.ts, spread.low
    if np.any(spread.ts[1:] < spread.ts[:-1]):
        order = np.argsort(spread.ts, kind="stable")
        spread = Spread(spread.ts[order], spread.low[order], spread.high[order])
    bucket = ((spread.ts - from_us) // width_us).astype(np.int64)
    starts = np.flatnonzero(np.diff(bucket, prepend=-1))
    place = np.repeat(np.arange(len(starts)), np.diff(starts, append=len(bucket)))
    least = _first(spread.low, np.minimum.reduceat(spread.low, starts), place)
    most = _first(spread.high, np.maximum.reduceat(spread.high, starts), place)
    ts = np.stack([spread.ts[least], spread.ts[most]], axis=1)
    value = np.stack([spread.low[least], spread.high[most]], axis=1)
    swapped = ts[:, 0] > ts[:, 1]
    ts[swapped], value[swapped] = ts[swapped, ::-1], value[swapped, ::-1]
    kept = np.ones(ts.shape, np.bool_)
    kept[:, 1] = (ts[:, 0] != ts[:, 1]) | (value[:, 0] != value[:, 1])
    return ts[kept], value[kept]


def _first(column: Floats, wanted: Floats, place: NDArray[Any]) -> NDArray[np.intp]:
    """Where each bucket has its wanted value for the first time."""
    found = np.flatnonzero(column == wanted[place])
    return found[np.searchsorted(place[found], np.arange(len(wanted)))]
