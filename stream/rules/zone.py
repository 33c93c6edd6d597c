"""A machine that vibrates in zone C (plan work) or D (damaging) of ISO 20816-3."""

from dataclasses import dataclass, field, replace

from lineshaft.domain.alarms import Condition
from lineshaft.domain.machines import ZONES
from stream.rules.base import Change, Stretch
from stream.rules.levels import Delays, Levels, Own
from stream.rules.tuned import Settings

DELAYS = Delays(on_samples=5, on_s=10.0, off_s=60.0)
"""The zones judge steady running: a start or a passing shock is not one."""
PRIORITY = {1: 3, 2: 2}
"""Zone C is medium, D high."""


@dataclass(slots=True)
class Zone:
    """A rule for each machine whose vibration is measured."""

    name: str = "zone"
    levels: Levels = field(default_factory=lambda: Levels(DELAYS))
    raised: dict[int, Condition] = field(default_factory=dict)
    settings: Settings = field(default_factory=lambda: Settings("zone", DELAYS))

    def evaluate(self, stretch: Stretch) -> list[Change]:
        """See `Rule`."""
        scores = stretch.scores
        changes = self.levels.end_moved(self.raised, scores.sources, stretch)
        for at in self.levels.samples_that_matter(scores.row, scores.zone > 2):
            row, zone, ts_us = int(scores.row[at]), int(scores.zone[at]), int(scores.ts_us[at])
            if zone == 0:  # not measured: says nothing, and ends nothing
                continue
            own = self.settings.of(scores.sources[row])
            if own.off:
                self.levels.forget(row)
                continue
            new = self.levels.sample(row, ts_us, max(zone - 2, 0), own)
            if new is None:
                continue
            if new:
                self.raised[row] = _condition(scores.sources[row], new, own)
                changes.append(Change(int(scores.pos[at]), ts_us, self.raised[row]))
            elif row in self.raised:
                over = replace(self.raised.pop(row), active=False, value=None)
                changes.append(Change(int(scores.pos[at]), ts_us, over))
        if self.settings.adopt(stretch):
            changes += self.levels.end_off(
                self.raised, lambda row: self.settings.of(scores.sources[row]).off, stretch
            )
        return changes


def _condition(source: str, level: int, own: Own) -> Condition:
    return Condition(
        source=source,
        rule="zone",
        active=True,
        priority=own.priority_of(level, PRIORITY[level]),
        message="alarm.zone",
        arguments={"zone": ZONES[level + 1]},
    )
