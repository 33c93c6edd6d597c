"""How far each signal of a machine is from its own usual, signed, in what is usual and in what matters.

The detectors say *that* a machine is odd; a diagnosis needs to know which signal went which way. For each
mode a machine keeps mean and variance of its features while it is well. A young mode has seen only a stretch
of slow waves and would find the next one odd, so its variance is blended with a prior: half of the change
that matters for that quantity (`lineshaft.domain.signals`). Windows follow one another, so a minute of them
counts as one observation against ten of the prior (normal with inverse-gamma prior: Gelman et al., Bayesian
Data Analysis, 3.3).
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

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


class Usual:
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

    def grow(self, rows: int) -> None:
        """Make room for at least so many machines."""
        have = len(self.seen)
        if rows <= have:
            return
        more = max(rows, 2 * have, 16) - have
        for name, old in vars(self).items():
            if isinstance(old, np.ndarray):
                setattr(self, name, np.concatenate([old, np.zeros((more, *old.shape[1:]), old.dtype)]))

    def windows(self, row: Ints32, mode: Bytes8) -> Ints32:
        """How many windows each machine has learned in a mode: of the signal that has most."""
        return np.asarray(self.seen[row, mode].max(axis=1), np.int32)

    def deviate(self, row: Ints32, mode: Bytes8, x: Floats, its: Matter) -> Deviations:
        """How far windows are from usual; moves the smoothing on, and learns nothing.

        Args:
            row: machines, none twice.
            mode: what they do, below `MODES`.
            x: (windows, features); NaN what is missing or not to be believed.
            its: (windows, signals) each.
        """
        present = np.isfinite(x) & (self.seen[row, mode] >= WARM)
        material = self._material(row, its)
        off = np.where(present, np.where(present, x, 0.0) - self.mean[row, mode], 0.0)
        rest = self._rest(row, mode, off[:, 0::2], its.settles_s)
        off[:, 0::2] -= rest
        cleaned = x.copy()
        cleaned[:, 0::2] -= rest
        z = np.clip(off / self._sigma(row, mode, material), -LIMIT, LIMIT)
        for smooth, new in ((self.smooth_z, z), (self.smooth_x, off)):
            old = smooth[row, mode]
            smooth[row, mode] = np.where(present, old + SMOOTHING * (new - old), old)
        gain = np.ones(self.features)
        # Spreads of neighbouring windows are independent: their mean is the surer the more there are.
        gain[1::2] = np.sqrt((2.0 - SMOOTHING) / SMOOTHING)
        smoothed = np.where(present, self.smooth_z[row, mode] * gain, np.nan)
        moved = np.where(present, self.smooth_x[row, mode], np.nan)
        change = np.clip(moved[:, 0::2] / np.maximum(material, FLOOR), -LIMIT, LIMIT)
        wider = moved[:, 1::2] > (CLEAR_SPREAD - 1.0) * self.mean[row, mode][:, 1::2]
        clear = (np.abs(smoothed[:, 0::2]) > CLEAR_Z) & (np.abs(change) > 1.0)
        clear |= (smoothed[:, 1::2] > CLEAR_SPREAD_Z) & wider
        plain = (np.abs(smoothed[:, 0::2]) > PLAIN_Z) & (np.abs(change) > PLAIN_CHANGES)
        return Deviations(cleaned, smoothed, change, clear, plain)

    def _rest(self, row: Ints32, mode: Bytes8, off: Floats, settles_s: Floats) -> Floats:
        """What of levels' deviations is no more than the way from the last mode's level to this one's.

        A housing cools for minutes after its machine stopped. What it was off in the mode's first windows may
        remain for as long as it is known to take; what is on its way back is not odd.
        """
        self.stay[row] = np.where(self.mode[row] == mode, self.stay[row] + 1, 0)
        self.mode[row] = mode
        slow = settles_s > 0.0
        left = np.exp(-WINDOW_S / np.where(slow, settles_s, 1.0))
        entering = (self.stay[row] < ENTRY)[:, None]
        rest = np.where(entering, off, self.rest[row] * left)
        same = slow & (np.sign(rest) == np.sign(off))
        rest = np.where(same, np.sign(off) * np.minimum(np.abs(rest), np.abs(off)), 0.0)
        self.rest[row] = rest
        return rest

    def learn(self, row: Ints32, mode: Bytes8, x: Floats, weight: Floats) -> None:
        """Learn windows: with weight 1 those of a machine that is well, with 0 those of one that is not."""
        present = np.isfinite(x)
        seen = self.seen[row, mode]
        rate = np.where(present, weight[:, None] / np.clip(seen + 1, 1, MEMORY), 0.0)
        off = np.where(present, x, 0.0) - self.mean[row, mode]
        limit = CLIP * np.sqrt(self.variance[row, mode]) + FLOOR
        off = np.where(present & (seen >= 4 * TOGETHER), np.clip(off, -limit, limit), off)
        self.mean[row, mode] += rate * off
        self.variance[row, mode] += rate * ((1.0 - rate) * off * off - self.variance[row, mode])
        self.seen[row, mode] += present & (weight > 0)[:, None]

    def _material(self, row: Ints32, its: Matter) -> Floats:
        """In the signals' units; a share is one of the level at full work: an idle machine draws little."""
        full = np.abs(self.mean[row][:, :, 0::2]).max(axis=1)
        return np.asarray(np.maximum(np.nan_to_num(its.share) * full, np.nan_to_num(its.least)))

    def _sigma(self, row: Ints32, mode: Bytes8, material: Floats) -> Floats:
        observed = self.seen[row, mode] / TOGETHER
        prior = np.empty((len(row), self.features))
        prior[:, 0::2] = material / 2.0
        # Of the restless mode: what rests at zero in one mode would find any grain of noise extraordinary.
        prior[:, 1::2] = SPREAD_SHARE * self.mean[row][:, :, 1::2].max(axis=1)
        blended = (observed * self.variance[row, mode] + PRIOR * prior * prior) / (observed + PRIOR)
        return np.asarray(np.sqrt(np.maximum(blended, FLOOR * FLOOR)), np.float64)
