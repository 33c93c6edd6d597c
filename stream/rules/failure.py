"""A machine that will probably fail within a day."""

import math
from dataclasses import dataclass, field, replace

from lineshaft.domain.alarms import Condition
from stream.rules.base import Change, Scores, Stretch
from stream.rules.levels import Delays, Levels
from stream.rules.tuned import Settings

DELAYS = Delays(on_samples=12, on_s=55.0, off_s=600.0)
"""A minute of windows: what takes a day to come can be looked at for so long."""
CLEAR_BELOW = 0.5
"""Of what raised it: a forecast that moves to and fro is one alarm."""
PRIORITY = 2


@dataclass(slots=True)
class Failure:
    """A rule for each machine."""

    name: str = "failure"
    levels: Levels = field(default_factory=lambda: Levels(DELAYS))
    raised: dict[int, Condition] = field(default_factory=dict)
    settings: Settings = field(default_factory=lambda: Settings("failure", DELAYS))

    def evaluate(self, stretch: Stretch) -> list[Change]:
        """See `Rule`."""
        scores = stretch.scores
        changes = self.levels.end_moved(self.raised, scores.sources, stretch)
        for at in self.levels.samples_that_matter(scores.row, scores.risk >= 1.0):
            row, ts_us, risk = int(scores.row[at]), int(scores.ts_us[at]), float(scores.risk[at])
            own = self.settings.of(scores.sources[row])
            if own.off:
                self.levels.forget(row)
                continue
            limit = CLEAR_BELOW if row in self.levels.held else 1.0
            new = self.levels.sample(row, ts_us, int(risk >= limit), own)  # false of what nobody says
            if new is None:
                continue
            if new:
                self.raised[row] = replace(_condition(scores, at), priority=own.priority_of(new, PRIORITY))
                changes.append(Change(int(scores.pos[at]), ts_us, self.raised[row]))
            elif row in self.raised:
                over = replace(self.raised.pop(row), active=False, value=None)
                changes.append(Change(int(scores.pos[at]), ts_us, over))
        if self.settings.adopt(stretch):
            changes += self.levels.end_off(
                self.raised, lambda row: self.settings.of(scores.sources[row]).off, stretch
            )
        return changes


def _condition(scores: Scores, at: int) -> Condition:
    left_s = float(scores.remaining_s[at])
    return Condition(
        source=scores.sources[int(scores.row[at])],
        rule="failure",
        active=True,
        priority=PRIORITY,
        message="alarm.failure",
        arguments={
            "hours": 24,
            "remaining_s": None if math.isnan(left_s) else round(left_s),
            "mode": scores.failure_mode[at] or None,
        },
    )
