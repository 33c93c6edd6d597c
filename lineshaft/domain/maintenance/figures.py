"""Figures of maintenance: how often machines fail, how long they stand, what it costs; each defined.

Everything is made of sums and counts, so that machines, lines and months add up; ratios are never averaged.
With few failures the interval says more than the figure: both come with their n.
"""

from dataclasses import dataclass

from lineshaft.domain.intervals import SIDE, poisson_mean, wilson


@dataclass(slots=True, frozen=True)
class Range:
    """A figure with the interval it lies in with 95 % confidence; None: nothing is known to that side."""

    value: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(slots=True, frozen=True)
class Tally:
    """What happened in a period, as it adds up over machines and periods; times in hours."""

    observed_h: float = 0.0
    """Machine hours in the period, from when each machine was first heard."""
    failures: int = 0
    """Corrective orders closed with a fault found: not false alarms, not "no fault found"."""
    down_h: float = 0.0
    """That machines stood, as their orders say; a machine does not stand twice at once."""
    repairs: int = 0
    """Closed corrective orders that were in progress, fault found."""
    repair_h: float = 0.0
    """In progress, without time on hold."""
    corrective_h: float = 0.0
    """Labour."""
    preventive_h: float = 0.0
    due: int = 0
    """Preventive orders that were due in the period, or skipped."""
    on_time: int = 0
    cost: float = 0.0

    def __add__(self, other: "Tally") -> "Tally":
        """Both together."""
        return Tally(*(getattr(self, name) + getattr(other, name) for name in Tally.__slots__))


@dataclass(slots=True, frozen=True)
class Figures:
    """What a tally amounts to."""

    mtbf_h: Range
    """Operating time / failures (EN 13306's mean operating time between failures; ISO 22400-2 divides by one
    more). Operating time is the time observed less the time down: the calendar's, not running hours."""
    mttr_h: Range
    """Time in progress / repairs: active repair, without waiting (EN 13306's mean repair time)."""
    availability: float | None
    """Operating time / time observed: operational, as it was."""
    inherent: float | None
    """MTBF / (MTBF + MTTR): as it would be if nobody ever waited for a part."""
    planned_share: float | None
    """Preventive labour / all labour."""
    compliance: Range
    """Preventive orders done by their due date / those due."""


def figures(tally: Tally) -> Figures:
    """What a tally amounts to; None where nothing was counted.

    >>> one = figures(Tally(observed_h=1000, failures=4, down_h=20, repairs=4, repair_h=8))
    >>> one.mtbf_h.value, one.mttr_h.value, one.availability, round(one.inherent, 4)
    (245.0, 2.0, 0.98, 0.9919)
    """
    up_h = max(0.0, tally.observed_h - tally.down_h)
    mtbf = between_failures(up_h, tally.failures)
    mttr = mean_time(tally.repair_h, tally.repairs)
    labour = tally.corrective_h + tally.preventive_h
    return Figures(
        mtbf_h=mtbf,
        mttr_h=mttr,
        availability=up_h / tally.observed_h if tally.observed_h else None,
        inherent=_inherent(mtbf.value, mttr.value),
        planned_share=tally.preventive_h / labour if labour else None,
        compliance=share(tally.on_time, tally.due),
    )


def _inherent(mtbf: float | None, mttr: float | None) -> float | None:
    if mtbf is None or mttr is None or mtbf + mttr <= 0:
        return None
    return mtbf / (mtbf + mttr)


def between_failures(up_h: float, failures: int) -> Range:
    """Mean time between failures of a span that ended by the clock, not by a failure.

    Interval: 2T/χ²(0.975; 2r+2) … 2T/χ²(0.025; 2r), failures coming at a constant rate (MIL-HDBK-338B
    8.3.2.5.2, IEC 60605-4). Without a failure only the lower bound is known.

    >>> four = between_failures(1000, 4)
    >>> four.value, round(four.low, 1), round(four.high, 1)
    (250.0, 97.6, 917.5)
    >>> between_failures(1000, 0).value is None, round(between_failures(1000, 0).low, 1)
    (True, 271.1)
    """
    if up_h <= 0:
        return Range(None, None, None, failures)
    most = poisson_mean(failures, SIDE)
    least = poisson_mean(failures - 1, 1 - SIDE) if failures else 0.0
    value = up_h / failures if failures else None
    return Range(value, up_h / most, up_h / least if least else None, failures)


def mean_time(total_h: float, n: int) -> Range:
    """A mean of n times that add up to a total.

    Interval: 2S/χ²(0.975; 2n) … 2S/χ²(0.025; 2n), times being exponential (IEC 60706-3's simplest case); with
    times that vary less it is on the safe side.

    >>> four = mean_time(8, 4)
    >>> four.value, round(four.low, 2), round(four.high, 2)
    (2.0, 0.91, 7.34)
    """
    if not n:
        return Range(None, None, None, 0)
    return Range(total_h / n, total_h / poisson_mean(n - 1, SIDE), total_h / poisson_mean(n - 1, 1 - SIDE), n)


def share(hits: int, n: int) -> Range:
    """A share with Wilson's interval, which stays within 0 … 1 and holds for small n.

    >>> three = share(3, 4)
    >>> three.value, round(three.low, 3), round(three.high, 3)
    (0.75, 0.301, 0.954)
    """
    if not n:
        return Range(None, None, None, 0)
    low, high = wilson(hits, n)
    return Range(hits / n, low, high, n)


def backlog_weeks(hours: float, hours_week: float) -> float | None:
    """How many weeks the teams have work for: estimated labour of unfinished orders / hours a week.

    SMRP 5.4.9, ready or not.

    >>> backlog_weeks(60, 40)
    1.5
    """
    return hours / hours_week if hours_week > 0 else None


def union_h(spans: list[tuple[float, float]]) -> float:
    """Hours covered by spans of hours, what overlaps once.

    >>> union_h([(0, 2), (1, 3), (5, 6)])
    4.0
    """
    total, reached = 0.0, float("-inf")
    for start, end in sorted(spans):
        total += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return total
