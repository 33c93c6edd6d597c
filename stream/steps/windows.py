"""Cuts the live readings of each device into windows of its own time, and reduces the closed ones.

Windows are closed at ticks: when the device has sent a reading of a later window, or has fallen silent. So
a window's features do not depend on how the journal was cut, and a slow device is not judged by the clock.
Where others of the shard are about to follow, those that are over wait for them, one tick at most: to judge
all together costs little more than to judge one.

Each shard's windows begin a little after those of the one before (`phase_of`). With all of them over at the
same tick, the readings of that second waited for the judgement of the whole plant.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from lineshaft.detect.features import Features, features
from lineshaft.domain.readings import Floats, Ints32, Ints64
from lineshaft.wire.topics import SHARDS
from stream.rules.base import Bools, Readings
from stream.steps.columns import Columns, column

WINDOW_US = 5_000_000
BACK_WINDOWS = 120
"""A live device whose time goes back by more (10 min) has set its clock, or plays a recording again."""
NEVER = -1
_SHIFT = 31
"""Bits of a window's number in a key of (signal, window); enough until the year 2310."""


class Closed(NamedTuple):
    """Features of closed windows, one row a (signal, window), ordered by signal, then time."""

    series: Ints64
    window: Ints64
    """Number since 1970, of the shard's own count."""
    features: Features
    """Of a window in which all was impossible, NaN and no readings."""
    impossible: Ints64
    """How many readings had values that no such sensor can show; the features leave them out."""
    phase_us: int = 0
    """By how much the windows begin later than whole ones since 1970."""

    def halves(self, device_of: Ints32) -> "tuple[Closed, Closed] | None":
        """In two parts, each with whole devices; None where there is but one."""
        device = device_of[self.series]
        devices = np.unique(device)
        if len(devices) <= 1:
            return None
        first = device < devices[len(devices) // 2]
        return self._some(first), self._some(~first)

    def _some(self, which: Bools) -> "Closed":
        columns = (column[which] for column in self.features)
        return self._replace(
            series=self.series[which],
            window=self.window[which],
            features=Features._make(columns),
            impossible=self.impossible[which],
        )


@dataclass(slots=True)
class Windows(Columns):
    """Open windows of a shard; the arrays have one row a device."""

    phase_us: int = 0
    high: Ints64 = column(np.int64, NEVER)
    """Newest window heard of."""
    closed: Ints64 = column(np.int64, NEVER)
    """Newest window that was reduced: what comes for it later is stored, and otherwise too late."""
    quiet: Bools = column(np.bool_, fill=False)
    """Which devices were silent at the last look."""
    anew: Ints64 = column(np.int64, 0)
    """Parts of the open readings in which a device's own count no more, for its time has begun anew since."""
    moved: bool = False
    """Whether a device's time has moved to another window since the last look."""
    waits: bool = False
    """Whether windows that are over were left for others at the last tick."""
    series: list[Ints32] = field(default_factory=list)
    ts_us: list[Ints64] = field(default_factory=list)
    value: list[Floats] = field(default_factory=list)

    def follow(self, device: Ints64, newest_us: Ints64, pos: Ints64) -> dict[int, int]:
        """Move devices' own times on by live messages, in the order they came.

        Args:
            device: of each message, its row.
            newest_us: of its readings.
            pos: its position.

        Returns:
            Devices whose time went so far back that it has begun anew, and the position where it did last.
        """
        window = (newest_us - self.phase_us) // WINDOW_US
        high = self.high.copy()
        np.maximum.at(high, device, window)
        back = window < high[device] - BACK_WINDOWS  # all that went back are among them
        anew: dict[int, int] = {}
        for one in np.unique(device[back]).tolist() if back.any() else ():
            mine = device == one
            high[one], began = _latest(int(self.high[one]), window[mine].tolist(), pos[mine].tolist())
            if began:
                anew[one] = began
                self.closed[one] = NEVER
        self.moved |= bool((self.high != high).any())
        self.high = high
        return anew

    def start_anew(self, anew: dict[int, int], fresh: Readings, device_of: Ints32) -> Readings:
        """Forget open windows of devices whose time has begun anew; gives the fresh readings since then."""
        # They go at the next tick: a device whose clock jumps with each message must not cost all others.
        began = np.zeros(self.room, np.int64)
        devices = list(anew)
        began[devices] = list(anew.values())
        self.anew[devices] = len(self.series)
        since = fresh.pos >= began[device_of[fresh.row]]
        return Readings(fresh.row[since], fresh.ts_us[since], fresh.value[since], fresh.pos[since])

    def add(self, readings: Readings) -> None:
        """Take in live readings; one without a value tells that it was impossible."""
        if len(readings.row):
            self.series.append(readings.row)
            self.ts_us.append(readings.ts_us)
            self.value.append(readings.value)

    def close(self, device_of: Ints32, quiet: Bools) -> Closed | None:
        """Reduce the windows that are over.

        Args:
            device_of: signal row → device row.
            quiet: which devices have fallen silent.
        """
        # Most ticks end no window: then the open readings need not be gone through.
        if not self.series or not (self.moved or (quiet != self.quiet[: len(quiet)]).any()):
            return None
        self.waits = self.moved and not self.waits and self._others_follow(quiet)
        if self.waits:
            return None
        self.moved = False
        self.quiet[: len(quiet)] = quiet
        series, ts_us = np.concatenate(self.series), np.concatenate(self.ts_us)
        value = np.concatenate(self.value)
        device, window = device_of[series], (ts_us - self.phase_us) // WINDOW_US
        over = (window < self.high[device]) | quiet[device]
        used = over & (window > self.closed[device])
        kept = ~over
        if self.anew.any():
            part = np.repeat(np.arange(len(self.series)), list(map(len, self.series)))
            counts = part >= self.anew[device]
            used &= counts
            kept &= counts
            self.anew[:] = 0
        self.series, self.ts_us, self.value = [series[kept]], [ts_us[kept]], [value[kept]]
        if not used.any():
            return None
        key = (series[used].astype(np.int64) << _SHIFT) | window[used]
        np.maximum.at(self.closed, device[used], window[used])
        keys, found, impossible = _reduced(key, ts_us[used], value[used])
        return Closed(keys >> _SHIFT, keys & ((1 << _SHIFT) - 1), found, impossible, self.phase_us)

    def _others_follow(self, quiet: Bools) -> bool:
        """Whether a device is still in the window before that of the one farthest ahead."""
        newest = self.high[: len(quiet)][~quiet]
        return bool((newest == newest.max(initial=NEVER) - 1).any())


def phase_of(shard: int) -> int:
    """Microseconds by which a shard's windows begin later than whole ones since 1970.

    >>> phase_of(0), phase_of(8)
    (0, 2500000)
    """
    return shard * WINDOW_US // SHARDS


def _reduced(key: Ints64, ts_us: Ints64, value: Floats) -> tuple[Ints64, Features, Ints64]:
    """The windows, their features, and how many of their readings were impossible."""
    odd = np.isnan(value)
    if not odd.any():
        keys, found = features(key, ts_us, value)
        return keys, found, np.zeros(len(keys), np.int64)
    keys, place = np.unique(key, return_inverse=True)
    blank = np.full(len(keys), np.nan)
    reduced = Features._make(blank.copy() for _ in Features._fields)._replace(
        readings=np.zeros(len(keys), np.int64)
    )
    if not odd.all():
        known, found = features(key[~odd], ts_us[~odd], value[~odd])
        at = np.searchsorted(keys, known)
        for whole, part in zip(reduced, found, strict=True):
            whole[at] = part
    return keys, reduced, np.bincount(place[odd], minlength=len(keys)).astype(np.int64)


def _latest(high: int, windows: list[int], positions: list[int]) -> tuple[int, int]:
    """A device's newest window after some messages, and the position where its time began anew last, or 0."""
    began = 0
    for window, pos in zip(windows, positions, strict=True):
        if window < high - BACK_WINDOWS:
            high, began = window, pos
        high = max(high, window)
    return high, began
