"""A rule over the past: the whole series of a machine at once, through the same code as live."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from lineshaft.domain.readings import Floats, Ints64
from lineshaft.domain.rules.evaluation import Standing, Verdict, take
from lineshaft.domain.rules.moments import NO_SAMPLES, Asked, Heard, Samples
from lineshaft.domain.rules.plan import Input, Plan
from lineshaft.domain.rules.scoping import Place


class Series(NamedTuple):
    """The samples of one input, in the order of time."""

    ts_us: Ints64
    value: Floats


def verdicts(plan: Plan, place: Place, past: Mapping[Input, Series], span: tuple[int, int]) -> list[Verdict]:
    """What a rule would have said of a machine or signal, had it been active from the beginning of a span.

    Readings count as come when they were stamped: what was late, live would not have looked at.

    Args:
        plan: of the rule.
        place: of the machine.
        past: what is known of its inputs within the span.
        span: from when to when, microseconds.
    """
    samples = _together([past.get(one) for one in plan.inputs])
    nothing = Heard((0,) * len(plan.inputs), (np.nan,) * len(plan.inputs))
    asked = Asked(until_us=span[1], born_us=span[0])
    return take(plan, place, Standing.at_rest(plan), (samples, nothing), asked)


def _together(series: Sequence[Series | None]) -> Samples:
    """Samples of several inputs in the order of time; those of one instant are one moment."""
    known = [(at, one) for at, one in enumerate(series) if one is not None and len(one.ts_us)]
    if not known:
        return NO_SAMPLES
    which = np.concatenate([np.full(len(one.ts_us), at, np.intp) for at, one in known])
    ts_us = np.concatenate([one.ts_us for _, one in known])
    value = np.concatenate([one.value for _, one in known])
    if len(known) > 1:
        order = np.argsort(ts_us, kind="stable")
        which, ts_us, value = which[order], ts_us[order], value[order]
    return Samples(which, ts_us, value, np.zeros(len(ts_us), np.int64))
