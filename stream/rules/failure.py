"""A machine that will probably fail within a day."""

import math
from dataclasses import dataclass, field, replace

from lineshaft.domain.alarms import Condition
from stream.rules.base import Change, Delays, Levels, Scores, Stretch

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

    def evaluate(self, stretch: Stretch) -> list[Change]:
        """See `Rule`."""
        scores = stretch.scores
        changes = self.levels.end_moved(self.raised, scores.sources, stretch)
        for at in self.levels.samples_that_matter(scores.row, scores.risk >= 1.0):
            row, ts_us, risk = int(scores.row[at]), int(scores.ts_us[at]), float(scores.risk[at])
            limit = CLEAR_BELOW if row in self.levels.held else 1.0
            new = self.levels.sample(row, ts_us, int(risk >= limit))  # false of what nobody says
            if new is None:
                continue
            if new:
                self.raised[row] = _condition(scores, at)
                changes.append(Change(int(scores.pos[at]), ts_us, self.raised[row]))
            elif row in self.raised:
                over = replace(self.raised.pop(row), active=False, value=None)
                changes.append(Change(int(scores.pos[at]), ts_us, over))
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
