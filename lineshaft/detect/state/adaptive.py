"""The first detector: distance from an adaptive mean in units of what is usual, over all features together.

Each model row keeps an exponentially weighted mean, variance and correlation of its windows (adaptive
Mahalanobis distance), and the same distance of the smoothed deviation (multivariate EWMA: Lowry et al.,
Technometrics 34, 1992), which sees small shifts that last. How large these distances usually are is learned
too, from scores made before learning, so real data with heavy tails or slow waves does not cry wolf; the tail
of that distribution gives the score. An odd window is learned with a small weight: the model does not take
a fault for normal within the hour, but a new normal does become normal in time.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lineshaft.detect.state.base import Judgement
from lineshaft.detect.state.rows import Rows
from lineshaft.detect.tail import probability_of, score_of, surprise
from lineshaft.domain.readings import Floats, Ints32

WARM_WINDOWS = 24
"""Two minutes of 5 s windows before the first score."""
MEMORY_WINDOWS = 720
"""Time constant once warm: an hour of 5 s windows."""
SMOOTHING = 0.2
"""Weight of the newest window in the smoothed deviation."""
FLOOR_SHARE = 0.015
"""A deviation below this share of the level is measuring noise, whatever the variance says."""
FLOOR = 1e-6
SHRINKAGE = 0.3
"""Share of the correlations that is not believed; more while windows are few."""
CLIP = 3.0
"""Standard deviations beyond which a warm model learns no further."""
LOG_SPREAD = 0.6
"""Least standard deviation of a distance's logarithm: that of a chi-square with some 6 degrees of freedom."""
PRIOR_WINDOWS = 20
"""Weight of that value against what the row's own distances show."""

ALARM_SCORE = 0.75
"""One window in a billion by chance. Without memory: this detector knows no episodes."""


class _Distance(NamedTuple):
    """What one call computes of some windows."""

    present: NDArray[np.bool_]
    z: Floats
    smoothed: Floats
    logs: Floats
    """(windows, 2): logarithms of the two distances."""
    parts: Floats
    """(windows, 2, features): what each feature adds to them."""


class Adaptive(Rows):
    """A model row costs 8·(D² + 4·D) bytes; the arrays grow with the rows in use."""

    model = "adaptive-1"

    def __init__(self, features: int) -> None:
        self.features = features
        self.windows = np.zeros(0, np.int64)
        self.seen = np.zeros((0, features), np.int64)
        self.mean = np.zeros((0, features))
        self.variance = np.zeros((0, features))
        self.smoothed = np.zeros((0, features))
        self.correlation = np.zeros((0, features, features))
        self.log_mean = np.zeros((0, 2))
        self.log_variance = np.zeros((0, 2))

    def score_many(self, row: Ints32, x: Floats) -> Judgement:
        """See `Detector`."""
        found = self._distance(row, x)
        windows = self.windows[row]
        weight = PRIOR_WINDOWS / (PRIOR_WINDOWS + np.maximum(windows - WARM_WINDOWS, 0))[:, None]
        variance = weight * LOG_SPREAD**2 + (1 - weight) * self.log_variance[row]
        usual = np.sqrt(np.maximum(variance, LOG_SPREAD**2))
        # Two looks at the same window: half the tail probability each.
        decimals = surprise((found.logs - self.log_mean[row]) / usual) - np.log10(2)
        warm = (windows >= WARM_WINDOWS) & found.present.any(axis=1)
        score = np.where(warm, score_of(decimals.max(axis=1)), 0.0)
        parts = np.maximum(found.parts[np.arange(len(row)), decimals.argmax(axis=1)], 0.0)
        total = parts.sum(axis=1, keepdims=True)
        return Judgement(
            score=score,
            probability=np.where(warm, probability_of(decimals.max(axis=1)), 1.0),
            share=np.where(total > 0, parts / np.where(total > 0, total, 1.0), 0.0),
            alarm=score >= ALARM_SCORE,
            changepoint=np.zeros(len(row), np.bool_),
        )

    def learn_many(self, row: Ints32, x: Floats, score: Floats) -> None:
        """See `Detector`."""
        found = self._distance(row, x)
        windows, warm = self.windows[row], self.windows[row] >= WARM_WINDOWS
        # A young model must be able to change its mind: its first hour is all it knows.
        least = np.where(windows < MEMORY_WINDOWS, 0.2, 0.02)
        weight = np.where(warm, np.maximum((1 - score) ** 2, least), 1.0)
        self._learn_distances(row, found.logs, weight)
        self._learn_features(row, x, found, weight)
        self.smoothed[row] = found.smoothed
        self.windows[row] += 1

    def _sigma(self, row: Ints32) -> Floats:
        floor = np.square(FLOOR_SHARE * self.mean[row]) + FLOOR**2
        return np.asarray(np.sqrt(self.variance[row] + floor))

    def _distance(self, row: Ints32, x: Floats) -> _Distance:
        present = np.isfinite(x) & (self.seen[row] > 0)
        z = np.where(present, (np.where(present, x, 0.0) - self.mean[row]) / self._sigma(row), 0.0)
        z = np.clip(z, -1e3, 1e3)
        smoothed = (1 - SMOOTHING) * self.smoothed[row] + SMOOTHING * z
        smoothed = np.where(present, smoothed, self.smoothed[row])
        both = np.stack([z, np.where(present, smoothed, 0.0) * np.sqrt((2 - SMOOTHING) / SMOOTHING)], axis=1)
        solved = np.linalg.solve(self._believed(row, present), both.transpose(0, 2, 1)).transpose(0, 2, 1)
        parts = both * solved
        mean_square = parts.sum(axis=2) / np.maximum(present.sum(axis=1), 1)[:, None]
        return _Distance(present, z, smoothed, np.log(np.maximum(mean_square, 1e-3)), parts)

    def _believed(self, row: Ints32, present: NDArray[np.bool_]) -> Floats:
        """The correlation matrices, shrunk towards the identity; features that are missing stand alone."""
        raw = self.correlation[row]
        scale = np.sqrt(np.maximum(np.diagonal(raw, axis1=1, axis2=2), FLOOR))
        known = raw / (scale[:, :, None] * scale[:, None, :]) * (present[:, :, None] & present[:, None, :])
        doubt = np.maximum(SHRINKAGE, self.features / (self.features + self.windows[row]))[:, None, None]
        identity = np.eye(self.features)
        return np.asarray((1 - doubt) * known * (1 - identity) + identity)

    def _learn_distances(self, row: Ints32, logs: Floats, weight: Floats) -> None:
        """How large the distances usually are; from the middle of warming up on, when they mean something."""
        age = self.windows[row] - WARM_WINDOWS // 2
        rate = np.where(age >= 0, weight / np.clip(age + 1, 1, MEMORY_WINDOWS), 0.0)[:, None]
        spread = np.sqrt(np.maximum(self.log_variance[row], LOG_SPREAD**2))
        off = logs - self.log_mean[row]
        off = np.where(age[:, None] > 0, np.clip(off, -CLIP * spread, CLIP * spread), off)
        self.log_mean[row] += rate * off
        self.log_variance[row] += rate * (off * off - self.log_variance[row])

    def _learn_features(self, row: Ints32, x: Floats, found: _Distance, weight: Floats) -> None:
        present = np.isfinite(x)
        seen = self.seen[row]
        rate = np.where(present, weight[:, None] / np.clip(seen + 1, 1, MEMORY_WINDOWS), 0.0)
        off = np.where(present, x, 0.0) - self.mean[row]
        limit = CLIP * self._sigma(row)
        off = np.where((seen >= WARM_WINDOWS) & present, np.clip(off, -limit, limit), off)
        self.mean[row] += rate * off
        self.variance[row] += rate * (off * off * (seen > 0) - self.variance[row])
        self.seen[row] += present
        z = np.clip(found.z, -CLIP, CLIP)
        pair = np.sqrt(rate[:, :, None] * rate[:, None, :])
        self.correlation[row] += pair * (z[:, :, None] * z[:, None, :] - self.correlation[row])
