"""Learns arrival times from past trips: the part that needs scikit-learn.

Each trip is asked about at its start and at equal steps of time afterwards, never at shares of its length:
how long it has lasted would then tell how long it lasts. The last fifth of the trips by time is held back:
the trees count only if they beat the neighbours there, and it makes the intervals. Only the first of the fits
that answer together is tried there and has ends of its own: the others add their median.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingRegressor
from threadpoolctl import threadpool_limits

from lineshaft.detect.eta.bands import SIDE, bands
from lineshaft.detect.eta.model import EtaModel, Member, seen, times
from lineshaft.detect.eta.neighbours import LEAST_M, Neighbours, Stretches, Usual, local_hour, plane, usual
from lineshaft.detect.eta.tracks import Course, Moments, Tracks, course, moments
from lineshaft.detect.prognosis.failure import ModelError, Trees
from lineshaft.detect.prognosis.learning import trees_of
from lineshaft.domain.geometry import distance_m
from lineshaft.domain.readings import Floats, Ints64

Bools = NDArray[np.bool_]

LEAST_TRIPS: Final = 3
LEAST_LEARNED: Final = 60
"""Trips below which trees would learn chance."""
MEMBERS: Final = 3
"""Fits whose medians are averaged: on the first 70 % of Cabspotting, split in time again, 1 % less error."""
STRIDE: Final = 1_000
"""Between the seeds of two of them."""
FOLDS: Final = 4
HELD_BACK: Final = 0.2
EACH: Final = 10
"""Stretches of a trip to its end, and as many between any of its fixes."""
MOST_STRETCHES: Final = 240_000
MOST_QUESTIONS: Final = 160_000
MOST_STEPS: Final = 60
"""Questions about one trip."""
STEPS_S: Final = (10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0)
STEPS_A_TRIP: Final = 12
SHORTEST_S: Final = 20.0
"""A stretch below this says more about the clock's grain than about the road."""
BOOSTING: Final[dict[str, Any]] = {
    "learning_rate": 0.07,
    "max_leaf_nodes": 31,
    "max_depth": 8,  # keeps an answer quick: all questions walk as far as the deepest tree
    "l2_regularization": 1.0,
    "max_features": 0.5,
    "early_stopping": False,
}
"""Chosen on the first 70 % of Cabspotting."""
LEAST_TREES: Final = 60
MOST_TREES: Final = 250
QUESTIONS_A_TREE: Final = 200
"""Few trips are learned with few trees."""


@dataclass(slots=True, frozen=True)
class Lesson:
    """Questions about past trips, with their answers."""

    asked: Moments
    trip: Ints64
    left_s: Floats
    later: Bools
    """Of the trips held back."""
    step_s: float


def fit(tracks: Tracks, seed: int = 1) -> EtaModel:
    """A model of trips that are over; each one's last fix is its arrival.

    Raises:
        ModelError: too few trips have two fixes at different times.
    """
    if len(tracks.names):
        lasts = tracks.ts[tracks.start[1:] - 1] - tracks.ts[tracks.start[:-1]]
        tracks = tracks.only(lasts >= SHORTEST_S)
    if len(tracks.names) < LEAST_TRIPS:
        raise ModelError(
            f"{len(tracks.names)} trips of at least {SHORTEST_S:.0f} s; expected {LEAST_TRIPS} or more"
        )
    # Its threads wait for one another by spinning: beside other work one is far quicker than several.
    with threadpool_limits(1):
        return _fit(tracks, seed)


def _fit(tracks: Tracks, seed: int) -> EtaModel:
    centre = float(np.median(tracks.lat)), float(np.median(tracks.lon))
    lesson = _lesson(course(tracks), np.random.default_rng(seed))
    fits = [_Fit(tracks, centre, lesson, seed + STRIDE * one) for one in range(MEMBERS)]
    metrics: dict[str, Any] = {"trips": len(tracks.names), "questions": len(lesson.trip)}
    later, base_s = lesson.later, fits[0].known.base_s[lesson.later]
    p50, ends, held = np.ones(len(base_s)), None, (np.zeros(len(base_s)),) * 2
    if len(tracks.names) >= LEAST_LEARNED and later.any() and not later.all():
        metrics["mae_neighbours_s"] = fits[0].missed_s(p50)
        tried = fits[0].boosted(~later).predict(fits[0].x[later])
        if fits[0].missed_s(tried) < metrics["mae_neighbours_s"]:
            p50, below, above = tried, *(fits[0].boosted(~later, share) for share in (SIDE, 1 - SIDE))
            held = below.predict(fits[0].x[later]), above.predict(fits[0].x[later])
            ends = trees_of(below), trees_of(above)
    members = tuple(Member(one.neighbours, one.trees() if ends else None) for one in fits)
    real = lesson.left_s[later]
    log_base, log_real = np.log(base_s), np.log(np.maximum(real, 1.0))
    asked = Moments(*(column[later] for column in lesson.asked))
    low, high = (log_base + one for one in held)
    found = bands(asked.elapsed_s, lesson.step_s, low - log_real, log_real - high)
    if len(real):
        low, middle, high = times(asked, base_s * p50, (low, high), found)
        metrics["mae_s"] = float(np.abs(middle - real).mean())
        metrics["mare"] = float(np.abs(middle - real).sum() / real.sum())
        metrics["coverage"] = float(((low <= real) & (real <= high)).mean())
    return EtaModel(centre, members, ends, found, metrics)


class _Fit:
    """One member while it is learned."""

    def __init__(self, tracks: Tracks, centre: tuple[float, float], lesson: Lesson, seed: int) -> None:
        rng = np.random.default_rng(seed)
        fold = rng.permutation(len(tracks.names)) % FOLDS
        self.lesson, self.seed = lesson, seed
        self.neighbours = _neighbours(tracks, centre, fold, rng)
        self.known = seen(lesson.asked, centre, self.neighbours, fold[lesson.trip])
        # The library cannot take a column without a value; a constant one splits nothing.
        nothing = np.isnan(self.known.features[~lesson.later]).all(axis=0)
        self.x = np.where(nothing, 0.0, self.known.features)

    def boosted(self, rows: Bools, share: float = 0.5) -> HistGradientBoostingRegressor:
        """Of the median, where a second counts as much wherever it is missed; or of another quantile."""
        base_s, real, median = self.known.base_s, self.lesson.left_s, share == 0.5
        goal = real / base_s if median else np.log(np.maximum(real, 1.0) / base_s)
        model = HistGradientBoostingRegressor(
            loss="absolute_error" if median else "quantile",
            quantile=None if median else share,
            max_iter=int(np.clip(len(real) // QUESTIONS_A_TREE, LEAST_TREES, MOST_TREES)),
            min_samples_leaf=int(np.clip((~self.lesson.later).sum() // 50, 5, 40)),
            random_state=self.seed,
            **BOOSTING,
        )
        return model.fit(self.x[rows], goal[rows], sample_weight=base_s[rows] if median else None)

    def trees(self) -> Trees:
        """Learned of all trips, those held back among them."""
        return trees_of(self.boosted(np.ones_like(self.lesson.later)))

    def missed_s(self, ratio: Floats) -> float:
        """Mean error on the trips held back."""
        later, base_s = self.lesson.later, self.known.base_s
        return float(np.abs(base_s[later] * ratio - self.lesson.left_s[later]).mean())


def _neighbours(
    tracks: Tracks, centre: tuple[float, float], fold: Ints64, rng: np.random.Generator
) -> Neighbours:
    sizes = np.diff(tracks.start)
    each = max(min(EACH, MOST_STRETCHES // (2 * len(sizes))), 1)
    trip = np.repeat(np.arange(len(sizes)), 2 * each)
    one, two = (np.floor(rng.random(len(trip)) * sizes[trip]).astype(np.int64) for _ in range(2))
    to_end = np.arange(len(trip)) % (2 * each) < each
    first = np.where(to_end, one, np.minimum(one, two))
    first[:: 2 * each] = 0  # the whole trip is always among them
    last = np.where(to_end, sizes[trip] - 1, np.maximum(one, two))
    pairs = np.unique(np.column_stack([trip, first, last]), axis=0)
    trip, begin, end = pairs[:, 0], *(tracks.start[pairs[:, 0]] + pairs[:, at] for at in (1, 2))
    seconds = tracks.ts[end] - tracks.ts[begin]
    long = seconds >= SHORTEST_S
    trip, begin, end, seconds = trip[long], begin[long], end[long], seconds[long]
    onto = plane(centre)
    places = (onto(tracks.lat[at], tracks.lon[at]) for at in (begin, end))
    ends = np.column_stack([one for place in places for one in place])
    way = distance_m(tracks.lat[begin], tracks.lon[begin], tracks.lat[end], tracks.lon[end])
    log_pace = np.log(seconds / (way + LEAST_M))
    hour = local_hour(tracks.ts[begin], tracks.lon[begin])
    plain: Usual = usual(way, hour, log_pace)
    return Neighbours(Stretches(ends, log_pace, hour, fold[trip]), plain)


def _lesson(found: Course, rng: np.random.Generator) -> Lesson:
    """Questions at equal steps of time, of all trips or as many as there is room for."""
    tracks = found.tracks
    begin, end = tracks.start[:-1], tracks.start[1:] - 1
    lasts = tracks.ts[end] - tracks.ts[begin]
    wanted = float(np.quantile(lasts, 0.75)) / STEPS_A_TRIP
    step_s = min(STEPS_S, key=lambda one: abs(np.log(one / max(wanted, 1.0))))
    count = np.clip(np.ceil(lasts / step_s).astype(np.int64), 1, MOST_STEPS)
    order = rng.permutation(len(count))
    kept = np.zeros(len(count), np.bool_)
    kept[order[np.cumsum(count[order]) <= MOST_QUESTIONS]] = True
    count = np.where(kept, count, 0)
    trip = np.repeat(np.arange(len(count)), count)
    number = np.arange(len(trip)) - np.repeat(np.cumsum(count) - count, count)
    ts = tracks.ts[begin[trip]] + number * step_s
    dest = tracks.lat[end[trip]], tracks.lon[end[trip]]
    first = tracks.ts[begin]
    later = (first > np.quantile(first, 1 - HELD_BACK))[trip]
    return Lesson(moments(found, trip, ts, dest), trip, tracks.ts[end[trip]] - ts, later, step_s)
