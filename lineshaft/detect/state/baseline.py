"""What is usual of each feature: level and spread, learned while the machine is well.

The first windows count alike; later the level forgets within an hour, the spread within a day: how far a
deviation is from usual must mean the same for long.
"""

from typing import NamedTuple

import numpy as np

from lineshaft.detect.state.base import Bools
from lineshaft.detect.state.rows import Rows, put, some, within
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
    width: Floats
    """(windows,): how many features are known, at least 1."""
    mean: Floats
    variance: Floats


class Baseline(Rows):
    """Mean and variance of each feature: 20 bytes a feature."""

    def __init__(self, features: int) -> None:
        self.windows = np.zeros(0, np.int64)
        self.seen = np.zeros((0, features), np.int32)
        self.mean = np.zeros((0, features))
        self.variance = np.zeros((0, features))

    def view(self, row: Ints32, x: Floats) -> View:
        """Windows against what is usual; changes nothing."""
        width = x.shape[1]
        seen, mean = some(self.seen, row, width), some(self.mean, row, width)
        variance = some(self.variance, row, width)
        measured = np.isfinite(x)
        known = measured & (seen > 0)
        sigma = np.sqrt(variance + np.square(FLOOR_SHARE * mean) + FLOOR**2)
        whole = np.where(measured, x, mean)
        off = np.where(known, whole - mean, 0.0)
        z = within(off / sigma, -FARTHEST, FARTHEST)
        count = np.maximum(np.add.reduce(known, axis=1), 1).astype(np.float64)
        return View(whole, measured, known, z, sigma, seen, self.windows[row], count, mean, variance)

    def learn(self, row: Ints32, view: View, weight: Floats) -> None:
        """Take windows in, each with its weight from 0 to 1."""
        counted = np.where(view.measured, weight[:, None], 0.0)
        off = np.where(view.measured, view.x - view.mean, 0.0)
        limit = CLIP * view.sigma
        off = np.where(view.seen >= WARM, within(off, -limit, limit), off)
        times = view.seen + 1
        rate = counted / np.minimum(times, SPREAD_MEMORY)
        put(self.mean, row, view.mean + counted / np.minimum(times, LEVEL_MEMORY) * off)
        put(self.variance, row, view.variance + rate * (off * off * (view.seen > 0) - view.variance))
        put(self.seen, row, view.seen + view.measured)
        self.windows[row] = view.windows + 1
