"""What has arrived and is not committed yet: bounded, so that a slow database cannot fill the memory.

The network thread puts, the committing thread takes. While the inbox is full the network thread does not
read: the broker then holds what comes.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Condition

from stream.ledger import Arrival


@dataclass(slots=True)
class Inbox:
    """A queue bounded by messages and by bytes of bodies; what is put at once may pass the bound."""

    most_messages: int
    most_bytes: int
    _arrivals: deque[Arrival] = field(default_factory=deque)
    _bytes: int = 0
    _changed: Condition = field(default_factory=Condition)

    def __len__(self) -> int:
        return len(self._arrivals)

    @property
    def has_room(self) -> bool:
        """Whether more may be put; false once there is as much as is allowed."""
        return len(self._arrivals) < self.most_messages and self._bytes < self.most_bytes

    def put(self, arrivals: Sequence[Arrival]) -> None:
        """Add messages; does not wait."""
        weight = sum([len(arrival.message.body) for arrival in arrivals])
        with self._changed:
            self._arrivals.extend(arrivals)
            self._bytes += weight
            self._changed.notify()

    def clear(self) -> None:
        """Throw away what is there, unacknowledged."""
        with self._changed:
            self._arrivals.clear()
            self._bytes = 0

    def take(self, most_messages: int, most_bytes: int, timeout_s: float) -> list[Arrival]:
        """All that is there, in order, up to a bound; at least one, or none after waiting for `timeout_s`."""
        taken: list[Arrival] = []
        with self._changed:
            self._changed.wait_for(lambda: self._arrivals, timeout_s)
            weight = 0
            while self._arrivals and len(taken) < most_messages and weight < most_bytes:
                arrival = self._arrivals.popleft()
                weight += len(arrival.message.body)
                taken.append(arrival)
            self._bytes -= weight
        return taken
