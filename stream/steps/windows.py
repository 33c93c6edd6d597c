"""Cuts the live readings of each device into windows of its own time, and reduces the closed ones.

Windows are closed at ticks: when the device has sent a reading of a later window, or has fallen silent. So
a window's features do not depend on how the journal was cut, and a slow device is not judged by the clock.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from lineshaft.detect.features import Features, features
from lineshaft.domain.readings import Floats, Ints32, Ints64
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
    """Number since 1970."""
    features: Features


@dataclass(slots=True)
class Windows(Columns):
    """Open windows of a shard; the arrays have one row a device."""

    high: Ints64 = column(np.int64, NEVER)
    """Newest window heard of."""
    closed: Ints64 = column(np.int64, NEVER)
    """Newest window that was reduced: what comes for it later is stored, and otherwise too late."""
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
        window = newest_us // WINDOW_US
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
        self.high = high
        return anew

    def start_anew(self, anew: dict[int, int], fresh: Readings, device_of: Ints32) -> Readings:
        """Forget open windows of devices whose time has begun anew; gives the fresh readings since then."""
        began = np.zeros(len(device_of), np.int64)
        for device, pos in anew.items():
            began[device_of == device] = pos
        series, ts_us, value = self._open()
        self._keep(series, ts_us, value, began[series] == 0)
        since = fresh.pos >= began[fresh.row]
        return Readings(fresh.row[since], fresh.ts_us[since], fresh.value[since], fresh.pos[since])

    def add(self, readings: Readings) -> None:
        """Take in live readings."""
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
        if not self.series:
            return None
        series, ts_us, value = self._open()
        device, window = device_of[series], ts_us // WINDOW_US
        over = (window < self.high[device]) | quiet[device]
        used = over & (window > self.closed[device])
        self._keep(series, ts_us, value, ~over)
        if not used.any():
            return None
        key = (series[used].astype(np.int64) << _SHIFT) | window[used]
        np.maximum.at(self.closed, device[used], window[used])
        keys, found = features(key, ts_us[used], value[used])
        return Closed(keys >> _SHIFT, keys & ((1 << _SHIFT) - 1), found)

    def _open(self) -> tuple[Ints32, Ints64, Floats]:
        if not self.series:
            return np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0)
        return np.concatenate(self.series), np.concatenate(self.ts_us), np.concatenate(self.value)

    def _keep(self, series: Ints32, ts_us: Ints64, value: Floats, kept: Bools) -> None:
        self.series, self.ts_us, self.value = [series[kept]], [ts_us[kept]], [value[kept]]


def _latest(high: int, windows: list[int], positions: list[int]) -> tuple[int, int]:
    """A device's newest window after some messages, and the position where its time began anew last, or 0."""
    began = 0
    for window, pos in zip(windows, positions, strict=True):
        if window < high - BACK_WINDOWS:
            high, began = window, pos
        high = max(high, window)
    return high, began
