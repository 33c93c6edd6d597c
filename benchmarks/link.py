"""A connection to a broker that never blocks: what does not go out at once waits here."""

import socket
from collections import deque
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlparse

from benchmarks import mqtt

WAITING_BYTES = 256 << 10
"""With more than this not yet sent, nothing new is made for the connection."""


@dataclass(slots=True, eq=False)
class Link:
    """One connection, and what of it is unacknowledged."""

    sock: socket.socket
    window: int
    """Messages that the broker takes unacknowledged."""
    splitter: mqtt.Splitter = field(default_factory=mqtt.Splitter)
    waiting: bytearray = field(default_factory=bytearray)
    unacked: int = 0
    refused: int = 0
    packet_id: int = 0
    ready: deque[Any] = field(default_factory=deque)
    """Whose turn it is to send on it."""

    def fileno(self) -> int:
        """For `select`."""
        return self.sock.fileno()

    @property
    def has_room(self) -> bool:
        """Whether a message more may be sent now."""
        return self.unacked < self.window and len(self.waiting) < WAITING_BYTES

    def next_id(self) -> bytes:
        """The next message's packet id; counts it as unacknowledged."""
        self.packet_id = self.packet_id % mqtt.MOST + 1
        self.unacked += 1
        return self.packet_id.to_bytes(2, "big")

    def flush(self) -> None:
        """Send what the socket takes.

        Raises:
            OSError: the connection is lost.
        """
        if self.waiting:
            try:
                sent = self.sock.send(self.waiting)
            except BlockingIOError:
                return
            del self.waiting[:sent]

    def receive(self) -> bytes:
        """What has come.

        Raises:
            OSError: the connection is lost.
        """
        try:
            came = self.sock.recv(1 << 18)
        except BlockingIOError:
            return b""
        if not came:
            raise ConnectionResetError("the broker has closed the connection")
        return came

    def take_pubacks(self) -> None:
        """Count what the broker has taken."""
        taken, refused = self.splitter.pubacks(self.receive())
        self.unacked -= taken + refused
        self.refused += refused


def opened(url: str, client_id: str) -> Link:
    """A connection that the broker has let in.

    Raises:
        OSError: it cannot be reached, or does not let us in.
    """
    address = urlparse(url)
    sock = socket.create_connection((address.hostname or "127.0.0.1", address.port or 1883), timeout=10)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.sendall(mqtt.connect(client_id, address.username or "", address.password or ""))
    splitter = mqtt.Splitter()
    while True:
        for kind, body in splitter.packets(sock.recv(4096)):
            if kind == mqtt.CONNACK:
                window = mqtt.receive_maximum(body)
                sock.settimeout(0)
                return Link(sock, window, splitter)
