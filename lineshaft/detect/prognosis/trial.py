"""Tries a learner on a past it has not seen, as it would have been used: split by time, graded by event.

A forewarning begins when P(fails within 24 h) reaches the threshold and ends when it falls below half of it;
it was right when a fault began within it, or within the day after. That is how the flow warns
(`stream.steps.models`) and how people's labels grade it (`model_standing`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

import numpy as np

from lineshaft.detect.prognosis.failure import FailureModel, ModelError, sigmoid, with_pairs
from lineshaft.detect.prognosis.learning import Bools, calibrated, learn
from lineshaft.domain.readings import Floats, Ints32, Ints64

DAY_US: Final = 86_400_000_000
WEEK_US: Final = 7 * DAY_US
HORIZONS_US: Final = (DAY_US, WEEK_US)
HORIZONS_S: Final = tuple(horizon / 1e6 for horizon in HORIZONS_US)
LEAST_FAULTS: Final = 4
"""Two to learn, one to choose a threshold by, one to be judged by."""
ENDS_AT: Final = 0.5
THRESHOLDS: Final = 40
"""Tried at most."""


class FaultOf(NamedTuple):
    """A fault of a machine."""

    machine: int
    began_us: int
    ended_us: int


@dataclass(slots=True, frozen=True)
class Rows:
    """Machines' indicators at instants, ordered by machine, then time."""

    machine: Ints32
    at_us: Ints64
    x: Floats

    def some(self, which: Bools) -> "Rows":
        """Those rows."""
        return Rows(self.machine[which], self.at_us[which], self.x[which])


class Grade(NamedTuple):
    """What forewarnings were worth."""

    forewarnings: int
    confirmed: int
    faults: int
    found: int
    lead_s: float | None
    machine_weeks: float

    def to_metrics(self) -> dict[str, Any]:
        """For people."""
        false = self.forewarnings - self.confirmed
        return {
            **self._asdict(),
            "precision": self.confirmed / self.forewarnings if self.forewarnings else None,
            "recall": self.found / self.faults if self.faults else None,
            "false_alarms_week": false / self.machine_weeks if self.machine_weeks else None,
        }


class Learned(NamedTuple):
    """A model, with what it was worth on the last part of the past, and the threshold it warns at."""

    model: FailureModel
    threshold: float


def healthy(rows: Rows, faults: Sequence[FaultOf]) -> Rows:
    """The rows at which a machine was not already broken."""
    broken = np.zeros(len(rows.at_us), np.bool_)
    for fault in faults:
        within = (rows.at_us >= fault.began_us) & (rows.at_us <= fault.ended_us)
        broken |= (rows.machine == fault.machine) & within
    return rows.some(~broken)


def targets(rows: Rows, faults: Sequence[FaultOf], until_us: int) -> tuple[Bools, Bools]:
    """Whether each row fails within each horizon, and whether an instant knows that: (rows, horizons)."""
    fails = np.zeros((len(rows.at_us), len(HORIZONS_US)), np.bool_)
    for fault in faults:
        if fault.began_us <= until_us:
            left_us = fault.began_us - rows.at_us
            mine = (rows.machine == fault.machine) & (left_us > 0)
            fails |= mine[:, None] & (left_us[:, None] <= np.array(HORIZONS_US))
    known = fails | (rows.at_us[:, None] + np.array(HORIZONS_US) <= until_us)
    return fails, known


def forewarnings(rows: Rows, p: Floats, threshold: float) -> list[tuple[int, int, int]]:
    """(machine, began, ended): what a model with these probabilities would have said."""
    found: list[tuple[int, int, int]] = []
    for machine in np.unique(rows.machine[p >= threshold]).tolist():
        mine = np.flatnonzero(rows.machine == machine)
        at_us, likely = rows.at_us[mine], p[mine]
        # The last row that says for sure: above the threshold it warns, below half of it it does not.
        sure = np.where(likely >= threshold, 1, np.where(likely < ENDS_AT * threshold, 0, -1))
        place = np.maximum.accumulate(np.where(sure >= 0, np.arange(len(mine)), 0))
        warns = np.concatenate([[0], sure[place] == 1, [0]]).astype(np.int8)
        for began, ended in np.flatnonzero(np.diff(warns)).reshape(-1, 2).tolist():
            found.append((machine, int(at_us[began]), int(at_us[min(ended, len(mine) - 1)])))
    return found


def grade(rows: Rows, said: Sequence[tuple[int, int, int]], faults: Sequence[FaultOf], step_us: int) -> Grade:
    """What forewarnings were worth; faults outside the rows' span do not count as missed."""
    leads: list[int] = []
    for machine, began, ended in said:
        hit = [f.began_us for f in faults if f.machine == machine and began <= f.began_us <= ended + DAY_US]
        leads += [min(hit) - began] if hit else []
    low, high = int(rows.at_us.min(initial=2**62)), int(rows.at_us.max(initial=0))
    due = [fault for fault in faults if low <= fault.began_us <= high + DAY_US]
    found = sum(
        any(one == f.machine and b <= f.began_us and e >= f.began_us - WEEK_US for one, b, e in said)
        for f in due
    )
    return Grade(
        forewarnings=len(said),
        confirmed=len(leads),
        faults=len(due),
        found=found,
        lead_s=float(np.median(leads)) / 1e6 if leads else None,
        machine_weeks=len(rows.at_us) * step_us / WEEK_US,
    )


def train(
    rows: Rows, faults: Sequence[FaultOf], columns: Sequence[str], step_us: int, target: float
) -> Learned:
    """Learn, choose the threshold and grade, each on a later part of the past; then learn all of it.

    Args:
        rows: from the whole past.
        faults: in the order of time.
        columns: of `rows.x`.
        step_us: between two rows of a machine.
        target: precision that the threshold should reach.

    Raises:
        ModelError: there are too few faults, or rows without one.
    """
    low, high = int(rows.at_us.min(initial=2**62)), int(rows.at_us.max(initial=0))
    within = [fault for fault in faults if low < fault.began_us <= high + DAY_US]
    if len(within) < LEAST_FAULTS:
        raise ModelError(
            f"{len(within)} labelled faults within the stored past, expected at least {LEAST_FAULTS}"
        )
    rows = healthy(rows, within)
    first_us, second_us = _between(within, 0.5), _between(within, 0.75)
    chosen = _try(_fit(rows, within, columns, first_us), rows, within, (first_us, second_us))
    judged = _try(_fit(rows, within, columns, second_us), rows, within, (second_us, high))
    line = _line([chosen], 0)
    threshold = _threshold([chosen], line, step_us, target)
    test = _graded([judged], line, threshold, step_us)
    metrics = {**test.to_metrics(), "rows": len(rows.at_us), "faults_learned": len(within)}
    both = [chosen, judged]
    lines = tuple(_line(both, at) for at in range(len(HORIZONS_US)))
    final = replace(_fit(rows, within, columns, high), calibration=lines, metrics=metrics)
    return Learned(final, _threshold(both, lines[0], step_us, target))


class _Tried(NamedTuple):
    """A model's margins on a part of the past that it has not seen."""

    rows: Rows
    margin: Floats
    """(rows, horizons)."""
    fails: Bools
    known: Bools
    faults: Sequence[FaultOf]

    def likely(self, line: tuple[float, float]) -> Floats:
        """P(fails within 24 h), calibrated."""
        return sigmoid(line[0] * self.margin[:, 0] + line[1])


def _between(faults: Sequence[FaultOf], share: float) -> int:
    """An instant between two faults, so that a share of them is before it."""
    began = sorted(fault.began_us for fault in faults)
    at = max(round(share * len(began)), 1)
    return (began[at - 1] + began[at]) // 2


def _fit(rows: Rows, faults: Sequence[FaultOf], columns: Sequence[str], until_us: int) -> FailureModel:
    """A model of what was known at an instant."""
    past = rows.some(rows.at_us < until_us)
    fails, known = targets(past, faults, until_us)
    return learn(past.x, fails, columns, HORIZONS_S, known)


def _try(model: FailureModel, rows: Rows, faults: Sequence[FaultOf], part: tuple[int, int]) -> _Tried:
    later = rows.some((rows.at_us >= part[0]) & (rows.at_us <= part[1]))
    fails, known = targets(later, faults, part[1])
    wide = with_pairs(later.x, model.pairs)
    margin = np.column_stack([trees.margin(wide) for trees in model.trees])
    return _Tried(later, margin, fails, known, faults)


def _line(tried: Sequence[_Tried], at: int) -> tuple[float, float]:
    """The calibration of a horizon's margins."""
    margin = np.concatenate([one.margin[one.known[:, at], at] for one in tried])
    return calibrated(margin, np.concatenate([one.fails[one.known[:, at], at] for one in tried]))


def _graded(tried: Sequence[_Tried], line: tuple[float, float], threshold: float, step_us: int) -> Grade:
    grades = [
        grade(one.rows, forewarnings(one.rows, one.likely(line), threshold), one.faults, step_us)
        for one in tried
    ]
    leads = [one.lead_s for one in grades if one.lead_s is not None]
    return Grade(
        forewarnings=sum(one.forewarnings for one in grades),
        confirmed=sum(one.confirmed for one in grades),
        faults=sum(one.faults for one in grades),
        found=sum(one.found for one in grades),
        lead_s=float(np.median(leads)) if leads else None,
        machine_weeks=sum(one.machine_weeks for one in grades),
    )


def _threshold(tried: Sequence[_Tried], line: tuple[float, float], step_us: int, target: float) -> float:
    """The one that finds most faults among those precise enough; where none is, the most precise one."""
    likely = np.concatenate([one.likely(line) for one in tried])
    ranks = 1 - np.geomspace(1 / len(likely), 0.2, THRESHOLDS)
    best = (False, 0.0, 0.0, 1.0)
    for threshold in np.unique(np.quantile(likely, ranks)).tolist():
        got = _graded(tried, line, threshold, step_us)
        if not got.forewarnings or not 0 < threshold <= 1:
            continue
        precision, recall = got.confirmed / got.forewarnings, got.found / max(got.faults, 1)
        enough = precision >= target
        best = max(best, (enough, recall if enough else precision, precision, threshold))
    return best[-1]
