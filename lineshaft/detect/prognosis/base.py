"""What a forecast of remaining life is, and the chance of a failure that follows from it."""

from math import erf, sqrt
from typing import NamedTuple

import numpy as np

from lineshaft.domain.readings import Floats

TENTH = 1.2815515655446004
"""Standard normal deviation exceeded by a tenth."""

_erf = np.vectorize(erf, otypes=[float])


class Remaining(NamedTuple):
    """Seconds until failure, one element a window; all three NaN where the machine is not degrading."""

    p10_s: Floats
    """Nine machines in ten last longer."""
    p50_s: Floats
    p90_s: Floats


def fail_within(remaining: Remaining, horizon_s: float) -> Floats:
    """Probability of failing within a horizon, from the three quantiles.

    The logarithm of the time left is taken as normal with its own spread on either side of the median (a
    split normal): the only assumption that keeps the three quantiles as they are and the time positive. NaN
    where the machine is not degrading: that says nothing about failures without warning.

    >>> week = Remaining(np.array([1e3, np.nan]), np.array([4e3, np.nan]), np.array([9e3, np.nan]))
    >>> [fail_within(week, s).round(3).tolist()[0] for s in (1e3, 4e3, 9e3)]
    [0.1, 0.5, 0.9]
    """
    p10, p50, p90 = (np.log(np.maximum(q, 1.0)) for q in remaining)
    off = np.log(max(horizon_s, 1.0)) - p50
    spread = np.where(off < 0, p50 - p10, p90 - p50) / TENTH
    return np.asarray(0.5 * (1.0 + _erf(off / np.maximum(spread, 1e-9) / sqrt(2.0))))
