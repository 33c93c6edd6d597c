"""A reading beyond a limit of its signal: low_low, low, high, high_high.

The alarm clears only when the reading has come back by the quantity's deadband, and has stayed there.
"""

from dataclasses import dataclass, field, replace

from lineshaft.domain.alarms import Condition
from lineshaft.domain.plant.model import LIMITS
from lineshaft.domain.signals import quantity
from stream.rules.base import Bools, Change, Readings, Signals, Stretch
from stream.rules.levels import Delays, Levels, Own
from stream.rules.tuned import Settings

DELAYS = Delays(on_samples=2, on_s=0.0, off_s=10.0)
"""One odd reading is no alarm, the second of them is: at the usual 1 s a person is told within 1 s of it.
Shorter than ISA-18.2's starting values of 15 to 60 s, because a plant's first limits are meant to be seen."""

LEVEL_OF = dict(zip(LIMITS, (-2, -1, 1, 2), strict=True))
NAME_OF = {level: limit for limit, level in LEVEL_OF.items()}
PRIORITY = {1: 3, 2: 2}
"""How far out → priority: an inner limit is medium, an outer one high."""


@dataclass(slots=True)
class Threshold:
    """Limits of the plant description, a rule for each signal."""

    name: str = "threshold"
    levels: Levels = field(default_factory=lambda: Levels(DELAYS))
    raised: dict[int, Condition] = field(default_factory=dict)
    """Row → the condition that was last reported as holding."""
    settings: Settings = field(default_factory=lambda: Settings("threshold", DELAYS))

    def evaluate(self, stretch: Stretch) -> list[Change]:
        """See `Rule`."""
        signals, readings = stretch.signals, stretch.readings
        changes = self.levels.end_moved(self.raised, signals.source, stretch)
        low_low, low, high, high_high = signals.limits[readings.row].T
        value = readings.value
        # A comparison with NaN, no limit or no value, is false.
        beyond: Bools = (value < low) | (value > high) | (value < low_low) | (value > high_high)
        for at in self.levels.samples_that_matter(readings.row, beyond):
            changes += self._sample(signals, readings, at)
        if self.settings.adopt(stretch):
            changes += self.levels.end_off(self.raised, lambda row: self._own(signals, row).off, stretch)
        return changes

    def _own(self, signals: Signals, row: int) -> Own:
        return self.settings.of(signals.source[row], signals.name[row], signals.quantity[row])

    def _sample(self, signals: Signals, readings: Readings, at: int) -> list[Change]:
        row, value = int(readings.row[at]), float(readings.value[at])
        ts_us, pos = int(readings.ts_us[at]), int(readings.pos[at])
        limits = signals.limits[row].tolist()
        held, own = self.levels.held.get(row, 0), self._own(signals, row)
        if own.off:
            self.levels.forget(row)
            return []
        deadband = quantity(signals.quantity[row]).deadband if own.deadband is None else own.deadband
        new = self.levels.sample(row, ts_us, level_of(value, limits, held, deadband), own)
        if new is None:
            return []
        changes = []
        before = self.raised.pop(row, None)
        if before and new * held <= 0:
            changes.append(Change(pos, ts_us, replace(before, active=False, value=value)))
        if new:
            self.raised[row] = _condition(signals, row, new, value, own)
            changes.append(Change(pos, ts_us, self.raised[row]))
        return changes


def level_of(value: float, limits: list[float], held: int, deadband: float) -> int:
    """The level of a value, with the deadband around the held level's limits.

    Args:
        value: of the reading.
        limits: low_low, low, high, high_high; NaN where none applies.
        held: the level now.
        deadband: share of a limit that the value must have come back by.

    >>> nan = float("nan")
    >>> level_of(75.5, [nan, nan, 75.0, 85.0], 0, 0.01), level_of(74.5, [nan, nan, 75.0, 85.0], 1, 0.01)
    (1, 1)
    >>> level_of(74.0, [nan, nan, 75.0, 85.0], 1, 0.01), level_of(84.5, [nan, nan, 75.0, 85.0], 2, 0.01)
    (0, 2)
    """
    found = 0
    for level, limit in zip(NAME_OF, limits, strict=True):
        side = 1 if level > 0 else -1
        holds = held * side >= abs(level)
        slack = abs(limit) * deadband if holds else 0.0
        if (value - limit) * side > -slack and abs(level) > abs(found):
            found = level
    return found


def _condition(signals: Signals, row: int, level: int, value: float, own: Own) -> Condition:
    name, limit = signals.name[row], NAME_OF[level]
    threshold = float(signals.limits[row][LIMITS.index(limit)])
    return Condition(
        source=signals.source[row],
        rule=f"threshold:{name}",
        active=True,
        priority=own.priority_of(level, PRIORITY[abs(level)]),
        message="alarm.high" if level > 0 else "alarm.low",
        value=value,
        threshold=threshold,
        arguments={
            "signal": name,
            "limit": limit,
            "value": value,
            "threshold": threshold,
            "unit": signals.unit[row],
        },
    )
