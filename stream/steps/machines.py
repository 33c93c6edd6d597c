"""How each machine is: its state, and score, zone and health for each closed window.

A machine is any device that sends readings. Models are kept apart for running, idling, standing and being
set up: a machine that stops is not odd. The windows in which it changes over are not judged.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from lineshaft.detect import DETECTORS, Detector
from lineshaft.detect.health import SMOOTHING, health
from lineshaft.domain.machines import STATES, ZONES, machine_state
from lineshaft.domain.readings import Bytes8, Floats, Ints32, Ints64
from lineshaft.domain.results import MachineRow, Share
from stream.rules.base import Bools, Scores
from stream.steps.columns import Columns, column
from stream.steps.described import VIBRATION, Described
from stream.steps.intake import Said
from stream.steps.names import Names
from stream.steps.windows import WINDOW_US, Closed

SIGNALS = 16
"""Signals of a machine that its model looks at, the first ones heard; each gives two features."""
FEATURES = 2 * SIGNALS
DETECTOR = "adaptive"

RUN, OFFLINE = STATES.index("RUN"), STATES.index("OFFLINE")
MODE_OF = np.array([0, 1, 2, 3, 2, 2])
"""Model for each of `STATES`: running, idling, standing, being set up."""
MODES = 4
SETTLING = 3
"""Windows not judged after a change of state: temperatures and speeds are on their way, not odd."""
COUNTERS = ("count", "energy")
"""Quantities that only ever grow: their level says nothing."""
CONTRIBUTORS = 3
LEAST_SHARE = 0.02
NO_ROW = -1


class Samples(NamedTuple):
    """Windows of whole machines, one row each, ordered by machine, then time."""

    device: Ints64
    window: Ints64
    x: Floats
    """(rows, features): level and square root of the spread of each signal; NaN where it was silent."""
    vibration: Floats
    beyond: Bytes8
    """0 within limits, 1 beyond an inner one, 2 beyond an outer one."""

    def some(self, at: Ints64) -> "Samples":
        """The rows at these places."""
        return Samples(self.device[at], self.window[at], self.x[at], self.vibration[at], self.beyond[at])


@dataclass(slots=True)
class Machines(Columns):
    """State of a shard's machines; the arrays have one row a device."""

    sends: Bools = column(np.bool_, fill=False)
    """Whether it sent readings: else it is a reader or a vehicle."""
    shown: Bools = column(np.bool_, fill=False)
    said: Bytes8 = column(np.uint8, RUN)
    """Index into `STATES`; one that says nothing runs as long as it is heard."""
    said_us: Ints64 = column(np.int64, 0)
    state: Bytes8 = column(np.uint8, RUN)
    since_us: Ints64 = column(np.int64, 0)
    score: Floats = column(np.float64, 0.0)
    smooth: Floats = column(np.float64, 0.0)
    health: Floats = column(np.float64, 100.0)
    zone: Bytes8 = column(np.uint8, 0)
    settling: Ints32 = column(np.int32, 0)
    """Windows still to pass before it is judged."""
    signals: Ints32 = column(np.int32, 0)
    """How many of its signals have a place in the model."""
    model_row: Ints32 = column(np.int32, NO_ROW, MODES)
    contributors: dict[int, tuple[Share, ...]] = field(default_factory=dict)
    place: list[int] = field(default_factory=list)
    """Signal row → place in its machine's model, -1 none."""
    signal_at: dict[int, list[str]] = field(default_factory=dict)
    """Device row → the names of the signals in its model, by place."""
    models: int = 0
    detector: Detector = field(default_factory=lambda: DETECTORS[DETECTOR](FEATURES))

    def listen(self, said: list[Said]) -> None:
        """Take in what machines said of their state."""
        for one in said:
            state = machine_state(one.text) if one.name == "state" else None
            if state is not None and one.ts_us >= self.said_us[one.device]:
                self.said[one.device], self.said_us[one.device] = STATES.index(state), one.ts_us

    def turn(self, now_us: int, silent: Bools, pos: int) -> list[MachineRow]:
        """Bring states up to date at a tick; gives machines whose state changed, or that are new."""
        count = len(silent)
        new = np.where(silent, OFFLINE, self.said[:count]).astype(np.uint8)
        changed = self.sends[:count] & ((new != self.state[:count]) | ~self.shown[:count])
        rows = np.flatnonzero(changed)
        # What it said itself began when it said so; what we found began now.
        told = ~silent[rows] & (self.said_us[rows] > self.since_us[rows])
        self.since_us[rows] = np.where(told, self.said_us[rows], now_us)
        self.settling[rows] = np.where(self.shown[rows], SETTLING, 0)
        self.state[rows] = new[rows]
        self.shown[rows] = True
        return [self._row(int(row), now_us, pos, judged=False) for row in rows]

    def judge(
        self, closed: Closed, names: Names, described: Described, pos: int
    ) -> tuple[list[MachineRow], Scores]:
        """Score the closed windows, each machine's in the order of time, and learn them."""
        samples = self._samples(closed, names, described)
        rows: list[MachineRow] = []
        starts = np.flatnonzero(np.concatenate([[True], samples.device[1:] != samples.device[:-1]]))
        sizes = np.diff(np.append(starts, len(samples.device)))
        rank = np.arange(len(samples.device)) - np.repeat(starts, sizes)
        for turn in range(int(rank.max()) + 1):
            at = np.flatnonzero(rank == turn)
            rows += self._judge_one_each(samples.some(at), described, pos)
        return rows, _scores(rows, described)

    def _judge_one_each(self, samples: Samples, described: Described, pos: int) -> list[MachineRow]:
        device = samples.device
        settled = self.settling[device] == 0
        self.settling[device] -= ~settled
        score = np.zeros(len(device))
        share = np.zeros((len(device), FEATURES))
        if settled.any():
            model = self._model_rows(device[settled])
            x = samples.x[settled]
            judged = self.detector.score_many(model, x)
            self.detector.learn_many(model, x, judged.score)
            score[settled], share[settled] = judged.score, judged.share
        self.score[device] = score
        self.smooth[device] += np.where(settled, SMOOTHING * (score - self.smooth[device]), 0.0)
        self.zone[device] = _zones(device, samples.vibration, described)
        self.health[device] = health(self.smooth[device], self.zone[device], samples.beyond)
        for one, parts in zip(device.tolist(), share, strict=True):
            self.contributors[one] = self._contributors(one, parts) if self.score[one] > 0 else ()
        ended_us = (samples.window + 1) * WINDOW_US
        return [
            self._row(row, at_us, pos, judged=True)
            for row, at_us in zip(device.tolist(), ended_us.tolist(), strict=True)
        ]

    def _samples(self, closed: Closed, names: Names, described: Described) -> Samples:
        self._give_places(closed, names, described)
        device_of = np.array(names.signal_device)
        key = (device_of[closed.series] << 31) | closed.window
        keys, row = np.unique(key, return_inverse=True)
        device, window = keys >> 31, keys & ((1 << 31) - 1)
        x = np.full((len(keys), FEATURES), np.nan)
        place = np.array(self.place)[closed.series]
        has = place >= 0
        x[row[has], 2 * place[has]] = closed.features.level[has]
        x[row[has], 2 * place[has] + 1] = np.sqrt(closed.features.spread[has])
        vibration = np.full(len(keys), np.nan)
        shakes = np.array([quantity == VIBRATION for quantity in described.quantity])[closed.series]
        np.fmax.at(vibration, row[shakes], closed.features.level[shakes])
        beyond = np.zeros(len(keys), np.uint8)
        np.maximum.at(beyond, row, _beyond(closed.features.level, described.limits[closed.series]))
        return Samples(device, window, x, vibration, beyond)

    def _give_places(self, closed: Closed, names: Names, described: Described) -> None:
        self.place += [NO_ROW] * (len(names.signal_name) - len(self.place))
        for series in np.unique(closed.series).tolist():
            device = names.signal_device[series]
            counts = described.quantity[series] in COUNTERS
            if self.place[series] == NO_ROW and self.signals[device] < SIGNALS and not counts:
                self.place[series] = int(self.signals[device])
                self.signals[device] += 1
                self.signal_at.setdefault(device, []).append(names.signal_name[series])

    def _model_rows(self, device: Ints64) -> Ints32:
        mode = MODE_OF[self.state[device]]
        for one, its in zip(device.tolist(), mode.tolist(), strict=True):
            if self.model_row[one, its] == NO_ROW:
                self.model_row[one, its] = self.models
                self.models += 1
        self.detector.grow(self.models)
        return np.asarray(self.model_row[device, mode])

    def _contributors(self, device: int, parts: Floats) -> tuple[Share, ...]:
        """The signals behind a score, largest share first."""
        by_signal = parts.reshape(SIGNALS, 2).sum(axis=1)
        largest = np.argsort(-by_signal, kind="stable")[:CONTRIBUTORS]
        return tuple(
            Share(self.signal_at[device][place], round(float(by_signal[place]), 3))
            for place in largest.tolist()
            if by_signal[place] >= LEAST_SHARE
        )

    def _row(self, device: int, ts_us: int, pos: int, *, judged: bool) -> MachineRow:
        zone = int(self.zone[device])
        return MachineRow(
            device=device,
            ts_us=ts_us,
            score=float(self.score[device]),
            health=float(self.health[device]),
            zone=ZONES[zone - 1] if zone else None,
            state=STATES[self.state[device]],
            state_since_us=int(self.since_us[device]),
            contributors=self.contributors.get(device, ()),
            model=self.detector.model,
            pos=pos,
            judged=judged,
        )


def _beyond(level: Floats, limits: Floats) -> Bytes8:
    """How many limits of a side a level has passed; a comparison with NaN is false."""
    inner = (level < limits[:, 1]) | (level > limits[:, 2])
    outer = (level < limits[:, 0]) | (level > limits[:, 3])
    return np.where(outer, np.uint8(2), inner.astype(np.uint8))


def _zones(device: Ints64, vibration: Floats, described: Described) -> Bytes8:
    zones = np.zeros(len(device), np.uint8)
    for at in np.flatnonzero(~np.isnan(vibration)).tolist():
        limits = described.zone_limits[int(device[at])]
        if limits:
            # A boundary value belongs to the lower zone, as `vibration_zone` has it.
            zones[at] = 1 + int(np.searchsorted(limits, vibration[at], side="left"))
    return zones


def _scores(rows: list[MachineRow], described: Described) -> Scores:
    """What rules see of them."""
    return Scores(
        row=np.array([row.device for row in rows], np.int32),
        ts_us=np.array([row.ts_us for row in rows], np.int64),
        score=np.array([row.score for row in rows]),
        zone=np.array([ZONES.index(row.zone) + 1 if row.zone else 0 for row in rows], np.uint8),
        pos=np.array([row.pos for row in rows], np.int64),
        contributors=[[share._asdict() for share in row.contributors] for row in rows],
        sources=described.speaker,
    )
