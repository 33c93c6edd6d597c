"""Detectors, health and arrival times: pure, seeded, picklable, given the time and never asking for it."""

from collections.abc import Callable

from lineshaft.detect.state.adaptive import Adaptive
from lineshaft.detect.state.base import Detector
from lineshaft.detect.state.ensemble import Ensemble

DETECTORS: dict[str, Callable[[int], Detector]] = {"adaptive": Adaptive, "ensemble": Ensemble}
"""Name → maker of a detector for so many features; a new one is a file and a line here."""

__all__ = ["DETECTORS", "Detector"]
