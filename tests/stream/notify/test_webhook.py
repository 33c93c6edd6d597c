import ssl
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from threading import Event
from typing import Any
from uuid import UUID

import pytest
from standardwebhooks.webhooks import Webhook as Oracle
from standardwebhooks.webhooks import WebhookVerificationError

from delivery_rows import SECRET, Receiver, receiver
from lineshaft.clock import system_clock
from lineshaft.store.notifications import Notification
from stream.notify.base import DeliveryError, GoneError, RefusedError
from stream.notify.outgoing import AddressError, Allowed, Outgoing, checked, may_reach
from stream.notify.webhook import Webhook

NEW = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
KEY = UUID("5b3c6b0e-0d3f-5c3e-9a63-1f3f3a0f6c11")
INSIDE = Allowed(("127.0.0.0/8",))


class Known:
    """Contacts without a database."""

    def __init__(self, allowed: tuple[str, ...] = ("127.0.0.0/8",), **address: str) -> None:
        self.allowed = allowed
        self._address = address

    def address(self, _: str) -> dict[str, str]:
        return self._address


@pytest.fixture
def sink() -> Iterator[Receiver]:
    with receiver() as sink:
        yield sink


def message() -> Notification:
    body = {"v": 1, "kind": "test", "by": "li", "count": 0, "alarms": [], "worst": 4, "ts": 1}
    return Notification(KEY, "webhook", "hook", body, 0, system_clock())


def hook(known: Any, outgoing: Outgoing | None = None) -> Webhook:
    return Webhook(known, "", outgoing=outgoing)


def test_a_receiver_verifies_it_with_the_old_and_with_the_new_secret(sink: Receiver) -> None:
    hook(Known(url=sink.url, secret=NEW, secret_before=SECRET)).deliver(message())
    [got] = sink.got
    for secret in (NEW, SECRET):
        Oracle(secret).verify(got.body, got.headers)
    with pytest.raises(WebhookVerificationError):
        Oracle(SECRET).verify(got.body.replace(b"li", b"lo"), got.headers)


def test_every_try_has_the_same_id_and_body(sink: Receiver) -> None:
    one, channel = message(), hook(Known(url=sink.url, secret=SECRET))
    channel.deliver(one)
    channel.deliver(one)
    first, second = sink.got
    assert (first.key, first.body) == (second.key, second.body) == (str(KEY), first.body)


@pytest.mark.parametrize(
    ("status", "error"),
    [(503, DeliveryError), (404, DeliveryError), (302, DeliveryError), (422, RefusedError), (410, GoneError)],
)
def test_what_is_no_success_is_told_by_its_kind_and_a_redirect_is_not_followed(
    sink: Receiver, status: int, error: type[DeliveryError]
) -> None:
    sink.status = status
    with pytest.raises(error) as raised:
        hook(Known(url=sink.url, secret=SECRET)).deliver(message())
    assert type(raised.value) is error
    assert len(sink.got) == 1


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",  # noqa: S104 - refused
     "::1", "fe80::1", "fc00::1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "224.0.0.1",
     "255.255.255.255", "198.18.0.1"],
)  # fmt: skip
def test_what_is_inside_is_not_reached_in_whatever_form_it_is_written(address: str) -> None:
    assert not may_reach(address, Allowed())
    assert may_reach("93.184.215.14", Allowed())


@pytest.mark.parametrize(
    "url",
    ["http://plant.example/x", "ftp://plant.example/", "https://a:b@plant.example/", "https:///x", "no url",
     "https://[::1", "https://plant.example:99999/", "file:///etc/passwd"],
)  # fmt: skip
def test_only_https_without_a_login_is_tried(url: str) -> None:
    with pytest.raises(AddressError):
        checked(url, Allowed())


def test_a_name_that_means_this_machine_is_refused_unless_it_is_allowed(sink: Receiver) -> None:
    url = f"http://localhost:{sink.port}/hook"
    with pytest.raises(AddressError):
        hook(Known((), url=f"https://localhost:{sink.port}/", secret=SECRET)).deliver(message())
    assert sink.got == []
    hook(Known(("localhost",), url=url, secret=SECRET)).deliver(message())
    assert len(sink.got) == 1


def test_the_connection_goes_to_the_address_that_was_judged(
    sink: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([[(2, 1, 6, "", ("127.0.0.1", sink.port))], [(2, 1, 6, "", ("127.0.0.2", 1))]])
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: next(answers))
    # The name is asked for once; had it been asked again, the answer would have been another.
    rules = Outgoing(Allowed(("127.0.0.0/8", "moving.example")))
    monkeypatch.setattr("stream.notify.outgoing.CONNECT_S", 2)
    connected: list[Any] = []
    import socket  # noqa: PLC0415 - what is replaced

    def connect(address: Any, timeout: float) -> socket.socket:
        connected.append(address)
        sock = socket.socket()
        sock.settimeout(timeout)
        sock.connect(address)
        return sock

    monkeypatch.setattr("socket.create_connection", connect)
    rules.post(f"http://moving.example:{sink.port}/hook", b"{}", {})
    assert connected == [("127.0.0.1", sink.port)]


def slow(stop: Event) -> Callable[[BaseHTTPRequestHandler], None]:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while not stop.wait(0.02):
            handler.wfile.write(b"X-A: b\r\n")
            handler.wfile.flush()

    return drip


def test_who_answers_a_byte_now_and_then_is_given_up_at_the_deadline(sink: Receiver) -> None:
    stop = Event()
    sink.answers = slow(stop)
    began = time.monotonic()
    try:
        with pytest.raises(DeliveryError):
            Outgoing(INSIDE, deadline_s=0.3).post(sink.url, b"{}", {})
    finally:
        stop.set()
    assert time.monotonic() - began < 10


def test_of_a_long_answer_only_the_beginning_is_read(sink: Receiver) -> None:
    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(64):
            handler.wfile.write(b"x" * 65_536)

    sink.answers = endless
    assert len(Outgoing(INSIDE).post(sink.url, b"{}", {}).body) == 65_536


def test_a_certificate_nobody_vouches_for_is_refused(sink: Receiver) -> None:
    with pytest.raises(DeliveryError):
        Outgoing(INSIDE, tls=ssl.create_default_context()).post(f"https://127.0.0.1:{sink.port}/", b"{}", {})
