"""Whether a target answers: one that does not is asked now and then, and takes nobody's time meanwhile."""

from dataclasses import dataclass

from lineshaft.clock import SECOND_US

OPENS_AT = 2
"""Failures in a row. The second try comes 5 s after the first: a hiccup is over by then, an outage is not."""
PAUSE_S = 10.0
LONGEST_PAUSE_S = 30.0
"""Between two probes: what waits is delivered within a minute of the target's return."""


@dataclass(slots=True)
class Circuit:
    """One target's."""

    failures: int = 0
    """In a row."""
    opened_us: int | None = None
    """Since when nothing but probes is sent; None: it answers, as far as is known."""
    probe_us: int = 0
    """When the next probe may be sent."""
    why: str = ""

    @property
    def is_open(self) -> bool:
        """Whether nothing is to be sent but a probe."""
        return self.opened_us is not None

    def fail(self, why: str, now_us: int, chance: float = 0.5) -> None:
        """Note that a try failed; `chance` is 0 … 1, for the jitter."""
        self.failures += 1
        self.why = why
        if self.failures < OPENS_AT:
            return
        self.opened_us = now_us if self.opened_us is None else self.opened_us
        pause_s = min(PAUSE_S * 2 ** (self.failures - OPENS_AT), LONGEST_PAUSE_S)
        self.probe_us = now_us + round(pause_s * (0.8 + 0.2 * chance) * SECOND_US)

    def succeed(self) -> bool:
        """Note that it answered; gives whether it had not before."""
        had_failed = self.failures > 0
        self.failures, self.opened_us, self.why = 0, None, ""
        return had_failed
