"""The server's side of the contract, as small as it can be: appends, commits, acks and marks."""

import queue
import uuid
from collections.abc import Callable, Iterator

import pytest

from lineshaft.broker.client import Link, Message
from lineshaft.wire import envelope, marks, topics
from lineshaft.wire.envelope import Envelope, Lane


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


@pytest.fixture
def server(broker_url: str) -> Iterator[Server]:
    """A server for one agent of a site of its own."""
    server = Server(broker_url, f"site-{uuid.uuid4().hex[:8]}", "gw1")
    with server.link:
        yield server
