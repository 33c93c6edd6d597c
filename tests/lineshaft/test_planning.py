from itertools import permutations

import numpy as np
import pytest

from lineshaft.planning import Problem, Truck, Visit, lower_bound, solve

pytest.importorskip("pyvrp")
KM = 1_000


def made(seed: int, n: int = 5, capacity: int = 100) -> Problem:
    rng = np.random.default_rng(seed)
    place = np.vstack([[0.0, 0.0], rng.uniform(-20 * KM, 20 * KM, (n, 2))])
    way = np.hypot(*(place[:, None] - place[None, :]).transpose(2, 0, 1)).round().astype(np.int64)
    visits = tuple(Visit(f"v{k}", int(rng.integers(1, 9)), 0, 86_400, 600) for k in range(n))
    return Problem(visits, (Truck("truck", capacity, n),), way, way // 16)


def shortest(problem: Problem) -> int:
    """The best single tour, by trying all."""
    n = len(problem.visits)
    return min(
        int(sum(problem.way_m[leg] for leg in zip((0, *order), (*order, 0), strict=True)))
        for order in permutations(range(1, n + 1))
    )


@pytest.mark.parametrize("seed", range(4))
def test_a_plan_of_few_stops_is_the_best_there_is_and_no_shorter_than_the_bound(seed: int) -> None:
    problem = made(seed)
    plan = solve(problem, 0.2)
    assert plan.feasible
    assert plan.way_m == shortest(problem)
    assert 0 < plan.bound_m <= plan.way_m
    assert sorted(key for tour in plan.tours for key in tour.visits) == [f"v{k}" for k in range(5)]


def test_capacity_and_appointments_are_kept() -> None:
    problem = made(7, 6, 10)
    plan = solve(problem, 0.3)
    assert plan.feasible
    assert all(tour.load <= 10 for tour in plan.tours)
    assert len(plan.tours) >= -(-sum(one.load for one in problem.visits) // 10)


def test_what_cannot_be_kept_is_told() -> None:
    problem = made(3)
    hurried = tuple(Visit(one.key, one.load, 0, 60, 600) for one in problem.visits)
    assert not solve(Problem(hurried, problem.trucks, problem.way_m, problem.drive_s), 0.2).feasible


def test_nothing_to_visit_needs_no_way() -> None:
    assert lower_bound(made(1, 0)) == 0
