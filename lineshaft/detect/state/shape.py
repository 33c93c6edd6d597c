"""How far the last stretch of a machine is from anything it did before: nearest neighbours of short windows.

Each feature's recent past is kept, as much of it as a fixed budget allows: long for few features, short for
many. The distance to the nearest stretch is a matrix profile kept online (Yeh et al., ICDM 2016), and with
several neighbours KNN-CAD's (Burnaev and Ishimtsev, arXiv:1608.04585).
"""

from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from lineshaft.detect.state.rows import Rows, within
from lineshaft.domain.readings import Floats, Ints32

BUDGET = 1536
"""Values kept of all features of a row together: 6 kB."""
LONGEST, SHORTEST = 19, 4
"""Windows of a stretch: an eighth of what is kept, within these."""
NEIGHBOURS = 27
RECENT = 720
"""Several neighbours are looked for in the last hour, the nearest one in all that is kept."""
FARTHEST = 1e3
"""Scales beyond which values are not told apart: rounding would take the rest with it."""


class Shapes(NamedTuple):
    """Mean-square distances, one entry a window; 0 until enough is known."""

    several: Floats
    """To the nearest few stretches."""
    nearest: Floats


class Shape(Rows):
    """The past of each feature, the newest last: 4 bytes a value."""

    def __init__(self, features: int) -> None:
        kept = max(BUDGET // features, 8 * SHORTEST)
        self.stretch = int(np.clip(kept // 8, SHORTEST, LONGEST))
        self.past = np.zeros((0, features, kept), np.float32)
        self.filled = np.zeros(0, np.int64)

    def look(self, row: Ints32, x: Floats, scale: Floats) -> Shapes:
        """Distances of the stretches that end with `x`, both (windows, features); changes nothing."""
        filled, length = self.filled[row], self.stretch
        until = np.concatenate([self.past[row], x[:, :, None]], axis=2) - x[:, :, None]
        until = within(until / scale[:, :, None], -FARTHEST, FARTHEST)
        apart = _apart(until, length)
        # The newest stretches overlap this one; the oldest are not yet whole.
        lag = np.arange(apart.shape[1], 0, -1)
        usable = (lag >= length) & (lag <= filled[:, None] - length)
        few = min(NEIGHBOURS, max(2, self.past.shape[2] // 24))
        enough = filled > 3 * length + few
        near = np.partition(np.where(usable & (lag <= RECENT), apart, np.inf), few, axis=1)[:, : few + 1]
        several = np.where(enough, near.mean(axis=1), 0.0)
        return Shapes(several, np.where(enough, np.where(usable, apart, np.inf).min(axis=1), 0.0))

    def rare(self, row: Ints32, x: Floats) -> Floats:
        """-log10 of the share of the past that lies farther out than each value, on the side where less does.

        Values that are the same count half.

        >>> shape = Shape(1)
        >>> shape.grow(1)
        >>> for value in range(99):
        ...     shape.learn(np.zeros(1, np.int32), np.array([[float(value)]]))
        >>> [shape.rare(np.zeros(1, np.int32), np.array([[x]])).round(2).item() for x in (-1.0, 49.0, 94.5)]
        [2.3, 0.3, 1.35]
        """
        past, value = self.past[row], x.astype(np.float32)[:, :, None]
        filled = np.minimum(self.filled[row], past.shape[2])[:, None]
        # The newest stand last.
        there = (np.arange(past.shape[2]) >= past.shape[2] - filled)[:, None]
        above, equal = ((past > value) & there).sum(axis=2), ((past == value) & there).sum(axis=2)
        beyond = np.minimum(above, filled - above - equal) + equal / 2.0
        return np.asarray(np.maximum(-np.log10((beyond + 0.5) / (filled + 1.0)), 0.0))

    def learn(self, row: Ints32, x: Floats) -> None:
        """Keep these windows."""
        past = self.past[row]
        self.past[row] = np.concatenate([past[:, :, 1:], x[:, :, None].astype(np.float32)], axis=2)
        self.filled[row] += 1


def _apart(until: Floats, length: int) -> Floats:
    """Mean-square distance of each stretch of the past to the last one, the oldest first.

    Args:
        until: (windows, features, times), the newest time last.
        length: of a stretch, in times.

    >>> _apart(np.array([[[0.0, 1.0, 5.0, 0.0, 1.0]]]), 2).round(6).tolist()
    [[0.0, 8.5, 13.0]]
    """
    before = until[:, :, :-1]
    squares = np.square(until).sum(axis=1)
    summed = np.cumsum(squares, axis=1)
    whole = summed[:, length - 1 : -1].copy()
    whole[:, 1:] -= summed[:, : -length - 1]
    own = squares[:, -length:].sum(axis=1, keepdims=True)
    # By the binomial formula: a fraction of the work of taking all differences.
    both = np.einsum("nfkl,nfl->nk", sliding_window_view(before, length, axis=2), until[:, :, -length:])
    return np.asarray(np.maximum(whole + own - 2.0 * both, 0.0) / (length * until.shape[1]))
