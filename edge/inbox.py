"""The one queue to the agent's one thread: what sources hand over, and what the link says."""

import queue
import threading
from collections.abc import Callable
from typing import NamedTuple

from edge.frame import Frame

ROOM = 200
"""Handed-over lots that may wait. A source that finds no room waits: the disk is slower than it."""


class Put(NamedTuple):
    """A source's frames, to be kept together with how it goes on after them."""

    source: str
    frames: list[Frame]
    position: str
    on_kept: Callable[[], None] | None = None
    """See `Handed`."""


class Up(NamedTuple):
    """The link has a new connection."""

    generation: int


class Published(NamedTuple):
    """The broker answered a publish."""

    mid: int
    reason: int


class Marked(NamedTuple):
    """The server's mark came."""

    body: bytes


class Wake(NamedTuple):
    """Nothing happened but that there is something to look at."""


Word = Put | Up | Published | Marked | Wake


class Inbox:
    """What the link says is never held back: its thread must not wait while ours is inside `publish`."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[Word] = queue.SimpleQueue()
        self._room = threading.BoundedSemaphore(ROOM)

    def put(self, lot: Put, stop: threading.Event) -> bool:
        """Queue a source's frames as soon as there is room; False, and not queued, if told to stop."""
        while not self._room.acquire(timeout=0.5):
            if stop.is_set():
                return False
        self._queue.put(lot)
        return True

    def say(self, word: Up | Published | Marked | Wake) -> None:
        """Queue a word of the link, at once."""
        self._queue.put(word)

    def take(self, wait_s: float) -> list[Word]:
        """All that is there; waits for the first."""
        words: list[Word] = []
        try:
            words.append(self._queue.get(timeout=max(wait_s, 0.001)))
            while len(words) < ROOM:
                words.append(self._queue.get_nowait())
        except queue.Empty:
            pass
        return words

    def kept(self, lots: int) -> None:
        """Give room back for lots that are on disk."""
        self._room.release(lots)
