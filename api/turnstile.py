"""How often one address may ask for what needs no login."""

from collections import OrderedDict
from dataclasses import dataclass, field

KEPT = 10_000
"""Addresses that are remembered; the one longest unheard of goes first."""
MINUTE_US = 60_000_000


@dataclass(slots=True)
class Turnstile:
    """A bucket an address: it holds so many asks and fills again within a minute.

    >>> gate = Turnstile(2)
    >>> gate.wait_s("a", 0), gate.wait_s("a", 0), gate.wait_s("a", 0), gate.wait_s("b", 0)
    (0, 0, 30, 0)
    >>> gate.wait_s("a", 30_000_000)
    0
    """

    a_minute: int
    _left: OrderedDict[str, tuple[float, int]] = field(default_factory=OrderedDict)
    """Address → what it has left, and when that was."""

    def wait_s(self, peer: str, now_us: int) -> int:
        """Seconds to wait before asking (again); 0: come in."""
        left, at_us = self._left.pop(peer, (float(self.a_minute), now_us))
        left = min(float(self.a_minute), left + max(0, now_us - at_us) * self.a_minute / MINUTE_US)
        passes = left >= 1
        self._left[peer] = (left - 1 if passes else left, now_us)
        if len(self._left) > KEPT:
            self._left.popitem(last=False)
        return 0 if passes else max(1, round((1 - left) * 60 / self.a_minute))
