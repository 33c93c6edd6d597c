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
from lineshaft.detect.state.rows import Rows, within
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
    on: Bools
    """Whether an episode was under way before."""
    limit: Floats
    """What quiet times reached."""
    peak: Floats
    """Of the episode that was under way."""


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
        on, quiet, peak = self.on[row], self.limit[row], self.peak[row]
        limit = quiet * (1.0 + (CAUTION / np.maximum(self.experience[row], 1.0)) ** POWER)
        start = np.maximum(limit, self.base[row])
        began = ~on & (statistic > start) & (windows >= EARLIEST)
        stays = on & (statistic >= np.maximum(limit, CLEAR * np.maximum(peak, statistic)))
        return Course(began | stays, began, on & ~stays, on, quiet, peak)

    def learn(self, row: Ints32, course: Course, statistic: Floats, seen: tuple[Ints64, Bools]) -> None:
        """Go on by a window that was looked at.

        Args:
            row: of each window.
            course: what was found.
            statistic: as it was looked at.
            seen: how many windows each row had before, and which of these are told to be normal: no episode.
        """
        windows, told = seen
        alarm = course.alarm & ~told
        over = course.ended & ~told
        if over.any():
            self.base[row] = np.where(over, REBASE * statistic, self.base[row])
        self.peak[row] = np.where(alarm, np.maximum(np.where(course.on, course.peak, 0.0), statistic), 0.0)
        self.on[row] = alarm
        self.experience[row] += np.where(told, 1.0, UNTOLD) * (~alarm & (windows >= WARM))
        this, last = self.pending[row].T
        turn, early = windows % DELAY == 0, windows < WARM
        due = np.where(turn, last, 0.0)
        fresh = np.empty((len(row), 2))
        fresh[:, 0] = np.maximum(np.where(turn, 0.0, this), statistic)
        fresh[:, 1] = np.where(turn, this, last)
        fresh[alarm | early] = 0.0
        self.pending[row] = fresh
        faded = course.limit * (1.0 - 1.0 / within(FADE * windows, FADE_LEAST, FADE_MOST))
        quiet = np.where(told | (windows < EARLIEST), statistic, due)
        self.limit[row] = np.where(early, 0.0, np.maximum(faded, np.where(alarm, 0.0, quiet)))


def calm(course: Course, statistic: Floats) -> Floats:
    """1 for the usual down to 0 at the limit: how much of a window may be learned."""
    return within(2.0 * (1.0 - statistic / np.maximum(course.limit, 0.1)), 0.0, 1.0)
