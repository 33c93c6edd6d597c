"""Both ends of the contract, turned by hand: a server that appends, acks and marks, and a sending agent."""

import queue
import random
import socket
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from edge.outbox import Limits, Outbox
from edge.uplink import Uplink
from lineshaft.broker.client import Link, Message
from lineshaft.clock import monotonic_clock
from lineshaft.wire import envelope, marks, topics
from lineshaft.wire.envelope import Envelope, Lane
from lineshaft.wire.topics import mark_topic
from waiting import wait_until


class Server:
    """Keeps what ingest would keep, by ingest's rules; `after` lets a test come between."""

    def __init__(self, url: str, site: str, agent: str) -> None:
        self.url, self.site, self.agent = url, site, agent
        self.db = "db1"
        self.cursors: dict[tuple[str, Lane], int] = {}
        self.kept: list[tuple[Envelope, str, bytes]] = []
        self.plain: list[Message] = []
        self.repeats = self.aheads = 0
        self.gaps: list[tuple[int, int]] = []
        self.marks = True
        self.ignore: Callable[[Envelope], bool] = lambda _: False
        self.link = Link(
            url,
            f"server-{uuid.uuid4().hex[:8]}",
            on_message=self._came,
            clean_start=False,
            session_expiry_s=60,
        )
        self.link.subscribe(f"{topics.ROOT}/{site}/#", retain_handling=1)
        self._queue: queue.SimpleQueue[Message] = queue.SimpleQueue()

    def _came(self, message: Message) -> None:
        self._queue.put(message)

    def work(self) -> int:
        """Take what has come; how many messages."""
        count = self._queue.qsize()
        for _ in range(count):
            message = self._queue.get()
            if not topics.is_server_own(message.topic):
                self._take(message)
            self.link.ack(message)
        return count

    def _take(self, message: Message) -> None:
        found = envelope.from_properties(message.properties, self.agent)
        if not isinstance(found, Envelope):
            self.plain.append(message)
            return
        if self.ignore(found):
            return
        key = (found.boot, found.lane)
        cursor = self.cursors.get(key, found.lo - 1)
        if found.lo > cursor + 1:
            self.gaps.append((cursor + 1, found.lo - 1))
            cursor = found.lo - 1
        if found.seq <= cursor:
            self.repeats += 1
        elif found.seq > cursor + 1:
            self.aheads += 1
        else:
            cursor = found.seq
            self.kept.append((found, message.topic, message.body))
        self.cursors[key] = cursor
        self.mark(found.boot)

    def mark(self, boot: str) -> None:
        if self.marks:
            said = {lane: self.cursors.get((boot, lane), 0) for lane in Lane}
            body = marks.encode(marks.Mark(self.db, boot, said[Lane.LIVE], said[Lane.LATE]))
            self.link.publish(topics.mark_topic(self.site, self.agent), body, retain=True)

    def bodies(self, lane: Lane | None = None) -> list[bytes]:
        """What was kept, in the order it was."""
        return [body for found, _, body in self.kept if lane is None or found.lane == lane]


class Sender:
    """An agent's sending half, turned by hand."""

    def __init__(self, url: str, server: Any, path: Path, clock: Callable[[], int]) -> None:
        self.words: list[tuple[str, tuple[Any, ...]]] = []
        self.outbox = Outbox.open(path, Limits(), clock)
        self.link = Link(
            url,
            f"sender-{server.site}",
            on_up=lambda *a: self.words.append(("up", a)),
            on_message=lambda message: self.words.append(("mark", (message,))),
            on_published=lambda *a: self.words.append(("published", a)),
            manual_ack=False,
        )
        self.link.subscribe(mark_topic(server.site, server.agent))
        self.uplink = Uplink(self.outbox, self.link, server.site, server.agent, random.Random(1))  # noqa: S311 — spreads waits

        self.server = server
        self.ahead_us = 0
        self.topic = f"lineshaft/v1/{server.site}/{server.agent}/press-1/m"

    def put(self, *bodies: bytes, lane: Lane = Lane.LIVE) -> None:
        self.outbox.put(lane, [(self.topic, body) for body in bodies], {})

    def turn(self) -> None:
        """One round of the agent's thread, and one of the server's."""
        while self.words:
            word, said = self.words.pop(0)
            now_us = monotonic_clock() + self.ahead_us
            if word == "up":
                self.uplink.heed_up()
            elif word == "mark":
                message: Message = said[0]
                self.uplink.heed_mark(message.body, now_us)
            else:
                self.uplink.heed_published(*said, now_us)
        self.uplink.drain(monotonic_clock() + self.ahead_us)
        self.server.work()

    def until(self, condition: Callable[[], object], what: str) -> None:
        def look() -> object:
            self.turn()
            return condition()

        wait_until(look, what)

    def cut(self) -> None:
        self.link._current.client.socket().shutdown(socket.SHUT_RDWR)


@pytest.fixture
def server(broker_url: str) -> Iterator[Server]:
    """A server for one agent of a site of its own."""
    server = Server(broker_url, f"site-{uuid.uuid4().hex[:8]}", "gw1")
    with server.link:
        yield server


@pytest.fixture
def sender_of() -> type[Sender]:
    """Makes an agent's sending half: (broker url, server, file, clock)."""
    return Sender
