"""Makes rows and what rules see of what the chain found in windows."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lineshaft.detect.advice import ILL, NEAR_S
from lineshaft.detect.health.basis import BASES
from lineshaft.domain.machines import STATES, ZONES
from lineshaft.domain.readings import Bytes8, Floats, Ints64
from lineshaft.domain.results import MachineRow, Outlook, Share
from stream.rules.base import Scores
from stream.steps.findings import Explained, advice, findings, sensor_faults
from stream.steps.judging import Judged, Judges
from stream.steps.models import NO_MODEL
from stream.steps.names import Names
from stream.steps.profiles import Profiles
from stream.steps.prospects import Foreseen
from stream.steps.windows import WINDOW_US

SAID_MODES = ("RUN", "IDLE", "DOWN", "SETUP")
FOUND_MODES = ("MODE1", "MODE2", "REST", "MODE3")
"""Words for modes, as machines say them and as they were found."""
CONTRIBUTORS = 3
LEAST_SHARE = 0.02
EVIDENCE_US = 6 * WINDOW_US
"""Outside an episode, what health is smoothed over."""


NOTHING_FORESEEN = Outlook()
_TOLD = ("at_us", "score", "health", "zone", "probability", "said", "mode", "basis")


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
        faulty = np.logical_or.reduce(judges.sensors.fault[judged.machine], axis=1)
        soon = self.foreseen.remaining.p50_s < NEAR_S
        asks = faulty | soon | self.explained.anomaly | (judged.health < ILL)
        faults = [
            sensor_faults(machine, profiles.signals[machine], judges.sensors, names) if is_faulty else ()
            for machine, is_faulty in zip(judged.machine.tolist(), faulty.tolist(), strict=True)
        ]
        advised = [
            advice(judged, self.foreseen, self.explained, at, len(faults[at])) if is_asked else None
            for at, is_asked in enumerate(asks.tolist())
        ]
        outlooks, signals = self._outlooks(), [profiles.signals[one] for one in judged.machine.tolist()]
        by, state_alone = self.foreseen.by.tolist(), (("state", model),)
        evidence_us = np.where(judged.began_us > 0, judged.began_us, judged.at_us - EVIDENCE_US)
        columns = zip(
            *(one.tolist() for one in self.states), *(getattr(judged, name).tolist() for name in _TOLD),
            self.explained.anomaly.tolist(), evidence_us.tolist(), signals, *_largest(judged.share),
            outlooks, self.explained.diagnoses, advised, faults, by,
            strict=True,
        )  # fmt: skip
        return [
            MachineRow(
                device, at_us, score, health, ZONES[zone - 1] if zone else None, STATES[state], since_us,
                _shares(places, names, wheres, shares) if score > 0 else (),
                model, pos, True, _known(probability), anomaly,  # noqa: FBT003 - by place, for speed
                (SAID_MODES if said else FOUND_MODES)[mode], BASES[basis], outlook,
                findings(diagnoses, places, names) if diagnoses else (),
                key, its_faults, from_us,
                state_alone
                if outlook is NOTHING_FORESEEN
                else _models(state_alone, outlook, remaining, by_whom),
            )
            for (
                device, state, since_us, at_us, score, health, zone, probability, said, mode, basis, anomaly,
                from_us, places, wheres, shares, outlook, diagnoses, key, its_faults, by_whom,
            ) in columns
        ]  # fmt: skip

    def scores(self, rows: list[MachineRow], sources: list[str]) -> Scores:
        """What rules see of them."""
        return Scores(
            row=self.states.device.astype(np.int32),
            ts_us=self.judged.at_us,
            score=self.judged.score,
            zone=self.judged.zone,
            pos=np.array([row.pos for row in rows], np.int64),
            contributors=[
                [share._asdict() for share in row.contributors] if row.anomaly else () for row in rows
            ],
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

    def _outlooks(self) -> list[Outlook]:
        foreseen = self.foreseen
        nothing = (foreseen.by == NO_MODEL) & np.isnan(foreseen.p_24h) & np.isnan(foreseen.remaining.p50_s)
        if nothing.all():
            return [NOTHING_FORESEEN] * len(nothing)
        columns = (foreseen.p_24h, foreseen.p_7d, *foreseen.remaining)
        return [Outlook(*map(_known, one)) for one in zip(*(c.tolist() for c in columns), strict=True)]


def _models(
    state: tuple[tuple[str, str], ...], outlook: Outlook, remaining: str, by: str
) -> tuple[tuple[str, str], ...]:
    """Who speaks of what."""
    found = [*state]
    if outlook.rul_p50_s is not None:
        found.append(("remaining", remaining))
    if by != NO_MODEL:
        found.append(("failure", by))
    return tuple(found)


def _largest(share: Floats) -> tuple[list[list[int]], list[list[float]]]:
    """The places of the signals behind scores, largest share first, and the shares."""
    by_signal = share[:, 0::2] + share[:, 1::2]
    places = np.argsort(-by_signal, axis=1, kind="stable")[:, :CONTRIBUTORS]
    return places.tolist(), np.take_along_axis(by_signal, places, axis=1).round(3).tolist()


def _shares(signals: list[int], names: Names, places: list[int], shares: list[float]) -> tuple[Share, ...]:
    return tuple([
        Share(names.signal_name[signals[place]], share)
        for place, share in zip(places, shares, strict=True)
        if share >= LEAST_SHARE and place < len(signals)
    ])  # fmt: skip


def _known(value: float) -> float | None:
    return value if value == value else None  # noqa: PLR0124 - NaN is not itself; called a thousand times a second
