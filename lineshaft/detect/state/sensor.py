"""Whether sensors can be believed: what is missing, frozen, spiking or impossible is not the machine's.

Looks at each signal of a machine by itself, in each of its operating modes: what is usual there (how many
readings a window has, how often it does not move at all, how far its extremes lie from its middle) is
learned, so that a setpoint that never moves and a counter that speaks once a minute are not faults. A slow
drift cannot be told from the machine by one signal alone; that is for the diagnosis
(`lineshaft.detect.health.diagnosis`), which compares signals, and reports it back here by `hold`.
"""

from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lineshaft.detect.state.rows import Rows, put, some
from lineshaft.domain.readings import Bytes8, Floats, Ints32, Ints64

Bools = NDArray[np.bool_]
Float32s = NDArray[np.float32]

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


class Habits(NamedTuple):
    """What is known of the signals of some machines, in the modes they are in: (windows, signals)."""

    known: Bools
    """Whether these can be broken."""
    counts: Float32s
    still: Float32s
    reach: Float32s
    fault: Bytes8
    """As it was."""


class Course(NamedTuple):
    """What some windows show of the signals themselves: (windows, signals)."""

    present: Bools
    moveless: Bools
    """All its readings the same; NaN are not."""
    several: Bools
    """Readings enough to know a middle from its extremes."""
    reach: Floats
    """How far its extremes lie from its middle."""


class Sensors(Rows):
    """The habits of signals, a row a machine; some 3.4 kB a machine of 16 signals."""

    fresh: ClassVar = {"got": 1.0, "held": np.nan}

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

    def check(self, row: Ints32, mode: Bytes8, at_us: Ints64, seen: Seen) -> Check:
        """Judge the signals of some machines, no machine twice, and learn their habits.

        Args:
            row: of each window's machine.
            mode: what the machine is doing, below `MODES`.
            at_us: the windows' ends.
            seen: what the signals showed; places behind those given were never heard.
        """
        width, times = seen.level.shape[1], self.seen[row, mode]
        count, still, reach = (
            habit[row, mode][:, :width] for habit in (self.usual_count, self.usual_still, self.usual_reach)
        )
        known = (times >= WARM)[:, None] & (count > 0.0)
        habits = Habits(known, count, still, reach, some(self.fault, row, width))
        course = Course(
            seen.readings > 0, seen.low == seen.high, seen.readings >= 3,
            np.fmax(seen.high - seen.level, seen.level - seen.low),
        )  # fmt: skip
        missing, few = self._missing(row, seen, habits)
        frozen, stands = self._frozen(row, seen, habits, course)
        spiking, spike = self._spiking(row, seen, habits, course)
        beyond = some(self.beyond, row, width)
        beyond = np.where(seen.impossible > 0, np.minimum(beyond + 1, 6), np.maximum(beyond - 1, 0))
        put(self.beyond, row, beyond)
        fault = _first(
            (beyond >= RANGE_WINDOWS, RANGE), (missing, MISSING), (frozen, FROZEN), (spiking, SPIKING),
            (habits.fault == DRIFT, DRIFT),
        )  # fmt: skip
        since_us = self._tell(row, at_us, fault, habits.fault)
        self._learn(row, mode, seen, (habits, course, fault == 0, times))
        return Check(fault, since_us, (fault > 0) | few | stands | spike)

    def hold(self, row: Ints32, at_us: Ints64, drifting: Bools) -> None:
        """Take in which signals drift, as the comparison of signals has it; all others do not, or no more.

        Args:
            row: machines, none twice.
            at_us: the windows' ends.
            drifting: (windows, signals).
        """
        was = some(self.fault, row, drifting.shape[1])
        begins, ends = drifting & (was == 0), ~drifting & (was == DRIFT)
        put(self.fault, row, np.where(begins, np.uint8(DRIFT), np.where(ends, np.uint8(0), was)))
        since_us = some(self.since_us, row, drifting.shape[1])
        put(self.since_us, row, np.where(begins, at_us[:, None], np.where(ends, 0, since_us)))

    def _tell(self, row: Ints32, at_us: Ints64, fault: Bytes8, was: Bytes8) -> Ints64:
        """Since when each fault is there."""
        since_us = some(self.since_us, row, fault.shape[1])
        fresh = fault != was
        if fresh.any():
            since_us = np.where(fresh, np.where(fault > 0, at_us[:, None], 0), since_us)
            put(self.since_us, row, since_us)
            put(self.fault, row, fault)
        return since_us

    def _missing(self, row: Ints32, seen: Seen, habits: Habits) -> tuple[Bools, Bools]:
        """Fewer readings than usual: over some time, and in this window."""
        usual = np.maximum(habits.counts, 1e-9)
        share = np.minimum(seen.readings / usual, np.maximum(1.0, 1.0 / usual))
        # A share of few readings says little: who speaks seldom is given longer.
        rate = np.minimum(np.maximum(usual / LEAST_EXPECTED, 0.002), 0.25)
        got = some(self.got, row, usual.shape[1])
        got = (got + np.where(habits.known, rate * (share - got), 0.0)).astype(np.float32)
        put(self.got, row, got)
        limit = np.where(habits.fault == MISSING, BACK_SHARE, MISSING_SHARE)
        return habits.known & (got < limit), habits.known & (usual >= 2.0) & (share < MISSING_SHARE)

    def _frozen(self, row: Ints32, seen: Seen, habits: Habits, course: Course) -> tuple[Bools, Bools]:
        """Not moving at all, longer than it ever does, while something else of the machine moves."""
        still, width = course.present & course.moveless, course.present.shape[1]
        held, run = some(self.held, row, width), some(self.run, row, width)
        same = still & (seen.low == held)
        put(self.held, row, np.where(course.present, np.where(still, seen.low, np.nan), held))
        run = np.where(same, run + 1, np.where(course.present, 0, run))
        put(self.run, row, run)
        was = same & (habits.fault == FROZEN)
        if not same.any():
            return was, was
        lively = np.logical_or.reduce(course.present & ~still, axis=1)[:, None]
        usual = np.minimum(np.maximum(habits.still, 1e-4), 1.0)
        # Nothing at all is what a machine at rest shows.
        stands = same & lively & habits.known & (seen.low != 0.0)
        frozen = was | (stands & (run >= STILL_WINDOWS) & (run * np.log(usual) < np.log(STILL_ODDS)))
        return frozen, stands & (usual < 0.1)

    def _spiking(self, row: Ints32, seen: Seen, habits: Habits, course: Course) -> tuple[Bools, Bools]:
        """Single values far from their neighbours, again and again, while the middle stays where it is."""
        usual = np.maximum(habits.reach, 2.0 * np.where(course.several, seen.spread, 0.0))
        spike = course.several & habits.known & (course.reach > SPIKE_SIZE * np.maximum(usual, 1e-9))
        # A shock to the machine is felt by more than one sensor.
        spike &= (np.add.reduce(spike, axis=1) == 1)[:, None]
        spikes = some(self.spikes, row, usual.shape[1])
        spikes = (spikes + np.where(course.several, SPIKE_RATE * (spike - spikes), 0.0)).astype(np.float32)
        put(self.spikes, row, spikes)
        return spikes > np.where(habits.fault == SPIKING, SPIKE_OVER, SPIKE_SHARE), spike

    def _learn(self, row: Ints32, mode: Bytes8, seen: Seen, of: tuple[Habits, Course, Bools, Ints32]) -> None:
        habits, course, well, times = of
        count = np.minimum(times + 1, MEMORY)
        rate = (1.0 / count)[:, None].astype(np.float32)
        width = well.shape[1]
        # The share that is missing now must not become usual.
        counted = np.maximum(seen.readings, 0.5 * habits.counts)
        fresh = habits.counts + np.where(well, rate * (counted - habits.counts), 0.0)
        self.usual_count[:, :, :width][row, mode] = fresh
        present = well & course.present
        prior, weight = STILL_PRIOR
        known = np.where(habits.still > 0, habits.still, prior / weight)
        slower = np.minimum(1.0 / (count + weight), 1.0)[:, None]
        fresh = np.where(present, known + slower * (course.moveless - known), known)
        self.usual_still[:, :, :width][row, mode] = fresh
        old = habits.reach
        within = np.where(count[:, None] > WARM, np.minimum(course.reach, 4.0 * old), course.reach)
        usable = present & course.several & np.isfinite(course.reach)
        fresh = old + np.where(usable, rate * (np.where(usable, within, 0.0) - old), 0.0)
        self.usual_reach[:, :, :width][row, mode] = fresh
        self.seen[row, mode] = count


def _first(*found: tuple[Bools, int]) -> Bytes8:
    """The code of the first that holds, 0 of none."""
    code = np.zeros(found[0][0].shape, np.uint8)
    for holds, its in reversed(found):
        code[holds] = its
    return code
