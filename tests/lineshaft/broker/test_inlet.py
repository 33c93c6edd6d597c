"""The fast link, tried on both real brokers, and on a server that says what a test tells it to."""

import contextlib
import queue
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pytest
from structlog.testing import capture_logs

from lineshaft.broker import packets
from lineshaft.broker.client import Link
from lineshaft.broker.inlet import Inlet
from lineshaft.broker.message import Message
from lineshaft.broker.packets import Terms
from lineshaft.runtime import broker, ports
from waiting import wait_until

pytestmark = pytest.mark.broker

CONNACK = b"\x20\x03\x00\x00\x00"
SUBACK = b"\x90\x04\x00\x01\x00\x01"


class Ear:
    """What an inlet's callbacks said, in order."""

    def __init__(self) -> None:
        self.messages: queue.Queue[Message] = queue.Queue()
        self.ups: list[int] = []
        self.downs: list[int] = []
        self.has_room = True

    def inlet(self, url: str, terms: Terms | None = None, name: str = "") -> Inlet:
        return Inlet(
            url,
            name or f"test-{uuid.uuid4().hex[:8]}",
            terms or Terms(500, session_expiry_s=60),
            on_up=self.ups.append,
            on_down=self.downs.append,
            on_messages=lambda messages: [self.messages.put(message) for message in messages],
            has_room=lambda: self.has_room,
        )

    def take(self, count: int) -> list[Message]:
        return [self.messages.get(timeout=10) for _ in range(count)]


def cut(inlet: Inlet) -> None:
    """Break the connection as a network does."""
    assert inlet._current is not None
    inlet._current.stream._connection.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def root() -> str:
    return f"lineshaft/v1/{uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="module")
def iotcore_url() -> Iterator[str]:
    """The other broker, which is used where Mosquitto is not installed."""
    account = broker.Access("test", "test-password", ())
    with tempfile.TemporaryDirectory(prefix="lineshaft-iotcore-") as folder:
        port = ports.choose(["broker"])["broker"]
        command = broker._prepare_iotcore(Path(folder), port, [account], broker.Account())
        log = Path(folder) / "log"
        with log.open("wb") as out:
            server = subprocess.Popen(command, stdout=out, stderr=out, cwd="/")
        try:
            wait_until(lambda: not ports.is_free(port), "the broker listens", alive=server, log=log)
            yield account.url(port)
        finally:
            server.terminate()
            server.wait(10)


@pytest.fixture(params=["mosquitto", "iotcore"])
def url(request: pytest.FixtureRequest) -> str:
    if request.param == "mosquitto" and broker.mosquitto() is None:
        pytest.skip("Mosquitto is not installed")
    return str(request.getfixturevalue("broker_url" if request.param == "mosquitto" else "iotcore_url"))


def test_messages_come_whole_and_in_order_and_acks_make_room_for_more(url: str, root: str) -> None:
    ear, count = Ear(), 3_000
    with ear.inlet(url) as inlet, Link(url, f"sender-{uuid.uuid4().hex[:8]}") as sender:
        wait_until(lambda: inlet.is_up and sender.is_up, "both are up")
        inlet.subscribe(f"{root}/#")  # for the connections to come
        cut(inlet)
        wait_until(lambda: ear.ups == [1, 2], "up again, with the subscription")
        sender.publish(f"{root}/a", b"first", properties=[("seq", "3"), ("seq", "again")], content_type="t/p")
        (first,) = ear.take(1)
        assert first == Message(
            f"{root}/a", b"first", [("seq", "3"), ("seq", "again")], "t/p",
            retained=False, mid=first.mid, qos=1, generation=2,
        )  # fmt: skip
        inlet.ack([first])
        for n in range(count):
            sender.publish(f"{root}/a", b"%d" % n)
        came: list[Message] = []
        while len(came) < count:
            some = ear.take(min(100, count - len(came)))
            inlet.ack(some)
            came += some
    assert [int(message.body) for message in came] == list(range(count))
    assert ear.downs == [1, 2]


def test_what_was_not_acked_comes_again_and_old_acks_go_nowhere(url: str, root: str) -> None:
    ear = Ear()
    inlet = ear.inlet(url)
    inlet.subscribe(f"{root}/#", retain_handling=1)
    with inlet, Link(url, f"sender-{uuid.uuid4().hex[:8]}") as sender:
        wait_until(lambda: inlet.is_up and sender.is_up, "both are up")
        for n in range(5):
            sender.publish(f"{root}/a", b"%d" % n)
        first = ear.take(5)
        inlet.ack(first[:2])
        wait_until(lambda: not inlet._current.stream.has_unsent, "the acks are sent")
        cut(inlet)
        wait_until(lambda: ear.ups == [1, 2], "up again")
        again = ear.take(3)
        assert [message.body for message in again] == [b"2", b"3", b"4"]
        assert {message.generation for message in again} == {2}
        inlet.ack(first)  # of the old connection: ignored
        inlet.ack(again)
        sender.publish(f"{root}/a", b"5")
        assert ear.take(1)[0].body == b"5"


def test_what_it_publishes_is_retained(url: str, root: str) -> None:
    heard: queue.Queue[Message] = queue.Queue()
    ear, count = Ear(), 90  # rumqttd gives a subscriber no more than 100 retained ones
    with ear.inlet(url) as inlet:
        wait_until(lambda: inlet.is_up, "up")
        assert all(inlet.publish(f"{root}/{n}", b"%d" % n, retain=True) for n in range(count))
        with Link(url, f"reader-{uuid.uuid4().hex[:8]}", on_message=heard.put, manual_ack=False) as reader:
            reader.subscribe(f"{root}/#")
            came = {heard.get(timeout=10).body for _ in range(count)}
    assert came == {b"%d" % n for n in range(count)}
    assert not inlet.publish(f"{root}/x", b"")


def test_without_room_nothing_is_read_and_the_connection_stays(url: str, root: str) -> None:
    ear = Ear()
    inlet = ear.inlet(url, Terms(500, session_expiry_s=60, keepalive_s=1))
    inlet.subscribe(f"{root}/#")
    with inlet, Link(url, f"sender-{uuid.uuid4().hex[:8]}") as sender:
        wait_until(lambda: inlet.is_up and sender.is_up, "both are up")
        ear.has_room = False
        assert threading.Event().wait(0.1) is False  # one look at the room later, it does not read
        sender.publish(f"{root}/a", b"held")
        with contextlib.suppress(queue.Empty):
            pytest.fail(str(ear.messages.get(timeout=3)))  # twice as long as a silent client is kept
        ear.has_room = True
        inlet.ack(ear.take(1))
    assert ear.ups == [1]


class Server:
    """Answers each connection in turn with given bytes, and notes what it was sent."""

    def __init__(self, *answers: bytes) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"mqtt://u:p@127.0.0.1:{self._listener.getsockname()[1]}"
        self.heard: list[bytes] = []
        self._answers = answers
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)  # else it would wait for somebody for ever
        self._listener.close()
        self._thread.join(10)

    def _serve(self) -> None:
        for answer in self._answers:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError):
                self.heard.append(connection.recv(65_536))
                connection.sendall(answer)
                while chunk := connection.recv(65_536):
                    self.heard[-1] += chunk


def test_it_says_who_it_is_and_what_it_wants() -> None:
    ear = Ear()
    with Server(CONNACK) as server, ear.inlet(server.url, Terms(2_000, session_expiry_s=9), "me") as inlet:
        inlet.subscribe("t/#", retain_handling=1)
        wait_until(lambda: inlet.is_up, "up")
    (said,) = server.heard
    assert said.startswith(
        b"\x10\x22\0\4MQTT\5\xc0\0\x1e\x0d\x11\0\0\0\x09\x21\x07\xd0\x27\0\x10\0\0\0\2me\0\1u\0\1p"
    )
    assert said.endswith(b"\xe0\1\0")


@pytest.mark.parametrize(
    ("answer", "reason", "says"),
    [
        (b"\x20\x03\x00\x87\x00", None, "refuses us"),
        (CONNACK + b"\x90\x04\x00\x01\x00\x87", None, "refuses a subscription"),
        (CONNACK + SUBACK + b"\x34\x06\x00\x01t\x00\x01\x00", packets.QOS, "QoS 2"),
        (CONNACK + SUBACK + b"\x30\xff\xff\xff\xff\xff", packets.MALFORMED, "longer than 4"),
        (CONNACK + SUBACK + b"\xe0\x02\x8b\x00", None, "hangs up"),
    ],
)
def test_after_a_server_that_errs_it_comes_again(answer: bytes, reason: int | None, says: str) -> None:
    ear = Ear()
    with Server(answer, CONNACK + SUBACK) as server, capture_logs() as said:
        inlet = ear.inlet(server.url)
        inlet.subscribe("t/#")
        with inlet:
            wait_until(lambda: len(server.heard) == 2 and inlet.is_up, "it came again")
    assert any(says in entry.get("why", "") for entry in said)
    if reason is not None:
        assert server.heard[0].endswith(packets.disconnect(reason))


def test_after_another_took_the_session_over_the_pauses_may_grow_to_a_minute() -> None:
    ear = Ear()
    with Server(CONNACK + b"\xe0\x01\x8e") as server, capture_logs() as said, ear.inlet(server.url) as inlet:
        wait_until(lambda: any(e["event"] == "session_taken_over" for e in said), "it says so")
        wait_until(lambda: inlet._rival_retry.attempt == 1, "its next pause is of another kind")
    assert (ear.ups, ear.downs) == ([1], [1])


def test_a_server_that_falls_silent_is_given_up_within_the_keepalive() -> None:
    ear = Ear()
    with Server(CONNACK, CONNACK) as server, ear.inlet(server.url, Terms(10, keepalive_s=1)):
        wait_until(lambda: ear.ups == [1, 2], "it gave up and came again", within_s=6)
        assert server.heard[0].endswith(packets.PINGREQ)


def test_a_callback_that_fails_costs_the_connection_and_not_the_message(broker_url: str, root: str) -> None:
    faults, kept = [RuntimeError("once")], queue.Queue[Message]()

    def stumble(messages: list[Message]) -> None:
        if faults:
            raise faults.pop()
        for message in messages:
            kept.put(message)

    inlet = Inlet(
        broker_url, f"test-{uuid.uuid4().hex[:8]}", Terms(10, session_expiry_s=60), on_messages=stumble
    )
    inlet.subscribe(f"{root}/#")
    with inlet, Link(broker_url, f"sender-{uuid.uuid4().hex[:8]}") as sender:
        wait_until(lambda: inlet.is_up and sender.is_up, "both are up")
        sender.publish(f"{root}/a", b"kept")
        assert kept.get(timeout=10).generation == 2


def test_while_it_may_not_it_does_not_connect() -> None:
    may, ups = threading.Event(), []
    with Server(CONNACK) as server:
        inlet = Inlet(
            server.url, "aside", Terms(10), on_messages=print, on_up=ups.append, may_connect=may.is_set
        )
        with inlet:
            assert not inlet._closing.wait(0.2)
            assert not server.heard
            may.set()
            wait_until(lambda: ups == [1], "it is let in")


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl to make a certificate")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", tmp_path / "key.pem",
         "-out", tmp_path / "ca.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    return tmp_path / "ca.pem"


def test_with_tls_it_is_the_same_and_a_stranger_is_not_believed(
    certificate: Path, broker_url: str, root: str
) -> None:
    with _tls_front(certificate, broker_url) as port:
        ear, stranger = Ear(), Ear()
        plain = broker_url.rsplit(":", 1)[0].replace("mqtt://", "mqtts://")
        with capture_logs() as said, stranger.inlet(f"{plain}:{port}"):
            wait_until(lambda: any("CERTIFICATE_VERIFY" in e.get("why", "") for e in said), "refused")
        inlet = ear.inlet(f"{plain}:{port}?ca={certificate}")
        inlet.subscribe(f"{root}/#")
        with inlet, Link(broker_url, f"sender-{uuid.uuid4().hex[:8]}") as sender:
            wait_until(lambda: inlet.is_up and sender.is_up, "both are up")
            for n in range(300):
                sender.publish(f"{root}/a", b"%d" % n + bytes(2_000))
            came = ear.take(300)
            inlet.ack(came)
    assert [int(message.body.rstrip(b"\0")) for message in came] == list(range(300))
    assert stranger.ups == []


@contextlib.contextmanager
def _tls_front(certificate: Path, broker_url: str) -> Iterator[int]:
    """TLS in front of the plain broker: what comes in is passed on, both ways."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_name("key.pem"))
    behind = ("127.0.0.1", int(broker_url.rsplit(":", 1)[1]))
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                outer, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=_pass_on, args=(context, outer, behind), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def _pass_on(context: ssl.SSLContext, outer: socket.socket, behind: tuple[str, int]) -> None:
    """One connection; a socket of TLS is not for two threads, so each end waits a little for the other."""
    with (
        contextlib.suppress(OSError),
        outer,
        context.wrap_socket(outer, server_side=True) as front,
        socket.create_connection(behind) as back,
    ):
        ends: list[tuple[socket.socket, socket.socket]] = [(front, back), (back, front)]
        while True:
            for source, sink in ends:
                source.settimeout(0.005)
                with contextlib.suppress(TimeoutError):
                    chunk = source.recv(65_536)
                    if not chunk:
                        return
                    sink.settimeout(5)
                    sink.sendall(chunk)
