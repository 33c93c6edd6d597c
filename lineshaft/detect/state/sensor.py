"""Whether sensors can be believed: what is missing, frozen, spiking or impossible is not the machine's.

Looks at each signal of a machine by itself, in each of its operating modes: what is usual there (how many
readings a window has, how often it does not move at all, how far its extremes lie from its middle) is
learned, so that a setpoint that never moves and a counter that speaks once a minute are not faults. A slow
drift cannot be told from the machine by one signal alone; that is for the diagnosis
(`lineshaft.detect.health.diagnosis`), which compares signals, and reports it back here by `hold`.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lineshaft.domain.readings import Bytes8, Floats, Ints32, Ints64

Bools = NDArray[np.bool_]

FAULTS = ("", "missing", "frozen", "spiking", "range", "drift")
"""Words for the codes of `Check.fault`."""
MISSING, FROZEN, SPIKING, RANGE, DRIFT = range(1, len(FAULTS))

MODES = 4
"""Operating modes whose habits are kept apart."""
MEMORY = 720
"""Windows over which habits are learned: an hour of 5 s windows."""
WARM = 12
"""Windows of a mode before its habits can be broken."""
MISSING_SHARE, BACK_SHARE = 0.5, 0.8
"""Of the usual readings: below the first it is missing, above the second it is back."""
LEAST_EXPECTED = 20.0
"""Readings that the judgement of a share rests on."""
STILL_ODDS = 1e-6
"""Chance of so long a standstill below which a signal is frozen."""
STILL_WINDOWS = 4
STILL_PRIOR = (0.3, 6.0)
"""Standing windows and windows that a signal is taken to have had before it is known."""
SPIKE_SIZE = 8.0
"""How much farther than usual an extreme lies from its window's middle to be a spike."""
SPIKE_SHARE, SPIKE_OVER, SPIKE_RATE = 0.12, 0.02, 0.06
"""Share of windows with spikes that makes a fault, that ends it, and the weight of the newest window."""
RANGE_WINDOWS = 2


class Seen(NamedTuple):
    """Windows of whole machines: each field (windows, signals); NaN, and 0 readings, where one was silent."""

    level: Floats
    spread: Floats
    low: Floats
    high: Floats
    readings: Floats
    """How many."""
    impossible: Floats
    """Readings that no such sensor can show, left out of the others; zeros where nobody counted."""


class Check(NamedTuple):
    """What to make of the signals."""

    fault: Bytes8
    """(windows, signals): place in `FAULTS`, 0 none."""
    since_us: Ints64
    """(windows, signals): when the fault was found; 0 none."""
    doubt: Bools
    """(windows, signals): leave it out of the machine's judgement; all faults, and what may become one."""


class Sensors:
    """The habits of signals, a row a machine; some 3.4 kB a machine of 16 signals."""

    def __init__(self, signals: int) -> None:
        self.signals = signals
        modes, each = (0, MODES, signals), (0, signals)
        self.seen = np.zeros((0, MODES), np.int32)
        self.usual_count = np.zeros(modes, np.float32)
        self.usual_still = np.zeros(modes, np.float32)
        self.usual_reach = np.zeros(modes, np.float32)
        self.got = np.ones(each, np.float32)
        """Smoothed share of the usual readings."""
        self.held = np.full(each, np.nan)
        """The one value of the newest window, NaN where it moved."""
        self.run = np.zeros(each, np.int32)
        """Windows that it has stood at that value."""
        self.spikes = np.zeros(each, np.float32)
        self.beyond = np.zeros(each, np.int16)
        self.fault = np.zeros(each, np.uint8)
        self.since_us = np.zeros(each, np.int64)

    def grow(self, rows: int) -> None:
        """Make room for at least so many machines."""
        have = len(self.seen)
        if rows <= have:
            return
        fresh = {"got": 1.0, "held": np.nan}
        more = max(rows, 2 * have, 16) - have
        for name, old in vars(self).items():
            if isinstance(old, np.ndarray):
                new = np.full((more, *old.shape[1:]), fresh.get(name, 0), old.dtype)
                setattr(self, name, np.concatenate([old, new]))

    def check(self, row: Ints32, mode: Bytes8, at_us: Ints64, seen: Seen) -> Check:
        """Judge the signals of some machines, no machine twice, and learn their habits.

        Args:
            row: of each window's machine.
            mode: what the machine is doing, below `MODES`.
            at_us: the windows' ends.
            seen: what the signals showed.
        """
        warm = (self.seen[row, mode] >= WARM)[:, None]
        known = self.usual_count[row, mode] > 0.0
        missing, few = self._missing(row, mode, seen, warm & known)
        frozen, still = self._frozen(row, mode, seen, warm & known)
        spiking, spike = self._spiking(row, mode, seen, warm & known)
        self.beyond[row] = np.where(seen.impossible > 0, np.minimum(self.beyond[row] + 1, 6),
                                    np.maximum(self.beyond[row] - 1, 0))  # fmt: skip
        out = self.beyond[row] >= RANGE_WINDOWS
        drifts = self.fault[row] == DRIFT
        fault = np.select(
            [out, missing, frozen, spiking, drifts], [RANGE, MISSING, FROZEN, SPIKING, DRIFT], 0
        )
        fault = fault.astype(np.uint8)
        fresh = fault != self.fault[row]
        self.since_us[row] = np.where(fresh, np.where(fault > 0, at_us[:, None], 0), self.since_us[row])
        self.fault[row] = fault
        self._learn(row, mode, seen, fault)
        return Check(fault, self.since_us[row], (fault > 0) | few | still | spike)

    def hold(self, row: Ints32, at_us: Ints64, drifting: Bools) -> None:
        """Take in which signals drift, as the comparison of signals has it; all others do not, or no more.

        Args:
            row: machines, none twice.
            at_us: the windows' ends.
            drifting: (windows, signals).
        """
        fault = self.fault[row]
        begins, ends = drifting & (fault == 0), ~drifting & (fault == DRIFT)
        self.fault[row] = np.where(begins, np.uint8(DRIFT), np.where(ends, np.uint8(0), fault))
        self.since_us[row] = np.where(begins, at_us[:, None], np.where(ends, 0, self.since_us[row]))

    def _missing(self, row: Ints32, mode: Bytes8, seen: Seen, known: Bools) -> tuple[Bools, Bools]:
        """Fewer readings than usual: over some time, and in this window."""
        usual = self.usual_count[row, mode]
        usual = np.maximum(usual, 1e-9)
        share = np.minimum(seen.readings / usual, np.maximum(1.0, 1.0 / usual))
        # A share of few readings says little: who speaks seldom is given longer.
        rate = np.clip(usual / LEAST_EXPECTED, 0.002, 0.25)
        self.got[row] += np.where(known, rate * (share - self.got[row]), 0.0)
        limit = np.where(self.fault[row] == MISSING, BACK_SHARE, MISSING_SHARE)
        return known & (self.got[row] < limit), known & (usual >= 2.0) & (share < MISSING_SHARE)

    def _frozen(self, row: Ints32, mode: Bytes8, seen: Seen, known: Bools) -> tuple[Bools, Bools]:
        """Not moving at all, longer than it ever does, while something else of the machine moves."""
        present = seen.readings > 0
        still = present & (seen.low == seen.high)
        same = still & (seen.low == self.held[row])
        self.held[row] = np.where(present, np.where(still, seen.low, np.nan), self.held[row])
        lively = (present & ~still).any(axis=1, keepdims=True)
        usual = np.clip(self.usual_still[row, mode], 1e-4, 1.0)
        run = np.where(same, self.run[row] + 1, np.where(present, 0, self.run[row]))
        self.run[row] = run
        # Nothing at all is what a machine at rest shows.
        stands = same & lively & known & (seen.low != 0.0)
        was = same & (self.fault[row] == FROZEN)
        frozen = was | (stands & (run >= STILL_WINDOWS) & (run * np.log(usual) < np.log(STILL_ODDS)))
        return frozen, stands & (usual < 0.1)

    def _spiking(self, row: Ints32, mode: Bytes8, seen: Seen, known: Bools) -> tuple[Bools, Bools]:
        """Single values far from their neighbours, again and again, while the middle stays where it is."""
        several = seen.readings >= 3
        reach = np.fmax(seen.high - seen.level, seen.level - seen.low)
        usual = np.maximum(self.usual_reach[row, mode], 2.0 * np.where(several, seen.spread, 0.0))
        spike = several & known & (reach > SPIKE_SIZE * np.maximum(usual, 1e-9))
        # A shock to the machine is felt by more than one sensor.
        spike &= spike.sum(axis=1, keepdims=True) == 1
        self.spikes[row] += np.where(several, SPIKE_RATE * (spike - self.spikes[row]), 0.0)
        limit = np.where(self.fault[row] == SPIKING, SPIKE_OVER, SPIKE_SHARE)
        return self.spikes[row] > limit, spike

    def _learn(self, row: Ints32, mode: Bytes8, seen: Seen, fault: Bytes8) -> None:
        count = np.minimum(self.seen[row, mode] + 1, MEMORY)
        rate = (1.0 / count)[:, None].astype(np.float32)
        well = fault == 0
        usual = self.usual_count[row, mode]
        # The share that is missing now must not become usual.
        counted = np.maximum(seen.readings, 0.5 * usual)
        self.usual_count[row, mode] += np.where(well, rate * (counted - usual), 0.0)
        present = well & (seen.readings > 0)
        still = seen.low == seen.high
        prior, weight = STILL_PRIOR
        known = self.usual_still[row, mode]
        known = np.where(known > 0, known, prior / weight)
        slower = np.minimum(1.0 / (count + weight), 1.0)[:, None]
        self.usual_still[row, mode] = np.where(present, known + slower * (still - known), known)
        reach = np.fmax(seen.high - seen.level, seen.level - seen.low)
        old = self.usual_reach[row, mode]
        within = np.where(count[:, None] > WARM, np.minimum(reach, 4.0 * old), reach)
        usable = present & (seen.readings >= 3) & np.isfinite(reach)
        self.usual_reach[row, mode] += np.where(usable, rate * (np.where(usable, within, 0.0) - old), 0.0)
        self.seen[row, mode] = count
