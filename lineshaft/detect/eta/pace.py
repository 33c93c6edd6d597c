"""When a shipment arrives: remaining way over pace, with an interval learned from its own past errors.

Pace is metres of route a second, stops included. A vehicle's own recent pace and the plan's are blended by
how much way each of them speaks for: at the start only the plan knows anything, later the road does. The
interval comes from the ratios (real time left / predicted time left) of earlier arrivals, apart for the hours
that were left, because a minute's error near the end and an hour's at the start have nothing in common.
"""

from bisect import bisect_right
from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple

MODEL = "pace-1"

HORIZONS_S = (3_600.0, 7_200.0, 14_400.0, 28_800.0)
"""Edges between the groups of time left (domain facts, ETA metrics)."""

PRIOR = (0.80, 1.00, 1.35)
"""P10, P50, P90 of the ratio before anything has arrived: roads delay more than they hurry. Our guess."""
PRIOR_WEIGHT = 10
"""Arrivals after which what was learned counts as much as the prior."""
KEPT = 200
"""Ratios remembered for each group."""

LEAST_PACE_MS = 0.5
"""Nobody is predicted to stand for ever."""


class Interval(NamedTuple):
    """Seconds until arrival."""

    p10_s: float
    p50_s: float
    p90_s: float


@dataclass(slots=True)
class Errors:
    """What earlier predictions were worth; one for all shipments of a shard, bounded."""

    ratios: list[deque[float]] = field(
        default_factory=lambda: [deque(maxlen=KEPT) for _ in range(len(HORIZONS_S) + 1)]
    )

    def learn(self, predicted_s: float, real_s: float) -> None:
        """Take in how long a predicted stretch took in the end."""
        if predicted_s > 60:  # below a minute the ratio says more about rounding than about roads
            self.ratios[bisect_right(HORIZONS_S, predicted_s)].append(
                min(max(real_s / predicted_s, 0.2), 5.0)
            )

    def interval(self, predicted_s: float) -> Interval:
        """The quantiles of the time left, given its plain prediction.

        >>> tuple(round(s) for s in Errors().interval(1000.0))
        (800, 1000, 1350)
        """
        known = sorted(self.ratios[bisect_right(HORIZONS_S, predicted_s)])
        weight = len(known) / (len(known) + PRIOR_WEIGHT)
        quantiles = []
        for share, prior in zip((0.1, 0.5, 0.9), PRIOR, strict=True):
            seen = known[min(int(share * len(known)), len(known) - 1)] if known else prior
            quantiles.append(predicted_s * (weight * seen + (1 - weight) * prior))
        return Interval(*sorted(quantiles))


def blended_pace(plan_ms: float, own_ms: float, own_m: float, trust_m: float) -> float:
    """The pace to expect.

    Args:
        plan_ms: of the plan: length of the route over its planned time.
        own_ms: the vehicle's on this route until now, the recent part more.
        own_m: the way that `own_ms` speaks for.
        trust_m: the way after which both count the same.

    >>> blended_pace(20.0, 10.0, 0.0, 10_000.0), blended_pace(20.0, 10.0, 10_000.0, 10_000.0)
    (20.0, 15.0)
    """
    weight = own_m / (own_m + trust_m)
    return max(weight * own_ms + (1 - weight) * plan_ms, LEAST_PACE_MS)


def seconds_left(remaining_m: float, pace_ms: float) -> float:
    """The plain prediction."""
    return remaining_m / max(pace_ms, LEAST_PACE_MS)
