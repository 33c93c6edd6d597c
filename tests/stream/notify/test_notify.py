import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import orjson
import pytest

from fix_clock import FakeClock
from lineshaft.broker.client import Link, Message
from lineshaft.clock import to_datetime
from lineshaft.domain.alarm_states import Event
from lineshaft.domain.alarms import Act, Condition, ConditionChange
from lineshaft.store import alarm_changes, notifications
from lineshaft.store.database import Connection, connect
from lineshaft.store.notifications import Claim, Notification
from stream.notify.base import PATIENT_S, DeliveryError
from stream.notify.worker import Worker
from waiting import wait_until

pytestmark = pytest.mark.database

TOPIC = "lineshaft/v1/hall1/_alerts/press-1/threshold:temp"


def change(pos: int, now_us: int, *, active: bool = True) -> ConditionChange:
    condition = Condition("press-1", "threshold:temp", active, 2, "alarm.high", 91.5, 85.0)
    return ConditionChange(condition, "hall1", now_us, pos)


def write(conn: Connection, *changes: ConditionChange | Act) -> None:
    alarm_changes.apply(conn, changes)
    conn.commit()


class Panel:
    """A channel into a list, which can be away or refuse."""

    name = "mqtt"
    latest_only = True
    is_whole = True
    schedule_s = PATIENT_S

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.is_ready = True
        self.refuses = False
        self.has_forgotten = False

    def wants_all(self) -> bool:
        forgotten, self.has_forgotten = self.has_forgotten, False
        return forgotten

    def deliver(self, notification: Notification) -> None:
        self.show(notification.target, notification.body)

    def show(self, target: str, body: dict[str, Any]) -> None:
        if self.refuses:
            raise DeliveryError("not today")
        self.shown.append(f"{target} {body['st']}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to hang up."""


@pytest.fixture
def conn(database_url: str) -> Iterator[Connection]:
    with connect(database_url) as conn:
        yield conn


def states(conn: Connection) -> list[tuple[bool, bool, int, str | None]]:
    rows = conn.execute(
        "SELECT delivered IS NOT NULL, dead IS NOT NULL, attempts, last_error FROM notification ORDER BY pos"
    ).fetchall()
    conn.commit()
    return [(delivered, dead, attempts, error) for delivered, dead, attempts, error in rows]


def test_a_message_is_delivered_once(conn: Connection, clock: FakeClock) -> None:
    panel = Panel()
    write(conn, change(1, clock()))
    worker = Worker([panel], clock)
    assert worker.deliver_due(conn) == 1
    assert worker.deliver_due(conn) == 0
    assert panel.shown == [f"{TOPIC} open"]
    assert states(conn) == [(True, False, 1, None)]


def test_of_what_waited_only_the_latest_is_shown(conn: Connection, clock: FakeClock) -> None:
    panel = Panel()
    write(conn, change(1, clock()), change(2, clock(), active=False), change(3, clock()))
    Worker([panel], clock).deliver_due(conn)
    assert panel.shown == [f"{TOPIC} open"]
    assert [error for *_, error in states(conn)] == ["superseded", "superseded", None]


def test_a_channel_that_is_away_uses_up_no_tries(conn: Connection, clock: FakeClock) -> None:
    panel = Panel()
    panel.is_ready = False
    write(conn, change(1, clock()))
    assert Worker([panel], clock).deliver_due(conn) == 0
    assert states(conn) == [(False, False, 0, None)]


def test_a_refused_message_is_tried_on_schedule_and_then_dead(conn: Connection, clock: FakeClock) -> None:
    panel = Panel()
    panel.refuses = True
    worker = Worker([panel], clock, chance=lambda: 0.5)
    write(conn, change(1, clock()))
    tries = worker.deliver_due(conn)
    for wait in PATIENT_S:
        clock.advance_s(wait - 1)
        assert worker.deliver_due(conn) == 0
        clock.advance_s(1)
        tries += worker.deliver_due(conn)
    assert tries == 1 + len(PATIENT_S)
    assert states(conn) == [(False, True, 9, "not today")]
    clock.advance_s(10**6)
    assert worker.deliver_due(conn) == 0
    assert notifications.backlog(conn).dead == 1


def test_what_a_dead_worker_had_taken_is_due_when_its_lease_ends(conn: Connection, clock: FakeClock) -> None:
    write(conn, change(1, clock()))
    assert len(notifications.claim(conn, Claim(["mqtt"]), clock())) == 1
    panel = Panel()
    assert Worker([panel], clock).deliver_due(conn) == 0
    clock.advance_s(61)
    assert Worker([panel], clock).deliver_due(conn) == 1


def test_a_device_whose_clock_is_ahead_does_not_put_off_its_message(conn: Connection) -> None:
    conn.execute("SELECT clock_timestamp()")
    write(conn, change(1, 4_000_000_000_000_000))
    row = conn.execute("SELECT next_try <= clock_timestamp() FROM notification").fetchone()
    assert row == (True,)


def test_a_broker_that_has_forgotten_is_told_what_is_open(conn: Connection, clock: FakeClock) -> None:
    panel = Panel()
    write(conn, change(1, clock()))
    worker = Worker([panel], clock)
    worker.deliver_due(conn)
    panel.has_forgotten = True
    worker.deliver_due(conn)
    worker.deliver_due(conn)
    assert panel.shown == [f"{TOPIC} open"] * 2


@pytest.mark.broker
def test_the_retained_alert_appears_and_goes(database_url: str, broker_url: str, tmp_path: Path) -> None:
    heard: deque[Message] = deque()
    with connect(database_url) as conn, notifier(database_url, broker_url, tmp_path / "log") as process:
        with Link(broker_url, "panel", on_message=heard.append, manual_ack=False) as panel:
            panel.subscribe(TOPIC)
            write(conn, change(1, 1_763_700_000_000_000))
            wait_until(lambda: heard, "an alert", alive=process, log=tmp_path / "log")
        alert = orjson.loads(heard[0].body)
        assert (alert["st"], alert["sev"], alert["asset"], alert["limit"]) == (
            "open",
            "high",
            "press-1",
            85.0,
        )
        heard.clear()
        with Link(broker_url, "late-panel", on_message=heard.append, manual_ack=False) as late:
            late.subscribe(TOPIC)
            wait_until(lambda: heard, "the retained alert")
            assert heard.popleft().retained
            close(conn, UUID(alert["id"]))
            # It may be said once more before: a broker that is new to the notifier is told what is open.
            wait_until(
                lambda: heard and heard[-1].body == b"",
                "the end of the alert",
                alive=process,
                log=tmp_path / "log",
            )
        wait_until(lambda: all(delivered for delivered, *_ in states(conn)), "all is booked")
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def close(conn: Connection, alarm_id: UUID) -> None:
    now_us = 1_763_700_001_000_000
    write(conn, change(2, now_us, active=False), Act(alarm_id, Event.ACK, "li", None, now_us, 2, 3))
    assert conn.execute("SELECT cleared FROM alarm").fetchone() == (to_datetime(now_us),)


@contextmanager
def notifier(database_url: str, broker_url: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    environ = {
        **os.environ,
        "LINESHAFT_DATABASE_URL": database_url,
        "LINESHAFT_DATABASE_ROLE": "lineshaft_notify",
        "LINESHAFT_BROKER_URL": broker_url,
    }
    with log.open("wb") as out:
        process = subprocess.Popen([sys.executable, "-m", "stream.notify"], env=environ, stderr=out)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
