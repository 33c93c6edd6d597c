"""A socket to the broker, with what a link needs of it."""

import contextlib
import select
import socket
import ssl
from collections import deque
from types import TracebackType
from typing import Self

from lineshaft.broker.address import Address

CONNECT_S = 10
RECEIVE_BYTES = 256 * 1024

_QUICKACK = getattr(socket, "TCP_QUICKACK", None)
"""Linux only. rumqttd holds small packets back until the last is acknowledged, after 40 ms by default."""


def dial(address: Address) -> socket.socket:
    """Connect, with TLS where the address says so.

    Raises:
        OSError: nobody answers in time, or not as asked for.
    """
    plain = socket.create_connection((address.host, address.port), timeout=CONNECT_S)
    try:
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not address.tls:
            return plain
        context = ssl.create_default_context(cafile=address.ca_file or None)
        return context.wrap_socket(plain, server_hostname=address.host)
    except BaseException:
        plain.close()
        raise


class Stream:
    """A connection that one thread serves: it alone reads and writes; any may leave something to send."""

    def __init__(self, connection: socket.socket) -> None:
        """Own a connected socket until the context is left."""
        connection.settimeout(0)
        self._connection = connection
        self._ear, self._bell = socket.socketpair()
        self._ear.settimeout(0)
        self._bell.settimeout(0)
        self._rung = False
        self._left: deque[bytes] = deque()
        self._unsent = b""
        self._waits_to_write = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for end in (self._connection, self._ear, self._bell):
            end.close()

    @property
    def has_unsent(self) -> bool:
        """Whether something is left to send."""
        return bool(self._left or self._unsent)

    def leave(self, what: bytes) -> None:
        """Leave bytes to send, and wake the thread that serves; in the order of calls."""
        self._left.append(what)
        self.ring()

    def ring(self) -> None:
        """Wake the thread that serves."""
        if not self._rung:
            self._rung = True
            with contextlib.suppress(OSError):  # closed just now: nobody is there to be woken
                self._bell.send(b"\0")

    def flush(self) -> bool:
        """Send what was left, as far as it goes without waiting; whether anything went.

        Raises:
            OSError: the connection is gone.
        """
        if self._left:
            parts = [self._unsent]
            while self._left:
                parts.append(self._left.popleft())
            self._unsent = b"".join(parts)
        if not self._unsent:
            return False
        try:
            sent = self._connection.send(self._unsent)
        except (BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
            self._waits_to_write = True
            return False
        self._unsent = self._unsent[sent:]
        self._waits_to_write = bool(self._unsent)
        return sent > 0

    def receive(self) -> bytes | None:
        """What has come; None if nothing has.

        Raises:
            OSError: the connection is gone, or the broker closed it.
        """
        try:
            chunk = self._connection.recv(RECEIVE_BYTES)
        except (BlockingIOError, ssl.SSLWantReadError):
            return None
        except ssl.SSLWantWriteError:
            self._waits_to_write = True
            return None
        if not chunk:
            raise ConnectionResetError("the broker closed the connection")
        if _QUICKACK is not None:
            self._connection.setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)
        return chunk

    def wait(self, timeout_s: float, *, readable: bool) -> None:
        """Wait until something may be done: the bell, something to read if that is wanted, room to write."""
        poll = select.poll()
        poll.register(self._ear, select.POLLIN)
        wanted = (select.POLLIN if readable else 0) | (select.POLLOUT if self._waits_to_write else 0)
        if wanted:  # not even asked about its end where nothing may be read: that would wake us for ever
            poll.register(self._connection, wanted)
        poll.poll(max(0, int(timeout_s * 1000) + 1))
        if self._rung:
            with contextlib.suppress(BlockingIOError):
                self._ear.recv(64)
            self._rung = False  # before the next flush: who leaves something after it rings again
