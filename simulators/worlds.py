"""The worlds there are, by the name they are run with."""

from collections.abc import Callable

from simulators.base import World
from simulators.plant import Plant

WORLDS: dict[str, Callable[[int, int, int], World]] = {"plant": Plant}
"""Name → maker, called with seed, start and the instant to begin telling from (both microseconds UTC)."""
