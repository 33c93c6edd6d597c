"""Outbox, window and link together, on a real broker, against the server's side of the contract."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lineshaft.broker.client import Link, Message
from lineshaft.wire.envelope import Lane
from waiting import wait_until

pytestmark = pytest.mark.broker


@pytest.fixture
def sender(
    broker_url: str, server: Any, sender_of: Callable[..., Any], tmp_path: Path, clock: Any
) -> Iterator[Any]:
    sender = sender_of(broker_url, server, tmp_path / "outbox.sqlite3", clock)
    with sender.link:
        wait_until(lambda: sender.link.is_up and server.link.is_up, "both are up")
        yield sender
    sender.outbox.close()


def numbered(first: int, last: int) -> list[bytes]:
    return [b"%d" % n for n in range(first, last + 1)]


def test_all_arrive_once_in_order_and_the_mark_frees_them(sender: Any, server: Any) -> None:
    sender.put(*numbered(1, 1500))
    sender.until(lambda: sender.outbox.committed[Lane.LIVE] == 1500, "all are marked")
    assert server.bodies() == numbered(1, 1500)
    assert sender.outbox.depth().messages == 0
    assert sender.outbox.lo(Lane.LIVE) == 1  # the ring keeps them for a restored server


def test_nothing_is_deleted_by_the_brokers_word_alone(sender: Any, server: Any) -> None:
    server.marks = False
    sender.put(*numbered(1, 50))
    sender.until(lambda: len(server.kept) == 50, "all arrived")
    assert sender.outbox.depth().messages == 50


def test_after_a_cut_connection_the_rest_follows_in_order(sender: Any, server: Any) -> None:
    sender.put(*numbered(1, 600))
    sender.until(lambda: len(server.kept) > 100, "some arrived")
    sender.cut()
    sender.put(*numbered(601, 900))
    sender.until(lambda: sender.outbox.committed[Lane.LIVE] == 900, "all are marked")
    assert server.bodies() == numbered(1, 900)


def test_a_message_lost_behind_the_broker_is_sent_again(sender: Any, server: Any) -> None:
    lost = {7}
    server.ignore = lambda found: found.seq in lost and not lost.discard(found.seq)
    sender.put(*numbered(1, 20))
    sender.until(lambda: sender.outbox.committed[Lane.LIVE] == 20, "all are marked")
    assert server.bodies() == numbered(1, 20)
    assert server.aheads > 0


def test_silence_makes_it_send_again_after_four_seconds(sender: Any, server: Any) -> None:
    server.ignore = lambda _: True
    sender.put(*numbered(1, 5))
    sender.until(
        lambda: sender.uplink._window.lanes[Lane.LIVE].in_flight == 5 and not sender.uplink._unacked, "sent"
    )
    server.ignore = lambda _: False
    sender.ahead_us = 6_000_000
    sender.until(lambda: sender.outbox.committed[Lane.LIVE] == 5, "all are marked")
    assert server.bodies() == numbered(1, 5)


def test_a_restored_server_gets_the_ring_again(sender: Any, server: Any) -> None:
    sender.put(*numbered(1, 30))
    sender.until(lambda: sender.outbox.committed[Lane.LIVE] == 30, "all are marked")
    server.db = "db2"
    server.cursors = dict.fromkeys(server.cursors, 12)
    del server.kept[12:]
    server.mark(sender.outbox.boot)
    sender.until(lambda: len(server.kept) == 30 and sender.outbox.committed[Lane.LIVE] == 30, "all again")
    assert server.bodies() == numbered(1, 30)
    assert server.repeats >= 12


def test_a_restored_server_is_told_of_what_is_gone_in_a_lane_where_nothing_follows(
    sender: Any, server: Any
) -> None:
    sender.put(*numbered(1, 20), lane=Lane.LATE)
    sender.until(lambda: sender.outbox.committed[Lane.LATE] == 20, "all are marked")
    sender.outbox._connection.execute("DELETE FROM late")  # as age does
    sender.outbox._load()
    server.db, server.cursors = "db2", {(sender.outbox.boot, Lane.LATE): 5}
    server.mark(sender.outbox.boot)
    sender.until(lambda: server.gaps, "the gap is known")
    assert server.gaps == [(6, 20)]
    assert b"edge.gone" in server.bodies(Lane.LATE)[-1]
    server.mark(sender.outbox.boot)
    sender.until(lambda: sender.outbox.committed[Lane.LATE] == 21, "it is marked")
    assert server.bodies(Lane.LATE)[20:] == server.bodies(Lane.LATE)[-1:]


def test_an_old_copy_of_the_file_begins_a_new_boot(sender: Any, server: Any) -> None:
    sender.put(*numbered(1, 5))
    sender.until(lambda: sender.outbox.committed[Lane.LIVE] == 5, "all are marked")
    boot = sender.outbox.boot
    server.marks = False
    sender.put(*numbered(6, 9))
    server.marks, server.cursors[boot, Lane.LIVE] = True, 40
    server.mark(boot)
    sender.until(lambda: server.bodies()[-5:-1] == numbered(6, 9), "the rest came")
    assert sender.outbox.boot != boot
    assert [found.seq for found, _, _ in server.kept[-5:]] == [1, 2, 3, 4, 5]
    assert b'"edge.old_copy"' in server.bodies()[-1]


def test_an_old_copy_that_has_numbered_past_the_mark_is_found_out(
    sender: Any,
    server: Any,
    sender_of: Callable[..., Any],
    broker_url: str,
    tmp_path: Path,
    clock: Any,
) -> None:
    sender.put(*numbered(1, 5))
    sender.until(lambda: sender.outbox.committed[Lane.LIVE] == 5, "all are marked")
    image = tmp_path / "image.sqlite3"
    sender.outbox._connection.execute("VACUUM INTO ?", (str(image),))
    sender.put(*numbered(6, 9))
    sender.until(lambda: sender.outbox.committed[Lane.LIVE] == 9, "all are marked")
    sender.link.__exit__(None, None, None)
    old = sender_of(broker_url, server, image, clock)
    old.put(*numbered(106, 120))  # as many numbers as the server has heard of, and more
    with old.link:
        old.until(lambda: b'"edge.old_copy"' in server.bodies()[-1], "the rest came")
    assert server.bodies()[:-1] == [*numbered(1, 9), *numbered(106, 120)]
    old.outbox.close()


def test_live_messages_do_not_wait_for_a_backlog(sender: Any, server: Any) -> None:
    sender.put(*numbered(1, 1500), lane=Lane.LATE)
    sender.until(lambda: len(server.kept) > 20, "the backlog is draining")
    sender.put(b"now")
    sender.until(lambda: b"now" in server.bodies(Lane.LIVE), "the live one came")
    assert len(server.bodies(Lane.LATE)) < 1200
    sender.until(lambda: sender.outbox.committed[Lane.LATE] == 1500, "the backlog is drained")
    assert server.bodies(Lane.LATE) == numbered(1, 1500)


def test_with_nobody_listening_it_probes_and_then_sends_all(
    broker_url: str, server: Any, sender_of: Callable[..., Any], tmp_path: Path, clock: Any
) -> None:
    # The session that an ingest of another test has left at the broker listens to everything.
    with Link(broker_url, "lineshaft-ingest", clean_start=True) as left:
        wait_until(lambda: left.is_up, "the session is forgotten")
    deaf = type(server)(broker_url, "site-of-nobody-" + server.site, "gw1")
    sender = sender_of(broker_url, deaf, tmp_path / "outbox.sqlite3", clock)
    with sender.link:
        wait_until(lambda: sender.link.is_up, "up")
        sender.put(*numbered(1, 200))
        sender.until(lambda: sender.uplink._window.lanes[Lane.LIVE].hold_until_us, "nobody listens")
        assert sender.uplink._sent[Lane.LIVE] == 1  # what goes to nobody must go again
        with deaf.link:
            wait_until(lambda: deaf.link.is_up, "the server is up")
            sender.until(lambda: sender.outbox.committed[Lane.LIVE] == 200, "all are marked")
    assert deaf.bodies() == numbered(1, 200)
    sender.outbox.close()


def test_reports_are_retained_and_readings_are_not(sender: Any, server: Any, broker_url: str) -> None:
    topic = sender.topic.replace("/m", "/meta")
    sender.outbox.put(Lane.LIVE, [(topic, b'{"v":1}'), (sender.topic, b"1")], {})
    sender.until(lambda: len(server.kept) == 2, "both came")
    seen: list[Message] = []
    with Link(broker_url, "late-comer", on_message=seen.append, manual_ack=False) as link:
        link.subscribe(f"lineshaft/v1/{server.site}/gw1/press-1/+")
        wait_until(lambda: seen, "the retained one came")
    assert [message.topic for message in seen] == [topic]
