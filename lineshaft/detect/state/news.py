"""How much news a window is: odder than all of the last while, by what all members see together.

A person who was told need not be told again: a window that is no odder than another of the last quarter of an
hour is worth less. This is what `lineshaft score` prints as its score, and what benchmarks of early detection
look at; how ill a machine is says the probability.
"""

import numpy as np

from lineshaft.detect.state.rows import Rows
from lineshaft.domain.readings import Floats, Ints32, Ints64

BLOCKS, BLOCK = 12, 16
"""The last 192 windows, as the largest surprise of each block."""
OLD = 0.6
"""What a window is worth that is no news."""


class News(Rows):
    """Largest surprises: 96 bytes a row."""

    def __init__(self) -> None:
        self.largest = np.zeros((0, BLOCKS))

    def look(self, row: Ints32, surprise: Floats) -> Floats:
        """From a surprise in decimal places to 0 … below 1; changes nothing."""
        worth = np.where(surprise > self.largest[row].max(axis=1), 1.0, OLD)
        return np.asarray(worth * (1.0 - np.exp2(-np.minimum(surprise, 50.0))))

    def learn(self, row: Ints32, surprise: Floats, windows: Ints64) -> None:
        """Keep them."""
        block = windows // BLOCK % BLOCKS
        before = np.where(windows % BLOCK == 0, 0.0, self.largest[row, block])
        self.largest[row, block] = np.maximum(before, surprise)
