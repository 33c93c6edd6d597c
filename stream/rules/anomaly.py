"""A machine within an episode that is odd, with what contributes to it and what may be wrong.

What begins and ends an episode is the detectors' business; this only keeps it from chattering.
"""

from dataclasses import dataclass, field, replace

from lineshaft.domain.alarms import Condition
from stream.rules.base import Change, Scores, Stretch
from stream.rules.levels import Delays, Levels
from stream.rules.tuned import Settings

DELAYS = Delays(on_samples=3, on_s=10.0, off_s=30.0)
"""Three windows of 5 s in a row: single ones come by chance."""
PRIORITY = 3
CONTRIBUTORS = 3


@dataclass(slots=True)
class Anomaly:
    """A rule for each machine."""

    name: str = "anomaly"
    levels: Levels = field(default_factory=lambda: Levels(DELAYS))
    raised: dict[int, Condition] = field(default_factory=dict)
    settings: Settings = field(default_factory=lambda: Settings("anomaly", DELAYS))

    def evaluate(self, stretch: Stretch) -> list[Change]:
        """See `Rule`."""
        scores = stretch.scores
        changes = self.levels.end_moved(self.raised, scores.sources, stretch)
        for at in self.levels.samples_that_matter(scores.row, scores.anomaly):
            row, ts_us = int(scores.row[at]), int(scores.ts_us[at])
            own = self.settings.of(scores.sources[row])
            if own.off:
                self.levels.forget(row)
                continue
            # While a machine changes over an episode goes on, but none begins: there is nothing to show.
            odd = scores.anomaly[at] and (row in self.levels.held or scores.score[at] > 0)
            new = self.levels.sample(row, ts_us, int(odd), own)
            if new is None:
                continue
            if new:
                self.raised[row] = replace(_condition(scores, at), priority=own.priority_of(new, PRIORITY))
                changes.append(Change(int(scores.pos[at]), ts_us, self.raised[row]))
            elif row in self.raised:
                over = replace(self.raised.pop(row), active=False, value=float(scores.score[at]))
                changes.append(Change(int(scores.pos[at]), ts_us, over))
        if self.settings.adopt(stretch):
            changes += self.levels.end_off(
                self.raised, lambda row: self.settings.of(scores.sources[row]).off, stretch
            )
        return changes


def _condition(scores: Scores, at: int) -> Condition:
    score, contributors = float(scores.score[at]), scores.contributors[at]
    largest = contributors[:CONTRIBUTORS] if isinstance(contributors, list | tuple) else []
    return Condition(
        source=scores.sources[int(scores.row[at])],
        rule="anomaly",
        active=True,
        priority=PRIORITY,
        message="alarm.anomaly",
        value=score,
        arguments={"score": score, "contributors": list(largest), "mode": scores.failure_mode[at] or None},
    )
