"""Small shifts that last, over all features together: the multivariate EWMA chart.

Values are smoothed, and the Mahalanobis distance of what remains is taken (Lowry et al., Technometrics 34,
1992). Mean and covariance of the smoothed values are learned themselves, not derived from those of single
windows: real signals wander together, slowly.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lineshaft.detect.state.baseline import FARTHEST, View
from lineshaft.detect.state.rows import Rows, put, some, within
from lineshaft.domain.readings import Floats, Ints32, Ints64

SPAN = 12.0
"""Windows smoothed over: a minute."""
MEMORY = 720
SHRINKAGE = 0.3
"""Share of the correlations that is not believed; more while windows are few."""
INDEPENDENT = 1.0 / (2.0 * SPAN - 1.0)
"""Variance of the smoothed value of independent windows, in that of one."""
PRIOR_WINDOWS = 30.0
"""Weight of that value against what was seen."""
SPIKE = 10.0
"""Standard deviations beyond which a window weighs as its logarithm: one spike is no shift that lasts."""
CLIP, YOUNG = 2.5, 300.0
"""Standard deviations learned from at most; a model of n windows may go YOUNG / n further."""


class Smooth(NamedTuple):
    """What one look found; (windows, features) unless told."""

    distance: Floats
    """(windows,): mean square."""
    parts: Floats
    """What each feature adds to it."""
    now: Floats
    """The smoothed values."""
    scale: Floats
    """Their usual standard deviations."""
    mean: Floats
    """Their usual values."""
    own: Floats
    """Their variances, as they were learned."""
    covariance: NDArray[np.float32]
    """(windows, features, features)."""
    learned: Ints64
    """(windows,): how many windows are behind that."""


class Ewma(Rows):
    """Smoothed values, their mean and covariance: 16 bytes a feature and 4 a pair of features."""

    def __init__(self, features: int) -> None:
        self.features = features
        self.smoothed = np.zeros((0, features))
        self.mean = np.zeros((0, features))
        self.covariance = np.zeros((0, features, features), np.float32)
        self.learned = np.zeros(0, np.int64)

    def look(self, row: Ints32, view: View) -> Smooth:
        """How far windows are off; changes nothing."""
        width = view.x.shape[1]
        now, mean = self._next(row, view), some(self.mean, row, width)
        learned = self.learned[row]
        covariance: NDArray[Any] = self.covariance[:, :width, :width][row]
        whole = covariance.astype(np.float64)
        own = whole.diagonal(0, 1, 2).copy()
        weight = np.minimum(learned, MEMORY)[:, None].astype(np.float64)
        prior = INDEPENDENT * np.square(view.sigma)
        variance = (weight * own + PRIOR_WINDOWS * prior) / (weight + PRIOR_WINDOWS)
        scale = np.sqrt(np.maximum(variance, prior / 16))
        y = np.where(view.known, within((now - mean) / scale, -FARTHEST, FARTHEST), 0.0)
        doubt = np.maximum(SHRINKAGE, self.features / (self.features + weight))[:, :, None]
        believed = (1 - doubt) * whole / (scale[:, :, None] * scale[:, None, :])
        believed = np.where(view.known[:, :, None] & view.known[:, None, :], believed, 0.0)
        believed.reshape(len(row), width * width)[:, :: width + 1] = 1.0
        parts = y * np.linalg.solve(believed, y[:, :, None])[:, :, 0]
        distance = np.maximum(np.add.reduce(parts, axis=1), 0.0) / view.width
        return Smooth(distance, parts, now, scale, mean, own, covariance, learned)

    def learn(self, row: Ints32, view: View, found: Smooth, weight: Floats) -> None:
        """Take windows in that were looked at, each with its weight from 0 to 1."""
        settled, learned = view.seen >= SPAN, found.learned
        off = np.where(settled, found.now - found.mean, 0.0)
        limit = np.sqrt(np.maximum(found.own, INDEPENDENT * np.square(view.sigma)))
        limit = limit * (CLIP + YOUNG / (learned + 1.0))[:, None]
        off = np.where((learned > PRIOR_WINDOWS)[:, None], within(off, -limit, limit), off)
        counts = view.windows >= SPAN
        rate = (weight * counts / within(learned + 1.0, 1, MEMORY))[:, None]
        put(self.mean, row, np.where(settled, found.mean + rate * off, found.now))
        rates = rate[:, :, None]
        fresh = (1 - rates) * off[:, :, None] * off[:, None, :] * (learned > 0)[:, None, None]
        width = off.shape[1]
        self.covariance[:, :width, :width][row] = found.covariance + (
            rates * (fresh - found.covariance)
        ).astype(np.float32)
        self.learned[row] = learned + counts
        put(self.smoothed, row, found.now)

    def _next(self, row: Ints32, view: View) -> Floats:
        """The smoothed values with these windows in them."""
        before = some(self.smoothed, row, view.x.shape[1])
        span = np.minimum(view.seen + 1.0, SPAN)
        x, far = view.x, np.abs(view.z) / SPIKE
        spikes = (far > 1) & (view.seen > SPAN)
        if spikes.any():
            excess = np.where(spikes, far - 1 - np.log(np.maximum(far, 1.0)), 0.0)
            x = x - np.sign(view.z) * excess * SPIKE * view.sigma
        return np.where(view.measured, before + (x - before) / span, before)
