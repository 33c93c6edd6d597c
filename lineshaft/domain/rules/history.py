"""A rule over the past: one stretch of time after the other, through the code that runs live."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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


@dataclass(slots=True)
class Retold:
    """A rule at a machine or signal on its way through the past, active from its beginning.

    Readings count as come when they were stamped: what was late, live would not have looked at.
    """

    plan: Plan
    place: Place
    """Of the machine."""
    born_us: int
    """The beginning."""
    standing: Standing = field(init=False)
    heard: Heard = field(init=False)

    def __post_init__(self) -> None:
        """Nothing was heard yet."""
        count = len(self.plan.inputs)
        self.standing = Standing.at_rest(self.plan)
        self.heard = Heard((0,) * count, (np.nan,) * count)

    def take(self, past: Mapping[Input, Series], until_us: int) -> list[Verdict]:
        """What it says of the next stretch of time; where the past is cut changes nothing.

        Args:
            past: what is known of its inputs in this stretch.
            until_us: its end, which is not within it.
        """
        series = [past.get(one) for one in self.plan.inputs]
        asked = Asked(until_us=until_us - 1, born_us=self.born_us)
        found = take(self.plan, self.place, self.standing, (_together(series), self.heard), asked)
        newest = [
            (int(one.ts_us[-1]), float(one.value[-1])) if one is not None and len(one.ts_us) else before
            for one, before in zip(series, zip(*self.heard, strict=True), strict=True)
        ]
        self.heard = Heard(tuple(ts_us for ts_us, _ in newest), tuple(value for _, value in newest))
        return found


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
