"""Silence: a device that sends nothing, or one of its signals that has stopped while the others go on.

Judged at ticks, by the journal's time of receipt. It says nothing about other alarms: what was raised before
the silence stays raised.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

import numpy as np

from lineshaft.domain.alarms import Condition
from stream.rules.base import Change, Signals, Stretch

INTERVALS = 10.0
"""How many expected intervals may pass without a reading."""
LEAST_S = 10.0
DEAF_S = 5.0
"""Ticks come each second; after a longer pause the server was deaf, and silence counts from its return."""
DEVICE_OFF_S, SIGNAL_OFF_S = 15.0, 60.0
"""How long all must be well again before it is over: a loose wire comes and goes, and is one alarm."""
PRODUCED = frozenset({"cycle", "count"})
"""Quantities that come with each piece made: a machine that makes none is silent about them, and well."""
DEVICE_PRIORITY = 3
SIGNAL_PRIORITY = 4


@dataclass(slots=True)
class Stale:
    """A rule for each device, and for each of its signals with a known interval."""

    name: str = "stale"
    raised: dict[tuple[str, str], Condition] = field(default_factory=dict)
    """(source, rule) → the condition that was reported as holding."""
    well_us: dict[tuple[str, str], int] = field(default_factory=dict)
    """Of those, since when it has held no longer, but not for long enough."""
    listening_us: int = 0
    """Since when ticks have come without a pause."""
    tick_us: int = 0

    def evaluate(self, stretch: Stretch) -> list[Change]:
        """See `Rule`."""
        if not stretch.tick:
            return []
        if stretch.now_us - self.tick_us > DEAF_S * 1e6:
            self.listening_us = stretch.now_us
        self.tick_us = stretch.now_us
        now = _silent(stretch.signals, stretch.now_us, self.listening_us)
        over = [replace(self.raised.pop(key), active=False) for key in self._over(now.keys(), stretch.now_us)]
        begun = [condition for key, condition in now.items() if key not in self.raised]
        self.raised.update({(one.source, one.rule): one for one in begun})
        return [Change(stretch.pos, stretch.now_us, condition) for condition in (*over, *begun)]

    def _over(self, silent: AbstractSet[tuple[str, str]], now_us: int) -> list[tuple[str, str]]:
        """What was raised and has been well for long enough."""
        over = []
        for key, condition in self.raised.items():
            if key in silent:
                self.well_us.pop(key, None)
                continue
            off_s = SIGNAL_OFF_S if condition.arguments["signal"] else DEVICE_OFF_S
            if now_us - self.well_us.setdefault(key, now_us) >= off_s * 1e6:
                over.append(key)
        for key in over:
            del self.well_us[key]
        return over


def _silent(signals: Signals, now_us: int, listening_us: int) -> dict[tuple[str, str], Condition]:
    """(source, rule) → the conditions that hold at this tick.

    A signal is silent when its device went on speaking for too long after it. So a device that stops
    altogether is one alarm, not one for each of its signals.
    """
    allowed_s = np.maximum(signals.every_s * INTERVALS, LEAST_S)
    device_rows: dict[str, list[int]] = {}
    for row in np.flatnonzero((signals.received_us > 0) & ~np.isnan(allowed_s)).tolist():
        if signals.quantity[row] in PRODUCED:
            continue
        device_rows.setdefault(signals.source[row], []).append(row)
    found = []
    for source, rows in device_rows.items():
        last_us = int(signals.received_us[rows].max())
        least_s = float(allowed_s[rows].min())
        if now_us - max(last_us, listening_us) > least_s * 1e6:
            found.append(_condition(source, "", least_s))
        stopped = last_us - signals.received_us[rows] > allowed_s[rows] * 1e6
        for row, is_stopped in zip(rows, stopped.tolist(), strict=True):
            if is_stopped:
                found.append(_condition(source, signals.name[row], float(allowed_s[row])))
    return {(condition.source, condition.rule): condition for condition in found}


def _condition(source: str, signal: str, allowed_s: float) -> Condition:
    return Condition(
        source=source,
        rule=f"stale:{signal}" if signal else "stale",
        active=True,
        priority=SIGNAL_PRIORITY if signal else DEVICE_PRIORITY,
        message="alarm.stale",
        threshold=allowed_s,
        arguments={"signal": signal, "threshold": allowed_s, "unit": "s"},
    )
