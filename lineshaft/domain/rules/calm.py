"""What may come without a rule having to be asked: how thousands of rules cost what one comparison costs.

As long as each value stays within these bounds, and no delay has run out, `evaluation.take` finds nothing
and remembers nothing, so the flow does not call it.
"""

import math
from collections.abc import Iterator
from typing import Final, NamedTuple

from lineshaft.domain.machines import STATES
from lineshaft.domain.rules.document import (
    AllOf,
    AnyOf,
    Condition,
    InState,
    NoData,
    NotThat,
    Rate,
    Score,
    Stale,
    Value,
)
from lineshaft.domain.rules.evaluation import RUN, Standing
from lineshaft.domain.rules.moments import Heard
from lineshaft.domain.rules.plan import Input, Plan, PlannedLeaf

NEVER_US: Final = 2**62
EVERYTHING: Final = (-math.inf, math.inf)
NOTHING: Final = (math.inf, -math.inf)


class Calm(NamedTuple):
    """Of one rule at a machine or signal."""

    bounds: tuple[tuple[float, float], ...]
    """Of each input: the least and greatest value that change nothing."""
    due_us: int
    """From when on the next sample matters, whatever it is."""
    wake_us: int
    """When time alone changes something."""


def calm(plan: Plan, standing: Standing, heard: Heard, now_us: int) -> Calm:
    """What may come to a rule that remembers `standing`, after what was heard."""
    if not standing.shown.runs and _holds_at_rest(plan, heard):
        return Calm((NOTHING,) * len(plan.inputs), 0, _wake(plan, standing, heard, now_us))
    bounds = [EVERYTHING] * len(plan.inputs)
    for n, one in enumerate(plan.leaves):
        bounds[one.input] = _both(bounds[one.input], _of_leaf(n, one, standing, heard))
    if plan.rule.suppress.states:
        at = plan.inputs.index(Input("state"))
        bounds[at] = _both(bounds[at], _only(heard.value[at]))
    return Calm(tuple(bounds), _due(plan, standing), _wake(plan, standing, heard, now_us))


def _holds_at_rest(plan: Plan, heard: Heard) -> bool:
    """Whether its condition holds with no limit passed, so that the first sample already counts."""
    return bool(_tree_at_rest(plan.rule.when, iter(plan.leaves), heard))


def _tree_at_rest(condition: Condition, leaves: Iterator[PlannedLeaf], heard: Heard) -> bool:
    match condition:
        case AllOf():
            return all([_tree_at_rest(one, leaves, heard) for one in condition.of])  # noqa: C419 - takes all leaves
        case AnyOf():
            return any([_tree_at_rest(one, leaves, heard) for one in condition.of])  # noqa: C419 - likewise
        case NotThat():
            return not _tree_at_rest(condition.of, leaves, heard)
        case _:
            leaf = next(leaves)
            now = _only(heard.value[leaf.input])[0]
            return isinstance(leaf.leaf, InState) and STATES[int(now)] in leaf.leaf.states


def _both(one: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    return max(one[0], other[0]), min(one[1], other[1])


def _only(value: float) -> tuple[float, float]:
    now = float(RUN) if math.isnan(value) else value
    return now, now


def _of_leaf(n: int, one: PlannedLeaf, standing: Standing, heard: Heard) -> tuple[float, float]:
    last_us = heard.ts_us[one.input]
    match one.leaf:
        case Value() | Score():
            return _until_passed(one, standing.held[n])
        case InState():
            return _only(heard.value[one.input])
        case Stale(after_s=after_s):
            # Whether it is silent now is whether its deadline has been a moment already.
            silent = last_us and standing.now_us >= last_us + round(after_s * 1e6)
            return NOTHING if silent or not last_us else EVERYTHING
        case NoData():
            return EVERYTHING if last_us else NOTHING
        case Rate() | _:
            return NOTHING


def _until_passed(one: PlannedLeaf, held: int) -> tuple[float, float]:
    """The values at which as many limits stay passed."""
    limits = one.limits
    sign = 1.0 if limits.above else -1.0
    low, high = EVERYTHING
    if held < len(limits.limits):
        edge = limits.limits[held] * sign
        high = math.nextafter(edge, -math.inf) if limits.inclusive else edge
    if held:
        back = limits.limits[held - 1] * sign - limits.deadband
        low = back if limits.inclusive and not limits.deadband else math.nextafter(back, math.inf)
    if isinstance(one.leaf, Score):  # compared with 4 bytes, which may round it over the limit
        margin = 1e-6 * max(abs(low) if held else 0.0, abs(high) if held < len(limits.limits) else 0.0)
        low, high = low + margin, high - margin
    return (low, high) if limits.above else (-high, -low)


def _due(plan: Plan, standing: Standing) -> int:
    """When the first of the delays that are running is over; 0 where samples are counted."""
    due = [NEVER_US]
    shown = standing.shown
    due += [
        0 if run.now and plan.delay.on_samples > 1 else run.due_us(plan.delay)
        for run in shown.runs
        if run.waits
    ]
    for one, runs in zip(plan.leaves, standing.runs, strict=True):
        due += [
            run.since_us + round(for_s * 1e6)
            for run, for_s in zip(runs, one.for_s, strict=True)
            if for_s and run.waits
        ]
    if shown.wanted and not shown.level and shown.raised_us is not None:
        due.append(shown.raised_us + round(plan.rule.patience.min_reraise_s * 1e6))
    return min(due)


def _wake(plan: Plan, standing: Standing, heard: Heard, now_us: int) -> int:
    """When time alone is to be looked at again."""
    if not plan.is_timed:
        return NEVER_US
    wake = [NEVER_US, *standing.points]
    for one in plan.leaves:
        last_us = heard.ts_us[one.input]
        if isinstance(one.leaf, Stale) and last_us:
            due_us = last_us + round(one.leaf.after_s * 1e6)
            wake.append(due_us if due_us > max(now_us, standing.now_us) else NEVER_US)
    if plan.rule.shifts and standing.shown.level:
        wake.append(now_us + 60_000_000)  # turns begin and end at full minutes
    return min(wake)
