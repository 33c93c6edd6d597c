import socket
import socketserver
import threading
import time
from collections.abc import Iterator

import pytest

from chaos.proxy import Proxy
from waiting import wait_until


class _Echo(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        try:
            while said := self.request.recv(1000):
                self.request.sendall(said)
        except ConnectionError:
            return


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    """A proxy in front of a server that says everything back."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Echo) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        with Proxy(lambda: server.server_address[1]) as proxy:
            yield proxy
        server.shutdown()


@pytest.fixture
def client(proxy: Proxy) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=5) as client:
        client.sendall(b"hello")
        assert client.recv(100) == b"hello"
        yield client


def is_silent(client: socket.socket) -> bool:
    client.settimeout(0.1)
    try:
        return not client.recv(100)
    except TimeoutError:
        return True
    finally:
        client.settimeout(5)


def test_held_bytes_come_when_the_partition_ends(proxy: Proxy, client: socket.socket) -> None:
    proxy.hold("down")
    client.sendall(b"one")
    assert is_silent(client)
    proxy.clear()
    assert client.recv(100) == b"one"


def test_dropped_bytes_never_come_and_the_connection_is_reset(proxy: Proxy, client: socket.socket) -> None:
    proxy.drop("up")
    client.sendall(b"one")
    assert is_silent(client)
    proxy.clear()
    with pytest.raises(ConnectionResetError):
        client.recv(100)


def test_a_reset_is_heard_at_once(proxy: Proxy, client: socket.socket) -> None:
    assert proxy.reset() == 1
    with pytest.raises(ConnectionResetError):
        client.recv(100)


def test_late_and_sliced_bytes_are_the_same_bytes(proxy: Proxy, client: socket.socket) -> None:
    proxy.delay(0.05, 0.02)
    proxy.slice(3)
    begun = time.monotonic()
    client.sendall(b"abcdefghij")
    heard = b""
    while len(heard) < 10:
        heard += client.recv(100)
    assert heard == b"abcdefghij"
    assert time.monotonic() - begun >= 0.06


def test_a_tap_keeps_what_it_does_not_like(proxy: Proxy, client: socket.socket) -> None:
    proxy.tap = lambda piece: b"COMMIT" not in piece
    client.sendall(b"BEGIN")
    assert client.recv(100) == b"BEGIN"
    client.sendall(b"COMMIT")
    assert is_silent(client)
    proxy.clear()
    with pytest.raises(ConnectionResetError):
        client.recv(100)


def test_behind_a_partition_nobody_answers_a_new_connection(proxy: Proxy) -> None:
    proxy.drop()
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=5) as client:
        client.sendall(b"anyone?")
        assert is_silent(client)
        proxy.clear()
        assert client.recv(100) == b"anyone?"


def test_a_polite_end_goes_through(proxy: Proxy, client: socket.socket) -> None:
    client.sendall(b"bye")
    client.shutdown(socket.SHUT_WR)
    assert client.recv(100) == b"bye"
    assert client.recv(100) == b""
    wait_until(lambda: not proxy._open, "the connection is forgotten")
