"""How much of the way to its limits a machine has gone: the indicator that its remaining life is read from.

A limit that a signal must not pass is what "failed" means before anybody has seen a failure (ISO 13381-1 has
the criterion set beforehand; not read in the standard). So each signal's way is that from its own usual level
to the outer limit on either side; where it has none, so many changes that matter. 0 is as usual, 1 is there.
The farthest signal speaks.

The usual level is the mean of a week while the machine was well: what wears over weeks must not become usual.
"""

import numpy as np

from lineshaft.detect.state.rows import Rows
from lineshaft.domain.readings import Bytes8, Floats, Ints32

MODES = 4
MEMORY = 120_960
"""Windows: a week of 5 s."""
WARM = 60
"""Windows of a mode before its middle is one: five minutes."""
CHANGES = 6.0
"""Changes that matter (`lineshaft.domain.signals`) from usual to failed, where no limit says."""
LEAST_WAY = 1.0
"""Changes that matter that a limit is at least taken to be away."""


class Wear(Rows):
    """Usual levels of machines in each mode, a row each; 0.8 kB for 16 signals."""

    def __init__(self, signals: int) -> None:
        self.seen = np.zeros((0, MODES, signals), np.int32)
        self.usual = np.zeros((0, MODES, signals))

    def way(self, row: Ints32, mode: Bytes8, level: Floats, limits: Floats, matters: Floats) -> Floats:
        """The share of the way gone, of each window; NaN where no signal has a usual level.

        Args:
            row: machines, none twice.
            mode: what they do, below `MODES`.
            level: (windows, signals); NaN what is missing or not to be believed. Places behind those
                given were never heard.
            limits: (windows, signals, 4): low_low, low, high, high_high; NaN where none applies.
            matters: (windows, signals): the change that matters, in the signal's unit.
        """
        usual, seen = (one[row, mode][:, : level.shape[1]] for one in (self.usual, self.seen))
        known = np.isfinite(level) & (seen >= WARM) & (matters > 0)
        off = np.where(known, level - usual, 0.0)
        outer = [np.where(np.isnan(limits[..., far]), limits[..., near], limits[..., far])
                 for far, near in ((0, 1), (3, 2))]  # fmt: skip
        whole = np.where(off < 0, usual - outer[0], outer[1] - usual)
        least = np.where(known, matters, 1.0)
        whole = np.where(np.isnan(whole), CHANGES * least, np.maximum(whole, LEAST_WAY * least))
        share = np.where(known, np.abs(off) / whole, 0.0).max(axis=1, initial=0.0)
        return np.where(known.any(axis=1), share, np.nan)

    def learn(self, row: Ints32, mode: Bytes8, level: Floats, well: Floats) -> None:
        """Take windows in, with weight 1 of machines that are well, 0 of those that are not."""
        present = np.isfinite(level) & (well > 0)[:, None]
        width = level.shape[1]
        seen, usual = self.seen[row, mode][:, :width] + present, self.usual[row, mode][:, :width]
        rate = np.where(present, well[:, None] / np.minimum(np.maximum(seen, 1), MEMORY), 0.0)
        self.usual[:, :, :width][row, mode] = usual + rate * (np.where(present, level, 0.0) - usual)
        self.seen[:, :, :width][row, mode] = seen

    def forget(self, row: int) -> None:
        """A machine was mended: what is usual is found anew."""
        self.seen[row] = 0
        self.usual[row] = 0.0
