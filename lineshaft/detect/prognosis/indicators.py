"""What a trained model is told of a machine: its past, summed up in numbers that run along with time.

One row a machine, one step a minute, whatever the pace of its windows: so the same code makes the rows a
model is trained on from what is stored by the minute, and those it is asked about in the flow. Each value
runs at three horizons (minutes, hours, days), as exponentially weighted means that are corrected for their
start: the mean of two days of history is not pulled to zero.

Deviations are measured against the machine's own slow baseline, by quantity, and only while it runs; a
repair forgets them.
"""

from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from lineshaft.domain.readings import Floats, Ints32, Ints64

QUANTITIES: Final = (
    "temperature", "vibration", "acceleration", "current", "power",
    "pressure", "flow", "speed", "torque", "load",
)  # fmt: skip
"""Keys of `lineshaft.domain.signals.SIGNALS` that wear shows in; of several signals of one, their mean."""

HORIZONS_S: Final = (600.0, 3_600.0, 86_400.0)
HORIZON_NAMES: Final = ("10m", "1h", "1d")
VALUES: Final = ("score", "health", "zone", "beyond", *QUANTITIES)
NAMES: Final = (
    *(f"{value}_{horizon}" for value in VALUES for horizon in HORIZON_NAMES),
    *(f"{value}_trend" for value in VALUES),
    "score_peak",
    "running_1d",
    "starts_1d",
    "age_h",
)
"""Of the indicators, in the order of the columns."""

MINUTE_US: Final = 60_000_000
BASELINE_S: Final = 7 * 86_400.0
"""Memory of what is usual: a fault of a few days stands out before it becomes the custom."""
DAY_S: Final = 86_400.0
LEAST_BASELINE_S: Final = 1_800.0
"""Running time before deviations are told."""
LEAST_SPREAD: Final = 1e-3
"""Of the mean: a signal that never moved is not a thousand sigmas off when it moves by a rounding."""
LARGEST: Final = 20.0
"""Sigmas; beyond, how many they are says nothing more."""
NEVER: Final = -1
LEAST_ROWS: Final = 16
Number = TypeVar("Number", bound=np.generic)
_SUMS = len(VALUES) + 1
_PLAIN = VALUES.index("temperature")


class Seen(NamedTuple):
    """What was seen of some machines in a window, or in a minute; NaN where nothing was."""

    score: Floats
    health: Floats
    zone: Floats
    """1 … 4 for A … D."""
    beyond: Floats
    """0 within limits, 1 beyond an inner one, 2 beyond an outer one."""
    running: Floats
    """1 while it runs, else 0; of a minute, the share."""
    level: Floats
    """(machines, `QUANTITIES`)."""


class Minutes(NamedTuple):
    """Minutes that are over."""

    row: Ints32
    at_us: Ints64
    """Their end."""
    x: Floats
    """(rows, `NAMES`); NaN where nothing is known yet."""


@dataclass(slots=True)
class Indicators:
    """Running features of machines; some 1.5 kB each."""

    room: int = 0
    minute: Ints64 = field(default_factory=lambda: np.empty(0, np.int64))
    """Number since 1970 of the minute that is being collected."""
    last: Ints64 = field(default_factory=lambda: np.empty(0, np.int64))
    """Of the newest minute that was summed up."""
    sums: Floats = field(default_factory=lambda: np.empty((0, _SUMS)))
    counts: Floats = field(default_factory=lambda: np.empty((0, _SUMS)))
    mean: Floats = field(default_factory=lambda: np.empty((0, len(VALUES), len(HORIZONS_S))))
    weight: Floats = field(default_factory=lambda: np.empty((0, len(VALUES), len(HORIZONS_S))))
    usual: Floats = field(default_factory=lambda: np.empty((0, len(QUANTITIES), 2)))
    """Mean and variance of each quantity while running."""
    known_s: Floats = field(default_factory=lambda: np.empty((0, len(QUANTITIES))))
    """Running time behind `usual`, forgotten as it is."""
    peak: Floats = field(default_factory=lambda: np.empty(0))
    ran: Floats = field(default_factory=lambda: np.empty((0, 2)))
    """Share of the day it ran, and its weight."""
    starts: Floats = field(default_factory=lambda: np.empty(0))
    was_running: Floats = field(default_factory=lambda: np.empty(0))
    born_us: Ints64 = field(default_factory=lambda: np.empty(0, np.int64))
    """When it was repaired last, or first seen."""

    def grow(self, rows: int) -> None:
        """Make room for at least so many machines."""
        if rows <= self.room:
            return
        room = max(rows, 2 * self.room, LEAST_ROWS)
        for name in ("minute", "last", "born_us"):
            setattr(self, name, _grown(getattr(self, name), room, NEVER))
        for name in ("sums", "counts", "mean", "weight", "usual", "known_s", "peak", "ran", "starts"):
            setattr(self, name, _grown(getattr(self, name), room, 0))
        self.was_running = _grown(self.was_running, room, 1)
        self.room = room

    def update(self, row: Ints32, at_us: Ints64, seen: Seen) -> Minutes:
        """Take in one window of each of some machines.

        Args:
            row: the machines, each once; `grow` made room for them.
            at_us: the end of each window.
            seen: in them.

        Returns:
            The minutes that are over now, of machines whose window belongs to a later one.
        """
        minute = (at_us - 1) // MINUTE_US
        over = (self.minute[row] != NEVER) & (minute != self.minute[row])
        closed = self._close(row[over]) if over.any() else none()
        self.minute[row] = minute
        values = np.column_stack([seen.score, seen.health, seen.zone, seen.beyond, seen.level, seen.running])
        is_there = ~np.isnan(values)
        self.sums[row] += np.where(is_there, values, 0.0)
        self.counts[row] += is_there
        return closed

    def step(self, row: Ints32, at_us: Ints64, seen: Seen) -> Minutes:
        """Take in one whole minute of each of some machines, of which `at_us` is the end: history."""
        aged_s = np.clip((at_us - self.last[row]) / 1e6, 60.0, 7 * DAY_S)
        aged_s[self.last[row] == NEVER] = 60.0
        self.born_us[row] = np.where(self.born_us[row] == NEVER, at_us, self.born_us[row])
        self.last[row] = np.maximum(self.last[row], at_us)
        running = np.where(np.isnan(seen.running), self.was_running[row], seen.running)
        deviation = self._deviations(row, seen.level, np.where(running >= 0.5, aged_s, 0.0))
        values = np.column_stack([seen.score, seen.health, seen.zone, seen.beyond, deviation])
        self._follow(row, values, aged_s)
        self._habits(row, running, seen.score, aged_s)
        return Minutes(row, at_us, self.now(row, at_us))

    def now(self, row: Ints32, at_us: Ints64) -> Floats:
        """The indicators of machines as they stand: (rows, `NAMES`)."""
        mean = np.where(self.weight[row] > 0, self.mean[row], np.nan)
        age_h = np.maximum(at_us - self.born_us[row], 0) / 3.6e9
        return np.column_stack(
            [
                mean.reshape(len(row), len(VALUES) * len(HORIZONS_S)),
                mean[:, :, 1] - mean[:, :, 2],
                self.peak[row],
                self.ran[row, 0],
                self.starts[row],
                age_h,
            ]
        )

    def repair(self, row: int, at_us: int) -> None:
        """A machine was repaired: what was usual, and how it deviated from it, is no more."""
        self.born_us[row] = at_us
        self.minute[row] = NEVER  # what was being collected is of its old life
        self.sums[row] = self.counts[row] = 0.0
        self.usual[row] = self.known_s[row] = 0.0
        self.peak[row] = 0.0
        self.mean[row] = self.weight[row] = 0.0

    def _close(self, row: Ints32) -> Minutes:
        """Sum up the minutes that are being collected."""
        counts = self.counts[row]
        means = np.divide(self.sums[row], counts, out=np.full_like(counts, np.nan), where=counts > 0)
        self.sums[row] = self.counts[row] = 0.0
        score, health, zone, beyond = means[:, :_PLAIN].T
        seen = Seen(score, health, zone, beyond, running=means[:, -1], level=means[:, _PLAIN:-1])
        return self.step(row, (self.minute[row] + 1) * MINUTE_US, seen)

    def _deviations(self, row: Ints32, level: Floats, ran_s: Floats) -> Floats:
        """Sigmas from what is usual, which learns afterwards; NaN where it does not run or is not known."""
        mean, variance = self.usual[row, :, 0], self.usual[row, :, 1]
        off = level - mean
        spread = np.sqrt(variance) + LEAST_SPREAD * np.abs(mean) + 1e-12
        told = (self.known_s[row] >= LEAST_BASELINE_S) & (ran_s[:, None] > 0)
        deviation = np.where(told, np.clip(off / spread, -LARGEST, LARGEST), np.nan)
        learns = ~np.isnan(level) & (ran_s[:, None] > 0)
        fresh_s = np.broadcast_to(ran_s[:, None], level.shape)
        known_s = self.known_s[row] * np.where(learns, np.exp(-fresh_s / BASELINE_S), 1.0)
        known_s += np.where(learns, fresh_s, 0.0)
        gain = np.where(learns, fresh_s / np.maximum(known_s, 1.0), 0.0)
        off = np.where(learns, off, 0.0)
        self.usual[row, :, 0] = mean + gain * off
        self.usual[row, :, 1] = (1 - gain) * (variance + gain * off * off)
        self.known_s[row] = known_s
        return deviation

    def _follow(self, row: Ints32, values: Floats, aged_s: Floats) -> None:
        """Move the running means on: m += g (x - m), g = fresh weight / all weight (West, 1979)."""
        forget = np.exp(-aged_s[:, None] / np.array(HORIZONS_S))[:, None, :]
        is_there = ~np.isnan(values)[:, :, None]
        weight = np.where(is_there, self.weight[row] * forget + (1 - forget), self.weight[row])
        gain = np.divide(1 - forget, weight, out=np.zeros_like(weight), where=is_there & (weight > 0))
        self.mean[row] += gain * np.where(is_there, values[:, :, None] - self.mean[row], 0.0)
        self.weight[row] = weight

    def _habits(self, row: Ints32, running: Floats, score: Floats, aged_s: Floats) -> None:
        forget = np.exp(-aged_s / DAY_S)
        self.peak[row] = np.fmax(self.peak[row] * forget, score)
        weight = self.ran[row, 1] * forget + (1 - forget)
        self.ran[row, 0] += (1 - forget) / weight * (running - self.ran[row, 0])
        self.ran[row, 1] = weight
        began = (running >= 0.5) & (self.was_running[row] < 0.5)
        self.starts[row] = self.starts[row] * forget + began
        self.was_running[row] = running


def none() -> Minutes:
    """No minute is over."""
    return Minutes(np.empty(0, np.int32), np.empty(0, np.int64), np.empty((0, len(NAMES))))


def _grown(old: NDArray[Number], room: int, fill: float) -> NDArray[Number]:
    new = np.full((room, *old.shape[1:]), fill, old.dtype)
    new[: len(old)] = old
    return new
