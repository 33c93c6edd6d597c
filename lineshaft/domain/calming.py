"""Which deadband and delays would have calmed an alarm, tried on its own history of readings.

A small grid is tried, and of what keeps every true alarm the calmest is suggested. A true alarm is a value
that stays beyond the limit for a minute, without a break: it must be told within a minute of its beginning,
and told anew where the one before was over for ten minutes.
"""

from itertools import product
from typing import Final, NamedTuple

import numpy as np

from lineshaft.domain.readings import Floats, Ints64
from lineshaft.domain.rules.delays import Delay
from lineshaft.domain.rules.raising import Annunciations, Settings, annunciations

SECOND_US: Final = 1_000_000
TRUE_US: Final = 60 * SECOND_US
LATE_US: Final = 60 * SECOND_US
"""By how much a true alarm may be delayed."""
ANEW_US: Final = 600 * SECOND_US
DEADBANDS: Final = (0.0, 0.005, 0.01, 0.02, 0.03, 0.05)
"""Shares of the limit; ISA-18.2's starting values are 1 % (temperature) to 5 % (flow, level)."""
ON_S: Final = (0.0, 2.0, 5.0, 15.0, 30.0, 50.0)
OFF_S: Final = (0.0, 10.0, 30.0, 60.0, 120.0, 300.0)


class Suggestion(NamedTuple):
    """Settings, and what they would have done."""

    settings: Settings
    calls_before: int
    calls_after: int
    true_alarms: int
    delay_s: float
    """The longest by which a true alarm would have come later than its beginning."""

    @property
    def saved(self) -> float:
        """Share of calls that would not have been made."""
        return 1.0 - self.calls_after / self.calls_before if self.calls_before else 0.0


def suggest(ts_us: Ints64, value: Floats, now: Settings) -> Suggestion | None:
    """The calmest settings that miss nothing; None where there is nothing to calm.

    Args:
        ts_us: of the signal's readings, ascending.
        value: of the signal's readings; NaN says nothing.
        now: the settings as they are; their limits stay.
    """
    before = annunciations(ts_us, value, now)
    if before.calls < 2:
        return None
    true_us = true_alarms(ts_us, value, now)
    best: Suggestion | None = None
    scale = abs(now.limits.limits[0]) or 1.0
    for deadband, on_s, off_s in product(DEADBANDS, ON_S, OFF_S):
        limits = now.limits._replace(deadband=max(deadband * scale, now.limits.deadband))
        settings = Settings(limits, Delay(on_s, off_s), now.min_reraise_s)
        after = annunciations(ts_us, value, settings)
        late_us = _latest(true_us, after)
        if late_us is None or late_us > LATE_US:
            continue
        found = Suggestion(settings, before.calls, after.calls, len(true_us), late_us / SECOND_US)
        if best is None or _cost(found) < _cost(best):
            best = found
    return best if best and best.calls_after < best.calls_before else None


def true_alarms(ts_us: Ints64, value: Floats, settings: Settings) -> list[tuple[int, int]]:
    """Begin and end of each stretch that stays beyond the first limit for a minute."""
    limit = settings.limits.limits[0]
    known = ~np.isnan(value)
    ts_us, value = ts_us[known], value[known]
    beyond = value > limit if settings.limits.above else value < limit
    edges = np.flatnonzero(np.diff(np.concatenate(([0], beyond.astype(np.int8), [0]))))
    spans = zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
    times = [(int(ts_us[begin]), int(ts_us[end - 1])) for begin, end in spans]
    return [(begin, end) for begin, end in times if end - begin >= TRUE_US]


def _latest(true_us: list[tuple[int, int]], told: Annunciations) -> int | None:
    """By how much the latest of true alarms is told after its beginning; None where one is not told."""
    latest, over_us = 0, None
    for begin, end in true_us:
        holds = (told.raised_us <= end) & ((told.cleared_us < 0) | (told.cleared_us > begin))
        if over_us is not None and begin - over_us > ANEW_US:
            holds &= told.raised_us > over_us
        if not holds.any():
            return None
        latest = max(latest, int(told.raised_us[holds].min()) - begin)
        over_us = end
    return latest


def _cost(one: Suggestion) -> tuple[float, ...]:
    """Fewer calls first; then what delays and holds least."""
    delay = one.settings.delay
    return (one.calls_after, one.delay_s, delay.on_s, delay.off_s, one.settings.limits.deadband)
