"""The door to MQTT, tried on a real broker."""

import queue
import socket
import uuid

import pytest

from lineshaft.broker.client import Link, Message, Will
from lineshaft.runtime import ports
from waiting import wait_until

pytestmark = pytest.mark.broker


class Ear:
    """What a link's callbacks said, in order."""

    def __init__(self) -> None:
        self.messages: queue.Queue[Message] = queue.Queue()
        self.ups: list[int] = []
        self.downs: list[int] = []
        self.published: dict[int, int] = {}

    def link(self, url: str, **options: object) -> Link:
        return Link(
            url,
            f"test-{uuid.uuid4().hex[:8]}",
            on_up=self.ups.append,
            on_down=self.downs.append,
            on_message=self.messages.put,
            on_published=self.published.__setitem__,
            **options,
        )


def cut(link: Link) -> None:
    """Break the connection as a network does."""
    link._current.client.socket().shutdown(socket.SHUT_RDWR)


@pytest.fixture
def root() -> str:
    return f"lineshaft/v1/{uuid.uuid4().hex[:8]}"


def test_a_message_comes_whole_and_in_order(broker_url: str, root: str) -> None:
    ear = Ear()
    with ear.link(broker_url) as link:
        link.subscribe(f"{root}/#")
        wait_until(lambda: link.is_up, "up")
        sent = [
            link.publish(
                f"{root}/a", b"%d" % n, properties=[("seq", str(n)), ("seq", "again")], content_type="t/p"
            )
            for n in range(500)
        ]
        came = [ear.messages.get(timeout=10) for _ in range(500)]
        assert all(link.ack(message) for message in came)
        wait_until(lambda: len(ear.published) == 500, "all are reported")
    assert [message.body for message in came] == [b"%d" % n for n in range(500)]
    assert came[3].properties == [("seq", "3"), ("seq", "again")]
    assert (came[3].topic, came[3].content_type, came[3].qos) == (f"{root}/a", "t/p", 1)
    assert set(sent) == set(ear.published)
    assert set(ear.published.values()) == {0}
    assert (ear.ups, ear.downs) == ([1], [1])


def test_after_a_cut_it_subscribes_again_and_old_acks_go_nowhere(broker_url: str, root: str) -> None:
    ear = Ear()
    with ear.link(broker_url) as link:
        link.subscribe(f"{root}/#")
        wait_until(lambda: link.is_up, "up")
        link.publish(f"{root}/a", b"first")
        first = ear.messages.get(timeout=10)
        cut(link)
        wait_until(lambda: ear.ups == [1, 2], "up again")
        assert ear.downs == [1]
        assert not link.ack(first)
        link.publish(f"{root}/a", b"second")
        second = ear.messages.get(timeout=10)
        assert (second.body, second.generation) == (b"second", 2)
        assert link.ack(second)


def test_a_kept_session_brings_unacked_messages_again(broker_url: str, root: str) -> None:
    ear = Ear()
    with ear.link(broker_url, clean_start=False, session_expiry_s=60) as link:
        link.subscribe(f"{root}/#")
        wait_until(lambda: link.is_up, "up")
        link.publish(f"{root}/a", b"unacked")
        assert ear.messages.get(timeout=10).generation == 1
        cut(link)
        again = ear.messages.get(timeout=10)
        assert (again.body, again.generation) == (b"unacked", 2)
        link.ack(again)


def test_without_a_connection_nothing_is_sent_or_kept(broker_url: str, root: str) -> None:
    link = Link(broker_url, "never-entered")
    assert link.publish(f"{root}/a", b"") is None
    assert not link.is_up


def test_the_will_is_said_after_a_cut_and_not_after_a_goodbye(broker_url: str, root: str) -> None:
    ear, watched = Ear(), Ear()
    will = Will(f"{root}/state", b"gone")
    with ear.link(broker_url) as link:
        link.subscribe(f"{root}/#")
        wait_until(lambda: link.is_up, "up")
        with watched.link(broker_url, will=will) as other:
            wait_until(lambda: other.is_up, "the other is up")
        assert ear.messages.empty()
        with watched.link(broker_url, will=will) as other:
            wait_until(lambda: other.is_up, "the other is up")
            cut(other)
            assert ear.messages.get(timeout=10).body == b"gone"
        link.publish(f"{root}/state", b"", retain=True)


def test_a_failing_callback_drops_the_connection_instead_of_the_message(broker_url: str, root: str) -> None:
    faults = [RuntimeError("once")]
    ear = Ear()

    def stumble(message: Message) -> None:
        if faults:
            raise faults.pop()
        ear.messages.put(message)

    ids = f"test-{uuid.uuid4().hex[:8]}"
    with Link(broker_url, ids, on_message=stumble, clean_start=False, session_expiry_s=60) as link:
        link.subscribe(f"{root}/#")
        wait_until(lambda: link.is_up, "up")
        link.publish(f"{root}/a", b"kept")
        assert ear.messages.get(timeout=10) == Message(
            f"{root}/a", b"kept", [], "", retained=False, mid=1, qos=1, generation=2
        )


def test_a_wrong_password_is_retried_and_never_up(broker_url: str) -> None:
    ear = Ear()
    wrong = broker_url.replace("test-password", "wrong")
    with ear.link(wrong) as link:
        wait_until(lambda: link._backoff.attempt >= 2, "tried twice")
    assert (ear.ups, ear.downs) == ([], [])


def test_a_link_of_the_server_never_waits_long_to_try_again() -> None:
    port = ports.choose(["nobody"])["nobody"]
    with Link(f"mqtt://127.0.0.1:{port}", "test", retry_s=0.05) as link:
        # Doubling up to the 30 s of an agent, as many tries take minutes.
        wait_until(lambda: link._backoff.attempt >= 12, "twelve tries", within_s=10)


def test_two_with_one_name_say_so_and_come_ever_more_rarely(broker_url: str) -> None:
    name = f"test-{uuid.uuid4().hex[:8]}"
    ups: list[int] = []
    first, second = (Link(broker_url, name, on_up=ups.append, manual_ack=False) for _ in range(2))
    with first, second:
        wait_until(lambda: first.fault and second.fault, "both say so", within_s=60)
        assert f"is {name} running twice?" in first.fault
    assert len(ups) >= 6


def test_a_link_that_is_alone_has_no_fault_after_a_cut(broker_url: str) -> None:
    ear = Ear()
    with ear.link(broker_url) as link:
        wait_until(lambda: link.is_up, "up")
        cut(link)
        wait_until(lambda: ear.ups == [1, 2], "up again")
        assert link.fault == ""
