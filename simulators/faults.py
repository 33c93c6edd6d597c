"""The faults that can be planted, one row each, and when which machine has which.

A new fault to demonstrate is a new row: the schedule, the ground truth and the detection test find it.
Sizes are chosen to look like what maintenance handbooks describe, not measured on machines.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulators import noise, shared
from simulators.base import SECOND_US
from simulators.machines import MACHINES, Machine
from simulators.shared import Outage, SharedFault

MINUTE_US = 60 * SECOND_US


class Effect(NamedTuple):
    """What a fault does to one signal at full severity."""

    signal: str
    factor: float = 1.0
    """The running value is multiplied by it."""
    add: float = 0.0
    """Then this is added, in the signal's unit."""
    noise: float = 1.0
    """The noise is multiplied by it."""
    shape: float = 1.0
    """Severity is raised to this power: above 1 the signal reacts late and then fast."""


SensorTrouble = Literal["frozen", "spikes", "drift", "dropout"]


class Fault(NamedTuple):
    """One way to fail."""

    key: str
    kinds: tuple[str, ...]
    """Machine kinds that can have it."""
    grows_s: tuple[float, float]
    """Shortest and longest time from onset to full severity."""
    holds_s: tuple[float, float]
    """How long it stays there before the machine stops, or the sensor is exchanged."""
    effects: tuple[Effect, ...] = ()
    stops: bool = True
    """The machine goes down and is repaired."""
    sensor: SensorTrouble | None = None
    """The sensor is at fault and the machine is well; the effects name the signal."""
    silent: bool = False
    """Nothing is heard of the machine once it is in full."""


_ALL = ("pump", "motor", "press", "conveyor")

FAULTS: tuple[Fault, ...] = (
    Fault(
        "bearing", ("pump", "motor", "conveyor"), (150, 1500), (60, 240),
        (
            Effect("vib", add=7.5, noise=2.5, shape=1.6),
            Effect("temp", add=26.0, shape=1.3),
            Effect("current", factor=1.09),
        ),
    ),
    Fault(
        "unbalance", ("motor", "pump"), (120, 900), (90, 300),
        (Effect("vib", add=6.0, noise=1.3), Effect("current", factor=1.03)),
    ),
    Fault(
        "misalignment", ("motor", "pump", "conveyor"), (150, 1200), (90, 300),
        (Effect("vib", add=4.8, noise=1.5), Effect("current", factor=1.12), Effect("temp", add=12.0)),
    ),
    Fault(
        "cavitation", ("pump",), (90, 600), (90, 300),
        (
            Effect("vib", add=3.4, noise=5.0),
            Effect("pressure", factor=0.52, noise=4.0),
            Effect("flow", factor=0.62, noise=4.0),
            Effect("current", factor=0.88),
        ),
    ),
    Fault(
        "overheating", ("motor", "press", "pump"), (180, 900), (60, 200),
        (Effect("temp", add=42.0, shape=1.2), Effect("current", factor=1.06)),
    ),
    Fault(
        "valve leak", ("press",), (150, 1200), (120, 300),
        (
            Effect("pressure", factor=0.74, noise=2.5),
            Effect("cycle_s", factor=1.45),
            Effect("temp", add=9.0),
            Effect("current", factor=1.08),
        ),
    ),
    Fault(
        "belt slip", ("conveyor",), (90, 600), (60, 240),
        (
            Effect("speed", factor=0.72, noise=6.0),
            Effect("current", factor=0.78, noise=2.0),
            Effect("temp", add=24.0),
            Effect("vib", add=1.5),
        ),
    ),
    Fault(
        "overload", ("conveyor", "press"), (90, 400), (60, 180),
        (
            Effect("load", factor=1.75),
            Effect("current", factor=1.42),
            Effect("temp", add=14.0),
            Effect("speed", factor=0.93),
        ),
    ),
    Fault("sensor frozen", _ALL, (1, 1), (300, 1200), (Effect("temp"),), stops=False, sensor="frozen"),
    Fault(
        "sensor spikes", _ALL, (1, 1), (240, 900),
        (Effect("vib", add=35.0),), stops=False, sensor="spikes",
    ),
    Fault(
        "sensor drift", _ALL, (600, 2400), (60, 300),
        (Effect("temp", add=-24.0),), stops=False, sensor="drift",
    ),
    Fault(
        "sensor dropout", _ALL, (1, 1), (180, 600), (Effect("current"),), stops=False, sensor="dropout"
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Episode:
    """One fault of one machine: grows from onset to full, holds, then repair, then all is well."""

    number: int
    machine: int
    """Index into `MACHINES`."""
    fault: Fault
    onset_us: int
    full_us: int
    stop_us: int
    """The machine goes down here, if the fault stops it; otherwise the trouble is over."""
    end_us: int

    def severity(self, at_us: NDArray[np.int64]) -> noise.Floats:
        """0 before the onset, rising to 1 at `full_us`, 0 again from `stop_us`."""
        grown = np.clip((at_us - self.onset_us) / (self.full_us - self.onset_us), 0.0, 1.0)
        return np.where((at_us >= self.onset_us) & (at_us < self.stop_us), grown, 0.0)


OUTAGES_FROM = 1_000_000
"""Episodes of shared faults are numbered from here on."""
FIRST_ONSETS_S = (120.0, 240.0, 390.0)
"""The first faults of a demonstration come soon, and fast, so that whoever looks sees one."""
LATER_EVERY_S = 600.0
QUICK_GROWTH_S = 200.0


@dataclass(frozen=True)
class Schedule:
    """Which machine fails when: numbered episodes, each a function of the seed and its number.

    Machines take turns in a seeded order, so a machine has 4 h between onsets and is repaired long before.
    """

    seed: int
    start_us: int
    shared: bool = False
    """Whether what machines share fails as well."""

    @cached_property
    def turns(self) -> list[int]:
        """Machine indices in the order they fail; the first are on lines that never stand still."""
        chance = noise.uniform(noise.key(self.seed, "turns"), np.arange(len(MACHINES)))
        order = [int(m) for m in np.argsort(chance)]
        last = [m for m in order if MACHINES[m].line == "line-4"]
        first = [m for m in order if m not in last][: len(FIRST_ONSETS_S)]
        return first + [m for m in order if m not in first]

    def onset_us(self, number: int) -> int:
        """When an episode begins."""
        first = len(FIRST_ONSETS_S)
        if number < first:
            since_s = FIRST_ONSETS_S[number]
        else:
            since_s = FIRST_ONSETS_S[-1] + (number - first + 1) * LATER_EVERY_S
        jitter_s = float(noise.uniform(noise.key(self.seed, "onset"), number)) * 30.0
        return self.start_us + int((since_s + jitter_s) * SECOND_US)

    @cached_property
    def _known(self) -> dict[int, Episode]:
        return {}

    def episode(self, number: int) -> Episode:
        """The episode of a number, from 0."""
        if number not in self._known:
            self._known[number] = self._episode(number)
        return self._known[number]

    def _episode(self, number: int) -> Episode:
        machine = self.turns[number % len(MACHINES)]
        fault = self._fault(number, MACHINES[machine])
        place = noise.key(self.seed, "episode", number)
        grow, hold, repair = (float(u) for u in noise.uniform(place, np.arange(3)))
        low, high = fault.grows_s
        if number < len(FIRST_ONSETS_S):
            high = max(low, min(high, QUICK_GROWTH_S))
        onset_us = self.onset_us(number)
        full_us = onset_us + int((low + (high - low) * grow) * SECOND_US)
        low, high = fault.holds_s
        stop_us = full_us + int((low + (high - low) * hold) * SECOND_US)
        end_us = stop_us + (int((2.0 + 6.0 * repair) * MINUTE_US) if fault.stops else 0)
        return Episode(number, machine, fault, onset_us, full_us, stop_us, end_us)

    def _fault(self, number: int, machine: Machine) -> Fault:
        # The first ones are of the machine itself: a frozen sensor is nothing to see.
        early = number < len(FIRST_ONSETS_S)
        fits = [f for f in FAULTS if machine.kind in f.kinds and not (early and f.sensor)]
        return fits[int(noise.uniform(noise.key(self.seed, "fault"), number) * len(fits))]

    def repaired_us(self, machine: int, at_us: int) -> int:
        """When a machine was last as good as new: its last repair, or some days before the start."""
        turn = self.turns.index(machine)
        number = int((at_us - self.start_us) / SECOND_US / LATER_EVERY_S) + len(FIRST_ONSETS_S)
        for n in range(number - (number - turn) % len(MACHINES), -1, -len(MACHINES)):
            episode = self.episode(n)
            if episode.fault.stops and episode.end_us <= at_us:
                return episode.end_us
        age = float(noise.uniform(noise.key(self.seed, "age"), machine)) * 20.0
        return self.start_us - int(age * 24 * 60) * MINUTE_US

    def between(self, from_us: int, to_us: int) -> list[Episode]:
        """The episodes that touch a span; the longest lasts under 70 min."""
        number = max(0, int((from_us - self.start_us) / SECOND_US / LATER_EVERY_S) - 10)
        found = []
        while self.onset_us(number) <= to_us:
            episode = self.episode(number)
            if episode.end_us >= from_us:
                found.append(episode)
            number += 1
        return found + [one for outage in self.outages(from_us, to_us) for one in self.felt(outage)]

    def outages(self, from_us: int, to_us: int) -> list[Outage]:
        """The failures of supplies that may touch a span; none lasts half an hour."""
        if not self.shared:
            return []
        since_s = (from_us - self.start_us) / SECOND_US - shared.FIRST_S
        number, found = max(0, int(since_s / shared.EVERY_S)), []
        while (one := shared.outage(self.seed, number, self.start_us)).at_us <= to_us:
            found.append(one)
            number += 1
        return found

    def felt(self, outage: Outage) -> list[Episode]:
        """A failure of a supply as the episodes of the machines that it feeds."""
        return [
            Episode(
                OUTAGES_FROM + outage.number * len(MACHINES) + one.machine,
                one.machine,
                shared_fault(outage.fault, MACHINES[one.machine].kind),
                one.onset_us,
                one.full_us,
                one.stop_us,
                one.stop_us,
            )
            for one in outage.felt(self.seed)
        ]

    def is_silent(self, machine: int, at_us: int) -> bool:
        """Whether nothing is heard of a machine at an instant."""
        return any(
            one.machine == machine and one.fault.silent and one.full_us <= at_us < one.stop_us
            for one in self.between(at_us, at_us)
        )


def shared_fault(fault: SharedFault, kind: str) -> Fault:
    """What a supply's failure is to a machine of a kind: it goes on as it can, and needs no repair."""
    effects = tuple(
        Effect(one.signal, one.factor, one.add, one.noise) for one in fault.effects if one.kind == kind
    )
    return Fault(
        fault.supply, (kind,), fault.grows_s, fault.holds_s, effects, stops=False, silent=fault.silent
    )
