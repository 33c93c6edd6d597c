"""One agent on one connection that sends what it is given, and nothing else, as fast as the marks allow."""

import json
import select
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import urlsplit

from chaos import mqtt5

WINDOW = 1_000
STALL_S = 4.0
MIDS = 65_535


class Said(NamedTuple):
    """A message; without a place in the order it goes out once, and nobody asks whether it arrived."""

    suffix: str
    body: bytes
    properties: Mapping[str, str] = {}
    in_order: bool = True


@dataclass
class Sender:
    """An agent's numbering, its messages, and how far the mark is."""

    url: str
    site: str
    agent: str
    boot: str = "b1"
    marked: int = 0
    resent: int = 0
    _parser: mqtt5.Parser = field(default_factory=mqtt5.Parser)
    _last_mark: bytes = b""
    _mid: int = 0

    def send(self, messages: Sequence[Said], within_s: float = 120) -> None:
        """Send all, in order, until all that has a number is marked.

        Raises:
            TimeoutError: it is not in time.
        """
        self._parser, self._last_mark = mqtt5.Parser(), b""
        with self.connected() as link:
            link.sendall(mqtt5.subscribe(1, f"{self._root}/_/mark"))
            link.settimeout(0)
            self._drive(link, self._queue(messages), time.monotonic() + within_s)

    def connected(self, client_id: str = "") -> socket.socket:
        """A new connection, with a login, that remembers nothing of one before."""
        address = urlsplit(self.url)
        link = socket.create_connection((address.hostname or "", address.port or 0), timeout=10)
        name = client_id or f"sender-{self.agent}"
        link.sendall(mqtt5.connect(name, address.username or "", address.password or ""))
        return link

    @property
    def _root(self) -> str:
        return f"lineshaft/v1/{self.site}/{self.agent}"

    def _queue(self, messages: Sequence[Said]) -> list[tuple[int, Said]]:
        seq, queue = self.marked, []
        for said in messages:
            seq += said.in_order
            queue.append((seq, said))
        return queue

    def _drive(self, link: socket.socket, queue: list[tuple[int, Said]], deadline: float) -> None:
        begin, last = self.marked, queue[-1][0]
        at, out, moved_s = 0, bytearray(), time.monotonic()
        while self.marked < last or at < len(queue) or out:
            if time.monotonic() > deadline:
                raise TimeoutError(f"marked are {self.marked - begin} of {last - begin}")
            while at < len(queue) and queue[at][0] <= self.marked + WINDOW and len(out) < 1 << 20:
                out += self._packet(*queue[at])
                at += 1
            readable, writable, _ = select.select([link], [link] if out else [], [], 0.5)
            if writable:
                del out[: link.send(out)]
            before = self.marked
            is_told_back = bool(readable) and self._hear(link)
            moved_s = time.monotonic() if self.marked > before else moved_s
            if is_told_back or time.monotonic() - moved_s > STALL_S:
                # Those without a number stay sent; the others go out again from the mark.
                queue = [(seq, said) for n, (seq, said) in enumerate(queue) if said.in_order or n >= at]
                at, was = next((n for n, (seq, _) in enumerate(queue) if seq > self.marked), at), at
                self.resent += was - at
                moved_s = time.monotonic()

    def _packet(self, seq: int, said: Said) -> bytes:
        self._mid = self._mid % MIDS + 1
        own = {"boot": self.boot, "lane": "live", "seq": str(max(seq, 1)), "lo": "1", "agent": self.agent}
        return mqtt5.publish(
            f"{self._root}/{said.suffix}",
            said.body,
            mid=self._mid,
            properties=(own | dict(said.properties)).items(),
        )

    def _hear(self, link: socket.socket) -> bool:
        """Take in what the broker says; True where a repeated mark sends us back."""
        piece = link.recv(1 << 16)
        if not piece:
            raise ConnectionError("the broker has hung up")
        is_told_back = False
        for packet in self._parser.feed(piece):
            if packet.kind == mqtt5.DISCONNECT:
                raise ConnectionError(f"the broker hangs up: 0x{mqtt5.reason(packet):02x}")
            if packet.kind == mqtt5.PUBLISH:
                said = mqtt5.read_publish(packet)
                link.send(mqtt5.puback(said.mid))
                mark = json.loads(said.body)
                if mark["boot"] == self.boot:
                    is_told_back |= said.body == self._last_mark
                    self._last_mark, self.marked = said.body, max(self.marked, mark["live"])
        return is_told_back
