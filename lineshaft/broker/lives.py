"""How long connections last, and how long to wait after one: two with one name must not take turns."""

from dataclasses import dataclass, field

from lineshaft.broker.backoff import Backoff

SETTLED_S = 5.0
"""A connection that lasted this long, and longer than any pause we would make now, has no rival."""
RIVAL_RETRY_S = 60.0
"""The longest pause after a connection that did not last: who has our name would throw us out at once."""
SUSPECT = 3
"""So many in a row that did not last are no bad luck."""


@dataclass(slots=True)
class Lives:
    """Judges connections by how long they last. A broker need not say that another client took our place.

    A rival comes back after a pause of its own, so that a connection lasts as long as the rival's pause: what
    lasted less than our own longest pause tells nothing, and the pause is doubled.
    """

    waits: Backoff = field(default_factory=lambda: Backoff(base_s=2, cap_s=RIVAL_RETRY_S))
    short: int = 0
    """Connections in a row that did not last."""

    def has_settled(self, lasted_s: float) -> bool:
        """Whether a connection that has lasted so long proves that we have no rival."""
        return lasted_s >= max(SETTLED_S, self.waits.bound_s)

    def end(self, lasted_s: float) -> float:
        """A connection has ended; how long to wait at least before the next one.

        >>> Lives().end(600)
        0.0
        """
        if self.has_settled(lasted_s):
            self.waits.reset()
            self.short = 0
            return 0.0
        self.short += 1
        return self.waits.next_s()

    def is_contested(self, lasts_s: float | None) -> bool:
        """Whether it looks as if somebody else had our name.

        Args:
            lasts_s: the age of the connection that is there; None where there is none.
        """
        return self.short >= SUSPECT and not (lasts_s is not None and self.has_settled(lasts_s))
