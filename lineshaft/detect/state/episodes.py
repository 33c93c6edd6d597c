"""When an odd time begins and ends: an alarm that holds, and what was learned from quiet times.

An episode begins when a statistic passes the largest value of quiet times by a margin. That largest value
follows with a delay, so that a slow beginning does not raise its own limit, and fades, so that a model's
first mistakes are forgotten. An episode ends when the statistic has fallen to a share of its peak: a machine
often comes to rest at a new level, which then is the base from which the next one must stand out.
"""

from typing import NamedTuple

import numpy as np

from lineshaft.detect.state.base import Bools
from lineshaft.detect.state.baseline import WARM
from lineshaft.detect.state.rows import Rows
from lineshaft.domain.readings import Floats, Ints32, Ints64

EARLIEST = 120
"""Windows before the first episode."""
CAUTION, POWER, UNTOLD = 350.0, 3.0, 0.5
"""The margin is 1 + (CAUTION / experience) ** POWER; windows that nobody called normal count UNTOLD."""
CLEAR = 0.3
"""Share of the peak below which an episode is over."""
REBASE = 3.0
"""What ended at a level begins again only at so many times that level."""
DELAY = 60
"""Windows after which the largest of a block may count: a slow episode would be known by then."""
FADE = 0.3
"""The limit fades by half while the model's age grows by a fifth …"""
FADE_LEAST, FADE_MOST = 60.0, 20_000.0
"""… but over at least and at most so many windows."""


class Course(NamedTuple):
    """How episodes stand, one entry a window."""

    alarm: Bools
    began: Bools
    ended: Bools


class Episodes(Rows):
    """Limits and episodes: 50 bytes a row."""

    def __init__(self) -> None:
        self.limit = np.zeros(0)
        self.pending = np.zeros((0, 2))
        """Largest of this block of windows, and of the one before."""
        self.experience = np.zeros(0)
        self.on = np.zeros(0, np.bool_)
        self.peak = np.zeros(0)
        self.base = np.zeros(0)

    def look(self, row: Ints32, statistic: Floats, windows: Ints64) -> Course:
        """What the statistics make of the episodes; changes nothing."""
        on = self.on[row]
        limit, start = self._limit(row), self._start(row)
        began = ~on & (statistic > start) & (windows >= EARLIEST)
        stays = on & (statistic >= np.maximum(limit, CLEAR * np.maximum(self.peak[row], statistic)))
        return Course(began | stays, began, on & ~stays)

    def calm(self, row: Ints32, statistic: Floats) -> Floats:
        """1 for the usual down to 0 at the limit: how much of a window may be learned."""
        return np.asarray(np.clip(2.0 * (1.0 - statistic / np.maximum(self.limit[row], 0.1)), 0.0, 1.0))

    def learn(self, row: Ints32, statistic: Floats, windows: Ints64, told: Bools) -> None:
        """Go on by a window; one that is told to be normal is no episode."""
        course = self.look(row, statistic, windows)
        alarm = course.alarm & ~told
        self.base[row] = np.where(course.ended & ~told, REBASE * statistic, self.base[row])
        self.peak[row] = np.where(
            alarm, np.maximum(np.where(self.on[row], self.peak[row], 0.0), statistic), 0.0
        )
        self.on[row] = alarm
        self.experience[row] += np.where(told, 1.0, UNTOLD) * (~alarm & (windows >= WARM))
        turn, pending = windows % DELAY == 0, self.pending[row]
        due = np.where(turn, pending[:, 1], 0.0)
        this = np.maximum(np.where(turn, 0.0, pending[:, 0]), statistic)
        last = np.where(turn, pending[:, 0], pending[:, 1])
        self.pending[row] = np.where((alarm | (windows < WARM))[:, None], 0.0, np.stack([this, last], axis=1))
        faded = self.limit[row] * (1.0 - 1.0 / np.clip(FADE * windows, FADE_LEAST, FADE_MOST))
        seen = np.where(told | (windows < EARLIEST), statistic, due)
        self.limit[row] = np.where(windows < WARM, 0.0, np.maximum(faded, np.where(alarm, 0.0, seen)))

    def _limit(self, row: Ints32) -> Floats:
        return np.asarray(
            self.limit[row] * (1.0 + (CAUTION / np.maximum(self.experience[row], 1.0)) ** POWER)
        )

    def _start(self, row: Ints32) -> Floats:
        return np.maximum(self._limit(row), self.base[row])
