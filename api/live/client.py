"""One browser's outbox: one slot a topic, so that a slow line never grows a queue."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

MOST_TOPICS = 24

_SNAPSHOT: Final = None
"""In a slot: the line was slower than the changes, so the next message is the whole state."""


@dataclass(slots=True, eq=False)
class Client:
    """What is still to be sent to one browser. Only the event loop touches it."""

    snapshot_of: Callable[[str], str | None]
    """The snapshot message of a topic; None while nothing is known of it yet."""
    topics: frozenset[str] = frozenset()
    paused: bool = False
    gap_s: float = 0
    """Seconds at least between two sendings; the browser may ask for a slower line."""
    _slots: dict[str, str | None] = field(default_factory=dict)
    _heartbeat: str | None = None
    _ready: asyncio.Event = field(default_factory=asyncio.Event)

    def subscribe(self, topics: frozenset[str]) -> None:
        """Show exactly these topics from now on, each beginning with a snapshot; ends a pause."""
        self.topics, self.paused = topics, False
        self._slots = dict.fromkeys(sorted(topics), _SNAPSHOT)
        self._ready.set()

    def pause(self) -> None:
        """Send nothing but heartbeats: nobody is looking."""
        self.paused = True
        self._slots.clear()

    def put(self, topic: str, message: str) -> None:
        """Offer a change of a topic."""
        if self.paused or topic not in self.topics:
            return
        self._slots[topic] = _SNAPSHOT if topic in self._slots else message
        self._ready.set()

    def beat(self, message: str) -> None:
        """Offer a heartbeat; the newest is enough."""
        self._heartbeat = message
        self._ready.set()

    async def take(self) -> list[str]:
        """Wait for something to send and take all of it."""
        while True:
            await self._ready.wait()
            self._ready.clear()
            messages = self._waiting()
            if messages:
                return messages

    def _waiting(self) -> list[str]:
        slots, self._slots = self._slots, {}
        messages = []
        for topic, message in slots.items():
            text = self.snapshot_of(topic) if message is _SNAPSHOT else message
            if text is None:
                self._slots[topic] = _SNAPSHOT  # nothing is known yet; its first change will come here
            else:
                messages.append(text)
        if self._heartbeat:
            messages.append(self._heartbeat)
            self._heartbeat = None
        return messages
