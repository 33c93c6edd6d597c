"""What a rule says at its moments: its leaves, its tree, its delays, and what suppresses it.

`take` is the one place that decides, for the live flow and for the backtest. It works on whole arrays; what
it remembers between two of them is `Standing`, and cutting the samples anywhere gives the same verdicts.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np

from lineshaft.domain.machines import STATES
from lineshaft.domain.readings import Floats, Ints64
from lineshaft.domain.rules.delays import UNSEEN, Delay, Levels, Run, compare, delayed, spread
from lineshaft.domain.rules.document import (
    AllOf,
    AnyOf,
    Condition,
    Count,
    InState,
    NotThat,
    Rate,
    Score,
    Stale,
    Value,
)
from lineshaft.domain.rules.moments import Asked, Heard, Moments, Places, Samples, moments
from lineshaft.domain.rules.plan import TRUE, Input, Plan, PlannedLeaf
from lineshaft.domain.rules.raising import NOTHING, Shown, raises
from lineshaft.domain.rules.scoping import Place
from lineshaft.domain.rules.working import edges, is_working

WHY: Final = ("", "machine_off", "condition", "off_hours")
"""Why an alarm is suppressed, the first that holds."""
RUN: Final = STATES.index("RUN")
NARROW: Final = frozenset({"score", "probability", "health", "p_fail_24h"})
"""Scores that are stored with 4 bytes: compared as such, live as well."""


@dataclass(slots=True)
class Standing:
    """What is remembered of a rule at a machine or signal between two calls."""

    held: list[int]
    """Of each leaf: how many limits are passed."""
    runs: list[tuple[Run, ...]]
    """Of each leaf: how long its levels have lasted."""
    past: dict[int, tuple[Ints64, Floats]] = field(default_factory=dict)
    """Of leaves that look back: their latest samples."""
    shown: Shown = NOTHING
    why: str = ""
    """Why what is shown is suppressed."""
    now_us: int = 0
    """The last moment."""
    turned_us: int = 0
    """Up to when the turns of shifts have been looked at, while something is shown."""
    points: tuple[int, ...] = ()
    """Deadlines to come."""

    @classmethod
    def at_rest(cls, plan: Plan) -> "Standing":
        """Of a rule that nothing has happened to."""
        return cls([0] * len(plan.leaves), [(UNSEEN,) * len(one.for_s) for one in plan.leaves])

    def is_at_rest(self, plan: Plan) -> bool:
        """Whether it can be forgotten without changing anything that comes."""
        waits = self.shown.wanted or self.shown.level
        held_back = plan.rule.patience.min_reraise_s and self.shown.raised_us is not None
        runs = [*self.shown.runs, *(run for runs in self.runs for run in runs)]
        busy = any(run.out or run.now for run in runs)
        return not (waits or held_back or busy or any(self.held) or self.past or self.points)


class Verdict(NamedTuple):
    """What became of a rule at a moment."""

    at_us: int
    pos: int
    severity: int
    """5 less the priority; 0: it is over."""
    why: str
    """Why it is suppressed; empty: it is not."""
    leaf: int
    """That says how far out things are; -1: none has a number."""
    value: float
    limit: float


class _Said(NamedTuple):
    """What a leaf says at each moment."""

    level: Levels
    value: Floats | None


def take(
    plan: Plan, place: Place, standing: Standing, came: tuple[Samples, Heard], asked: Asked
) -> list[Verdict]:
    """What some samples, or time alone, make of a rule; changes what is remembered of it.

    Args:
        plan: of the rule.
        place: of the machine, for its shifts.
        standing: what is remembered.
        came: the samples, and what was heard before them.
        asked: how far time has passed.
    """
    samples, heard = came
    at = moments(plan, samples, heard, (standing.now_us, standing.points), asked)
    standing.points = at.points
    if not len(at.ts_us) and not plan.rule.shifts:
        return []
    said = [_leaf(n, at, heard, (plan, standing, asked)) for n in range(len(plan.leaves))]
    severity = (
        np.array([0, *one.severities], np.int8)[it.level] for one, it in zip(plan.leaves, said, strict=True)
    )
    found = _tree(plan.rule.when, severity)
    found = np.where(found == TRUE, np.int8(5 - plan.rule.priority), found)
    level = np.searchsorted(plan.severities, found, side="right").astype(np.int8)
    before = standing.shown.level
    delays = (plan.delay,) * len(plan.severities)
    steps, standing.shown = raises(level, at.ts_us, delays, plan.rule.patience.min_reraise_s, standing.shown)
    why = _why(plan, at, heard, severity)
    verdicts = []
    standing.now_us = int(at.ts_us[-1]) if len(at.ts_us) else standing.now_us
    if steps or before:
        until_us = max(standing.now_us, asked.until_us)
        since_us = standing.turned_us if before else int(at.ts_us[steps[0].at])
        turns = edges(place, plan.rule.shifts, since_us, until_us) if plan.rule.shifts else []
        standing.turned_us = until_us
        levels = {one.at: one.level for one in steps}
        verdicts = [*_verdicts(plan, place, standing, (before, levels, turns), (at, why, said, asked))]
    return verdicts


def _verdicts(
    plan: Plan,
    place: Place,
    standing: Standing,
    what: tuple[int, dict[int, int], list[int]],
    when: tuple[Moments, Levels, list[_Said], Asked],
) -> Iterator[Verdict]:
    """A verdict wherever the level changes, or why it is suppressed while it is shown."""
    (level, levels, turns), (at, why, said, asked) = what, when
    changes = {*levels, *(np.flatnonzero(why[1:] != why[:-1]) + 1).tolist(), *([0] if len(why) else [])}
    order = [(int(at.ts_us[n]), n) for n in changes]
    order += [(turn_us, int(np.searchsorted(at.ts_us, turn_us, side="right")) - 1) for turn_us in turns]
    for at_us, n in sorted(order, key=lambda one: (one[0], one[1])):
        new = levels.get(n, level) if n >= 0 and at_us == at.ts_us[n] else level
        reason = WHY[why[n]] if n >= 0 else standing.why.replace(WHY[3], "")
        if not reason and plan.rule.shifts and not is_working(place, plan.rule.shifts, at_us):
            reason = WHY[3]
        if new == level and (not level or reason == standing.why):
            continue
        level = new
        standing.why = reason if new else ""
        pos = int(at.pos[n]) if n >= 0 and at_us == at.ts_us[n] else asked.pos
        severity = plan.severities[new - 1] if new else 0
        yield Verdict(at_us, pos, severity, standing.why, *_shown_value(plan, said, n))


def _shown_value(plan: Plan, said: list[_Said], n: int) -> tuple[int, float, float]:
    """The leaf that says how far out things are: the first that holds, else the first with a number."""
    numbered = [leaf for leaf, one in enumerate(said) if one.value is not None]
    if not numbered or n < 0:
        return -1, float("nan"), float("nan")
    leaf = next((leaf for leaf in numbered if said[leaf].level[n]), numbered[0])
    limits, level = plan.leaves[leaf].limits.limits, int(said[leaf].level[n])
    value = said[leaf].value
    return leaf, float("nan") if value is None else float(value[n]), limits[max(level - 1, 0)]


def _leaf(n: int, at: Moments, heard: Heard, told: tuple[Plan, Standing, Asked]) -> _Said:
    """What a leaf says at each moment; what it has to remember is put down."""
    plan, standing, asked = told
    one = plan.leaves[n]
    which = np.flatnonzero(at.samples.input == one.input)
    value: Floats | None = None
    if isinstance(one.leaf, Value | Score | Rate):
        level, value = _number(n, at, which, heard, (plan, standing))
    elif isinstance(one.leaf, InState):
        level = _is_in(one.leaf.states, at, which, heard.value[one.input])
    elif isinstance(one.leaf, Count):
        level = _count(n, one.leaf, at, which, standing)
    else:
        last_us = at.carried(which, at.samples.ts_us[which], heard.ts_us[one.input])
        after_us = round(one.leaf.after_s * 1e6)
        silent = (last_us > 0) & (at.ts_us - last_us >= after_us)
        never = (last_us == 0) & (at.ts_us >= asked.born_us + after_us)
        level = (silent if isinstance(one.leaf, Stale) else never).astype(np.int8)
    return _Said(_lasting(n, one, level, at.ts_us, standing), value)


def _number(
    n: int, at: Moments, which: Places, heard: Heard, told: tuple[Plan, Standing]
) -> tuple[Levels, Floats]:
    """How many limits a number is beyond, and the number."""
    plan, standing = told
    one, came, before = plan.leaves[n], at.samples.value[which], heard.value[plan.leaves[n].input]
    if isinstance(one.leaf, Rate):
        came, before = _rate(n, one.leaf, at, which, standing), np.nan
    elif isinstance(one.leaf, Score) and one.leaf.what in NARROW:
        came = came.astype(np.float32).astype(np.float64)
    held = standing.held[n]
    passed = compare(came, one.limits, held)
    if len(passed):
        standing.held[n] = int(passed[-1])
    level = np.asarray(at.carried(which, passed, np.int8(held)), np.int8)
    return level, np.asarray(at.carried(which, came, before), np.float64)


def _is_in(states: Sequence[str], at: Moments, which: Places, before: float) -> Levels:
    now = at.carried(which, at.samples.value[which], RUN if np.isnan(before) else before)
    return np.isin(now, [STATES.index(state) for state in states]).astype(np.int8)


def _lasting(n: int, one: PlannedLeaf, level: Levels, ts_us: Ints64, standing: Standing) -> Levels:
    """The levels that have lasted for as long as each must."""
    if not any(one.for_s):
        return level
    runs, out = [], np.zeros(len(level), np.int8)
    for nth, (for_s, run) in enumerate(zip(one.for_s, standing.runs[n], strict=True), 1):
        flips, after = delayed(level >= nth, ts_us, Delay(on_s=for_s), run)
        out[spread(flips, len(level), held=run.out)] = nth
        runs.append(after)
    standing.runs[n] = tuple(runs)
    return out


def _rate(n: int, leaf: Rate, at: Moments, which: Places, standing: Standing) -> Floats:
    """The change over a time of each sample; NaN where there is none that is old enough, or not too old."""
    none = np.empty(0, np.int64), np.empty(0)
    past_us, past = standing.past.get(n, none)
    ts_us, value = at.samples.ts_us[which], at.samples.value[which]
    all_us, everything = np.concatenate([past_us, ts_us]), np.concatenate([past, value])
    over_us = round(leaf.over_s * 1e6)
    earlier = np.searchsorted(all_us, ts_us - over_us, side="right") - 1
    known = (earlier >= 0) & (ts_us - all_us[earlier] <= 2 * over_us)
    took_s = np.where(known, (ts_us - all_us[earlier]) / 1e6, np.nan)
    if len(all_us):
        keep = int(np.searchsorted(all_us, all_us[-1] - 2 * over_us))
        standing.past[n] = all_us[keep:], everything[keep:]
    return np.asarray((value - everything[earlier]) / took_s * leaf.per_s)


def _count(n: int, leaf: Count, at: Moments, which: Places, standing: Standing) -> Levels:
    """Whether enough has happened within the time before each moment."""
    past_us, _ = standing.past.get(n, (np.empty(0, np.int64), np.empty(0)))
    all_us = np.concatenate([past_us, at.samples.ts_us[which]])
    within_us = round(leaf.within_s * 1e6)
    upper = len(past_us) + np.searchsorted(at.of[which], np.arange(len(at.ts_us)), side="right")
    lower = np.searchsorted(all_us, at.ts_us - within_us, side="right")
    if len(at.ts_us):
        all_us = all_us[all_us > at.ts_us[-1] - within_us]
    standing.past.pop(n, None)
    if len(all_us):
        standing.past[n] = all_us, np.empty(0)
    return np.asarray(upper - lower >= leaf.at_least).astype(np.int8)


def _tree(condition: Condition, severity: Iterator[Levels]) -> Levels:
    """The severity of a tree, of those of its leaves from left to right."""
    match condition:
        case AllOf():
            return np.asarray(np.minimum.reduce([_tree(one, severity) for one in condition.of]))
        case AnyOf():
            return np.asarray(np.maximum.reduce([_tree(one, severity) for one in condition.of]))
        case NotThat():
            return np.where(_tree(condition.of, severity) > 0, np.int8(0), np.int8(TRUE))
        case _:
            return next(severity)


def _why(plan: Plan, at: Moments, heard: Heard, severity: Iterator[Levels]) -> Levels:
    """Places in `WHY`, hours left aside."""
    why, said = np.zeros(len(at.ts_us), np.int8), plan.rule.suppress
    if said.when is not None:
        why[_tree(said.when, severity) > 0] = 2
    if said.states:
        state = plan.inputs.index(Input("state"))
        which = np.flatnonzero(at.samples.input == state)
        why[_is_in(said.states, at, which, heard.value[state]) > 0] = 1
    return why
