"""How far each signal of a machine is from its own usual, signed, in what is usual and in what matters.

The detectors say *that* a machine is odd; a diagnosis needs to know which signal went which way. For each
mode a machine keeps mean and variance of its features while it is well. A young mode has seen only a stretch
of slow waves and would find the next one odd, so its variance is blended with a prior: half of the change
that matters for that quantity (`lineshaft.domain.signals`). Windows follow one another, so a minute of them
counts as one observation against ten of the prior (normal with inverse-gamma prior: Gelman et al., Bayesian
Data Analysis, 3.3).
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lineshaft.detect.state.rows import Rows, put, some, within
from lineshaft.domain.readings import Bytes8, Floats, Ints32
from lineshaft.domain.signals import quantity

WINDOW_S = 5.0
"""Seconds between windows."""
MODES = 4
"""Operating modes that are kept apart."""
MEMORY = 1440
"""Windows: two hours of 5 s."""
WARM = 6
"""Windows before a mode has a middle to deviate from."""
TOGETHER = 12
"""Windows that say no more than one, for they follow one another."""
PRIOR = 10
"""Observations that the prior counts as."""
SMOOTHING = 0.2
"""Weight of the newest window in the smoothed deviation."""
CLIP = 3.0
SPREAD_SHARE = 0.25
"""Standard deviation of the square root of a window's spread over its mean: five normal readings a window."""
FLOOR = 1e-9
LIMIT = 1e3


CLEAR_Z, CLEAR_SPREAD_Z, CLEAR_SPREAD = 4.0, 6.0, 1.5
"""From where a deviation is beyond doubt: of levels and spreads, and how many times its usual a spread is."""
PLAIN_Z, PLAIN_CHANGES = 8.0, 2.0
"""From where a level has plainly changed: in standard deviations, and in changes that matter."""
ENTRY = 4
"""Windows of a mode in which slow signals may still be anywhere on their way from the last."""


class Matter(NamedTuple):
    """What is known of signals' changes beforehand: each (signals,) of a machine, or (windows, signals)."""

    share: Floats
    """The change that means something, of the level; NaN where the place has no signal."""
    least: Floats
    """And the least such change, in the signal's unit."""
    settles_s: Floats
    """Time constant of what follows slowly when the machine changes what it does."""


def matter(quantities: Sequence[str], places: int) -> Matter:
    """What matters of a machine's signals, by their quantities, filled up to so many places.

    >>> matter(("temperature", "speed"), 3)
    Matter(share=array([0.  , 0.03,  nan]), least=array([ 5.,  0., nan]), settles_s=array([900.,   0.,  nan]))
    """
    rows = [quantity(key) for key in quantities]
    blank = [np.nan] * (places - len(rows))
    return Matter(
        np.array([row.change for row in rows] + blank),
        np.array([row.least for row in rows] + blank),
        np.array([row.settles_s for row in rows] + blank),
    )


class Deviations(NamedTuple):
    """How far some windows are from usual."""

    x: Floats
    """(windows, features): as they were given, but for what slow signals still have of the last mode."""
    z: Floats
    """(windows, features): signed, smoothed, in standard deviations; NaN where nothing is known."""
    change: Floats
    """(windows, signals): levels, signed and smoothed, in changes that matter; NaN likewise."""
    clear: NDArray[np.bool_]
    """(windows, signals): whether a signal changed beyond doubt, and by what matters."""
    plain: NDArray[np.bool_]
    """(windows, signals): so far that no further word is needed."""


class Usual(Rows):
    """Machines' usual; features are level and root of spread of each signal in turn. 4 kB for 16 signals."""

    def __init__(self, features: int) -> None:
        modes = (0, MODES, features)
        self.features = features
        self.seen = np.zeros(modes, np.int32)
        self.mean = np.zeros(modes)
        self.variance = np.zeros(modes)
        self.smooth_z = np.zeros(modes, np.float32)
        self.smooth_x = np.zeros(modes)
        self.mode = np.zeros(0, np.uint8)
        """What a machine did last …"""
        self.stay = np.zeros(0, np.int32)
        """… and for how many windows by now."""
        self.rest = np.zeros((0, features // 2))
        """What slow signals still have of the mode before."""

    def windows(self, row: Ints32, mode: Bytes8) -> Ints32:
        """How many windows each machine has learned in a mode: of the signal that has most."""
        return np.asarray(np.maximum.reduce(self.seen[row, mode], axis=1))

    def deviate(self, row: Ints32, mode: Bytes8, x: Floats, its: Matter) -> Deviations:
        """How far windows are from usual; moves the smoothing on, and learns nothing.

        Args:
            row: machines, none twice.
            mode: what they do, below `MODES`.
            x: (windows, features); NaN what is missing or not to be believed. Places behind those given were
                never heard.
            its: (windows, signals) each.
        """
        width = x.shape[1]
        seen, means = self.seen[row, mode][:, :width], self.mean[row][:, :, :width]
        mean = means[np.arange(len(row)), mode]
        present = np.isfinite(x) & (seen >= WARM)
        full, restless = np.abs(means[:, :, 0::2]), means[:, :, 1::2]
        material = _material(np.maximum.reduce(full, axis=1), its)
        off = np.where(present, np.where(present, x, 0.0) - mean, 0.0)
        rest = self._rest(row, mode, off[:, 0::2], its.settles_s)
        off[:, 0::2] -= rest
        cleaned = x.copy()
        cleaned[:, 0::2] -= rest
        prior = np.empty((len(row), width))
        prior[:, 0::2] = material / 2.0
        # Of the restless mode: what rests at zero in one mode would find any grain of noise extraordinary.
        prior[:, 1::2] = SPREAD_SHARE * np.maximum.reduce(restless, axis=1)
        observed, variance = seen / TOGETHER, self.variance[row, mode][:, :width]
        blended = (observed * variance + PRIOR * prior * prior) / (observed + PRIOR)
        z = within(off / np.sqrt(np.maximum(blended, FLOOR * FLOOR)), -LIMIT, LIMIT)
        smooth_z = self._smoothed(self.smooth_z, (row, mode), z, present)
        smooth_x = self._smoothed(self.smooth_x, (row, mode), off, present)
        smoothed = np.where(present, smooth_z * _GAIN[:width], np.nan)
        moved = np.where(present, smooth_x, np.nan)
        change = within(moved[:, 0::2] / np.maximum(material, FLOOR), -LIMIT, LIMIT)
        away, size = np.abs(smoothed[:, 0::2]), np.abs(change)
        clear = (away > CLEAR_Z) & (size > 1.0)
        wider = moved[:, 1::2] > (CLEAR_SPREAD - 1.0) * mean[:, 1::2]
        clear |= (smoothed[:, 1::2] > CLEAR_SPREAD_Z) & wider
        return Deviations(cleaned, smoothed, change, clear, (away > PLAIN_Z) & (size > PLAIN_CHANGES))

    def _smoothed(
        self, smooth: NDArray[Any], at: tuple[Ints32, Bytes8], new: Floats, present: NDArray[np.bool_]
    ) -> NDArray[Any]:
        """Move a smoothing on; gives it as it is kept."""
        width = new.shape[1]
        old = smooth[at][:, :width]
        now = np.where(present, old + SMOOTHING * (new - old), old).astype(smooth.dtype)
        smooth[:, :, :width][at] = now
        return now

    def _rest(self, row: Ints32, mode: Bytes8, off: Floats, settles_s: Floats) -> Floats:
        """What of levels' deviations is no more than the way from the last mode's level to this one's.

        A housing cools for minutes after its machine stopped. What it was off in the mode's first windows may
        remain for as long as it is known to take; what is on its way back is not odd.
        """
        stay = np.where(self.mode[row] == mode, self.stay[row] + 1, 0)
        self.stay[row], self.mode[row] = stay, mode
        slow = settles_s > 0.0
        left = np.exp(-WINDOW_S / np.where(slow, settles_s, 1.0))
        entering = (stay < ENTRY)[:, None]
        rest = np.where(entering, off, some(self.rest, row, off.shape[1]) * left)
        way = np.sign(off)
        same = slow & (np.sign(rest) == way)
        rest = np.where(same, way * np.minimum(np.abs(rest), np.abs(off)), 0.0)
        put(self.rest, row, rest)
        return rest

    def learn(self, row: Ints32, mode: Bytes8, x: Floats, weight: Floats) -> None:
        """Learn windows: with weight 1 those of a machine that is well, with 0 those of one that is not."""
        width = x.shape[1]
        present = np.isfinite(x)
        seen, mean, variance = (one[row, mode][:, :width] for one in (self.seen, self.mean, self.variance))
        rate = np.where(present, weight[:, None] / np.minimum(np.maximum(seen + 1, 1), MEMORY), 0.0)
        off = np.where(present, x, 0.0) - mean
        limit = CLIP * np.sqrt(variance) + FLOOR
        off = np.where(present & (seen >= 4 * TOGETHER), within(off, -limit, limit), off)
        self.mean[:, :, :width][row, mode] = mean + rate * off
        self.variance[:, :, :width][row, mode] = variance + rate * ((1.0 - rate) * off * off - variance)
        self.seen[:, :, :width][row, mode] = seen + (present & (weight > 0)[:, None])


_GAIN = np.ones(64)
# Spreads of neighbouring windows are independent: their mean is the surer the more there are.
_GAIN[1::2] = np.sqrt((2.0 - SMOOTHING) / SMOOTHING)


def known(x: Floats) -> Floats:
    """With 0 for what is not known; `np.nan_to_num` takes ten times as long."""
    return np.where(np.isnan(x), 0.0, x)


def _material(full: Floats, its: Matter) -> Floats:
    """In the signals' units; a share is one of the level at full work: an idle machine draws little."""
    return np.maximum(known(its.share) * full, known(its.least))
