"""How long to wait before trying again: doubling, capped, spread so that agents do not come all at once."""

import random
from dataclasses import dataclass, field


@dataclass(slots=True)
class Backoff:
    """Waits of an attempt series; `reset` after a success."""

    base_s: float
    cap_s: float
    spread: random.Random = field(default_factory=random.Random)
    """Seeded in tests."""
    attempt: int = 0

    @property
    def bound_s(self) -> float:
        """The longest that the next wait can be."""
        return min(self.cap_s, self.base_s * 2.0 ** min(self.attempt, 30))

    def next_s(self) -> float:
        """The next wait: "full jitter", anything up to the doubled bound, so that the load stays even."""
        bound_s = self.bound_s
        self.attempt += 1
        return self.spread.uniform(0, bound_s)

    def reset(self) -> None:
        """Start again from the base."""
        self.attempt = 0
