"""Tells what a device says long after its time from what a device says whose clock is set back.

Both come by the agent's live lane, stamped with a past instant. A device that was on time and now says old
things is emptying its own memory: that is late, stored, and nothing of the present follows from it. One whose
time has stood back for ten minutes and goes on at its usual pace has another clock: from then on that is its
present. A device that was never heard on time is taken as it is.
"""

from dataclasses import dataclass

import numpy as np

from lineshaft.domain.readings import Ints64
from stream.rules.base import Bools
from stream.steps.columns import Columns, column

LATE_US = 600_000_000
"""Behind its usual lag by more, and a message is late."""
CLOCK_US = 600_000_000
"""A clock that is set back shows the same lag for so long; who empties a memory catches up meanwhile."""
UNKNOWN = np.iinfo(np.int64).max // 4


@dataclass(slots=True)
class Punctual(Columns):
    """What is known of each device's lag: its message's receipt less the newest time in it."""

    usual_us: Ints64 = column(np.int64, UNKNOWN)
    """The least lag since its clock was last set."""
    since_us: Ints64 = column(np.int64, 0)
    """Receipt of the first message of those that are late; 0: the last one was on time."""
    began_us: Ints64 = column(np.int64, 0)
    """The lag then."""

    def late(self, device: Ints64, newest_us: Ints64, received_us: Ints64) -> Bools:
        """Which messages are late, in the order they came.

        Args:
            device: of each message, its row.
            newest_us: of its readings.
            received_us: when it came.
        """
        lag = np.maximum(received_us - newest_us, 0)
        usual = self.usual_us.copy()
        np.minimum.at(usual, device, lag)
        if not (lag > usual[device] + LATE_US).any():  # nearly always
            self.usual_us = usual
            self.since_us[device] = 0
            return np.zeros(len(device), np.bool_)
        ways = zip(device.tolist(), lag.tolist(), received_us.tolist(), strict=True)
        return np.array([self._is_late(*way) for way in ways], np.bool_)

    def _is_late(self, device: int, lag_us: int, received_us: int) -> bool:
        if lag_us <= self.usual_us[device] + LATE_US:
            self.usual_us[device] = min(lag_us, int(self.usual_us[device]))
            self.since_us[device] = 0
            return False
        if not self.since_us[device]:
            self.since_us[device], self.began_us[device] = received_us, lag_us
        elif received_us - self.since_us[device] >= CLOCK_US:
            if self.began_us[device] - lag_us < CLOCK_US // 2:
                self.usual_us[device], self.since_us[device] = lag_us, 0
                return False
            self.since_us[device], self.began_us[device] = received_us, lag_us
        return True
