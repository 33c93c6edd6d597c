"""What written rules listen to, as columns: which of thousands of samples matters to any of them.

One comparison of samples with the bounds of their inputs (`lineshaft.domain.rules.calm`) tells; it
costs the same for one rule as for a hundred.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from lineshaft.domain.readings import Floats, Ints64
from lineshaft.domain.rules.calm import NEVER_US
from lineshaft.domain.rules.moments import Heard, Samples
from lineshaft.domain.rules.plan import Input
from stream.rules.base import Bools
from stream.steps.columns import Columns, column

InputKey = tuple[int, Input]
"""Device row, and what of it."""


class Come(NamedTuple):
    """Samples of a stretch, in the journal's order."""

    input: Ints64
    """Row of `Watch`."""
    ts_us: Ints64
    value: Floats
    pos: Ints64


@dataclass(slots=True)
class Watch(Columns):
    """One row an input."""

    row: dict[InputKey, int] = field(default_factory=dict)
    heard_us: Ints64 = column(np.int64, 0)
    heard: Floats = column(np.float64, np.nan)
    low: Floats = column(np.float64, -np.inf)
    high: Floats = column(np.float64, np.inf)
    due_us: Ints64 = column(np.int64, NEVER_US)
    gap_us: Ints64 = column(np.int64, NEVER_US)
    """A silence between two samples that matters."""
    gaps: bool = False
    """Whether any such matters."""

    def of(self, key: InputKey) -> int:
        """The row of an input, made where there is none."""
        found = self.row.get(key)
        if found is None:
            found = self.row[key] = len(self.row)
            self.grow(len(self.row))
        return found

    def matters(self, come: Come) -> Bools:
        """Which samples may change what a rule says; nothing of this depends on how samples come together."""
        at = come.input
        odd = (come.value < self.low[at]) | (come.value > self.high[at]) | (come.ts_us >= self.due_us[at])
        if self.gaps:
            odd |= self._after_silence(come)
        return np.asarray(odd)

    def _after_silence(self, come: Come) -> Bools:
        order = np.argsort(come.input, kind="stable")
        at, ts_us = come.input[order], come.ts_us[order]
        first = np.ones(len(at), np.bool_)
        first[1:] = at[1:] != at[:-1]
        before_us = np.where(first, self.heard_us[at], np.roll(ts_us, 1))
        silent = np.zeros(len(at), np.bool_)
        silent[order] = (before_us > 0) & (ts_us - before_us > self.gap_us[at])
        return silent

    def hear(self, come: Come) -> None:
        """Remember the newest of each."""
        np.maximum.at(self.heard_us, come.input, come.ts_us)
        newest = come.ts_us >= self.heard_us[come.input]
        self.heard[come.input[newest]] = come.value[newest]  # of several the last counts

    def before(self, rows: tuple[int, ...]) -> Heard:
        """What was heard of some inputs so far."""
        return Heard(tuple(self.heard_us[[*rows]].tolist()), tuple(self.heard[[*rows]].tolist()))


def of_target(come: Come, rows: tuple[int, ...]) -> Samples:
    """The samples of one rule's inputs, which are numbered by their places."""
    if len(rows) == 1:
        which = np.flatnonzero(come.input == rows[0])
        place = np.zeros(len(which), np.intp)
    else:
        which = np.flatnonzero(np.isin(come.input, rows))
        order = np.argsort(rows)
        place = order[np.searchsorted(np.array(rows)[order], come.input[which])]
    return Samples(place, come.ts_us[which], come.value[which], come.pos[which])
