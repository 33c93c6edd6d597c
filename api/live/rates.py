"""Rates out of counters that only grow: differences over the last seconds."""

from collections import deque
from dataclasses import dataclass, field

from lineshaft.clock import SECOND_US
from lineshaft.store.system import Counters

OVER_US = 10 * SECOND_US
"""Long enough to be calm, short enough to show a stop."""


@dataclass(slots=True, frozen=True)
class Rates:
    """Per second; null until two samples were taken."""

    messages_s: float | None = None
    readings_in_s: float | None = None
    stored_s: float | None = None
    rejected_s: float | None = None


@dataclass(slots=True)
class Meter:
    """Remembers samples of the counters for as long as they are needed."""

    samples: deque[tuple[int, Counters]] = field(default_factory=deque)

    def add(self, now_us: int, counters: Counters) -> Rates:
        """The rates since the oldest sample that is not too old.

        Args:
            now_us: of a monotonic clock.
            counters: as they are now; where they went back (another database), it starts anew.
        """
        if self.samples and counters.messages < self.samples[-1][1].messages:
            self.samples.clear()
        self.samples.append((now_us, counters))
        while len(self.samples) > 2 and self.samples[1][0] <= now_us - OVER_US:
            self.samples.popleft()
        since_us, first = self.samples[0]
        span_s = (now_us - since_us) / SECOND_US
        if span_s <= 0:
            return Rates()
        return Rates(
            messages_s=round((counters.messages - first.messages) / span_s, 1),
            readings_in_s=round((counters.readings_in - first.readings_in) / span_s, 1),
            stored_s=round((counters.stored - first.stored) / span_s, 1),
            rejected_s=round((counters.rejected - first.rejected) / span_s, 1),
        )
