"""How each machine is: its state, and what the chain finds in each closed window (ISO 13374).

A machine is any device that sends readings. Models are kept apart for running, idling and being set up, and
what stands still is judged by its limits alone: a machine that stops is not odd. The windows in which it
changes over are not judged.
"""

from dataclasses import dataclass, field

import numpy as np

from lineshaft.domain.forecasts import ForewarningRow
from lineshaft.domain.machines import STATES, machine_state
from lineshaft.domain.readings import Bytes8, Ints32, Ints64
from lineshaft.domain.results import MachineRow
from stream.rules.base import Bools, Scores
from stream.steps.columns import Columns, column
from stream.steps.described import Described
from stream.steps.findings import explain
from stream.steps.intake import Said
from stream.steps.judging import UNSAID, Judges
from stream.steps.names import Names
from stream.steps.profiles import Profiles
from stream.steps.prospects import Prospects
from stream.steps.rollback import rows_unchanged_by_failure
from stream.steps.samples import Samples, samples
from stream.steps.telling import Found, States
from stream.steps.windows import Closed

RUN, OFFLINE = STATES.index("RUN"), STATES.index("OFFLINE")
MODE_OF = np.array([0, 1, 2, 3, 2, 2], np.uint8)
"""Mode for each of `STATES`: working, idling, standing, being set up."""


@dataclass(slots=True)
class Machines(Columns):
    """State of a shard's machines; the arrays have one row a device, those of the parts one a machine."""

    sends: Bools = column(np.bool_, fill=False)
    """Whether it sent readings: else it is a reader or a vehicle."""
    shown: Bools = column(np.bool_, fill=False)
    said: Bytes8 = column(np.uint8, RUN)
    """Index into `STATES`; one that says nothing runs as long as it is heard."""
    said_us: Ints64 = column(np.int64, 0)
    state: Bytes8 = column(np.uint8, RUN)
    since_us: Ints64 = column(np.int64, 0)
    profiles: Profiles = field(default_factory=Profiles)
    judges: Judges = field(default_factory=Judges)
    prospects: Prospects = field(default_factory=Prospects)
    latest: dict[int, MachineRow] = field(default_factory=dict)
    """What was told of each device last."""

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
        self.state[rows] = new[rows]
        for device in rows[self.shown[rows]].tolist():
            if device in self.profiles.row:
                self.judges.settle(self.profiles.row[device])
        self.shown[rows] = True
        return [self._turned(device, now_us, pos) for device in rows.tolist()]

    def judge(
        self, closed: Closed, names: Names, described: Described, pos: int
    ) -> tuple[list[MachineRow], Scores]:
        """Judge the closed windows, each machine's in the order of time, and learn them."""
        laid = samples(closed, names, described, self.profiles)
        self.judges.make_room(len(self.profiles.devices))
        self.prospects.make_room(self.profiles.kinds)
        first = np.concatenate([[True], laid.machine[1:] != laid.machine[:-1]])
        turns = [laid] if first.all() else laid.turns(first)
        with rows_unchanged_by_failure(*self._rows_of(laid.machine[first])):
            found = [self._judge_one_each(each, names, described, pos) for each in turns]
        rows = [row for some, _ in found for row in some]
        self.latest.update((row.device, row) for row in rows)
        return rows, Scores.together([scores for _, scores in found])

    def take_model(self, body: bytes, now_us: int, pos: int) -> None:
        """A row `_/model`: see `Forecasts.take_model`."""
        self.prospects.forecasts.take_model(body, self.profiles.kinds, now_us, pos)

    def take_label(self, body: bytes, names: Names, described: Described) -> None:
        """A row `_/label`: a machine in which a fault was found, and mended, is as new."""
        self.profiles.meet([], names, described)
        for machine, at_us in self.prospects.forecasts.take_label(body, self.profiles.speakers):
            self.prospects.mended(machine, at_us)

    def forewarnings(self) -> list[ForewarningRow]:
        """What models forewarn of since it was asked last."""
        return [
            one._replace(device=self.profiles.devices[one.device])
            for one in self.prospects.forecasts.take_forewarnings()
        ]

    def _rows_of(self, machine: Ints32) -> tuple[tuple[object, Ints64], ...]:
        """The parts that judging these machines changes, and their rows in each."""
        rows, models = machine.astype(np.int64), self.judges.model_row[machine].ravel().astype(np.int64)
        return (
            (self.judges, rows),
            (self.judges.detector, models[models >= 0]),
            (self.prospects, rows),
        )

    def _judge_one_each(
        self, laid: Samples, names: Names, described: Described, pos: int
    ) -> tuple[list[MachineRow], Scores]:
        devices = self.profiles.devices
        device = np.array([devices[one] for one in laid.machine.tolist()])
        # OFFLINE is not what it does: what it did when it was heard last it goes on doing.
        told = np.where(self.said_us[device] > 0, MODE_OF[self.said[device]], UNSAID).astype(np.uint8)
        judged = self.judges.take(laid, told, self.profiles)
        foreseen = self.prospects.take(judged, self.profiles, pos)
        explained = explain(judged, self.profiles, described, self.judges.sensors)
        states = States(device, self.state[device], self.since_us[device])
        found = Found(states, judged, foreseen, explained)
        remaining = self.prospects.degradation.model
        fresh = found.rows(self.profiles, self.judges, remaining, (names, pos))
        for at in np.flatnonzero(~judged.settled).tolist():
            fresh[at] = self._held(fresh[at])
        return fresh, found.scores(fresh, described.speaker)

    def _held(self, row: MachineRow) -> MachineRow:
        """While a machine changes over it is not judged: what was found of its episode before still holds."""
        old = self.latest.get(row.device)
        if old is None or not (row.anomaly and old.anomaly):
            return row
        return row._replace(diagnosis=old.diagnosis, contributors=old.contributors, advice=old.advice)

    def _turned(self, device: int, now_us: int, pos: int) -> MachineRow:
        """What was told last, with a new state."""
        old = self.latest.get(device) or MachineRow(
            device, now_us, 0.0, 100.0, None, "", 0, (), self.judges.detector.model, pos, judged=False
        )
        state, since_us = STATES[self.state[device]], int(self.since_us[device])
        row = old._replace(ts_us=now_us, state=state, state_since_us=since_us, pos=pos, judged=False)
        self.latest[device] = row
        return row
