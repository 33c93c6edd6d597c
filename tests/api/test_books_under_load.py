"""The books balance at every moment of a running system, not only when it rests."""

import contextlib
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fix_web import Service
from lineshaft.broker.client import Link
from lineshaft.store import accounting
from lineshaft.store.accounting import Books
from lineshaft.store.database import connect
from lineshaft.wire.envelope import Envelope, Lane, to_properties
from waiting import wait_until

pytestmark = [pytest.mark.database, pytest.mark.broker]

LOAD_S = 3.0
BURST = 200
TOPIC = "lineshaft/v1/hangzhou/plant-1/pump-1/m"


@contextlib.contextmanager
def running(database_url: str, broker_url: str, folder: Path) -> Iterator[dict[str, Service]]:
    environ = {
        "LINESHAFT_DATABASE_URL": database_url,
        "LINESHAFT_BROKER_URL": broker_url,
        "LINESHAFT_DATA_DIR": str(folder),
    }
    services = {
        name: Service(f"stream.{name}", environ, folder / f"{name}.log") for name in ("ingest", "flow")
    }
    for service in services.values():
        service.start()
    try:
        yield services
    finally:
        for service in services.values():
            service.stop()


def body(seq: int) -> bytes:
    """Mostly good; some not JSON, some with a bad reading, some that contradict or repeat an earlier one."""
    if seq % 10 == 0:
        return b"{no json"
    ts_ms = 1_763_700_000_000 + 1000 * (seq - 1 if seq % 10 == 5 else seq)
    values: dict[str, object] = {"temp": seq, "vib": "text" if seq % 10 == 3 else 2.5}
    return json.dumps({"ts": ts_ms, "values": values | ({"bad": [1]} if seq % 10 == 7 else {})}).encode()


def envelope(seq: int) -> list[tuple[str, str]]:
    return to_properties(Envelope("boot-load", Lane.LATE if seq > 10**6 else Lane.LIVE, seq, 1, "plant-1"))


def send(link: Link, first: int) -> None:
    for seq in range(first, first + BURST):
        link.publish(TOPIC, body(seq), properties=envelope(seq))
        if seq % 50 == 0:  # once more, as after a reconnect
            link.publish(TOPIC, body(seq), properties=envelope(seq))


def test_they_balance_at_every_moment_under_load(
    database_url: str, own_broker_url: str, tmp_path: Path
) -> None:
    seen: list[Books] = []
    sent = 0

    def look() -> Books:
        with connect(database_url, role="lineshaft_web") as conn:
            seen.append(accounting.books(conn))
        assert seen[-1].faults == []
        return seen[-1]

    with (
        running(database_url, own_broker_url, tmp_path) as services,
        Link(own_broker_url, "test-load") as link,
    ):
        wait_until(lambda: link.is_up, "the agent is connected")

        # Ingest ticks before it has subscribed, and this agent does not send again what nobody heard.
        def is_heard() -> bool:
            link.publish(TOPIC, body(1), properties=envelope(1))
            return look().messages["journaled"] > 0

        wait_until(
            is_heard,
            "ingest listens",
            alive=services["ingest"].process,
            log=services["ingest"].log,
        )
        sent = 1
        started = time.monotonic()
        while time.monotonic() - started < LOAD_S:
            if sent - seen[-1].messages["journaled"] < 5 * BURST:
                send(link, sent + 1)
                sent += BURST
            look()
        services["flow"].kill()  # what was under way stays so, and is told
        send(link, sent + 1)
        sent += BURST
        wait_until(lambda: look().messages["journaled"] == sent, "all is in the journal")
        services["flow"].start()
        wait_until(lambda: look().in_flight["messages"] == 0, "the flow has caught up", within_s=120)
    _judge(seen, sent)


def _judge(seen: list[Books], sent: int) -> None:
    """Something of each kind was there, or nothing was proven."""
    last = seen[-1]
    assert max(books.in_flight["messages"] for books in seen) >= BURST
    assert last.messages["duplicate"] >= sent // 50
    assert last.done == {"decoded": sent - sent // 10, "dead_lettered": sent // 10}
    assert last.readings["duplicate_conflict"] > 0
    assert {row["code"] for row in last.classes} == {"duplicate_conflict"}
    assert last.samples[0]["earlier"] != last.samples[0]["value"]
    assert len(seen) > 20
