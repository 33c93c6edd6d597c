"""How long others took for about the same way at about the same hour: stretches of past tracks.

Every pair of fixes of a past trip is a journey with a known duration. Of those whose two ends lie nearest to
the two that are asked about, the logarithm of the pace is averaged, the nearer in place and hour the more
(kernel regression: Nadaraya, 1964; Watson, 1964), and what distance and hour alone would say stands in where
nobody drove. In San Francisco as in a hundred-kilometre trade lane, for near is relative to the distance.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np
from scipy.spatial import cKDTree

from lineshaft.domain.geometry import EARTH_RADIUS_M
from lineshaft.domain.readings import Floats, Ints64

LEAST_M: Final = 200.0
"""Added to a distance before it divides: starting and stopping take time on no way at all."""
NEAR_KM: Final = 0.12
NEAR_SHARE: Final = 0.06
"""How far apart counts half: so much, and so much of the distance asked about."""
HOURS: Final = 2.0
"""Hours of the day apart that count 1/e."""
PRIOR: Final = 0.5
"""Neighbours that distance and hour alone weigh as much as."""
FEW: Final = 24
MANY: Final = 80
"""Neighbours asked: for what is usual here, and for how it spreads."""
DISTANCE_BINS: Final = 16
AT_ONCE: Final = 20_000
"""Questions answered at a time, which bounds the room they take."""


class Stretches(NamedTuple):
    """Past journeys: from and to in km east and north of the model's centre, log pace, hour of the week."""

    ends: Floats
    """(stretches, 4)."""
    log_pace: Floats
    hour: Floats
    fold: Ints64
    """Which part of the trips it is from, so that none is asked about itself while learning."""


class Usual(NamedTuple):
    """Log pace by distance and by hour of the day, where nothing else is known."""

    log_m: Floats
    log_pace: Floats
    by_hour: Floats
    """(24,): what the hour adds."""

    def of(self, distance_m: Floats, hour: Floats) -> Floats:
        """Log of seconds per metre (`LEAST_M` added)."""
        plain = np.interp(np.log(distance_m + LEAST_M), self.log_m, self.log_pace)
        return np.asarray(plain + self.by_hour[hour.astype(np.int64) % 24])


class Found(NamedTuple):
    """What neighbours say, an element a question."""

    log_pace: Floats
    """Of the nearest in place."""
    log_pace_now: Floats
    """Those of about this hour the more."""
    spread: Floats
    nearest_km: Floats
    furthest_km: Floats
    weight: Floats
    """How much they have to say; near 0 nobody drove here at this hour."""


@dataclass(slots=True)
class Neighbours:
    """The stretches, ready to be asked."""

    stretches: Stretches
    usual: Usual
    _trees: dict[int, tuple[cKDTree, Ints64]] = field(default_factory=dict, repr=False)

    def ask(self, ends: Floats, hour: Floats, count: int, fold: Ints64 | None = None) -> Found:
        """What neighbours took.

        Args:
            ends: (questions, 4) from and to, km.
            hour: of the week.
            count: neighbours to ask.
            fold: of each question, the part of the trips it is from, which is left out; None or -1 asks all.
        """
        out = np.empty((len(ends), len(Found._fields)))
        fold = np.full(len(ends), -1) if fold is None else fold
        for one in np.unique(fold).tolist():
            rows = np.flatnonzero(fold == one)
            for at in range(0, len(rows), AT_ONCE):
                part = rows[at : at + AT_ONCE]
                out[part] = self._ask(ends[part], hour[part], count, one)
        return Found(*out.T)

    def _ask(self, ends: Floats, hour: Floats, count: int, fold: int) -> Floats:
        tree, which = self._tree(fold)
        way = np.hypot(ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1])
        usual = self.usual.of(way * 1000, hour)
        if tree.n == 0:
            nothing = np.full(len(ends), np.nan)
            return np.column_stack([usual, usual, nothing, nothing, nothing, np.zeros(len(ends))])
        off, near = tree.query(ends, k=np.arange(1, min(count, tree.n) + 1))
        near = which[near]
        apart = np.abs(self.stretches.hour[near] % 24 - hour[:, None] % 24)
        place = 1 / (1 + (off / (NEAR_KM + NEAR_SHARE * way[:, None])) ** 2)
        now = place * np.exp(-np.minimum(apart, 24 - apart) / HOURS)
        theirs = self.stretches.log_pace[near]
        here = _mean(place, theirs, usual)
        spread = np.sqrt(_mean(place, (theirs - here[:, None]) ** 2, np.zeros(len(ends))))
        return np.column_stack(
            [here, _mean(now, theirs, here), spread, off[:, 0], off[:, -1], now.sum(axis=1)]
        )

    def _tree(self, fold: int) -> tuple[cKDTree, Ints64]:
        if fold not in self._trees:
            which = np.flatnonzero(self.stretches.fold != fold)
            self._trees[fold] = cKDTree(self.stretches.ends[which]), which
        return self._trees[fold]


def _mean(weight: Floats, values: Floats, prior: Floats) -> Floats:
    return np.asarray(((weight * values).sum(axis=1) + PRIOR * prior) / (weight.sum(axis=1) + PRIOR))


def usual(distance_m: Floats, hour: Floats, log_pace: Floats) -> Usual:
    """What distance and hour alone say of the pace; at least one stretch."""
    log_m = np.log(distance_m + LEAST_M)
    bins = min(DISTANCE_BINS, max(len(log_m) // 20, 1))
    parts = np.array_split(np.argsort(log_m, kind="stable"), bins)
    centre, pace = (
        np.array([float(np.median(values[part])) for part in parts]) for values in (log_m, log_pace)
    )
    rest = log_pace - np.interp(log_m, centre, pace)
    which = hour.astype(np.int64) % 24
    # 20 stretches speak as loud as none.
    by_hour = np.bincount(which, rest, 24) / (np.bincount(which, minlength=24) + 20.0)
    return Usual(centre, pace, by_hour)


def local_hour(ts: Floats, lon: Floats) -> Floats:
    """Hours since Monday 0:00 by the sun, 0 … 168; no table of time zones is needed for habits of the day.

    >>> float(local_hour(np.array([345_600.0]), np.array([-120.0]))[0])
    160.0
    """
    # 1 January 1970 was a Thursday.
    return np.asarray((ts / 3600 + 72 + lon / 15) % 168)


def plane(centre: tuple[float, float]) -> Callable[[Floats, Floats], tuple[Floats, Floats]]:
    """Turns degrees into km east and north of a centre; good within some hundred kilometres."""
    per_degree = np.radians(1.0) * EARTH_RADIUS_M / 1000
    shrink = float(np.cos(np.radians(centre[0])))

    def onto(lat: Floats, lon: Floats) -> tuple[Floats, Floats]:
        east = (lon - centre[1] + 180) % 360 - 180
        return east * per_degree * shrink, (lat - centre[0]) * per_degree

    return onto
