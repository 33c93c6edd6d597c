"""A machine whose readings are odd together for some time, with what contributes to the score."""

from dataclasses import dataclass, field, replace

import numpy as np

from lineshaft.detect.tail import score_of
from lineshaft.domain.alarms import Condition
from stream.rules.base import Change, Delays, Levels, Stretch

RAISE_DECIMALS, CLEAR_DECIMALS = 5.0, 2.0
"""Decimal places of the probability that a normal machine has such a window: one in 100,000, and in 100."""
RAISE_ABOVE, CLEAR_BELOW = score_of(np.array([RAISE_DECIMALS, CLEAR_DECIMALS])).tolist()
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

    def evaluate(self, stretch: Stretch) -> list[Change]:
        """See `Rule`."""
        scores = stretch.scores
        changes = self.levels.end_moved(self.raised, scores.sources, stretch)
        for at in self.levels.samples_that_matter(scores.row, scores.score > RAISE_ABOVE):
            row, score, ts_us = int(scores.row[at]), float(scores.score[at]), int(scores.ts_us[at])
            limit = CLEAR_BELOW if row in self.levels.held else RAISE_ABOVE
            new = self.levels.sample(row, ts_us, int(score > limit))
            if new is None:
                continue
            if new:
                self.raised[row] = _condition(scores.sources[row], score, scores.contributors[at])
                changes.append(Change(int(scores.pos[at]), ts_us, self.raised[row]))
            elif row in self.raised:
                over = replace(self.raised.pop(row), active=False, value=score)
                changes.append(Change(int(scores.pos[at]), ts_us, over))
        return changes


def _condition(source: str, score: float, contributors: object) -> Condition:
    largest = contributors[:CONTRIBUTORS] if isinstance(contributors, list | tuple) else []
    return Condition(
        source=source,
        rule="anomaly",
        active=True,
        priority=PRIORITY,
        message="alarm.anomaly",
        value=score,
        threshold=RAISE_ABOVE,
        arguments={"score": score, "threshold": RAISE_ABOVE, "contributors": list(largest)},
    )
