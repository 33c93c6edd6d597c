"""What goes wrong with trucks and their trackers, beside lost signal: a detour, a jump, a jammed receiver.

Planted by truck and span of 20 minutes, so that each is a function of the seed alone; `between` is the ground
truth.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from simulators import noise
from simulators.base import SECOND_US

SPAN_US = 20 * 60 * SECOND_US
CHANCE = 0.10
SOUND = frozenset((0, 1, 2, 3, 4, 7, 19))
"""Trucks of which nothing is astray: some are there to be seen arriving, on all of them others rely."""
KINDS = ("detour", "jump", "jam")
LASTS_S = {"detour": 600.0, "jump": 10.0, "jam": 60.0}
DETOUR_M = 2_500.0
"""At its widest; a sine, so that nobody turns on the spot."""
JUMP_DEGREES = 0.4
IDLES = 0.35
"""Share of halts with the engine left on."""


class Stray(NamedTuple):
    """One thing that is astray."""

    truck: int
    kind: str
    begin_us: int
    end_us: int
    side: float
    """-1 or 1: to which side."""


def stray(seed: int, truck: int, span: int) -> Stray | None:
    """What is astray of a truck in a span; mostly nothing."""
    if truck in SOUND:
        return None
    chance = noise.uniform(noise.key(seed, "stray", truck), span * 4 + np.arange(4))
    if chance[0] >= CHANCE:
        return None
    kind = KINDS[int(chance[1] * len(KINDS))]
    lasts_us = int(LASTS_S[kind] * SECOND_US)
    begin_us = span * SPAN_US + int(chance[2] * (SPAN_US - lasts_us))
    return Stray(truck, kind, begin_us, begin_us + lasts_us, 1.0 if chance[3] < 0.5 else -1.0)


def between(seed: int, trucks: int, from_us: int, to_us: int) -> Iterator[Stray]:
    """All that is planted in a time, truck by truck. A detour is driven only where a truck is under way."""
    for truck in range(trucks):
        for span in range(from_us // SPAN_US, to_us // SPAN_US + 1):
            found = stray(seed, truck, span)
            if found is not None and found.begin_us < to_us and found.end_us > from_us:
                yield found


def offset_m(found: Stray, at_us: int) -> float:
    """How far to the north a detour is at an instant."""
    share = (at_us - found.begin_us) / (found.end_us - found.begin_us)
    return float(found.side * DETOUR_M * np.sin(np.pi * np.clip(share, 0.0, 1.0)) ** 2)


def idles(place: int, metres: float) -> bool:
    """Whether the engine runs while a truck stands there, on its way."""
    return float(noise.uniform(place ^ 9, int(metres // 1_000.0))) < IDLES
