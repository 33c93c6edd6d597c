"""Keeps what every topic shows, and hands each change to the browsers that show it, serialised once."""

import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from api.live.board import LARGEST, Board, Change, delta, heartbeat, resync, snapshot
from api.live.client import MOST_TOPICS, Client
from lineshaft.clock import Clock

TOPICS: dict[str, Callable[[Any], str] | None] = {
    "kpi": None,
    "machines": lambda row: str(row.key),
    "alarms": lambda row: str(row.id),
    "groups": lambda row: str(row.id),
    "vehicles": lambda row: str(row.key),
    "shipments": lambda row: str(row.id),
    "zones": lambda row: str(row.key),
    "moves": lambda row: str(row.id),
    "system": None,
}
"""Topic → what its rows are known by; None: the topic is one object."""

MACHINE = re.compile(r"machine:([A-Za-z0-9][A-Za-z0-9_.-]{0,63})")

MOST_CLIENTS = 400
MOST_MACHINES = 64
"""Different machines open on all screens together; each is read five times a second."""


@dataclass(slots=True)
class Hub:
    """One a process; only the event loop touches it."""

    clock: Clock
    epoch: str = field(default_factory=lambda: secrets.token_hex(4))
    """Of this process: browsers that see another begin anew."""
    boards: dict[str, Board] = field(default_factory=dict)
    clients: set[Client] = field(default_factory=set)
    database: bool = False
    """Whether the last look at the database worked."""
    data_ts: int | None = None
    """When the newest committed row that is known was written, epoch milliseconds."""
    wanted: Callable[[], None] = lambda: None
    """Called when somebody begins to show something: it should be read soon."""
    _texts: dict[str, tuple[int, int, str]] = field(default_factory=dict)
    """Topic → seq, time and text of its last snapshot: many browsers ask for the same."""

    def join(self) -> Client | None:
        """A new browser's outbox; None where there are too many already."""
        if len(self.clients) >= MOST_CLIENTS:
            return None
        client = Client(self.snapshot_of)
        self.clients.add(client)
        return client

    def leave(self, client: Client) -> None:
        """Forget a browser."""
        self.clients.discard(client)
        self._sweep()

    def subscribe(self, client: Client, topics: Sequence[object]) -> list[str]:
        """Show a browser exactly these topics; gives those it cannot have."""
        known = [one for one in topics[:MOST_TOPICS] if isinstance(one, str) and self.board(one)]
        client.subscribe(frozenset(known))
        self._sweep()
        self.wanted()
        return [str(one)[:80] for one in topics if one not in known]

    def board(self, topic: str) -> Board | None:
        """The board of a topic, made where it may exist; None where it may not."""
        found = self.boards.get(topic)
        if found is None and topic in TOPICS:
            found = self.boards[topic] = Board(topic, TOPICS[topic])
        elif found is None and MACHINE.fullmatch(topic) and len(self.boards) < MOST_MACHINES + len(TOPICS):
            found = self.boards[topic] = Board(topic, None)
        return found

    def shown(self) -> frozenset[str]:
        """The topics that somebody looks at now."""
        return frozenset(topic for client in self.clients if not client.paused for topic in client.topics)

    def publish(self, change: Change | None) -> None:
        """Hand a change to all who show its topic."""
        if change is None:
            return
        now_ms = self.clock() // 1000
        text = delta(change, self.epoch, now_ms)
        if len(text) > LARGEST:
            text = resync(change.topic, self.epoch, now_ms)
        for client in self.clients:
            client.put(change.topic, text)

    def beat(self) -> None:
        """Tell every browser that the line lives, and how fresh the data is."""
        text = heartbeat(self.clock() // 1000, self.data_ts, database=self.database)
        for client in self.clients:
            client.beat(text)

    def snapshot_of(self, topic: str) -> str | None:
        """The message with all a topic shows, for the line; a large one only says where to fetch it."""
        text = self.full_snapshot(topic)
        if text and len(text) > LARGEST:
            return resync(topic, self.epoch, self.clock() // 1000)
        return text

    def full_snapshot(self, topic: str) -> str | None:
        """The message with all a topic shows, however large; None while nothing is known of it."""
        board = self.boards.get(topic)
        if board is None or not board.loaded:
            return None
        now_ms = self.clock() // 1000
        seq, at_ms, text = self._texts.get(topic, (-1, 0, ""))
        # Browsers set their clock by a message's ts: an old text would set it back.
        if seq != board.seq or now_ms - at_ms > 500:
            text = snapshot(board, self.epoch, now_ms)
            self._texts[topic] = (board.seq, now_ms, text)
        return text

    def _sweep(self) -> None:
        """Forget machines that no screen shows any more."""
        used = {topic for client in self.clients for topic in client.topics}
        for topic in [topic for topic in self.boards if topic not in TOPICS and topic not in used]:
            del self.boards[topic]
            self._texts.pop(topic, None)
