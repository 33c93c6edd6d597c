"""Small shifts that last, over all features together: the multivariate EWMA chart.

Values are smoothed, and the Mahalanobis distance of what remains is taken (Lowry et al., Technometrics 34,
1992). Mean and covariance of the smoothed values are learned themselves, not derived from those of single
windows: real signals wander together, slowly.
"""

from typing import NamedTuple

import numpy as np

from lineshaft.detect.state.baseline import FARTHEST, View
from lineshaft.detect.state.rows import Rows
from lineshaft.domain.readings import Floats, Ints32

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


class Ewma(Rows):
    """Smoothed values, their mean and covariance: 16 bytes a feature and 4 a pair of features."""

    def __init__(self, features: int) -> None:
        self.smoothed = np.zeros((0, features))
        self.mean = np.zeros((0, features))
        self.covariance = np.zeros((0, features, features), np.float32)
        self.learned = np.zeros(0, np.int64)

    def look(self, row: Ints32, view: View) -> Smooth:
        """How far windows are off; changes nothing."""
        now = self._next(row, view)
        off = now - self.mean[row]
        covariance = self.covariance[row].astype(np.float64)
        learned = np.minimum(self.learned[row], MEMORY)[:, None].astype(np.float64)
        prior = INDEPENDENT * np.square(view.sigma)
        own = np.diagonal(covariance, axis1=1, axis2=2)
        variance = (learned * own + PRIOR_WINDOWS * prior) / (learned + PRIOR_WINDOWS)
        scale = np.sqrt(np.maximum(variance, prior / 16))
        y = np.where(view.known, np.clip(off / scale, -FARTHEST, FARTHEST), 0.0)
        features = y.shape[1]
        both = view.known[:, :, None] & view.known[:, None, :]
        doubt = np.maximum(SHRINKAGE, features / (features + learned))[:, :, None]
        believed = np.where(both, (1 - doubt) * covariance / (scale[:, :, None] * scale[:, None, :]), 0.0)
        believed[:, np.arange(features), np.arange(features)] = 1.0
        parts = y * np.linalg.solve(believed, y[:, :, None])[:, :, 0]
        return Smooth(np.maximum(parts.sum(axis=1), 0.0) / view.width, parts, now, scale)

    def learn(self, row: Ints32, view: View, weight: Floats) -> None:
        """Take windows in, each with its weight from 0 to 1."""
        now = self._next(row, view)
        settled = view.seen >= SPAN
        learned, mean = self.learned[row], self.mean[row]
        off = np.where(settled, now - mean, 0.0)
        own = np.diagonal(self.covariance[row], axis1=1, axis2=2)
        limit = np.sqrt(np.maximum(own, INDEPENDENT * np.square(view.sigma)))
        limit = limit * (CLIP + YOUNG / (learned + 1.0))[:, None]
        off = np.where((learned > PRIOR_WINDOWS)[:, None], np.clip(off, -limit, limit), off)
        rate = (weight * (view.windows >= SPAN) / np.clip(learned + 1.0, 1, MEMORY))[:, None]
        self.mean[row] = np.where(settled, mean + rate * off, now)
        fresh = (1 - rate[:, :, None]) * off[:, :, None] * off[:, None, :] * (learned > 0)[:, None, None]
        self.covariance[row] += (rate[:, :, None] * (fresh - self.covariance[row])).astype(np.float32)
        self.learned[row] += view.windows >= SPAN
        self.smoothed[row] = now

    def _next(self, row: Ints32, view: View) -> Floats:
        before = self.smoothed[row]
        span = np.minimum(view.seen + 1.0, SPAN)
        far = np.abs(view.z) / SPIKE
        excess = np.where((far > 1) & (view.seen > SPAN), far - 1 - np.log(np.maximum(far, 1.0)), 0.0)
        x = view.x - np.sign(view.z) * excess * SPIKE * view.sigma
        return np.asarray(np.where(view.measured, before + (x - before) / span, before))
