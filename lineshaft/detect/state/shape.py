"""How far the last stretch of a signal is from anything it did before: nearest neighbours of short windows.

Each feature's recent past is kept, as much of it as a fixed budget allows: long for few features, short for
many. The distance to the nearest stretch is a matrix profile kept online (Yeh et al., ICDM 2016), and with
several neighbours KNN-CAD's (Burnaev and Ishimtsev, arXiv:1608.04585). A stretch has no edge here: its
differences fade, so that each distance follows from the last one.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lineshaft.detect.state.baseline import View
from lineshaft.detect.state.rows import Rows
from lineshaft.domain.readings import Floats, Ints32

BUDGET = 1536
"""Values kept of all features of a row together."""
LONGEST, SHORTEST = 19, 4
"""Windows of a stretch: an eighth of what is kept, within these."""
NEIGHBOURS = 27
RECENT = 720
"""Several neighbours are looked for in the last hour, the nearest one in all that is kept."""
FARTHEST = np.float32(1e12)


class Shapes(NamedTuple):
    """What one look found."""

    several: Floats
    """(windows,): mean-square distance to the nearest few stretches."""
    nearest: Floats
    apart: NDArray[np.float32]
    """(windows, kept): to the stretch that ended at each slot."""


class Shape(Rows):
    """The past by slot, and how far the stretch until now is from the one until each slot."""

    def __init__(self, features: int) -> None:
        self.kept = max(BUDGET // features, 8 * SHORTEST)
        self.stretch = int(np.clip(self.kept // 8, SHORTEST, LONGEST))
        self.past = np.zeros((0, features, self.kept), np.float32)
        self.apart = np.zeros((0, self.kept), np.float32)
        self.filled = np.zeros(0, np.int64)

    def look(self, row: Ints32, view: View) -> Shapes:
        """Distances of the stretches that end now; 0 until enough is known; changes nothing."""
        filled = self.filled[row]
        off = self.past[row] - view.x[:, :, None].astype(np.float32)
        off *= (1.0 / view.sigma).astype(np.float32)[:, :, None]
        square = np.minimum(np.einsum("nfj,nfj->nj", off, off) / np.float32(off.shape[1]), FARTHEST)
        before = np.roll(self.apart[row], 1, axis=1)
        apart = before + (square - before) / np.float32(self.stretch)
        # The newest stretches overlap this one; the oldest are not yet whole.
        age = (filled[:, None] - 1 - np.arange(self.kept)[None, :]) % self.kept
        usable = (age >= self.stretch) & (age < np.minimum(filled, self.kept)[:, None] - self.stretch)
        few = min(NEIGHBOURS, max(2, self.kept // 24))
        near = np.partition(np.where(usable & (age < RECENT), apart, FARTHEST), few, axis=1)[:, : few + 1]
        enough = filled > 3 * self.stretch + few
        several = np.where(enough, near.mean(axis=1, dtype=np.float64), 0.0)
        nearest = np.where(enough, np.where(usable, apart, FARTHEST).min(axis=1), 0.0)
        return Shapes(several, nearest.astype(np.float64), apart)

    def learn(self, row: Ints32, view: View, apart: NDArray[np.float32]) -> None:
        """Keep these windows."""
        self.apart[row] = apart
        self.past[row, :, self.filled[row] % self.kept] = view.x
        self.filled[row] += 1
