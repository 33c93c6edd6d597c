"""Faults that many machines have at once, because what they share has failed: air, power, water, a switch.

One row a cause, with what it does to each kind of machine. Each machine feels it after a delay of its own,
and one in twenty does not: some have a buffer, some stand still just then. Sizes look like what handbooks
describe.
"""

from typing import NamedTuple

import numpy as np

from simulators import noise
from simulators.base import SECOND_US
from simulators.machines import MACHINES


class Supply(NamedTuple):
    """A utility of the simulated plant."""

    key: str
    kind: str
    name_en: str
    name_zh: str
    feeds: tuple[str, ...]
    """Lines."""


SUPPLIES: tuple[Supply, ...] = (
    Supply("air-1", "compressed_air", "Compressed air, machining", "机加工压缩空气", ("line-1", "line-2")),
    Supply("power-1", "power", "Power, line 1", "1 号线供电", ("line-1",)),
    Supply("power-2", "power", "Power, line 2", "2 号线供电", ("line-2",)),
    Supply("power-3", "power", "Power, line 3", "3 号线供电", ("line-3",)),
    Supply("power-4", "power", "Power, line 4", "4 号线供电", ("line-4",)),
    Supply("water-1", "cooling_water", "Cooling water", "冷却水", ("line-1", "line-3")),
    Supply("switch-1", "network", "Switch, machining", "机加工交换机", ("line-1", "line-2")),
    Supply("switch-2", "network", "Switch, assembly", "装配交换机", ("line-3", "line-4")),
)


class Effect(NamedTuple):
    """What a cause does to one signal of one kind of machine, in full."""

    kind: str
    signal: str
    factor: float = 1.0
    add: float = 0.0
    noise: float = 1.0


class SharedFault(NamedTuple):
    """One way in which a kind of supply fails."""

    supply: str
    """Kind of the utility."""
    spread_s: float
    """Within which all machines have begun to feel it."""
    grows_s: tuple[float, float]
    holds_s: tuple[float, float]
    effects: tuple[Effect, ...] = ()
    silent: bool = False
    """Nothing is heard of the machines once it is in full."""


SHARED_FAULTS: tuple[SharedFault, ...] = (
    SharedFault(
        "compressed_air", 40.0, (20, 60), (240, 480),
        (
            Effect("pump", "pressure", factor=0.42), Effect("pump", "flow", factor=0.38, noise=3.0),
            Effect("motor", "speed", factor=0.80), Effect("motor", "vib", add=1.0, noise=3.0),
            Effect("press", "cycle_s", factor=1.7), Effect("press", "pressure", factor=0.70),
            Effect("conveyor", "speed", factor=0.62, noise=4.0), Effect("conveyor", "load", factor=1.35),
        ),
    ),
    SharedFault(
        "power", 6.0, (2, 5), (180, 420),
        (Effect("pump", "pressure", factor=0.3), Effect("pump", "flow", factor=0.3)), silent=True,
    ),
    SharedFault(
        "cooling_water", 60.0, (120, 300), (240, 480),
        tuple(Effect(kind, "temp", add=34.0) for kind in ("pump", "motor", "press", "conveyor")),
    ),
    SharedFault("network", 2.0, (1, 2), (120, 300), silent=True),
)  # fmt: skip
TAKES_PART = 0.95


class Felt(NamedTuple):
    """A shared fault as one machine feels it."""

    machine: int
    onset_us: int
    full_us: int
    stop_us: int


class Outage(NamedTuple):
    """One failure of one supply."""

    number: int
    supply: Supply
    fault: SharedFault
    at_us: int

    def felt(self, seed: int) -> list[Felt]:
        """What it does to each machine that it reaches."""
        found = []
        place = noise.key(seed, "outage", self.number)
        grow, hold = (float(u) for u in noise.uniform(place, np.arange(2)))
        low, high = self.fault.grows_s
        grows_us = int((low + (high - low) * grow) * SECOND_US)
        low, high = self.fault.holds_s
        over_us = self.at_us + grows_us + int((low + (high - low) * hold) * SECOND_US)
        for at, machine in enumerate(MACHINES):
            own = noise.uniform(noise.key(seed, "felt", self.number, at), np.arange(2))
            if machine.line in self.supply.feeds and own[0] < TAKES_PART:
                onset_us = self.at_us + int(float(own[1]) * self.fault.spread_s * SECOND_US)
                found.append(Felt(at, onset_us, onset_us + grows_us, over_us))
        return found


FIRST_S, EVERY_S = 900.0, 3600.0
"""In a demonstration the first comes after a quarter of an hour, the next ones each hour."""


def outage(seed: int, number: int, start_us: int) -> Outage:
    """The shared fault of a number, from 0: of any supply, but first of the air, which is most to see."""
    chance = noise.uniform(noise.key(seed, "supply"), number)
    supply = SUPPLIES[int(chance * len(SUPPLIES))] if number else SUPPLIES[0]
    fault = next(one for one in SHARED_FAULTS if one.supply == supply.kind)
    return Outage(number, supply, fault, start_us + int((FIRST_S + number * EVERY_S) * SECOND_US))
