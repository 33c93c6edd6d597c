"""What has arrived and is not committed yet: bounded, so that a slow database cannot fill the memory.

The network thread puts, the committing thread takes. A full inbox blocks the network thread: the broker then
holds what comes, and at last gives the connection up; what was not acknowledged comes again.
"""

from collections import deque
from dataclasses import dataclass, field
from threading import Condition

from stream.admission import Arrival


@dataclass(slots=True)
class Inbox:
    """A queue bounded by messages and by bytes of bodies."""

    most_messages: int
    most_bytes: int
    _arrivals: deque[Arrival] = field(default_factory=deque)
    _bytes: int = 0
    _closed: bool = False
    _changed: Condition = field(default_factory=Condition)

    def __len__(self) -> int:
        return len(self._arrivals)

    def put(self, arrival: Arrival) -> None:
        """Add a message; waits while the inbox is full. After `close` it is thrown away, unacknowledged."""
        with self._changed:
            self._changed.wait_for(self._has_room)
            if not self._closed:
                self._arrivals.append(arrival)
                self._bytes += len(arrival.message.body)
                self._changed.notify_all()

    def take(self, most_messages: int, most_bytes: int, timeout_s: float) -> list[Arrival]:
        """All that is there, in order, up to a bound; at least one, or none after waiting for `timeout_s`."""
        taken: list[Arrival] = []
        with self._changed:
            self._changed.wait_for(lambda: self._arrivals or self._closed, timeout_s)
            weight = 0
            while self._arrivals and len(taken) < most_messages and weight < most_bytes:
                arrival = self._arrivals.popleft()
                weight += len(arrival.message.body)
                taken.append(arrival)
            self._bytes -= weight
            self._changed.notify_all()
        return taken

    def close(self) -> None:
        """Let go of who waits, for good."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _has_room(self) -> bool:
        return self._closed or (len(self._arrivals) < self.most_messages and self._bytes < self.most_bytes)
