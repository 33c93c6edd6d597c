"""When each device and signal was heard last, in time that the server was listening.

Ticks are the only clock. When they stop (ingest was down, the whole server was) nobody was listening, and on
return every device would look silent; so silence is measured in listened time, which stands still meanwhile.
"""

from dataclasses import dataclass, field

import numpy as np

from lineshaft.domain.readings import Floats, Ints32, Ints64
from stream.rules.base import Bools
from stream.steps.columns import Columns, column

TICK_US = 1_000_000
LONGEST_STEP_US = 5 * TICK_US
"""Ticks come each second; a longer step means that nobody listened for the rest of it."""
SILENT_INTERVALS = 5.0
LEAST_SILENCE_S = 10.0
UNKNOWN_S = 12.0
"""Interval of a device nobody described, until its own is known: silent after a minute."""
LEARNING = 0.1
TELL_US = 5_000_000
"""How often a device's last hearing is written."""


@dataclass(slots=True)
class SignalTimes(Columns):
    """One row a signal."""

    heard_us: Ints64 = column(np.int64, 0)


@dataclass(slots=True)
class Hearing(Columns):
    """One row a device in the arrays."""

    received_us: Ints64 = column(np.int64, 0)
    """Of its last message, as the journal says."""
    heard_us: Ints64 = column(np.int64, 0)
    """The same in listened time: moved on by what was not listened to."""
    every_s: Floats = column(np.float64, UNKNOWN_S)
    """Learned interval between its messages."""
    told_us: Ints64 = column(np.int64, 0)
    tick_us: int = 0
    lost_us: int = 0
    """Time not listened to, all together."""
    waiting: list[tuple[int, int]] = field(default_factory=list)
    """Devices and times of messages not taken in yet."""

    def hear(self, device: int, now_us: int) -> None:
        """A message of a device came; it counts when all of a stretch have come (`listen`)."""
        self.waiting.append((device, now_us))

    def listen(self) -> None:
        """Take in the messages that came."""
        # Number by number: an interval must come out the same to the last bit however messages come together.
        heard: dict[int, int] = {}
        every: dict[int, float] = {}
        for device, now_us in self.waiting:
            last_us = heard.get(device)
            if last_us is None:
                last_us, every[device] = int(self.heard_us[device]), float(self.every_s[device])
            if last_us:
                gap_s = (now_us - last_us) / 1e6
                every[device] += LEARNING * (min(max(gap_s, 0.0), 600.0) - every[device])
            heard[device] = now_us
        self.waiting.clear()
        if heard:
            rows = list(heard)
            self.received_us[rows] = self.heard_us[rows] = list(heard.values())
            self.every_s[rows] = list(every.values())

    def tick(self, now_us: int, signals: SignalTimes) -> None:
        """Time moved on."""
        step = now_us - self.tick_us if self.tick_us else 0
        if step > LONGEST_STEP_US:
            lost = step - TICK_US
            self.heard_us[self.heard_us > 0] += lost
            signals.heard_us[signals.heard_us > 0] += lost
            self.lost_us += lost
        self.tick_us = now_us

    def listened_us(self, received_us: int) -> int:
        """An instant of the journal on the clock that stands still while nobody listens."""
        return received_us - self.lost_us

    def silent(self, now_us: int, quickest_s: Floats) -> Bools:
        """Which devices are silent for longer than they should be.

        Args:
            now_us: at a tick.
            quickest_s: each device's shortest described interval, NaN where nobody said.
        """
        count = len(quickest_s)
        every = np.where(np.isnan(quickest_s), self.every_s[:count], quickest_s)
        allowed_s = np.maximum(SILENT_INTERVALS * every, LEAST_SILENCE_S)
        return np.asarray((now_us - self.heard_us[:count]) / 1e6 > allowed_s)

    def untold(self, now_us: int) -> Ints32:
        """Devices heard since that was last written, where it is time to write it again."""
        due = (self.received_us > self.told_us) & (now_us - self.told_us >= TELL_US)
        rows = np.flatnonzero(due).astype(np.int32)
        self.told_us[rows] = self.received_us[rows]
        return rows
