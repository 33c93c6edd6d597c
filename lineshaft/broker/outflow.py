"""What we publish with QoS 1 over one connection, never more of it under way than the broker allows. Pure."""

from collections import deque

from lineshaft.broker import packets

MOST_WAITING = 10_000
_MIDS = 65_535


class Outflow:
    """Numbers messages and holds back those that are too many; what it gives is to be sent."""

    def __init__(self, window: int) -> None:
        """Allow that many un-acked messages."""
        self._window = window
        self._under_way: set[int] = set()
        self._waiting: deque[tuple[str, bytes, bool]] = deque()
        self._mid = 0

    def put(self, topic: str, body: bytes, *, retain: bool) -> bytes | None:
        """A message: its packet, nothing yet (`b""`), or None if too many wait already: it is not taken."""
        if len(self._under_way) >= self._window:
            if len(self._waiting) >= MOST_WAITING:
                return None
            self._waiting.append((topic, body, retain))
            return b""
        return packets.publish(topic, body, self._number(), retain=retain)

    def acked(self, mid: int) -> bytes:
        """The broker answered one: the next that waited, if any."""
        self._under_way.discard(mid)
        if not self._waiting or len(self._under_way) >= self._window:
            return b""
        topic, body, retain = self._waiting.popleft()
        return packets.publish(topic, body, self._number(), retain=retain)

    def _number(self) -> int:
        while True:
            self._mid = self._mid % _MIDS + 1
            if self._mid not in self._under_way:
                self._under_way.add(self._mid)
                return self._mid
