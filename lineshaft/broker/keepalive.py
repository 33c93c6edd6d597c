"""When to ask whether the broker is still there, and when to give it up. Pure: time is passed in."""

from dataclasses import dataclass


@dataclass(slots=True)
class Keepalive:
    """Of one connection; a broker gives us up after 1.5 times `interval_s` without a packet of ours.

    We ask after half the interval, whether it was we or the broker who said nothing, and wait as long for any
    answer: so a dead connection is noticed within one interval.
    """

    interval_s: float
    """As agreed; 0 means that nobody asks."""
    sent_s: float
    heard_s: float
    asked_s: float | None = None

    def sent(self, now_s: float) -> None:
        """Something was sent."""
        self.sent_s = now_s

    def heard(self, now_s: float) -> None:
        """Something came; or nothing could come, because we do not read for now."""
        self.heard_s, self.asked_s = now_s, None

    def asked(self, now_s: float) -> None:
        """A ping is on its way."""
        self.sent_s = now_s
        if self.asked_s is None:
            self.asked_s = now_s

    def is_due(self, now_s: float) -> bool:
        """Whether to ask now."""
        half_s = self.interval_s / 2
        quiet_s = max(now_s - self.sent_s, 0 if self.asked_s is not None else now_s - self.heard_s)
        return 0 < half_s <= quiet_s

    def is_dead(self, now_s: float) -> bool:
        """Whether an answer is overdue."""
        return self.asked_s is not None and now_s - self.asked_s >= self.interval_s / 2
