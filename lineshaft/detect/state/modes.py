"""Operating modes of machines that do not say what they do: found in how their signals lie together.

A mode is a place in the space of levels, each signal in shares of its largest usual value. What lies far from
all known places is at first only a candidate: a fault would otherwise be a mode. It becomes one when the
machine has left it and come back, as faults do not; but a machine whose signals all fall to almost nothing is
at rest, at once. (Sequential leader clustering: Hartigan, Clustering Algorithms, 1975, chapter 3, with a
probation.)
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lineshaft.detect.state.rows import Rows, put, some
from lineshaft.domain.readings import Bytes8, Floats, Ints32

Bools = NDArray[np.bool_]

MODES = 4
"""Modes a machine can have; the place behind them is the candidate's."""
REST = 0
"""The mode of a machine at rest; it is known from the start."""
APART = 0.25
"""Root mean square distance, in shares of the usual largest values, from which two places are two modes."""
REST_SHARE = 0.1
"""Of its usual largest value: below it a signal is at rest."""
REST_MOST = 0.6
"""Share of the signals that must be: a housing stays warm for long."""
VISITS, STAY = 3, 6
"""How often a candidate is visited, and for how many windows each time, before it is a mode."""
MEMORY = 720
FORGET = 1.0 / 8640
"""Share by which the largest usual values fall back, a window: half a day."""


class Found(NamedTuple):
    """What machines do."""

    mode: Bytes8
    """Below `MODES`; a candidate counts as the mode it came from."""
    changed: Bools
    """Whether this window is the first of a mode, or on its way between places."""


class Modes(Rows):
    """Places of machines, a row each; 0.7 kB a machine of 16 signals."""

    def __init__(self, signals: int) -> None:
        self.signals = signals
        self.largest = np.zeros((0, signals))
        self.place = np.zeros((0, MODES + 1, signals), np.float32)
        self.windows = np.zeros((0, MODES + 1), np.int32)
        """Windows seen at a place; 0: there is none."""
        self.visits = np.zeros(0, np.int16)
        """How often the candidate was visited."""
        self.stay = np.zeros(0, np.int16)
        """Windows of the present visit to it."""
        self.mode = np.zeros(0, np.uint8)

    def find(self, row: Ints32, level: Floats) -> Found:
        """Say what machines do, and learn it.

        Args:
            row: machines, none twice.
            level: (windows, signals); NaN what is missing or not to be believed. Places behind those given
                were never heard.
        """
        present = np.isfinite(level)
        size = np.where(present, np.abs(level), 0.0)
        largest = some(self.largest, row, level.shape[1])
        largest = np.where(present, np.maximum(size, largest * (1.0 - FORGET)), largest)
        put(self.largest, row, largest)
        share = np.where(present, np.where(present, level, 0.0) / np.maximum(largest, 1e-9), np.nan)
        rests = (size < REST_SHARE * largest) & present
        at_rest = rests.sum(axis=1) >= REST_MOST * np.maximum(present.sum(axis=1), 1)
        place, windows = self.place[row][:, :, : level.shape[1]], self.windows[row]
        nearest, distance = _nearest(place[:, 1:MODES], windows[:, 1:MODES], share)
        first = windows[:, 1:MODES].max(axis=1) == 0
        known = np.where(at_rest, REST, np.where(first, 1, nearest))
        far = ~at_rest & ~first & (distance > APART)
        if far.any() or self.stay[row].any():
            self._probe(row, share, far)
        was = self.mode[row]
        mode = np.where(far, was, known).astype(np.uint8)
        self.mode[row] = mode
        self._learn(row, np.where(far, MODES, mode), share)
        return Found(mode, (mode != was) | far)

    def _probe(self, row: Ints32, share: Floats, far: Bools) -> None:
        """Count visits to the candidate; one that was visited often enough gets the next free place."""
        off = share - some(self.place[:, MODES], row, share.shape[1])
        square = np.where(np.isfinite(off), off * off, 0.0).sum(axis=1)
        near = np.sqrt(square / self.signals) <= APART
        fresh = far & ((self.windows[row, MODES] == 0) | ~near)
        begun = row[fresh]
        self.windows[begun, MODES] = 0
        self.visits[begun], self.stay[begun] = 0, 0
        self.stay[row] = np.where(far, self.stay[row] + 1, 0)
        self.visits[row] += far & (self.stay[row] == STAY)
        for one in row[far & (self.visits[row] >= VISITS)].tolist():
            free = np.flatnonzero(self.windows[one, 1:MODES] == 0)
            # All places taken: the one seen least gives way.
            to = 1 + int(free[0] if len(free) else self.windows[one, 1:MODES].argmin())
            self.place[one, to] = self.place[one, MODES]
            self.windows[one, to] = self.windows[one, MODES]
            self.windows[one, MODES], self.visits[one] = 0, 0

    def _learn(self, row: Ints32, place: NDArray[np.int64], share: Floats) -> None:
        seen = np.minimum(self.windows[row, place] + 1, MEMORY)
        old = self.place[row, place][:, : share.shape[1]]
        off = np.where(np.isfinite(share), share - old, 0.0)
        self.place[:, :, : share.shape[1]][row, place] = old + off / seen[:, None]
        self.windows[row, place] = seen


def _nearest(place: NDArray[np.float32], windows: Ints32, share: Floats) -> tuple[NDArray[np.int64], Floats]:
    """The nearest known mode but rest, and how far it is.

    Args:
        place: (windows, modes, signals).
        windows: (windows, modes): how many were seen there.
        share: (windows, signals).
    """
    off = share[:, None, :] - place
    present = np.isfinite(off)
    square = np.where(present, off, 0.0) ** 2
    distance = np.sqrt(square.sum(axis=2) / np.maximum(present.sum(axis=2), 1))
    distance = np.where(windows > 0, distance, np.inf)
    best = distance.argmin(axis=1)
    return best + 1, distance[np.arange(len(best)), best]
