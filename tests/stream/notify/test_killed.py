"""A notifier that is killed in the middle misses nothing, and repeats at most what it was saying."""

import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from delivery_rows import KEY, Receiver, alarm, receiver, webhook_policy
from lineshaft.clock import system_clock
from lineshaft.store.database import Connection, connect
from waiting import wait_until

pytestmark = pytest.mark.database

ALARMS = 12


@contextmanager
def notifier(database_url: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    environ = {
        **os.environ,
        "LINESHAFT_DATABASE_URL": database_url,
        "LINESHAFT_DATABASE_ROLE": "lineshaft_notify",
        "LINESHAFT_BROKER_URL": "mqtt://nobody:nothing@127.0.0.1:1",
        "LINESHAFT_SECRET_KEY": KEY,
    }
    with log.open("ab") as out:
        process = subprocess.Popen([sys.executable, "-m", "stream.notify"], env=environ, stderr=out)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


class Hang:
    """Answers with 204, but from the `at`th request on it takes the message and never says so."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.seen = 0
        self.is_hanging = threading.Event()
        self.released = threading.Event()

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        self.seen += 1
        if self.seen >= self.at and not self.released.is_set():
            self.is_hanging.set()
            self.released.wait(60)
            return
        handler.send_response(204)
        handler.end_headers()


def delivered(conn: Connection) -> int:
    row = conn.execute(
        "SELECT count(*) FROM notification WHERE channel = 'webhook' AND delivered IS NOT NULL"
    ).fetchone()
    conn.commit()
    return int(row[0]) if row else 0


def end_leases(conn: Connection) -> None:
    """As if the minute had passed for which what the dead had taken is theirs."""
    conn.execute("UPDATE notification SET leased = leased - interval '1 hour' WHERE delivered IS NULL")
    conn.commit()


def kill_in_the_middle(conn: Connection, sink: Receiver, database_url: str, log: Path, at: int) -> None:
    """Until the receiver has taken a message and not said so; then the notifier is no more."""
    hang = Hang(at)
    sink.answers = hang
    with notifier(database_url, log) as process:
        wait_until(hang.is_hanging.is_set, "a message under way", within_s=60, alive=process, log=log)
        process.kill()
        process.wait()
    hang.released.set()
    end_leases(conn)


def test_kills_miss_nothing_and_repeat_one_message_each_under_its_id(
    database_url: str, tmp_path: Path
) -> None:
    kills, log = 3, tmp_path / "log"
    with connect(database_url) as conn, receiver() as sink:
        webhook_policy(conn, sink)
        for n in range(ALARMS):
            alarm(conn, n + 1, system_clock(), f"pump-{n:03}")
        for _ in range(kills):
            kill_in_the_middle(conn, sink, database_url, log, at=3)
        sink.answers = None
        with notifier(database_url, log) as process:
            wait_until(
                lambda: delivered(conn) == ALARMS, "all is delivered", within_s=60, alive=process, log=log
            )
    times = Counter(got.key for got in sink.got)
    assert {got.data["alarms"][0]["source"] for got in sink.got} == {f"pump-{n:03}" for n in range(ALARMS)}
    assert len(times) == ALARMS
    assert sum(times.values()) - ALARMS <= kills
    assert max(times.values()) <= 1 + kills
    assert len({(got.key, got.body) for got in sink.got}) == ALARMS
