"""How each machine is: its state, and what the chain finds in each closed window (ISO 13374).

A machine is any device that sends readings. Models are kept apart for running, idling, standing and being
set up: a machine that stops is not odd. The windows in which it changes over are not judged.
"""

import math
from dataclasses import dataclass, field

import numpy as np

from lineshaft.detect.health.basis import BASES
from lineshaft.domain.forecasts import ForewarningRow
from lineshaft.domain.machines import STATES, ZONES, machine_state
from lineshaft.domain.readings import Bytes8, Floats, Ints32, Ints64
from lineshaft.domain.results import MachineRow, Outlook, SensorFault, Share
from stream.rules.base import Bools, Scores
from stream.steps.columns import Columns, column
from stream.steps.described import Described
from stream.steps.findings import Explained, advice, explain, findings, sensor_faults
from stream.steps.intake import Said
from stream.steps.judging import UNSAID, Judged, Judges
from stream.steps.models import NO_MODEL
from stream.steps.names import Names
from stream.steps.profiles import SIGNALS, Profiles
from stream.steps.prospects import Foreseen, Prospects
from stream.steps.rollback import rows_unchanged_by_failure
from stream.steps.samples import Samples, samples
from stream.steps.windows import WINDOW_US, Closed

RUN, OFFLINE = STATES.index("RUN"), STATES.index("OFFLINE")
MODE_OF = np.array([0, 1, 2, 3, 2, 2], np.uint8)
"""Mode for each of `STATES`: working, idling, standing, being set up."""
SAID_MODES = ("RUN", "IDLE", "DOWN", "SETUP")
FOUND_MODES = ("MODE1", "MODE2", "REST", "MODE3")
"""Words for modes, as machines say them and as they were found."""
CONTRIBUTORS = 3
LEAST_SHARE = 0.02
EVIDENCE_US = 6 * WINDOW_US
"""Outside an episode, what health is smoothed over."""


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
        starts = np.flatnonzero(np.concatenate([[True], laid.machine[1:] != laid.machine[:-1]]))
        sizes = np.diff(np.append(starts, len(laid.machine)))
        rank = np.arange(len(laid.machine)) - np.repeat(starts, sizes)
        with rows_unchanged_by_failure(*self._rows_of(laid.machine[starts])):
            found = [
                self._judge_one_each(laid.some(np.flatnonzero(rank == turn)), names, described, pos)
                for turn in range(int(rank.max()) + 1)
            ]
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
        device = np.array(self.profiles.devices)[laid.machine]
        # OFFLINE is not what it does: what it did when it was heard last it goes on doing.
        told = np.where(self.said_us[device] > 0, MODE_OF[self.said[device]], UNSAID).astype(np.uint8)
        judged = self.judges.take(laid, told, self.profiles)
        foreseen = self.prospects.take(judged, self.profiles, pos)
        explained = explain(judged, self.profiles, described, self.judges.sensors)
        telling = _Telling(self, names, judged, foreseen, explained, pos)
        rows = [telling.row(at, one) for at, one in enumerate(device.tolist())]
        return rows, _scores(rows, (judged, foreseen, explained), described)

    def _turned(self, device: int, now_us: int, pos: int) -> MachineRow:
        """What was told last, with a new state."""
        old = self.latest.get(device) or MachineRow(
            device, now_us, 0.0, 100.0, None, "", 0, (), self.judges.detector.model, pos, judged=False
        )
        state, since_us = STATES[self.state[device]], int(self.since_us[device])
        row = old._replace(ts_us=now_us, state=state, state_since_us=since_us, pos=pos, judged=False)
        self.latest[device] = row
        return row


@dataclass(slots=True)
class _Telling:
    """Makes the rows of what was found in windows."""

    machines: Machines
    names: Names
    judged: Judged
    foreseen: Foreseen
    explained: Explained
    pos: int

    def row(self, at: int, device: int) -> MachineRow:
        """What is told of one window."""
        judged, foreseen, machines = self.judged, self.foreseen, self.machines
        machine, at_us = int(judged.machine[at]), int(judged.at_us[at])
        signals = machines.profiles.signals[machine]
        zone, mode = int(judged.zone[at]), int(judged.mode[at])
        faults: tuple[SensorFault, ...] = ()
        if judged.check.fault[at].any() or machines.judges.sensors.fault[machine].any():
            faults = sensor_faults(machine, signals, machines.judges.sensors, self.names)
        outlook = Outlook(
            _known(foreseen.p_24h[at]), _known(foreseen.p_7d[at]),
            *(_known(column[at]) for column in foreseen.remaining),
        )  # fmt: skip
        score = float(judged.score[at])
        return MachineRow(
            device=device,
            ts_us=at_us,
            score=score,
            health=float(judged.health[at]),
            zone=ZONES[zone - 1] if zone else None,
            state=STATES[machines.state[device]],
            state_since_us=int(machines.since_us[device]),
            contributors=self._contributors(signals, judged.share[at]) if score > 0 else (),
            model=machines.judges.detector.model,
            pos=self.pos,
            judged=True,
            probability=_known(judged.probability[at]),
            anomaly=bool(self.explained.anomaly[at]),
            mode=(SAID_MODES if judged.said[at] else FOUND_MODES)[mode],
            basis=BASES[judged.basis[at]],
            outlook=outlook,
            diagnosis=findings(self.explained.diagnoses[at], signals, self.names),
            advice=advice(judged, foreseen, self.explained, at, len(faults)),
            sensor_faults=faults,
            evidence_from_us=int(judged.began_us[at]) or at_us - EVIDENCE_US,
            models=self._models(at),
        )

    def _contributors(self, signals: list[int], parts: Floats) -> tuple[Share, ...]:
        """The signals behind a score, largest share first."""
        by_signal = parts.reshape(SIGNALS, 2).sum(axis=1)
        largest = np.argsort(-by_signal, kind="stable")[:CONTRIBUTORS]
        return tuple(
            Share(self.names.signal_name[signals[place]], round(float(by_signal[place]), 3))
            for place in largest.tolist()
            if by_signal[place] >= LEAST_SHARE and place < len(signals)
        )

    def _models(self, at: int) -> tuple[tuple[str, str], ...]:
        """Who speaks of what."""
        parts = self.machines
        found = [("state", parts.judges.detector.model)]
        if not math.isnan(self.foreseen.remaining.p50_s[at]):
            found.append(("remaining", parts.prospects.degradation.model))
        if self.foreseen.by[at] != NO_MODEL:
            found.append(("failure", str(self.foreseen.by[at])))
        return tuple(found)


def _known(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _scores(
    rows: list[MachineRow], found: tuple[Judged, Foreseen, Explained], described: Described
) -> Scores:
    """What rules see of them."""
    judged, foreseen, explained = found
    return Scores(
        row=np.array([row.device for row in rows], np.int32),
        ts_us=judged.at_us,
        score=judged.score,
        zone=judged.zone,
        pos=np.array([row.pos for row in rows], np.int64),
        contributors=[[share._asdict() for share in row.contributors] for row in rows],
        sources=described.speaker,
        anomaly=explained.anomaly,
        risk=foreseen.risk,
        remaining_s=foreseen.remaining.p50_s,
        failure_mode=[row.diagnosis[0].mode if row.diagnosis else "" for row in rows],
        sensor_faults=[row.sensor_faults for row in rows],
    )
