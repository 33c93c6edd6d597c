"""Which vehicle takes which stops, in which order, within appointments and capacity; and how good that is.

Solved by PyVRP (iterated local search; extra `planning`). Beside the plan stands a lower bound: no plan at
all can be shorter, so the gap says at most how much is lost.
"""

import warnings
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.int64]


@dataclass(slots=True, frozen=True)
class Visit:
    """One stop to be made, in whole seconds and whole units of load."""

    key: str
    load: int
    from_s: int
    to_s: int
    service_s: int


@dataclass(slots=True, frozen=True)
class Truck:
    """Vehicles of one sort, all at the depot."""

    key: str
    capacity: int
    count: int = 1
    from_s: int = 0
    to_s: int = 86_400


@dataclass(slots=True, frozen=True)
class Problem:
    """What is to be planned; place 0 of the matrices is the depot, place n + 1 the n-th visit."""

    visits: tuple[Visit, ...]
    trucks: tuple[Truck, ...]
    way_m: Matrix
    drive_s: Matrix
    open_s: tuple[int, int] = (0, 86_400)
    """When the depot is open."""


@dataclass(slots=True, frozen=True)
class Tour:
    """One vehicle's stops in order."""

    truck: str
    visits: tuple[str, ...]
    way_m: int
    drive_s: int
    load: int


@dataclass(slots=True, frozen=True)
class RoutePlan:
    """The tours, and what they come to."""

    tours: tuple[Tour, ...]
    way_m: int
    bound_m: int
    """No plan that makes all visits can be shorter."""
    feasible: bool
    """Whether every appointment and capacity is kept."""

    @property
    def gap(self) -> float:
        """At most this share of the way could be saved.

        >>> RoutePlan((), 110, 100, True).gap
        0.1
        """
        return self.way_m / self.bound_m - 1 if self.bound_m else 0.0


class PlannerMissingError(ImportError):
    """The extra `planning` is not installed."""


def solve(problem: Problem, seconds: float, seed: int = 0) -> RoutePlan:
    """The best plan found within some seconds.

    Raises:
        PlannerMissingError: PyVRP is not installed.
    """
    try:
        from pyvrp import stop  # noqa: PLC0415 - an optional extra
        from pyvrp.exceptions import PenaltyBoundWarning  # noqa: PLC0415 - likewise
    except ImportError as error:
        raise PlannerMissingError("install lineshaft[planning]") from error
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PenaltyBoundWarning)  # `feasible` says the same
        found = _model(problem).solve(stop.MaxRuntime(seconds), seed=seed, display=False)
    tours = [_tour(problem, route) for route in found.best.routes()]
    return RoutePlan(tuple(tours), sum(one.way_m for one in tours), lower_bound(problem), found.is_feasible())


def lower_bound(problem: Problem) -> int:
    """A way that no plan can undercut: the cheapest assignment of a follower to each place.

    Each visit is followed and preceded by exactly one place, and the depot by as many as there are tours;
    that they form tours is left out (Laporte 1992, the assignment relaxation of the VRP), as are legs that no
    appointment or capacity allows, and fewer tours than the load needs.
    """
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415 - an optional extra

    if not problem.visits:
        return 0
    n = len(problem.visits)
    least, most = _tours(problem)
    cost = np.full((n + most, n + most), _NEVER, np.float64)
    cost[:n, :n] = np.where(_legs(problem), problem.way_m[1:, 1:], _NEVER)
    cost[:n, n:] = problem.way_m[1:, :1]
    cost[n:, :n] = problem.way_m[:1, 1:]
    idle = np.arange(n + least, n + most)  # tours that are not needed may stay at the depot
    cost[idle, idle] = 0
    rows, columns = linear_sum_assignment(cost)
    return int(cost[rows, columns].sum())


_NEVER = 1e12


def _tours(problem: Problem) -> tuple[int, int]:
    """The fewest tours that can carry all, and the most there can be."""
    room = sorted((truck.capacity for truck in problem.trucks for _ in range(truck.count)), reverse=True)
    load, least = sum(visit.load for visit in problem.visits), 0
    while load > 0 and least < len(room):
        load -= room[least]
        least += 1
    return max(least, 1), max(min(len(room), len(problem.visits)), least, 1)


def _legs(problem: Problem) -> NDArray[np.bool_]:
    """Whether one visit can follow another: in time, and in one vehicle."""
    visits = problem.visits
    ends = np.array([visit.from_s + visit.service_s for visit in visits])
    latest = np.array([visit.to_s for visit in visits])
    load = np.array([visit.load for visit in visits])
    in_time = ends[:, None] + problem.drive_s[1:, 1:] <= latest[None, :]
    fits = load[:, None] + load[None, :] <= max(truck.capacity for truck in problem.trucks)
    legs: NDArray[np.bool_] = in_time & fits & ~np.eye(len(visits), dtype=bool)
    return legs


def _model(problem: Problem) -> Any:
    from pyvrp import Model  # noqa: PLC0415 - an optional extra

    model = Model()
    places = [model.add_location(n, 0) for n in range(len(problem.visits) + 1)]
    depot = model.add_depot(places[0], tw_early=problem.open_s[0], tw_late=problem.open_s[1])
    for truck in problem.trucks:
        model.add_vehicle_type(
            truck.count,
            truck.capacity,
            depot,
            depot,
            tw_early=truck.from_s,
            tw_late=truck.to_s,
            name=truck.key,
        )
    for place, visit in zip(places[1:], problem.visits, strict=True):
        model.add_client(
            place, delivery=visit.load, service_duration=visit.service_s, tw_early=visit.from_s,
            tw_late=visit.to_s, name=visit.key,
        )  # fmt: skip
    for n, one in enumerate(places):
        for m, other in enumerate(places):
            if n != m:
                model.add_edge(one, other, int(problem.way_m[n, m]), int(problem.drive_s[n, m]))
    return model


def _tour(problem: Problem, route: Any) -> Tour:
    at = [0, *(one.idx + 1 for one in route.schedule() if one.is_client()), 0]
    legs = list(pairwise(at))
    kinds = problem.trucks
    return Tour(
        truck=kinds[route.vehicle_type()].key,
        visits=tuple(problem.visits[one - 1].key for one in at[1:-1]),
        way_m=sum(int(problem.way_m[leg]) for leg in legs),
        drive_s=sum(int(problem.drive_s[leg]) for leg in legs),
        load=sum(problem.visits[one - 1].load for one in at[1:-1]),
    )
