"""From a statistic of any scale to how often a normal window has one as large: a conformal p-value.

Each statistic's own past is kept as a histogram over its logarithm; the share of counts above is the p-value
(Vovk, Gammerman, Shafer: Algorithmic Learning in a Random World, 2005; bins in place of all the past). What a
model said while it knew little counts little: weights grow with its age. Beyond what was seen the tail goes
on as a power of the statistic, with the exponent of its upper tenth (Hill, Annals of Statistics 3, 1975), so
that the surprise never saturates.
"""

from typing import NamedTuple

import numpy as np

from lineshaft.detect.state.rows import Rows
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
        at, inside = _bin(statistic)
        here = np.take_along_axis(counts, at[:, :, None], axis=2)[:, :, 0]
        over = np.take_along_axis(above, at[:, :, None], axis=2)[:, :, 0] - here * inside
        ranked = -np.log10((np.maximum(over, 0.0) + 0.5 * one) / (total + one))
        top = BINS - np.argmax(counts[:, :, ::-1] > 0, axis=2)
        beyond = np.maximum(np.log(np.maximum(statistic, LEAST)) - (LOW + top * WIDTH), 0.0)
        more = _exponent(counts, above, total) * beyond / np.log(10.0)
        ranked = np.where(total > 0, np.maximum(ranked, 0.0), 0.0)
        return Surprise(ranked, np.where(total > 0, ranked + more, 0.0))

    def learn(self, row: Ints32, statistic: Floats, weight: Floats) -> None:
        """Count statistics, each window with its weight from 0 to 1."""
        at, _ = _bin(statistic)
        old = np.where(self.windows[row] > self.memory, 1.0 - weight / self.memory, 1.0)
        self.counts[row] *= old[:, None, None]
        places = np.arange(statistic.shape[1])
        self.counts[row[:, None], places[None, :], at] += (weight * self._weight(row))[:, None]
        self.windows[row] += 1

    def _weight(self, row: Ints32) -> Floats:
        return np.asarray(np.minimum(self.windows[row] + 1.0, self.memory) / self.memory)


def _exponent(counts: Floats, above: Floats, total: Floats) -> Floats:
    """Of the tail's power law: one over the mean excess of the logarithm over the upper tenth's edge."""
    reach = np.clip(TAIL * total[:, :, None] - (above - counts), 0.0, counts)
    weight = np.maximum(reach.sum(axis=2), LEAST)
    mean = (reach * (np.arange(BINS) + 0.5)).sum(axis=2) / weight
    least = np.argmax(reach > 0, axis=2)
    return np.asarray(np.clip(1.0 / np.maximum((mean - least) * WIDTH, 0.01), FLATTEST, STEEPEST))


def _bin(statistic: Floats) -> tuple[Ints64, Floats]:
    """Number of each statistic's bin, and the share of the bin that is below it."""
    place = np.clip((np.log(np.maximum(statistic, LEAST)) - LOW) / WIDTH, 0.0, BINS - 0.5)
    at = place.astype(np.int64)
    return at, place - at
