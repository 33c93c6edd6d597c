"""How fast the road is today: the pace of a trip under way, and of those that left last.

An arrival says how a lane was hours ago; who is on it now says how it is. A trip's pace is the median over
equal parts of its way of real over expected time: a jam or a long call is few parts, a slow driver or snow is
all of them. What the last departures have in common is believed as far as it stands out of chance (positive
part of the estimator of James and Stein, 1961): nothing on an ordinary day, nearly all after a break.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from lineshaft.domain.readings import Floats

SHOWN: Final = 4.0
"""Parts of the way after which a pace counts half."""
OLDER: Final = 0.7
"""How much a departure counts beside the next one."""
KEPT: Final = 12
FELLOWS: Final = 3
"""Trips that make something common: what one alone does is its own."""
CHANCE: Final = 4.0
"""What the last departures have in common counts from so many variances of its chance on."""
SPREAD: Final = 0.04
"""Of trips' paces before any has arrived: a guess."""
MEMORY: Final = 60.0
MOST_LOG: Final = 1.2


@dataclass(slots=True)
class Paces:
    """Logarithms of real over expected time, of those under way; one for all shipments of a shard."""

    recent: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Trip → its pace and how much it has shown, 0 … 1; in the order of departure."""
    usual: float = 0.0
    """The median part of a trip is quicker than its mean: jams are in the mean alone."""
    variance: float = SPREAD**2
    """Of whole trips' paces around those of their fellows."""
    count: float = 0.0

    def note(
        self, trip: str, seconds: Sequence[float], expected: Floats, begun: int = 0
    ) -> tuple[float, float]:
        """A trip's pace until now, and how much it has shown; 0, 0 before it has shown anything.

        Args:
            trip: its name.
            seconds: since departure, at the ends of equal parts of the way that are driven.
            expected: (at least as many + 1) seconds since departure as expected, 0 first.
            begun: parts that it was not followed through from their beginning.
        """
        real = np.diff(np.array((0.0, *seconds)))[begun:]
        plan = np.diff(expected[: len(seconds) + 1])[begun:]
        sound = (real > 0) & (plan > 0)
        shown = int(sound.sum())
        if not shown:
            self.recent.setdefault(trip, (0.0, 0.0))
        else:
            pace = float(np.median(np.log(real[sound] / plan[sound]))) - self.usual
            self.recent[trip] = min(max(pace, -MOST_LOG), MOST_LOG), shown / (shown + SHOWN)
        while len(self.recent) > KEPT:
            del self.recent[next(iter(self.recent))]
        return self.recent.get(trip, (0.0, 0.0))

    def fleet(self) -> float:
        """What those that left last have in common.

        >>> paces = Paces()
        >>> paces.recent = {str(at): (0.3, 0.8) for at in range(6)}
        >>> round(paces.fleet(), 2)
        0.3
        >>> paces.recent = {str(at): (0.02 * (-1) ** at, 0.8) for at in range(6)}
        >>> paces.fleet() == 0
        True
        """
        if sum(shown > 0 for _, shown in self.recent.values()) < FELLOWS:
            return 0.0
        weight, weights, squares, total = 1.0, 0.0, 0.0, 0.0
        for pace, shown in reversed(self.recent.values()):
            if shown:
                weights, squares = weights + weight * shown, squares + (weight * shown) ** 2
                total += weight * shown * pace
                weight *= OLDER
        if not total:
            return 0.0
        mean = total / weights
        chances = mean**2 * (weights**2 / squares) / self.variance
        return mean * max(0.0, 1.0 - CHANCE / chances)

    def learn(self, trip: str) -> None:
        """A trip has arrived: how its pace stood against its fellows'. From now on its time teaches more."""
        pace, shown = self.recent.pop(trip, (0.0, 0.0))
        if shown < 0.5:
            return
        off = pace - self.fleet()
        bound = 3 * self.variance**0.5
        off = min(max(off, -bound), bound)
        rate = 1 / (min(self.count, MEMORY) + 10.0)
        self.count += 1
        self.usual += rate * off
        self.variance = max(self.variance + rate * (off**2 - self.variance), 1e-4)
