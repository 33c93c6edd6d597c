"""Silence: a device that sends nothing, or one of its signals that has stopped while the others go on.

Judged at ticks, by the journal's time of receipt. It says nothing about other alarms: what was raised before
the silence stays raised.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

import numpy as np

from lineshaft.domain.alarms import Condition
from stream.rules.base import Change, Signals, Stretch
from stream.rules.levels import Delays, Own, ended_as_off
from stream.rules.tuned import Settings

INTERVALS = 10.0
"""How many expected intervals may pass without a reading."""
LEAST_S = 10.0
DEAF_S = 5.0
"""Ticks come each second; after a longer pause the server was deaf, and silence counts from its return."""
OF_DEVICE, OF_SIGNAL = Delays(1, 0.0, off_s=15.0), Delays(1, 0.0, off_s=60.0)
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
    raised_us: dict[tuple[str, str], int] = field(default_factory=dict)
    """When it was raised last, of those that may not be raised again for a while."""
    of_device: Settings = field(default_factory=lambda: Settings("stale", OF_DEVICE))
    of_signal: Settings = field(default_factory=lambda: Settings("stale", OF_SIGNAL))

    def evaluate(self, stretch: Stretch) -> list[Change]:
        """See `Rule`."""
        if not stretch.tick:
            return []
        if stretch.now_us - self.tick_us > DEAF_S * 1e6:
            self.listening_us = stretch.now_us
        self.tick_us = stretch.now_us
        now = self._silent(stretch.signals, stretch.now_us)
        ended = self._over(now.keys(), stretch)
        over = [replace(self.raised.pop(key), active=False) for key in ended]
        begun = [one for key, one in now.items() if key not in self.raised and self._is_free(key, stretch)]
        self.raised.update({(one.source, one.rule): one for one in begun})
        changes = [Change(stretch.pos, stretch.now_us, condition) for condition in (*over, *begun)]
        if self.of_device.adopt(stretch) | self.of_signal.adopt(stretch):
            off = [key for key in self.raised if self._own(key, stretch.signals).off]
            for key in off:
                self.well_us.pop(key, None)
            changes += [ended_as_off(self.raised.pop(key), stretch) for key in off]
        return changes

    def _own(self, key: tuple[str, str], signals: Signals) -> Own:
        source, (_, _, signal) = key[0], key[1].partition(":")
        if not signal:
            return self.of_device.of(source)
        rows = zip(signals.source, signals.name, signals.quantity, strict=True) if self.of_signal.said else ()
        quantity = next((found for *of, found in rows if of == [source, signal]), "")
        return self.of_signal.of(source, signal, quantity)

    def _is_free(self, key: tuple[str, str], stretch: Stretch) -> bool:
        """Whether enough time has passed since it was raised last; remembers that it is raised now."""
        least_s = self._own(key, stretch.signals).min_reraise_s
        if not least_s:
            return True
        if stretch.now_us < self.raised_us.get(key, 0) + round(least_s * 1e6):
            return False
        self.raised_us[key] = stretch.now_us
        return True

    def _over(self, silent: AbstractSet[tuple[str, str]], stretch: Stretch) -> list[tuple[str, str]]:
        """What was raised and has been well for long enough."""
        over, now_us = [], stretch.now_us
        for key in self.raised:
            if key in silent:
                self.well_us.pop(key, None)
                continue
            off_s = self._own(key, stretch.signals).delays.off_s
            if now_us - self.well_us.setdefault(key, now_us) >= off_s * 1e6:
                over.append(key)
        for key in over:
            del self.well_us[key]
        return over

    def _silent(self, signals: Signals, now_us: int) -> dict[tuple[str, str], Condition]:
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
            silent_us = now_us - max(last_us, self.listening_us)
            if silent_us > least_s * 1e6:
                found += _held(self.of_device.of(source), (source, "", least_s), silent_us)
            silences_us = last_us - signals.received_us[rows]
            stopped = silences_us > allowed_s[rows] * 1e6
            for row, for_us in zip(
                np.array(rows)[stopped].tolist(), silences_us[stopped].tolist(), strict=True
            ):
                own = self.of_signal.of(source, signals.name[row], signals.quantity[row])
                found += _held(own, (source, signals.name[row], float(allowed_s[row])), for_us)
        return {(condition.source, condition.rule): condition for condition in found}


def _held(own: Own, what: tuple[str, str, float], silent_us: int) -> list[Condition]:
    """The condition of a silence, where it has lasted for as long as the settings want."""
    source, signal, allowed_s = what
    allowed_s += own.delays.on_s
    return [] if own.off or silent_us <= allowed_s * 1e6 else [_condition(source, signal, allowed_s, own)]


def _condition(source: str, signal: str, allowed_s: float, own: Own) -> Condition:
    return Condition(
        source=source,
        rule=f"stale:{signal}" if signal else "stale",
        active=True,
        priority=own.priority_of(1, SIGNAL_PRIORITY if signal else DEVICE_PRIORITY),
        message="alarm.stale",
        threshold=allowed_s,
        arguments={"signal": signal, "threshold": allowed_s, "unit": "s"},
    )
