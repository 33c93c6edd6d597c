"""Intervals that keep their promise, for each stretch of a trip: P10 and P90 moved by what they missed.

Conformalised quantile regression (Romano, Patterson and Candès, NeurIPS 2019), each side for itself, in
groups of how long a trip has lasted (Mondrian: Vovk, Gammerman and Shafer, 2005): who is asked about at the
start knows less than after half an hour.
"""

from typing import Final, NamedTuple

import numpy as np

from lineshaft.domain.readings import Floats

SIDE: Final = 0.1
"""Share that may lie beyond each end."""
GROUP_STEPS: Final = (0.5, 3.5, 7.5, 12.5, 20.5)
"""Edges between groups, in steps of learning: finer at first, where a trip's course decides itself."""
LEAST: Final = 60
"""Questions a group needs to speak for itself; else it is one with the group before."""
GUESS: Final = (0.3, 0.6)
"""Log ratios below and above before anything was seen (-26 %, +82 %): roads delay more than they hurry."""
GUESS_WEIGHT: Final = 10.0
"""Questions that the guess counts as much as."""


class Bands(NamedTuple):
    """By how much P10 and P90 are moved, in logarithms of time, by time since the start."""

    start_s: Floats
    """Where each group begins, ascending."""
    below: Floats
    above: Floats

    def around(self, elapsed_s: Floats, p10: Floats, p90: Floats) -> tuple[Floats, Floats]:
        """Both ends, moved.

        >>> low, high = Bands(np.array([0.0, 60.0]), np.array([0.3, 0.1]), np.array([0.5, 0.2])).around(
        ...     np.array([0.0, 90.0]), np.zeros(2), np.zeros(2)
        ... )
        >>> low.tolist(), high.tolist()
        ([-0.3, -0.1], [0.5, 0.2])
        """
        group = np.maximum(np.searchsorted(self.start_s, elapsed_s, side="right") - 1, 0)
        return p10 - self.below[group], p90 + self.above[group]


def bands(elapsed_s: Floats, step_s: float, below: Floats, above: Floats) -> Bands:
    """The bands that would have kept their promise on questions not learned from.

    Args:
        elapsed_s: since the trip's start, of each question; there may be none.
        step_s: between two questions of a trip.
        below: by how much the logarithm of the real time lay below P10; negative where it was above.
        above: likewise above P90.
    """
    group = np.searchsorted(np.array(GROUP_STEPS) * step_s, elapsed_s, side="right")
    starts, rows = [0.0], [np.flatnonzero(group == 0)]
    for at in range(1, len(GROUP_STEPS) + 1):
        mine = np.flatnonzero(group == at)
        if len(mine) >= LEAST <= len(rows[-1]):
            starts.append(GROUP_STEPS[at - 1] * step_s)
            rows.append(mine)
        else:
            rows[-1] = np.concatenate([rows[-1], mine])
    moved = [
        [_end(side[mine], guess) for mine in rows] for side, guess in zip((below, above), GUESS, strict=True)
    ]
    return Bands(np.array(starts), *map(np.array, moved))


def _end(missed: Floats, guess: float) -> float:
    """The (1 - SIDE) quantile with the finite-sample correction, drawn to a guess while they are few."""
    if not len(missed):
        return guess
    share = min((1 - SIDE) * (1 + 1 / len(missed)), 1.0)
    found = float(np.quantile(missed, share, method="higher"))
    weight = len(missed) / (len(missed) + GUESS_WEIGHT)
    return weight * found + (1 - weight) * guess if len(missed) < LEAST else found
