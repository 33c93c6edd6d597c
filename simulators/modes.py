"""What each machine is doing at an instant: shifts, changeovers, short stops, repairs."""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from simulators import noise
from simulators.base import SECOND_US
from simulators.faults import Episode
from simulators.machines import MACHINES

Instants = NDArray[np.int64]
Indices = NDArray[np.int64]

MINUTE_US = 60 * SECOND_US
HOUR_US = 60 * MINUTE_US
DAY_US = 24 * HOUR_US
ZONE_US = 8 * HOUR_US
"""Asia/Shanghai has had no summer time since 1991, so the plant's local time is an addition."""

LOT_US = 40 * MINUTE_US
"""A line changes over about this often."""
STOP_US = 5 * MINUTE_US
"""A machine may stop for a moment once in this span."""


class Mode(IntEnum):
    """The `state` a machine reports."""

    RUN = 0
    IDLE = 1
    SETUP = 2
    DOWN = 3
    MAINT = 4


LINES = sorted({machine.line for machine in MACHINES})
LINE_OF = np.array([LINES.index(machine.line) for machine in MACHINES])
IS_PUMP = np.array([machine.kind == "pump" for machine in MACHINES])


def modes(seed: int, machine: Indices, at_us: Instants, episodes: list[Episode]) -> NDArray[np.int64]:
    """The mode of each (machine index, instant); the later rules of the body win."""
    line = LINE_OF[machine]
    keys = _keys(seed)
    mode = np.full(len(machine), Mode.RUN, np.int64)
    mode[_short_stop(keys[machine], at_us)] = Mode.IDLE
    mode[_changeover(keys[len(MACHINES) + line], line, at_us) & ~IS_PUMP[machine]] = Mode.SETUP
    mode[_off_shift(line, at_us)] = Mode.IDLE
    for episode in episodes:
        if episode.fault.stops:
            here = (machine == episode.machine) & (at_us >= episode.stop_us) & (at_us < episode.end_us)
            # Somebody has to come before the repair begins.
            begun = at_us >= episode.stop_us + (episode.end_us - episode.stop_us) * 2 // 5
            mode[here] = np.where(begun[here], Mode.MAINT, Mode.DOWN)
    return mode


def _keys(seed: int) -> noise.Hashes:
    places = [machine.id for machine in MACHINES] + LINES
    return np.array([noise.key(seed, "mode", place) for place in places], np.uint64)


def _short_stop(key: noise.Hashes, at_us: Instants) -> NDArray[np.bool_]:
    span = at_us // STOP_US
    chance, begins, lasts = (noise.uniform(key, span * 3 + part) for part in range(3))
    since_s = (at_us - span * STOP_US) / SECOND_US - begins * 200.0
    return np.asarray((chance < 0.12) & (since_s >= 0.0) & (since_s < 15.0 + lasts * 65.0))


def _changeover(key: noise.Hashes, line: Indices, at_us: Instants) -> NDArray[np.bool_]:
    shifted = at_us + line * (LOT_US // len(LINES))
    lot = shifted // LOT_US
    chance, lasts = (noise.uniform(key, lot * 2 + part) for part in range(2))
    since_s = (shifted - lot * LOT_US) / SECOND_US
    return np.asarray((chance < 0.6) & (since_s < 150.0 + lasts * 200.0))


def _off_shift(line: Indices, at_us: Instants) -> NDArray[np.bool_]:
    """The last line works shifts A and B only; the others never stop."""
    hour = (at_us + ZONE_US) % DAY_US / HOUR_US
    return np.asarray((line == len(LINES) - 1) & ((hour < 6.0) | (hour >= 22.0)))
