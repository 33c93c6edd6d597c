"""The worlds there are, by the name they are run with."""

from collections.abc import Callable
from functools import partial

from simulators.base import World
from simulators.fleet import Fleet
from simulators.plant import Plant
from simulators.warehouse import Warehouse

WORLDS: dict[str, Callable[[int, int, int], World]] = {
    "plant": partial(Plant, shared=True),
    "warehouse": Warehouse,
    "fleet": Fleet,
}
"""Name → maker, called with seed, start and the instant to begin telling from (both microseconds UTC)."""
