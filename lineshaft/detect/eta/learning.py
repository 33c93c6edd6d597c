"""Learns arrival times from past trips: the part that needs scikit-learn.

Each trip is asked about at its start and at equal steps of time afterwards, never at shares of its length:
how long it has lasted would then tell how long it lasts. The last fifth of the trips by time is held back:
the trees count only if they beat the neighbours there, and it makes the intervals.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingRegressor
from threadpoolctl import threadpool_limits

from lineshaft.detect.eta.bands import SIDE, bands
from lineshaft.detect.eta.model import EtaModel, Seen, seen
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
    rng = np.random.default_rng(seed)
    fold = rng.permutation(len(tracks.names)) % FOLDS
    centre = float(np.median(tracks.lat)), float(np.median(tracks.lon))
    neighbours = _neighbours(tracks, centre, fold, rng)
    lesson = _lesson(course(tracks), rng)
    known = seen(lesson.asked, centre, neighbours, fold[lesson.trip])
    metrics: dict[str, Any] = {"trips": len(tracks.names), "questions": len(lesson.trip)}
    trees, said = _trees(lesson, known, seed, metrics)
    base_s, real = known.base_s[lesson.later], lesson.left_s[lesson.later]
    held = Moments(*(column[lesson.later] for column in lesson.asked))
    log_ratio = np.log(np.maximum(real, 1.0) / base_s)
    found = bands(held.elapsed_s, lesson.step_s, said[0] - log_ratio, log_ratio - said[2])
    model = EtaModel(centre, neighbours, trees, found, metrics)
    if len(real):
        low, middle, high = model.times(held, base_s, *said)
        metrics["mae_s"] = float(np.abs(middle - real).mean())
        metrics["mare"] = float(np.abs(middle - real).sum() / real.sum())
        metrics["coverage"] = float(((low <= real) & (real <= high)).mean())
    return model


def _trees(
    lesson: Lesson, known: Seen, seed: int, metrics: dict[str, Any]
) -> tuple[tuple[Trees, Trees, Trees] | None, tuple[Floats, Floats, Floats]]:
    """Trees, where they beat the neighbours on the trips held back, and what is said of those."""
    later, base_s = lesson.later, known.base_s
    nothing = np.zeros(int(later.sum()))
    without = nothing, nothing + 1.0, nothing
    if metrics["trips"] < LEAST_LEARNED or not later.any() or later.all():
        return None, without
    ratio = lesson.left_s / base_s
    log_ratio = np.log(np.maximum(lesson.left_s, 1.0) / base_s)
    # The library cannot take a column without a value; a constant one splits nothing.
    x = np.where(np.isnan(known.features[~later]).all(axis=0), 0.0, known.features)
    count = int(np.clip(len(later) // QUESTIONS_A_TREE, LEAST_TREES, MOST_TREES))
    leaf = int(np.clip((~later).sum() // 50, 5, 40))

    def boosted(rows: Bools, goal: Floats, share: float = 0.5) -> HistGradientBoostingRegressor:
        """Of the median, where a second counts as much wherever it is missed; or of another quantile."""
        median = share == 0.5
        model = HistGradientBoostingRegressor(
            loss="absolute_error" if median else "quantile",
            quantile=None if median else share,
            max_iter=count,
            min_samples_leaf=leaf,
            random_state=seed,
            **BOOSTING,
        )
        return model.fit(x[rows], goal[rows], sample_weight=base_s[rows] if median else None)

    p50 = boosted(~later, ratio).predict(x[later])
    metrics["mae_neighbours_s"] = float((base_s * np.abs(1 - ratio))[later].mean())
    if (base_s[later] * np.abs(p50 - ratio[later])).mean() >= metrics["mae_neighbours_s"]:
        return None, without
    ends = [boosted(~later, log_ratio, share) for share in (SIDE, 1 - SIDE)]
    low, high = (end.predict(x[later]) for end in ends)
    every = np.ones_like(later)
    middle = boosted(every, ratio)
    return (trees_of(ends[0]), trees_of(middle), trees_of(ends[1])), (low, p50, high)


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
