"""What arrivals teach while the plant runs: how long a lane takes, where on it, and how far to trust that.

Three things are learned from each arrival and forgotten slowly: effects on the planned time (of all, the
lane, the lane at this hour, the hour, the carrier), each lane's course (which share of the time is over at
which share of the way), and how much of a trip's own pace and delay goes on. A new regime is seen at those
under way, hours before the first arrival (`pace`). The interval is conformal with levels that follow what it
misses (Gibbs and Candès, NeurIPS 2021), in groups of the time left and the share that is over: each keeps its
promise by itself, whichever questions are asked.
"""

from bisect import bisect_right
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import exp, log
from typing import Final, NamedTuple

import numpy as np

from lineshaft.detect.eta.pace import Paces
from lineshaft.domain.readings import Floats

MODEL: Final = "lane-1"

HORIZONS_S: Final = (3_600.0, 14_400.0)
"""Edges between the groups of predicted time left."""
SHARES: Final = (0.0, 0.05, 0.2, 0.4, 0.6, 0.8)
"""Edges between groups by the share of the time that is over: who has hardly left knows less than others."""
BEFORE: Final = -1.0
"""The share of a trip that has not left yet: when it will is part of what is missed."""
SIDE: Final = 0.1
STEP: Final = 0.02
"""How quickly a level follows what is missed."""
LEVELS: Final = (0.01, 0.3)
PRIOR: Final = (-0.22, 0.30)
"""Log ratios beyond which a tenth lies before anything has arrived: roads delay, seldom hurry. A guess."""
PRIOR_WEIGHT: Final = 10
KEPT: Final = 240
"""Errors remembered for each group."""
POINTS: Final = 40
"""Places of a lane's course."""
COURSE_MEMORY: Final = 30.0
MOST: Final = 2_000
"""Lanes, hours and carriers remembered; who was not heard of for longest goes."""
DELAY_BINS: Final = 5
DELAY_FADE: Final = 0.995
GOES_ON: Final = (0.8, 0.3)
"""How much of a trip's own pace goes on, and of the delay that it does not explain, before that is known."""
SURE: Final = (0.02, 0.05)
"""How sure that is: sums of squares."""
NOTHING_LEARNED: Final = (SURE[0], 0.0, SURE[1], SURE[0] * GOES_ON[0], SURE[1] * GOES_ON[1])
MOST_LOG: Final = 1.2


class Interval(NamedTuple):
    """Seconds until arrival."""

    p10_s: float
    p50_s: float
    p90_s: float


class Checkpoint(NamedTuple):
    """A prediction kept until the arrival grades it."""

    at_us: int
    plain_s: float
    """Time left before it was looked at how this trip goes."""
    own: float
    """Logarithm of its own pace over its fellows', drawn to none while it has shown little."""
    delay: float
    """Logarithm of time taken over time expected until then, as far as pace does not explain it."""
    share: float
    """Of the time that should be over; `BEFORE` the trip."""
    told: Interval


class Learner(NamedTuple):
    """How quickly one kind of effect is learned."""

    memory: float
    prior: float


LEARNERS: Final = (
    Learner(12.0, 4.0),
    Learner(25.0, 3.0),
    Learner(25.0, 6.0),
    Learner(40.0, 8.0),
    Learner(60.0, 8.0),
)
"""Of all, the lane, the lane at this hour, the hour, the carrier."""


class Way(NamedTuple):
    """What an effect can depend on."""

    lane: str
    hour: int
    """Of the day, where it starts."""
    carrier: str

    @property
    def keys(self) -> tuple[str, ...]:
        """Names of the effects, as in `LEARNERS`."""
        band = self.hour // 2
        return ("", f"l {self.lane}", f"lh {self.lane} {band}", f"h {band}", f"c {self.carrier}")


@dataclass(slots=True)
class Group:
    """Errors of predictions with about as much time left."""

    errors: deque[float] = field(default_factory=lambda: deque(maxlen=KEPT))
    """Logarithms of real over predicted time."""
    low: float = SIDE
    high: float = SIDE
    """Shares beyond each end that are aimed at, so that in the end `SIDE` lies there."""

    def ends(self) -> tuple[float, float]:
        """Logarithms by which P10 and P90 differ from the prediction."""
        weight = len(self.errors) / (len(self.errors) + PRIOR_WEIGHT)
        if not self.errors:
            return PRIOR
        found = np.quantile(np.array(self.errors), (self.low, 1 - self.high))
        low, high = (weight * at + (1 - weight) * guess for at, guess in zip(found, PRIOR, strict=True))
        return min(float(low), -0.01), max(float(high), 0.01)

    def learn(self, told: Interval, real_s: float) -> None:
        """Take in what a prediction was worth."""
        self.low = _clip(self.low + STEP * (SIDE - (real_s < told.p10_s)), *LEVELS)
        self.high = _clip(self.high + STEP * (SIDE - (real_s > told.p90_s)), *LEVELS)
        self.errors.append(_clip(log(real_s / told.p50_s), -MOST_LOG, MOST_LOG))


@dataclass(slots=True)
class Arrivals:
    """What was learned; one for all shipments of a shard, bounded."""

    effects: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Key → logarithm of real over planned time, and the arrivals it rests on."""
    courses: dict[str, tuple[float, tuple[float, ...]]] = field(default_factory=dict)
    """Lane → arrivals, and the share of the time over at each of `POINTS` equal shares of the way."""
    paces: Paces = field(default_factory=Paces)
    delays: list[tuple[float, ...]] = field(default_factory=lambda: [NOTHING_LEARNED] * DELAY_BINS)
    """By share of the time: the normal equations of how much of pace and delay goes on, faded."""
    groups: list[Group] = field(
        default_factory=lambda: [Group() for _ in range((len(HORIZONS_S) + 1) * (len(SHARES) + 1))]
    )

    def factor(self, way: Way) -> float:
        """Real over planned time of a whole trip, as expected."""
        return exp(_clip(sum(self.effects.get(key, (0.0, 0.0))[0] for key in way.keys), -MOST_LOG, MOST_LOG))

    def course(self, lane: str, plain: Floats) -> Floats:
        """Share of the time that is over at each of `POINTS` + 1 places of the way, from 0 to 1.

        Args:
            lane: its name.
            plain: the same, as it is thought to be before the lane was driven.
        """
        known = self.courses.get(lane)
        if known is None:
            return plain
        weight = known[0] / (known[0] + 1.0)
        return np.asarray(weight * np.array((0.0, *known[1])) + (1 - weight) * plain)

    def left(self, plain_s: float, own: float, delay: float, share: float) -> Interval:
        """Time left, with the part of how the trip goes that goes on.

        Args:
            plain_s: time left as lane and fellows say.
            own: as in `Checkpoint`.
            delay: likewise.
            share: likewise.
        """
        of_own, of_delay = _solved(self.delays[_bin(share)])
        predicted = max(plain_s * exp(_clip(of_own * own + of_delay * delay, -0.7, 0.7)), 1.0)
        low, high = self.groups[group_of(predicted, share)].ends()
        return Interval(predicted * exp(low), predicted, predicted * exp(high))

    def learn(
        self,
        way: Way,
        planned_s: float,
        real_s: float,
        course: Sequence[float],
        told: Sequence[tuple[Checkpoint, float]],
    ) -> None:
        """Take in an arrival.

        Args:
            way: of the trip.
            planned_s: how long it was to take.
            real_s: how long it took.
            course: seconds from departure at each of `POINTS` equal shares of the way; empty where not seen.
            told: some predictions of each group, each with the time that really was left.
        """
        if planned_s <= 0 or real_s <= 0:
            return
        self._learn_effects(way, _clip(log(real_s / planned_s / self.factor(way)), -MOST_LOG, MOST_LOG))
        if len(course) == POINTS:
            self._learn_course(way.lane, [seconds / real_s for seconds in course])
        for one, left_s in told:
            if left_s >= 60 and one.plain_s >= 60:  # below it says more about rounding than about roads
                self.groups[group_of(one.told.p50_s, one.share)].learn(one.told, left_s)
                if one.share >= 0:
                    self._learn_delay(one, left_s)

    def _learn_effects(self, way: Way, missed: float) -> None:
        known = [(key, *self.effects.pop(key, (0.0, 0.0))) for key in way.keys]
        rates = [
            1 / (min(count, one.memory) + one.prior)
            for (_, _, count), one in zip(known, LEARNERS, strict=True)
        ]
        scale = 1 / max(sum(rates), 1.0)
        for (key, effect, count), rate in zip(known, rates, strict=True):
            self.effects[key] = effect + rate * scale * missed, count + 1  # last: heard of most lately
        while len(self.effects) > MOST:
            del self.effects[next(iter(self.effects))]

    def _learn_course(self, lane: str, course: Sequence[float]) -> None:
        count, before = self.courses.pop(lane, (0.0, tuple(course)))
        rate = 1 / (min(count, COURSE_MEMORY) + 1)
        self.courses[lane] = count + 1, tuple(b + rate * (c - b) for b, c in zip(before, course, strict=True))
        if len(self.courses) > MOST:
            del self.courses[next(iter(self.courses))]

    def _learn_delay(self, one: Checkpoint, left_s: float) -> None:
        at = _bin(one.share)
        went_on = _clip(log(left_s / one.plain_s), -MOST_LOG, MOST_LOG)
        seen = (one.own**2, one.own * one.delay, one.delay**2, one.own * went_on, one.delay * went_on)
        self.delays[at] = tuple(
            DELAY_FADE * before + new + (1 - DELAY_FADE) * prior
            for before, new, prior in zip(self.delays[at], seen, NOTHING_LEARNED, strict=True)
        )


def _solved(sums: Sequence[float]) -> tuple[float, float]:
    """How much of pace and delay goes on: least squares."""
    own, both, delay, own_on, delay_on = sums
    size = own * delay - both**2
    return (own_on * delay - delay_on * both) / size, (delay_on * own - own_on * both) / size


def _bin(share: float) -> int:
    return min(max(int(share * DELAY_BINS), 0), DELAY_BINS - 1)


def group_of(predicted_s: float, share: float) -> int:
    """By the time left, and by how much of it is over."""
    return bisect_right(HORIZONS_S, predicted_s) * (len(SHARES) + 1) + bisect_right(SHARES, share)


def _clip(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)
