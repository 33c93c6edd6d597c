"""How good arrival times were: errors, intervals and warnings, held against arrivals.

The pinball loss is Koenker and Bassett's (Econometrica 1978); its mean over the three tenths that are told
grades the whole interval in one number.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lineshaft.domain.readings import Floats

MINUTE_MS: Final = 60_000
HOURS: Final = (1.0, 2.0, 4.0, 8.0, 24.0)
"""Edges of the groups by hours out."""
BANDS: Final = ("0-1", "1-2", "2-4", "4-8", "8-24", "24+")
WITHIN_MIN: Final = (15, 30, 60)
TENTHS: Final = (0.1, 0.5, 0.9)
FEW: Final = 20
"""Arrivals below which a figure says little."""
DAY_MS: Final = 86_400_000


class Told(NamedTuple):
    """An arrival time that was told, and when it came true; epoch milliseconds."""

    trip: str
    lane: str
    ts: int
    p10: int
    p50: int
    p90: int
    arrived: int


@dataclass(slots=True, frozen=True)
class Course:
    """How the arrival time of one shipment went; the columns of the store's query."""

    trip: str
    wandered_ms: int
    """Sum of what the median moved by, from each telling to the next."""
    late: bool
    """Whether it came after what was promised."""
    warned_ms: int | None
    """How long before the arrival the median had passed the promise for good; None: never, or not late."""


@dataclass(slots=True, frozen=True)
class Grade:
    """What some arrival times were worth; minutes, shares of one. A prediction counts, not a trip."""

    group: str
    trips: int
    n: int
    mae_min: float
    bias_min: float
    """Expected minus actual arrival: below zero it comes later than it was told to."""
    p90_min: float
    """Nine of ten errors are at most so large."""
    pinball_min: float
    coverage: float
    """Arrivals from P10 to P90; 0.8 is meant."""
    width_min: float
    within_15: float
    within_30: float
    within_60: float


@dataclass(slots=True, frozen=True)
class Accuracy:
    """All that is published of a span's arrival times."""

    arrivals: int
    few: bool
    """Too few arrivals for the figures to say much."""
    whole: Grade | None
    by_predicted: list[Grade]
    """By the hours that were left as it was told: what a reader of an arrival time may expect."""
    by_actual: list[Grade]
    """By the hours that really were left: how early it is good."""
    by_lane: list[Grade]
    by_day: list[Grade]
    """By the day of the arrival, UTC; `group` is its begin in epoch milliseconds."""
    wandered_min: float | None
    """Median over trips of what the arrival time moved by in all."""
    late: int
    warned: int
    """Late ones whose arrival time had said so before."""
    lead_h: float | None
    """How long before, the median of late ones; one without a warning counts as zero."""


def accuracy(told: Sequence[Told], courses: Sequence[Course]) -> Accuracy:
    """Grade a span's arrival times; groups without any are left out.

    Args:
        told: what was told, in any order; each with an arrival after it.
        courses: one for each shipment.
    """
    late = [one for one in courses if one.late]
    trips = len(courses)
    return Accuracy(
        arrivals=trips,
        few=trips < FEW,
        whole=grade("", told) if told else None,
        by_predicted=_grouped(told, lambda one: _band(one.p50 - one.ts), BANDS),
        by_actual=_grouped(told, lambda one: _band(one.arrived - one.ts), BANDS),
        by_lane=sorted(_grouped(told, lambda one: one.lane), key=lambda one: (-one.trips, one.group)),
        by_day=sorted(
            _grouped(told, lambda one: str(one.arrived // DAY_MS * DAY_MS)), key=lambda one: int(one.group)
        ),
        wandered_min=round(median(one.wandered_ms for one in courses) / MINUTE_MS, 1) if courses else None,
        late=len(late),
        warned=sum(one.warned_ms is not None for one in late),
        lead_h=round(median((one.warned_ms or 0) for one in late) / 3_600_000, 2) if late else None,
    )


def grade(group: str, told: Sequence[Told]) -> Grade:
    """Figures of at least one arrival time.

    >>> ten = 10 * MINUTE_MS
    >>> found = grade("", [Told("a", "x", 0, ten, 2 * ten, 3 * ten, 4 * ten)])
    >>> found.mae_min, found.bias_min, found.coverage, found.pinball_min
    (20.0, -20.0, 0.0, 7.33)
    """
    rows = np.array([one[3:] for one in told], np.float64) / MINUTE_MS
    ends, real = rows[:, :3], rows[:, 3]
    off = ends[:, 1] - real
    error = np.abs(off)
    within = [_share(error <= one) for one in WITHIN_MIN]
    return Grade(
        group,
        len({one.trip for one in told}),
        len(told),
        _round(error.mean()),
        _round(off.mean()),
        _round(np.quantile(error, 0.9)),
        _round(_pinball(ends, real)),
        _share((ends[:, 0] <= real) & (real <= ends[:, 2])),
        _round((ends[:, 2] - ends[:, 0]).mean()),
        *within,
    )


def _pinball(ends: Floats, real: Floats) -> float:
    """Mean pinball loss over `TENTHS`; `ends` is (n, 3)."""
    over = real[:, None] - ends
    tenths = np.array(TENTHS)
    return float(np.maximum(tenths * over, (tenths - 1) * over).mean())


def _grouped(told: Sequence[Told], key: Callable[[Told], str], order: Sequence[str] = ()) -> list[Grade]:
    groups: dict[str, list[Told]] = {}
    for one in told:
        groups.setdefault(key(one), []).append(one)
    return [grade(name, groups[name]) for name in order or sorted(groups) if name in groups]


def _band(ms: int) -> str:
    return BANDS[bisect_right(HOURS, max(ms, 0) / 3_600_000)]


def _share(hits: NDArray[np.bool_]) -> float:
    return round(float(hits.mean()), 4)


def _round(minutes: float) -> float:
    return round(float(minutes), 2)
