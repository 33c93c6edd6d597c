"""What a detector must do; `tests/contracts/test_detectors.py` holds every registered one to it."""

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from lineshaft.domain.readings import Floats, Ints32

Bools = NDArray[np.bool_]


class Judgement(NamedTuple):
    """How odd some windows are, one row each."""

    score: Floats
    """0 normal … below 1; 0 while the detector is warming up."""
    probability: Floats
    """How often a normal window is as odd as this one, above 0 up to 1; 1 while warming up."""
    share: Floats
    """(windows, features): what each feature has to do with it, from 0, a row's sum 1 or 0."""
    alarm: Bools
    """Whether an episode is under way: begun by clear evidence, ended when that is gone."""
    changepoint: Bools
    """Whether an episode or a new regime began with this window."""


class Detector(Protocol):
    """Judges windows of many machines at once and learns from them, each machine apart.

    A window is scored first and learned afterwards, in the order of time: a score never knows its future.
    A model's row is the caller's business: one a machine, or one for each of its modes.
    """

    model: str
    """Name and version, stored with each score."""

    def grow(self, rows: int) -> None:
        """Make room for at least so many rows; called before a new row is used."""

    def score_many(self, row: Ints32, x: Floats) -> Judgement:
        """Judge windows; changes nothing, not even the arguments.

        Args:
            row: of each window's model, no row twice.
            x: (windows, features); NaN is a feature the window does not have.
        """

    def learn_many(self, row: Ints32, x: Floats, score: Floats) -> None:
        """Learn windows that were just scored; an odd one is learned slowly or not at all."""
