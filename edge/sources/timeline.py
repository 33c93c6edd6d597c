"""Lays recorded time over present time. Pure.

Recordings that belong together (several machines of one plant, a truck and its gate) keep their order and
distances in time: they share one group, which knows when the first of them began and when the last of them
ends.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from lineshaft.clock import SECOND_US

PAUSE_US = SECOND_US
"""Between the end of a recording and its start again."""


class Span(NamedTuple):
    """A recording's place in recorded time, and where it goes on."""

    first_us: int
    last_us: int
    next_us: int
    """The time of the next row to be sent."""
    lap: int
    """How often it was sent whole."""


@dataclass(slots=True)
class Timeline:
    """One for all recordings of a group. All `join` before the first asks."""

    speed: float
    spans: list[Span] = field(default_factory=list)
    anchor_us: int | None = None
    """The present instant at which the next row of all goes out; set at the first question."""
    begin_us: int = 0
    """The recorded time of that row."""

    def join(self, span: Span) -> None:
        """Take a recording in."""
        self.spans.append(span)

    @property
    def first_us(self) -> int:
        """When the earliest recording began."""
        return min(span.first_us for span in self.spans)

    @property
    def lap_us(self) -> int:
        """How long one whole pass takes in recorded time, the same for all, so that they stay together."""
        return max(span.last_us for span in self.spans) - self.first_us + PAUSE_US

    def recorded_us(self, ts_us: int, lap: int) -> int:
        """The recorded time of a row in a lap: it goes on where the lap before ended."""
        return ts_us + lap * self.lap_us

    def due_us(self, ts_us: int, lap: int, now_us: int) -> int:
        """When a row goes out; the first question of a group sets its beginning to now.

        >>> timeline = Timeline(speed=2)
        >>> timeline.join(Span(first_us=1_000_000, last_us=9_000_000, next_us=1_000_000, lap=0))
        >>> timeline.due_us(1_000_000, 0, now_us=500_000_000), timeline.due_us(5_000_000, 0, now_us=0)
        (500000000, 502000000)
        """
        if self.anchor_us is None:
            self.anchor_us = now_us
            self.begin_us = min(self.recorded_us(span.next_us, span.lap) for span in self.spans)
        if not self.speed:
            return now_us
        return self.anchor_us + round((self.recorded_us(ts_us, lap) - self.begin_us) / self.speed)
