"""A learner's trial: only what was known is learned, and forewarnings are graded as people's labels would."""

import numpy as np
import pytest

from lineshaft.detect.prognosis.failure import ModelError
from lineshaft.detect.prognosis.trial import (
    DAY_US,
    FaultOf,
    Rows,
    forewarnings,
    grade,
    healthy,
    targets,
    train,
)

HOUR_US = DAY_US // 24
START_US = 20_000 * DAY_US


def wearing(machines: int = 4, days: int = 60, seed: int = 1) -> tuple[Rows, list[FaultOf]]:
    """Machines that fail every 20 days or so, and show it for three days before; one row an hour."""
    rng = np.random.default_rng(seed)
    parts, faults = [], []
    for machine in range(machines):
        at_us = START_US + np.arange(days * 24) * HOUR_US
        left_d = np.full(len(at_us), 30.0)
        for day in np.cumsum(rng.uniform(14, 26, 4)):
            began_us = START_US + int(day * DAY_US)
            faults.append(FaultOf(machine, began_us, began_us + 6 * HOUR_US))
            ahead = (began_us - at_us) / DAY_US
            left_d = np.where(ahead >= 0, np.minimum(left_d, ahead), left_d)
        shown = np.maximum(3 - left_d, 0) / 3 + 0.1 * rng.normal(size=len(at_us))
        parts.append(
            Rows(np.full(len(at_us), machine, np.int32), at_us, np.column_stack([shown, left_d * 0]))
        )
    return Rows(*(np.concatenate([getattr(p, n) for p in parts]) for n in ("machine", "at_us", "x"))), sorted(
        faults, key=lambda fault: fault.began_us
    )


def some_rows(hours: int, machine: int = 0) -> Rows:
    at_us = START_US + np.arange(hours) * HOUR_US
    return Rows(np.full(hours, machine, np.int32), at_us, np.zeros((hours, 1)))


def test_what_an_instant_does_not_know_is_not_learned() -> None:
    rows, fault = some_rows(240), FaultOf(0, START_US + 100 * HOUR_US, START_US + 101 * HOUR_US)
    fails, known = targets(rows, [fault], START_US + 50 * HOUR_US)
    assert not fails.any()
    assert known[:27, 0].all()
    assert not known[27:, 0].any()
    assert not known[:, 1].any()
    fails, known = targets(rows, [fault], START_US + 300 * HOUR_US)
    assert np.flatnonzero(fails[:, 0]).tolist() == [*range(76, 100)]
    assert np.flatnonzero(fails[:, 1]).tolist() == [*range(100)]


def test_rows_of_a_broken_machine_are_left_out() -> None:
    rows = healthy(some_rows(10), [FaultOf(0, START_US + 3 * HOUR_US, START_US + 5 * HOUR_US)])
    assert ((rows.at_us - START_US) // HOUR_US).tolist() == [0, 1, 2, 6, 7, 8, 9]


def test_a_forewarning_ends_below_half_the_threshold() -> None:
    p = np.array([0.1, 0.5, 0.3, 0.6, 0.2, 0.3, 0.9])
    hours = [(began - START_US, ended - START_US) for _, began, ended in forewarnings(some_rows(7), p, 0.5)]
    assert hours == [(HOUR_US, 4 * HOUR_US), (6 * HOUR_US, 6 * HOUR_US)]


def test_forewarnings_are_right_when_a_fault_follows_within_a_day() -> None:
    rows = some_rows(400)
    said = [(0, START_US + h * HOUR_US, START_US + (h + 2) * HOUR_US) for h in (10, 200)]
    faults = [FaultOf(0, START_US + h * HOUR_US, START_US + h * HOUR_US) for h in (30, 390)]
    got = grade(rows, said, faults, HOUR_US)
    assert (got.forewarnings, got.confirmed, got.faults, got.found, got.lead_s) == (2, 1, 2, 1, 20 * 3600)
    assert got.to_metrics()["false_alarms_week"] == pytest.approx(168 / 400)


def test_a_fault_that_shows_is_learned_and_forewarned() -> None:
    rows, faults = wearing()
    learned = train(rows, faults, ("shown", "nothing"), HOUR_US, 0.7)
    got = learned.model.metrics
    assert got["precision"] >= 0.7
    assert got["recall"] >= 0.7
    assert got["lead_s"] > 6 * 3600
    p = learned.model.probability(np.array([[0.0, 0.0], [0.95, 0.0]]))
    assert p[0, 0] < 0.05
    assert p[1, 0] > 0.5
    later, theirs = wearing(seed=7)
    later = healthy(later, theirs)
    said = forewarnings(later, learned.model.probability(later.x)[:, 0], learned.threshold)
    again = grade(later, said, theirs, HOUR_US).to_metrics()
    assert again["precision"] > 0.6
    assert again["recall"] > 0.6


def test_too_few_faults_are_said() -> None:
    rows, faults = wearing()
    with pytest.raises(ModelError, match="3 labelled faults within the stored past, expected at least 4"):
        train(rows, faults[:3], ("shown", "nothing"), HOUR_US, 0.7)
