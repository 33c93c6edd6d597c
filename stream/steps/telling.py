"""Makes rows and what rules see of what the chain found in windows."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lineshaft.detect.advice import ILL, NEAR_S
from lineshaft.detect.health.basis import BASES
from lineshaft.domain.machines import STATES, ZONES
from lineshaft.domain.readings import Bytes8, Floats, Ints64
from lineshaft.domain.results import MachineRow, Outlook, SensorFault, Share
from stream.rules.base import Bools, Scores
from stream.steps.findings import Explained, advice, findings, sensor_faults
from stream.steps.judging import Judged, Judges
from stream.steps.models import NO_MODEL
from stream.steps.names import Names
from stream.steps.profiles import SIGNALS, Profiles
from stream.steps.prospects import Foreseen
from stream.steps.windows import WINDOW_US

SAID_MODES = ("RUN", "IDLE", "DOWN", "SETUP")
FOUND_MODES = ("MODE1", "MODE2", "REST", "MODE3")
"""Words for modes, as machines say them and as they were found."""
CONTRIBUTORS = 3
LEAST_SHARE = 0.02
EVIDENCE_US = 6 * WINDOW_US
"""Outside an episode, what health is smoothed over."""


class States(NamedTuple):
    """Of machines, one entry a window."""

    device: Ints64
    state: Bytes8
    since_us: Ints64


@dataclass(slots=True)
class Found:
    """All that the chain found in windows."""

    states: States
    judged: Judged
    foreseen: Foreseen
    explained: Explained

    def rows(
        self, profiles: Profiles, judges: Judges, remaining: str, of: tuple[Names, int]
    ) -> list[MachineRow]:
        """A row of each.

        Args:
            profiles: of the machines.
            judges: who judged them.
            remaining: the model that speaks of their remaining life.
            of: the signals' names, and the position.
        """
        judged, (names, pos) = self.judged, of
        model = judges.detector.model
        faulty: Bools = np.asarray(judges.sensors.fault[judged.machine].any(axis=1))
        soon = self.foreseen.remaining.p50_s < NEAR_S
        asks = (faulty | soon | self.explained.anomaly | (judged.health < ILL)).tolist()
        places, shares = _largest(judged.share)
        known_modes = [SAID_MODES if said else FOUND_MODES for said in judged.said.tolist()]
        outlooks, told = self._outlooks(), []
        for at, (device, state, since_us) in enumerate(zip(*(c.tolist() for c in self.states), strict=True)):
            machine, at_us = int(judged.machine[at]), int(judged.at_us[at])
            signals, zone, score = profiles.signals[machine], int(judged.zone[at]), float(judged.score[at])
            faults: tuple[SensorFault, ...] = ()
            if faulty[at]:
                faults = sensor_faults(machine, signals, judges.sensors, names)
            told.append(
                MachineRow(
                    device=device,
                    ts_us=at_us,
                    score=score,
                    health=float(judged.health[at]),
                    zone=ZONES[zone - 1] if zone else None,
                    state=STATES[state],
                    state_since_us=since_us,
                    contributors=_shares(signals, names, places[at], shares[at]) if score > 0 else (),
                    model=model,
                    pos=pos,
                    judged=True,
                    probability=_known(float(judged.probability[at])),
                    anomaly=bool(self.explained.anomaly[at]),
                    mode=known_modes[at][judged.mode[at]],
                    basis=BASES[judged.basis[at]],
                    outlook=outlooks[at],
                    diagnosis=findings(self.explained.diagnoses[at], signals, names),
                    advice=advice(judged, self.foreseen, self.explained, at, len(faults))
                    if asks[at]
                    else None,
                    sensor_faults=faults,
                    evidence_from_us=int(judged.began_us[at]) or at_us - EVIDENCE_US,
                    models=self._models(at, outlooks[at], model, remaining),
                )
            )
        return told

    def scores(self, rows: list[MachineRow], sources: list[str]) -> Scores:
        """What rules see of them."""
        return Scores(
            row=self.states.device.astype(np.int32),
            ts_us=self.judged.at_us,
            score=self.judged.score,
            zone=self.judged.zone,
            pos=np.array([row.pos for row in rows], np.int64),
            contributors=[[share._asdict() for share in row.contributors] for row in rows],
            sources=sources,
            anomaly=self.explained.anomaly,
            risk=self.foreseen.risk,
            remaining_s=self.foreseen.remaining.p50_s,
            failure_mode=[row.diagnosis[0].mode if row.diagnosis else "" for row in rows],
            sensor_faults=[row.sensor_faults for row in rows],
            others={
                "health": self.judged.health,
                "probability": self.judged.probability,
                "p_fail_24h": self.foreseen.p_24h,
            },
        )

    def _advice(self, at: int, faults: int) -> str | None:
        return advice(self.judged, self.foreseen, self.explained, at, faults)

    def _outlooks(self) -> list[Outlook]:
        foreseen = self.foreseen
        columns = (foreseen.p_24h, foreseen.p_7d, *foreseen.remaining)
        return [Outlook(*map(_known, one)) for one in zip(*(c.tolist() for c in columns), strict=True)]

    def _models(self, at: int, outlook: Outlook, state: str, remaining: str) -> tuple[tuple[str, str], ...]:
        """Who speaks of what."""
        found = [("state", state)]
        if outlook.rul_p50_s is not None:
            found.append(("remaining", remaining))
        if self.foreseen.by[at] != NO_MODEL:
            found.append(("failure", str(self.foreseen.by[at])))
        return tuple(found)


def _largest(share: Floats) -> tuple[list[list[int]], list[list[float]]]:
    """The places of the signals behind scores, largest share first, and the shares."""
    by_signal = share.reshape(len(share), SIGNALS, 2).sum(axis=2)
    places = np.argsort(-by_signal, axis=1, kind="stable")[:, :CONTRIBUTORS]
    return places.tolist(), np.take_along_axis(by_signal, places, axis=1).round(3).tolist()


def _shares(signals: list[int], names: Names, places: list[int], shares: list[float]) -> tuple[Share, ...]:
    return tuple(
        Share(names.signal_name[signals[place]], share)
        for place, share in zip(places, shares, strict=True)
        if share >= LEAST_SHARE and place < len(signals)
    )


def _known(value: float) -> float | None:
    return value if value == value else None  # noqa: PLR0124 - NaN is not itself; called a thousand times a second
