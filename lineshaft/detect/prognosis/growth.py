"""Whether a vibration has grown so much since its machine had run in that somebody must be called.

A detector is sure of a change long before the change matters: bearings step to a new level and run on for
most of their lives. What matters is told by the criterion of change: the zones of ISO 10816-1 lie a factor of
2.5 (8 dB) apart (domain facts 4.5; not read in the standard), so a vibration that has grown by it is a zone
worse than its machine was, and by its square two zones.

The measure is the lowest level a machine ever ran at: a new bearing first runs in and becomes quieter, and
later gets none the better. While it runs in it also knocks and hums, and little is known of it: limits are as
much wider then as those of episodes.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lineshaft.detect.state.base import Bools, Judgement
from lineshaft.detect.state.episodes import CAUTION, EARLIEST, POWER, UNTOLD
from lineshaft.detect.state.rows import Rows
from lineshaft.domain.readings import Floats, Ints32

ZONE: Final = 2.5
"""One zone worse, to which the young are given a margin …"""
DANGER: Final = ZONE**2
"""… and two, which nobody is."""
LASTS: Final = 3
"""Windows in a row that make an alarm of a zone, as of an anomaly in the flow; so many below end it. Of two
zones the second reading does, of the next window or of another sensor, as of a limit."""
BLOCK: Final = 60
"""Windows whose median is a level that a machine ran at."""
REST: Final = 0.1
"""Share of the level below which a machine stands still: its silence is nothing to grow from."""
RMS, PEAK = "_rms", "_peak"
MAINLY: Final = 0.5
"""Share of an episode from which it is one of the vibrations."""


class Columns(NamedTuple):
    """Which of a machine's columns are of vibrations."""

    rms: NDArray[np.int64]
    """Places of the sensors' RMS."""
    levels: NDArray[np.int64]
    """Of these, then of the peaks: what is held against its own past."""
    covered: Bools
    """(columns,): whether a sensor that gives its RMS gives it too."""


def columns(names: Sequence[str]) -> Columns:
    """Columns by their names: `de_rms` is of the sensor `de`, and so is all that begins with `de_`.

    >>> found = columns(["de_rms", "temp", "de_peak", "de_kurtosis"])
    >>> found.rms.tolist(), found.levels.tolist(), found.covered.tolist()
    ([0], [0, 2], [True, False, True, True])
    """
    lower = [name.lower() for name in names]
    sensors = [name.removesuffix(RMS) for name in lower if name.endswith(RMS)]
    rms = [lower.index(sensor + RMS) for sensor in sensors]
    peaks = [lower.index(sensor + PEAK) for sensor in sensors if sensor + PEAK in lower]
    begins = tuple(f"{sensor}_" for sensor in sensors)
    covered = np.array([name.startswith(begins) for name in lower], np.bool_)
    return Columns(np.array(rms, np.int64), np.array(rms + peaks, np.int64), covered)


class Growth(Rows):
    """Vibrations of machines, a row each: 270 bytes a level."""

    def __init__(self, names: Sequence[str]) -> None:
        self.columns = columns(names)
        levels = len(self.columns.levels)
        self.windows = np.zeros(0, np.int64)
        self.block = np.zeros((0, BLOCK, levels), np.float32)
        """The newest windows; NaN where nothing was measured, or the machine stood still."""
        self.least = np.zeros((0, levels))
        """Lowest median of a block; 0 before the first."""
        self.recent = np.zeros((0, LASTS - 1, levels))
        """Growth in the windows before, the newest first."""
        self.on = np.zeros((0, levels), np.bool_)

    def alarm(self, row: Ints32, x: Floats, judged: Judgement) -> Bools:
        """Whether somebody must be called, given what the detector says; learns the windows.

        An episode of other columns is an alarm; one of vibrations is, when they have grown by a zone.

        Args:
            row: machines, none twice.
            x: (windows, columns), NaN where nothing was measured.
            judged: of the same windows.
        """
        theirs = judged.share[:, self.columns.covered].sum(axis=1)
        grown = self._grown(row, x[:, self.columns.levels])
        return np.asarray(grown | (judged.alarm & (theirs < MAINLY)))

    def _grown(self, row: Ints32, level: Floats) -> Bools:
        """Whether vibrations have grown; learns the windows."""
        least, sensors = self.least[row], len(self.columns.rms)
        known = np.isfinite(level) & (least > 0) & (self.windows[row] >= EARLIEST)[:, None]
        growth = np.where(known, level / np.where(least > 0, least, 1.0), 0.0)
        before = self.recent[row]
        last = np.concatenate([growth[:, None], before], axis=1)
        limit = ZONE * margin(self.windows[row])[:, None]
        on = (last.min(axis=1) >= limit) | (self.on[row] & (last.max(axis=1) >= limit))
        danger = growth[:, :sensors] >= DANGER
        again = danger & (before[:, 0, :sensors] >= DANGER)
        self.recent[row], self.on[row] = last[:, :-1], on
        self._learn(row, np.where(level > REST * least, level, np.nan))
        return np.asarray(on.any(axis=1) | (danger.sum(axis=1) > 1) | again.any(axis=1))

    def _learn(self, row: Ints32, level: Floats) -> None:
        at = self.windows[row] % BLOCK
        self.block[row, at] = level
        self.windows[row] += 1
        full = row[at == BLOCK - 1]
        if len(full):
            before = np.where(self.least[full] > 0, self.least[full], np.inf)
            least = np.minimum(before, _medians(self.block[full]))
            self.least[full] = np.where(np.isfinite(least), least, 0.0)


def margin(windows: NDArray[np.int64]) -> Floats:
    """By how much the limit of a machine of so many windows is wider: as an episode's, which is of squares.

    >>> margin(np.array([200, 500, 1000, 4000])).round(2).tolist()
    [6.62, 1.93, 1.16, 1.0]
    """
    return np.asarray(np.sqrt(1.0 + (CAUTION / (UNTOLD * np.maximum(windows, 1))) ** POWER))


def _medians(block: NDArray[np.float32]) -> Floats:
    """Of each level's windows, (machines, levels); infinite where more than half are missing.

    >>> _medians(np.array([[[1.0, np.nan], [3.0, 9.0], [2.0, np.nan]]], np.float32)).tolist()
    [[2.0, inf]]
    """
    known = np.isfinite(block).sum(axis=1)
    middle = np.nanmedian(np.where(known[:, None] > 0, block, 0.0), axis=1)
    return np.where(2 * known > block.shape[1], middle.astype(np.float64), np.inf)
