"""How long vehicles stay at a place, by the hour: quantiles of the last visits."""

from collections import deque
from dataclasses import dataclass, field
from typing import Final

import numpy as np

USUAL_S: Final = 1_200.0
"""Before anything is known of a place."""
PRIOR: Final = 3
"""Visits that the guess counts as much as."""
KEPT: Final = 40
MOST: Final = 1_000
NEAR_H: Final = 3


@dataclass(slots=True)
class Dwells:
    """Visits of places, bounded; who was not visited for longest goes."""

    visits: dict[str, deque[tuple[int, float]]] = field(default_factory=dict)
    """Place → hour of the day, and seconds."""

    def learn(self, place: str, hour: int, seconds: float) -> None:
        """Take in a visit that is over."""
        known = self.visits.pop(place, deque(maxlen=KEPT))
        known.append((hour, seconds))
        self.visits[place] = known
        if len(self.visits) > MOST:
            del self.visits[next(iter(self.visits))]

    def usual_s(self, place: str, hour: int, planned_s: float | None = None) -> float:
        """The median of visits at about this hour, else of all; drawn to the plan while they are few.

        >>> dwells = Dwells()
        >>> dwells.usual_s("dock", 9)
        1200.0
        >>> for _ in range(27):
        ...     dwells.learn("dock", 10, 2400.0)
        >>> dwells.usual_s("dock", 9)
        2280.0
        """
        known = self.visits.get(place, ())
        near = [s for at, s in known if min((at - hour) % 24, (hour - at) % 24) <= NEAR_H]
        seen = near or [s for _, s in known]
        guess = USUAL_S if planned_s is None else planned_s
        if not seen:
            return guess
        return (float(np.median(seen)) * len(seen) + guess * PRIOR) / (len(seen) + PRIOR)
