"""Closed windows of signals, laid side by side into windows of whole machines."""

from typing import NamedTuple

import numpy as np

from lineshaft.detect.state.sensor import Seen
from lineshaft.domain.readings import Bytes8, Floats, Ints32, Ints64
from stream.rules.base import Bools
from stream.steps.described import Described
from stream.steps.names import Names
from stream.steps.profiles import SIGNALS, Profiles
from stream.steps.windows import WINDOW_US, Closed

_SHIFT = 31
NARROW = 8
"""Places that are looked at of machines which have no more signals than these: half the work. Sums over 8
places and over 16, half of them empty, are the same to the last bit."""


class Samples(NamedTuple):
    """Windows of whole machines, one row each, ordered by machine, then time."""

    machine: Ints32
    at_us: Ints64
    """Their ends."""
    seen: Seen
    """What the signals showed, each in its place."""
    beyond: Bytes8
    """Limits passed by signals without a place: 0 within, 1 an inner one, 2 an outer one."""

    def some(self, at: Ints64) -> "Samples":
        """The rows at these places."""
        seen = Seen._make(column[at] for column in self.seen)
        return Samples(self.machine[at], self.at_us[at], seen, self.beyond[at])

    def turns(self, first: Bools) -> "list[Samples]":
        """The oldest window of each machine, the next of those that have one, and so on.

        Args:
            first: which are their machine's first.
        """
        starts = np.flatnonzero(first)
        rank = np.arange(len(first)) - np.repeat(starts, np.diff(starts, append=len(first)))
        return [self.some(np.flatnonzero(rank == turn)) for turn in range(int(rank.max()) + 1)]


def samples(closed: Closed, names: Names, described: Described, profiles: Profiles) -> Samples:
    """Put windows of signals together; machines and signals that are new get their rows and places."""
    first = np.concatenate([[True], closed.series[1:] != closed.series[:-1]])
    distinct = closed.series[first].tolist()
    profiles.meet(distinct, names, described)
    number = np.cumsum(first) - 1
    machines = [profiles.row[names.signal_device[one]] for one in distinct]
    places = max(len(profiles.signals[one]) for one in set(machines))
    width = SIGNALS if places > NARROW else NARROW
    keys, row = np.unique((np.array(machines)[number] << _SHIFT) | closed.window, return_inverse=True)
    place = np.array([profiles.place[one] for one in distinct])[number]
    has = place >= 0
    found = closed.features
    beyond = np.zeros(len(keys), np.uint8)
    if not has.all():
        passed = limits_passed(found.level[~has], described.limits[closed.series[~has]])
        np.maximum.at(beyond, row[~has], passed)
    laid = np.full((len(Seen._fields), len(keys), width), np.nan)
    laid[-2:] = 0.0
    columns = (found.level, found.spread, found.low, found.high, found.readings, closed.impossible)
    for whole, column in zip(laid, columns, strict=True):
        whole[row[has], place[has]] = column[has]
    window = keys & ((1 << _SHIFT) - 1)
    end_us = (window + 1) * WINDOW_US + closed.phase_us
    return Samples((keys >> _SHIFT).astype(np.int32), end_us, Seen(*laid), beyond)


def limits_passed(level: Floats, limits: Floats) -> Bytes8:
    """How many limits of a side levels have passed; a comparison with NaN is false.

    Args:
        level: of any shape.
        limits: the same, and 4: low_low, low, high, high_high.
    """
    inner = (level < limits[..., 1]) | (level > limits[..., 2])
    outer = (level < limits[..., 0]) | (level > limits[..., 3])
    return np.where(outer, np.uint8(2), inner.astype(np.uint8))
