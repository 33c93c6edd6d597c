"""What is usual of each feature: level and spread, learned while the machine is well.

The first windows count alike; later the level forgets within an hour, the spread within a day: how far a
deviation is from usual must mean the same for long.
"""

from typing import NamedTuple

import numpy as np

from lineshaft.detect.state.base import Bools
from lineshaft.detect.state.rows import Rows
from lineshaft.domain.readings import Floats, Ints32, Ints64

WARM = 24
"""Windows before the first judgement: two minutes of 5 s windows."""
LEVEL_MEMORY, SPREAD_MEMORY = 720, 10_000
"""Time constants, in windows: an hour, and 14 hours."""
FLOOR_SHARE = 0.001
"""A deviation below this share of the level is measuring noise, whatever the variance says."""
FLOOR = 1e-6
CLIP = 4.0
"""Standard deviations beyond which a warm model learns no further."""
FARTHEST = 1e9
"""Standard deviations that are told apart."""


class View(NamedTuple):
    """Windows as their models see them; (windows, features) unless told."""

    x: Floats
    """As measured; the level where absent."""
    measured: Bools
    known: Bools
    """Measured, and not for the first time."""
    z: Floats
    """Deviation in standard deviations, 0 where not known."""
    sigma: Floats
    seen: Ints32
    """How often each feature was measured before."""
    windows: Ints64
    """(windows,): how many each model has learned."""

    @property
    def width(self) -> Floats:
        """(windows,): how many features are known, at least 1."""
        return np.asarray(np.maximum(self.known.sum(axis=1), 1), np.float64)


class Baseline(Rows):
    """Mean and variance of each feature: 20 bytes a feature."""

    def __init__(self, features: int) -> None:
        self.windows = np.zeros(0, np.int64)
        self.seen = np.zeros((0, features), np.int32)
        self.mean = np.zeros((0, features))
        self.variance = np.zeros((0, features))

    def view(self, row: Ints32, x: Floats) -> View:
        """Windows against what is usual; changes nothing."""
        measured, seen, mean = np.isfinite(x), self.seen[row], self.mean[row]
        known = measured & (seen > 0)
        sigma = np.sqrt(self.variance[row] + np.square(FLOOR_SHARE * mean) + FLOOR**2)
        whole = np.where(measured, x, mean)
        off = np.where(known, whole - mean, 0.0)
        z = np.clip(off / sigma, -FARTHEST, FARTHEST)
        return View(whole, measured, known, z, sigma, seen, self.windows[row])

    def learn(self, row: Ints32, view: View, weight: Floats) -> None:
        """Take windows in, each with its weight from 0 to 1."""
        counted = np.where(view.measured, weight[:, None], 0.0)
        off = np.where(view.measured, view.x - self.mean[row], 0.0)
        limit = CLIP * view.sigma
        off = np.where(view.seen >= WARM, np.clip(off, -limit, limit), off)
        self.mean[row] += counted / np.minimum(view.seen + 1, LEVEL_MEMORY) * off
        rate = counted / np.minimum(view.seen + 1, SPREAD_MEMORY)
        self.variance[row] += rate * (off * off * (view.seen > 0) - self.variance[row])
        self.seen[row] += view.measured
        self.windows[row] += 1
