"""Arrival times as the flow learns them, on simulated trucks whose truth is known; faster than life.

    python -m benchmarks.eta_simulated [--trips 1200] [--seed 1 2 3] [--json] [--write-docs]

Trips of the demonstration's fleet are driven beside one another through the shard's own step
(`stream.steps.shipments`), a fix every two minutes; what a trip teaches is known from its arrival on. The
first trips are to learn from; from two thirds on all ways take a third longer than anybody planned. Questions
are put at fixed minutes after the departure. Beside it, both of all arrivals until then: way left over the
fleet's mean speed, and the lane's mean duration less the time driven.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from math import nan
from typing import Any, Final, NamedTuple

import numpy as np

from benchmarks import figures
from benchmarks.eta import DOCS, ROOT, written
from lineshaft.domain.plant import Name, Route, RouteStop
from lineshaft.domain.promises import LATE_US, late_probability
from lineshaft.domain.readings import Floats
from lineshaft.domain.trips import Fix
from simulators import noise
from simulators.routes import WAYS
from simulators.trips import Order, Trip, drive, planned_s
from stream.steps.plans import Plan
from stream.steps.shipments import Shipments

S: Final = 1_000_000
FIX_S: Final = 120
AFTER_MIN: Final = (0, 15, 30, 60, 120, 180)
START_US: Final = 1_790_000_000 * S
APART_S: Final = 900
LEARNING: Final = 150
"""First trips, which are not counted."""
SLOWER: Final = 4 / 3
SETTLED: Final = 200
"""Trips after the slowdown until all must be well again."""
FLAG: Final = 0.5
KNOWABLE_S: Final = 7_200.0
RADIUS_M: Final = 800.0
RESULTS: Final = ROOT / "benchmarks" / "eta_simulated.json"
MARKS: Final = "<!-- eta simulated: written by --write-docs -->", "<!-- end of eta simulated -->"
SHOWN: Final = (
    "n", "mean_min", "mae_min", "distance_speed_min", "lane_mean_min", "coverage", "brier", "brier_base_rate",
)  # fmt: skip
Found = dict[str, Any]


class Asked(NamedTuple):
    """One question with what was said; seconds."""

    trip: int
    left: float
    p10: float
    p50: float
    p90: float
    by_speed: float
    by_lane: float
    late: float
    """P(late)."""
    was_late: float


def main(words: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.eta_simulated", description=__doc__.split("\n")[0]
    )
    parser.add_argument("--trips", type=int, default=1200)
    parser.add_argument("--seed", type=int, nargs="+", default=[1])
    parser.add_argument("--json", action="store_true", help="JSON instead of words")
    parser.add_argument("--write-docs", action="store_true", help="keep the figures, put them into the docs")
    told = parser.parse_args(words)
    runs = [{"seed": seed, **measure(told.trips, seed)} for seed in told.seed]
    found = {"commit": figures.commit(), "runs": runs}
    print(json.dumps(found, indent=1) if told.json else words_of(found))
    if told.write_docs:
        written(found, RESULTS, DOCS, (words_of, MARKS))
    return 0


def measure(count: int, seed: int) -> Found:
    """The figures before and after the slowdown."""
    slow_from = count * 2 // 3
    trips = [_trip(number, seed, SLOWER if number >= slow_from else 1.0) for number in range(count)]
    asked, flagged = _run(trips)
    rows = np.array([one for one in asked if one.trip >= LEARNING])
    number = rows[:, 0]
    lead = [
        (trips[at].arrives_us - flagged[at]) / 3.6e9 if at in flagged else 0.0
        for at in range(LEARNING, count)
        if at < slow_from or at >= slow_from + SETTLED
        if _knowable(trips, at)
    ]
    return {
        "trips": count - LEARNING,
        "steady": _graded(rows[number < slow_from]),
        "settling": _graded(rows[(number >= slow_from) & (number < slow_from + SETTLED)]),
        "settled": _graded(rows[number >= slow_from + SETTLED]),
        "whole": _graded(rows),
        "knowably_late": len(lead),
        "flagged_ahead_h": round(float(np.median(lead)), 2) if lead else None,
    }


def _trip(number: int, seed: int, slower: float) -> Trip:
    keys = sorted(WAYS)
    place = noise.key(seed, "eta", number)
    way = WAYS[keys[int(noise.uniform(place ^ 5, 0) * len(keys))]]
    trip = drive(Order(way, START_US + number * APART_S * S, place))
    begin = trip.instants_us[0]
    return Trip(trip.order, begin + (trip.instants_us - begin) * slower, trip.metres)


def _run(trips: list[Trip]) -> tuple[list[Asked], dict[int, int]]:
    """All fixes in the order of time; gives questions with answers, and when each trip was first flagged."""
    shipments, past = Shipments(), _Past()
    fixes = sorted(
        (at_us, number)
        for number, trip in enumerate(trips)
        for at_us in range(trip.departs_us - 240 * S, trip.arrives_us + 4 * FIX_S * S, FIX_S * S)
    )
    asked: list[Asked] = []
    flagged: dict[int, int] = {}
    open_questions: dict[int, list[int]] = {}
    for at_us, number in fixes:
        trip, way = trips[number], trips[number].order.way
        name = f"t{number}"
        due_us = trip.order.planned_us + int(planned_s(way, trip.order.planned_us) * S)
        if number not in open_questions:
            open_questions[number] = list(AFTER_MIN)
            shipments.plan(Plan(name, name, way.key, trip.order.planned_us, due_us), _route(way), at_us)
        metres = float(trip.at_m(np.array(at_us)))
        lat, lon = (float(np.interp(metres, way.line.along_m, side)) for side in (way.line.lat, way.line.lon))
        milestones, etas = shipments.follow(name, Fix(at_us, lat, lon, 15.0, nan, 5.0), 0)
        if any(one.kind == "arrival" for one in milestones):
            past.learn(trip)
        for eta in etas:
            late = late_probability(due_us + LATE_US, eta.p10_us, eta.p50_us, eta.p90_us)
            if late >= FLAG:
                flagged.setdefault(number, at_us)
            else:
                flagged.pop(number, None)
            minutes = (at_us - trip.departs_us) / S / 60
            left_s = (trip.arrives_us - at_us) / S
            if left_s > 60 and open_questions[number] and minutes >= open_questions[number][0]:
                open_questions[number].pop(0)
                p10, p50, p90 = ((one - at_us) / S for one in (eta.p10_us, eta.p50_us, eta.p90_us))
                by_speed, by_lane = past.say(trip, metres, at_us)
                was_late = float(trip.arrives_us > due_us + LATE_US)
                asked.append(Asked(number, left_s, p10, p50, p90, by_speed, by_lane, late, was_late))
    return asked, flagged


class _Past:
    """What simple rules know."""

    def __init__(self) -> None:
        self.metres, self.seconds = 1.0, 1 / 15.0
        self.lanes: dict[str, list[float]] = {}

    def learn(self, trip: Trip) -> None:
        lasted = (trip.arrives_us - trip.departs_us) / S
        self.metres += trip.order.way.line.length_m
        self.seconds += lasted
        self.lanes.setdefault(trip.order.way.key, []).append(lasted)

    def say(self, trip: Trip, metres: float, at_us: int) -> tuple[float, float]:
        left_m = trip.order.way.line.length_m - metres
        by_speed = left_m * self.seconds / self.metres
        known = self.lanes.get(trip.order.way.key)
        by_lane = max(float(np.mean(known)) - (at_us - trip.departs_us) / S, 60.0) if known else by_speed
        return by_speed, by_lane


def _route(way: Any) -> Route:
    stops = tuple(RouteStop(Name(city.en, city.zh), city.lat, city.lon, RADIUS_M) for city in way.stops)
    return Route(way.key, Name(way.key, way.key), stops, tuple(zip(way.line.lat, way.line.lon, strict=True)))


def _knowable(trips: list[Trip], at: int) -> bool:
    """Whether a late trip was, two hours before its end, already behind by what made it late.

    By the ground truth: where it was then, and how long its lane's planned time goes on from there.
    """
    trip = trips[at]
    way, planned_us = trip.order.way, trip.order.planned_us
    planned = planned_s(way, planned_us)
    due_us = planned_us + planned * S + LATE_US
    then_us = trip.arrives_us - KNOWABLE_S * S
    if trip.arrives_us <= due_us or then_us < trip.departs_us:
        return False
    same = next(one for one in trips if one.order.way.key == way.key)
    shares = (same.instants_us - same.instants_us[0]) / (same.instants_us[-1] - same.instants_us[0])
    over = float(np.interp(float(trip.at_m(np.array(then_us))), same.metres, shares))
    return then_us + planned * (1 - over) * S > due_us


def _graded(rows: Floats) -> Found:
    if not len(rows):
        return {"n": 0}
    _, left, p10, p50, p90, by_speed, by_lane, late, was_late = rows.T
    mae, speed, lane = (float(np.abs(said - left).mean()) for said in (p50, by_speed, by_lane))
    base = float(was_late.mean())
    return {
        "n": len(rows),
        "mean_min": round(float(left.mean()) / 60, 1),
        "mae_min": round(mae / 60, 2),
        "distance_speed_min": round(speed / 60, 2),
        "lane_mean_min": round(lane / 60, 2),
        "better_than_speed": round(1 - mae / speed, 3),
        "better_than_lane": round(1 - mae / lane, 3),
        "coverage": round(float(((p10 <= left) & (left <= p90)).mean()), 3),
        "brier": round(float(((late - was_late) ** 2).mean()), 4),
        "brier_base_rate": round(base * (1 - base), 4),
    }


def words_of(found: Found) -> str:
    """The figures as Markdown."""
    lines = [
        f"Commit {found['commit']}; minutes; the base rate is that of those very trips, in hindsight.",
        "",
        f"| seed | trips | {' | '.join(one.replace('_', ' ') for one in SHOWN)} |",
        "|---|---|" + "--:|" * len(SHOWN),
    ]
    for run in found["runs"]:
        lines += [
            f"| {run['seed']} | {name} | {' | '.join(str(run[name][one]) for one in SHOWN)} |"
            for name in ("steady", "settling", "settled", "whole")
            if run[name]["n"]
        ]
    late = [
        f"Seed {run['seed']}: of {run['trips']} trips {run['knowably_late']} were knowably late, flagged"
        f" {run['flagged_ahead_h']} h ahead (median)."
        for run in found["runs"]
    ]
    return "\n".join([*lines, "", "\n".join(late)])


if __name__ == "__main__":
    sys.exit(main())
