"""How much news a window is: odder than all of the last while, by what six looks at it say together.

The looks are: how far from the level of the last hour (level), the same of the last minute (minute), how
large the step since the last window (step), and how unlike any stretch before (several, nearest), each ranked
among its own of the last hour and of the last half day, for nobody knows beforehand which of them says more;
and how few of the values before lay farther out (rare). The mean of the ranks counts. These looks, unlike the
models of state, learn through faults too: a person who was told need not be told again, and a window that is
no odder than another of the last half hour is worth less. This is what `lineshaft score` prints as its score,
and what benchmarks of early detection look at; how ill a machine is says the probability.
"""

from typing import NamedTuple

import numpy as np

from lineshaft.detect.state.baseline import FARTHEST, FLOOR, FLOOR_SHARE, View
from lineshaft.detect.state.conformal import Conformal
from lineshaft.detect.state.rows import Rows, within
from lineshaft.detect.state.shape import Shape
from lineshaft.domain.readings import Floats, Ints32, Ints64

LOOKS = ("level", "minute", "step", "several", "nearest")
SLOW, FAST, SCALE = 720.0, 15.0, 6400.0
"""Time constants in windows: of the level, of its newest part, and of what is usual of its deviations."""
RANKED = 600.0
"""Windows that the shorter of the two ranks speaks of."""
GRAIN = 0.1
"""Decimal places that are told apart: what is no odder by so much than the last one is no news."""
BLOCKS, BLOCK = 19, 16
"""The last 304 windows, as the largest surprise of each block."""
OLD = 0.6
"""What a window is worth that is no news."""


class Looked(NamedTuple):
    """What was found of some windows."""

    statistic: Floats
    """(windows, looks): mean squares."""
    decimals: Floats
    """(windows,): mean of -log10 of their ranks, and of how rare they are."""
    at: Ints64
    """(windows, looks): the bins of their ranks."""
    moved: tuple[Floats, Floats]
    """(windows, features) each: the slow and the fast level with these windows in them."""


class News(Rows):
    """Moving levels (32 bytes a feature), the past by shape (6 kB), ranks (4 kB), largest surprises."""

    def __init__(self, features: int) -> None:
        self.slow = np.zeros((0, features))
        self.fast = np.zeros((0, features))
        self.square = np.zeros((0, features))
        self.last = np.zeros((0, features))
        self.largest = np.zeros((0, BLOCKS))
        self.shape = Shape(features)
        self.newer = Conformal(len(LOOKS), RANKED)
        self.older = Conformal(len(LOOKS))

    def look(self, row: Ints32, view: View) -> Looked:
        """How odd windows are by each look, and together; changes nothing."""
        slow, fast = self._moved(row, view)
        scale = self._scale(row)
        shapes = self.shape.look(row, view.x, scale)
        off = np.stack([view.x - slow, fast - slow, view.x - self.last[row]], axis=1) / scale[:, None]
        off = np.where(view.known[:, None], within(off, -FARTHEST, FARTHEST), 0.0)
        plain = np.square(off).sum(axis=2) / view.width[:, None]
        statistic = np.column_stack([plain, shapes.several, shapes.nearest])
        newer, older = self.newer.look(row, statistic), self.older.look(row, statistic)
        rare = np.where(view.known, self.shape.rare(row, view.x), 0.0).sum(axis=1) / view.width
        ranked = np.column_stack([(newer.ranked + older.ranked) / 2.0, rare])
        decimals = (np.floor(ranked / GRAIN + 1e-9) * GRAIN).mean(axis=1)
        return Looked(statistic, decimals, newer.at, (slow, fast))

    def worth(self, row: Ints32, looked: Looked) -> Floats:
        """From 0 to below 1; changes nothing."""
        worth = np.where(looked.decimals > self.largest[row].max(axis=1) + GRAIN, 1.0, OLD)
        return np.asarray(worth * (1.0 - np.exp2(-np.minimum(looked.decimals, 50.0))))

    def learn(self, row: Ints32, view: View, looked: Looked) -> None:
        """Go on by a window."""
        slow, fast = looked.moved
        off = np.where(view.known, within(view.x - slow, -1e150, 1e150), 0.0)
        rate = np.where(view.known, 1.0 / within(view.seen, 1, SCALE), 0.0)
        self.square[row] += rate * (off * off - self.square[row])
        self.slow[row], self.fast[row], self.last[row] = slow, fast, view.x
        self.shape.learn(row, view.x)
        for ranks in (self.newer, self.older):
            ranks.learn(row, looked.at, np.ones(len(row)))
        block = view.windows // BLOCK % BLOCKS
        before = np.where(view.windows % BLOCK == 0, 0.0, self.largest[row, block])
        self.largest[row, block] = np.maximum(before, looked.decimals)

    def _moved(self, row: Ints32, view: View) -> tuple[Floats, Floats]:
        """The slow and the fast level with these windows in them."""
        moved = []
        for before, span in ((self.slow[row], SLOW), (self.fast[row], FAST)):
            rate = np.where(view.measured, 1.0 / np.minimum(view.seen + 1.0, span), 0.0)
            moved.append(before + rate * (view.x - before))
        return moved[0], moved[1]

    def _scale(self, row: Ints32) -> Floats:
        floor = np.square(FLOOR_SHARE * self.slow[row]) + FLOOR**2
        return np.asarray(np.sqrt(self.square[row] + floor))
