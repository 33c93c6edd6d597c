"""From a statistic of any scale to how often a normal window has one as large: a conformal p-value.

Each statistic's own past is kept as a histogram over its logarithm; the share of counts above is the p-value
(Vovk, Gammerman, Shafer: Algorithmic Learning in a Random World, 2005; bins in place of all the past). What a
model said while it knew little counts little: weights grow with its age. Beyond what was seen the tail goes
on as a power of the statistic, with the exponent of its upper tenth (Hill, Annals of Statistics 3, 1975), so
that the surprise never saturates.
"""

from typing import NamedTuple

import numpy as np

from lineshaft.detect.state.rows import Rows, within
from lineshaft.domain.readings import Floats, Ints32, Ints64

BINS = 96
LOW, HIGH = np.log(1e-5), np.log(1e5)
"""Statistics are mean squares: of usual size 1."""
WIDTH = (HIGH - LOW) / BINS
LEAST = 1e-30
MEMORY = 10_000.0
"""Windows over which weights grow, and after which older counts fade, unless told else: 14 hours."""
TAIL = 0.1
FLATTEST, STEEPEST = 0.5, 4.0
"""Least and largest exponent: few counts must not promise more."""


class Surprise(NamedTuple):
    """-log10 of p-values, (windows, statistics)."""

    ranked: Floats
    """By what was seen: at most the logarithm of the windows counted."""
    whole: Floats
    """With the tail beyond it."""
    at: Ints64
    """In which bins the statistics are."""


class Conformal(Rows):
    """A histogram for each of so many statistics: 384 bytes each."""

    def __init__(self, statistics: int, memory: float = MEMORY) -> None:
        self.memory = memory
        self.counts = np.zeros((0, statistics, BINS), np.float32)
        self.windows = np.zeros(0, np.int64)

    def look(self, row: Ints32, statistic: Floats) -> Surprise:
        """How surprising statistics are; 0 with nothing seen; changes nothing."""
        counts = self.counts[row].astype(np.float64)
        above = counts[:, :, ::-1].cumsum(axis=2)[:, :, ::-1]
        total, one = above[:, :, 0], self._weight(row)[:, None]
        logs = np.log(np.maximum(statistic, LEAST))
        place = within((logs - LOW) / WIDTH, 0.0, BINS - 0.5)
        at = place.astype(np.int64)
        here = (np.arange(len(row))[:, None], np.arange(statistic.shape[1])[None, :], at)
        over = above[here] - counts[here] * (place - at)
        ranked = -np.log10((np.maximum(over, 0.0) + 0.5 * one) / (total + one))
        ranked = np.where(total > 0, np.maximum(ranked, 0.0), 0.0)
        top = BINS - (counts[:, :, ::-1] > 0).argmax(axis=2)
        beyond = logs - (LOW + top * WIDTH)
        farther = (beyond > 0) & (total > 0)
        whole = ranked
        if farther.any():
            more = _exponent(counts, above, total) * np.maximum(beyond, 0.0) / np.log(10.0)
            whole = np.where(total > 0, ranked + more, 0.0)
        return Surprise(ranked, whole, at)

    def learn(self, row: Ints32, at: Ints64, weight: Floats) -> None:
        """Count statistics by their bins, each window with its weight from 0 to 1."""
        windows = self.windows[row]
        if (windows > self.memory).any():
            old = np.where(windows > self.memory, 1.0 - weight / self.memory, 1.0)
            self.counts[row] *= old[:, None, None]
        self.counts[row[:, None], np.arange(at.shape[1])[None, :], at] += (weight * self._weight(row))[
            :, None
        ]
        self.windows[row] = windows + 1

    def _weight(self, row: Ints32) -> Floats:
        weight: Floats = np.minimum(self.windows[row] + 1.0, self.memory) / self.memory
        return weight


def _exponent(counts: Floats, above: Floats, total: Floats) -> Floats:
    """Of the tail's power law: one over the mean excess of the logarithm over the upper tenth's edge."""
    reach = within(TAIL * total[:, :, None] - (above - counts), 0.0, counts)
    weight = np.maximum(reach.sum(axis=2), LEAST)
    mean = (reach * (np.arange(BINS) + 0.5)).sum(axis=2) / weight
    least = (reach > 0).argmax(axis=2)
    return within(1.0 / np.maximum((mean - least) * WIDTH, 0.01), FLATTEST, STEEPEST)
