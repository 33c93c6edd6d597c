"""How good the alarm system is, by the figures of ISA-18.2 and EEMUA 191, from its own journal.

An annunciation is an alarm that asked to be seen: raised, raised again or worse. One area (or what was asked
for) is taken for one operator's; targets and their sources stand in `lineshaft.domain.floods`.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final, Literal, NamedTuple

from lineshaft.domain.floods import (
    BUSY_HOUR,
    CHATTERS_FROM,
    FLEETING_US,
    MINUTE_US,
    PERIOD_US,
    PRIORITY_MIX,
    STARTS_ABOVE,
    TARGETS,
    Flood,
    floods,
)

HOUR_US: Final = 60 * MINUTE_US
DAY_US: Final = 24 * HOUR_US
TOP: Final = 10
Verdict = Literal["good", "fair", "bad", "unknown"]
SpanUs = tuple[int, int]
"""From, and to (not included)."""


class Annunciation(NamedTuple):
    """One time that a person was to look at an alarm."""

    at_us: int
    source: str
    rule: str
    priority: int
    cleared_us: int | None
    """When the condition went away again."""
    acked_us: int | None
    """When somebody said to have seen it."""


@dataclass(slots=True, frozen=True)
class Figure:
    """One figure against its target."""

    key: str
    value: float | None
    good: float
    bad: float
    unit: str
    standard: str
    verdict: Verdict


@dataclass(slots=True, frozen=True)
class Mix:
    """What share of annunciations some priorities have, and should have."""

    priorities: tuple[int, ...]
    share: float | None
    target: float


@dataclass(slots=True, frozen=True)
class BadActor:
    """A rule at a source that calls often."""

    source: str
    rule: str
    count: int
    share: float
    chattering: int
    """Minutes with three and more."""
    fleeting: int


@dataclass(slots=True, frozen=True)
class Grade:
    """A span's figures."""

    count: int
    figures: tuple[Figure, ...]
    mix: tuple[Mix, ...]
    actors: tuple[BadActor, ...]
    floods: tuple[Flood, ...]
    periods: tuple[int, ...]
    """Annunciations of each ten minutes from a span's beginning, one span after the other."""


def grade(called: Sequence[Annunciation], spans_us: Sequence[SpanUs], *, standing: int, stale: int) -> Grade:
    """The figures of one or several spans taken together, such as the turns of a shift.

    Args:
        called: annunciations in order; those outside of the spans are passed over.
        spans_us: from, and to (not included), of each, in order; without one there are no figures.
        standing: alarms whose condition holds at the end.
        stale: those of them that have for more than a day.
    """
    called = [one for one in called if any(begin <= one.at_us < end for begin, end in spans_us)]
    times_us = [one.at_us for one in called]
    periods = [n for span_us in spans_us for n in _counts(times_us, span_us, PERIOD_US)]
    hours = [n for span_us in spans_us for n in _counts(times_us, span_us, HOUR_US)]
    found = floods(times_us, spans_us[-1][1]) if spans_us else []
    whole_us = sum(end - begin for begin, end in spans_us)
    count = len(called)
    actors = bad_actors(called)
    waits = [(one.acked_us - one.at_us) / 1e6 for one in called if one.acked_us is not None]
    values: dict[str, float | None] = {
        "per_10_min": _share(count * PERIOD_US, whole_us),
        "per_hour": _share(count * HOUR_US, whole_us),
        "per_day": _share(count * DAY_US, whole_us),
        "busy_hours": _share(sum(one > BUSY_HOUR for one in hours), len(hours)),
        "busy_periods": _share(sum(one > STARTS_ABOVE for one in periods), len(periods)),
        "in_flood": _share(_lasting(found, spans_us), whole_us),
        "peak": max(map(float, periods), default=None),
        "top_share": sum(one.share for one in actors[:TOP]) if count > TOP else None,
        "chattering": float(sum(one.chattering > 0 for one in actors)),
        "fleeting": float(sum(one.fleeting > 0 for one in actors)),
        "stale": float(stale),
        "standing": float(standing),
        "ack_s": median(waits) if waits else None,
    }
    figures = tuple(figure(key, value) for key, value in values.items())
    return Grade(count, figures, _mix(called), tuple(actors[:TOP]), tuple(found), tuple(periods))


def figure(key: str, value: float | None) -> Figure:
    """A value beside its target.

    >>> figure("per_day", 200.0).verdict, figure("stale", 3.0).verdict, figure("ack_s", None).verdict
    ('fair', 'good', 'unknown')
    """
    target = TARGETS[key]
    verdict: Verdict = "unknown"
    if value is not None:
        verdict = "good" if value <= target.good else "fair" if value <= target.bad else "bad"
    return Figure(key, value, target.good, target.bad, target.unit, target.source, verdict)


def bad_actors(called: Sequence[Annunciation]) -> list[BadActor]:
    """All that called, those that did most often first."""
    of: dict[tuple[str, str], list[Annunciation]] = defaultdict(list)
    for one in called:
        of[one.source, one.rule].append(one)
    found = [
        BadActor(
            source,
            rule,
            len(mine),
            len(mine) / len(called),
            chattering_minutes([one.at_us for one in mine]),
            sum(one.cleared_us is not None and one.cleared_us - one.at_us < FLEETING_US for one in mine),
        )
        for (source, rule), mine in of.items()
    ]
    return sorted(found, key=lambda one: (-one.count, one.source, one.rule))


def chattering_minutes(times_us: Sequence[int]) -> int:
    """How many separate minutes held three and more annunciations of one alarm.

    >>> chattering_minutes([0, 20_000_000, 40_000_000, 50_000_000, 300_000_000])
    1
    """
    minutes, free_us = 0, -1
    for first, last in zip(times_us, times_us[CHATTERS_FROM - 1 :], strict=False):
        if last - first < MINUTE_US and first >= free_us:
            minutes, free_us = minutes + 1, first + MINUTE_US
    return minutes


def _counts(times_us: Sequence[int], span_us: SpanUs, width_us: int) -> list[int]:
    from_us, to_us = span_us
    counts = [0] * max(1, -(-(to_us - from_us) // width_us))
    for at_us in times_us[bisect_left(times_us, from_us) : bisect_left(times_us, to_us)]:
        counts[(at_us - from_us) // width_us] += 1
    return counts


def _lasting(found: Sequence[Flood], spans_us: Sequence[SpanUs]) -> int:
    """Microseconds of the spans that were in a flood."""
    cuts = (
        min(one.until_us or end, end) - max(one.since_us, begin) for one in found for begin, end in spans_us
    )
    return sum(max(0, cut) for cut in cuts)


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _mix(called: Sequence[Annunciation]) -> tuple[Mix, ...]:
    of = Counter(one.priority for one in called)
    return tuple(
        Mix(priorities, sum(of[n] for n in priorities) / len(called) if called else None, target)
        for priorities, target in PRIORITY_MIX
    )
