"""Closed windows of signals, laid side by side into windows of whole machines."""

from typing import NamedTuple

import numpy as np

from lineshaft.detect.state.sensor import Seen
from lineshaft.domain.readings import Bytes8, Floats, Ints32, Ints64
from stream.steps.described import Described
from stream.steps.names import Names
from stream.steps.profiles import SIGNALS, Profiles
from stream.steps.windows import WINDOW_US, Closed

_SHIFT = 31


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


def samples(closed: Closed, names: Names, described: Described, profiles: Profiles) -> Samples:
    """Put windows of signals together; machines and signals that are new get their rows and places."""
    distinct = np.unique(closed.series)
    profiles.meet(distinct.tolist(), names, described)
    number = np.searchsorted(distinct, closed.series)
    machine_of = np.array([profiles.row[names.signal_device[one]] for one in distinct.tolist()])
    place_of = np.array([profiles.place[one] for one in distinct.tolist()])
    keys, row = np.unique((machine_of[number] << _SHIFT) | closed.window, return_inverse=True)
    place = place_of[number]
    has = place >= 0
    at = (row[has], place[has])
    found = closed.features
    columns = []
    for column in (found.level, found.spread, found.low, found.high):
        laid = np.full((len(keys), SIGNALS), np.nan)
        laid[at] = column[has]
        columns.append(laid)
    readings, impossible = np.zeros((len(keys), SIGNALS)), np.zeros((len(keys), SIGNALS))
    readings[at], impossible[at] = found.readings[has], closed.impossible[has]
    beyond = np.zeros(len(keys), np.uint8)
    if not has.all():
        passed = limits_passed(found.level[~has], described.limits[closed.series[~has]])
        np.maximum.at(beyond, row[~has], passed)
    level, spread, low, high = columns
    seen = Seen(level, spread, low, high, readings, impossible)
    window = keys & ((1 << _SHIFT) - 1)
    end_us = (window + 1) * WINDOW_US + closed.phase_us
    return Samples((keys >> _SHIFT).astype(np.int32), end_us, seen, beyond)


def limits_passed(level: Floats, limits: Floats) -> Bytes8:
    """How many limits of a side levels have passed; a comparison with NaN is false.

    Args:
        level: of any shape.
        limits: the same, and 4: low_low, low, high, high_high.
    """
    inner = (level < limits[..., 1]) | (level > limits[..., 2])
    outer = (level < limits[..., 0]) | (level > limits[..., 3])
    return np.where(outer, np.uint8(2), inner.astype(np.uint8))
