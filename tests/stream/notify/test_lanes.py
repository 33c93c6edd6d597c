"""One dead target delays nobody, and gets everything under the same ids when it is back."""

from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self

import pytest

from fix_clock import FakeClock
from lineshaft.clock import SECOND_US, system_clock
from lineshaft.store import notifications
from lineshaft.store.database import Connection, connect
from lineshaft.store.notifications import Message, Notification
from stream.notify.base import PATIENT_S, DeliveryError
from stream.notify.worker import Worker

pytestmark = pytest.mark.database


class Ends:
    """A channel to several targets, some of which are away."""

    name = "webhook"
    latest_only = False
    is_whole = False
    schedule_s = PATIENT_S
    is_ready = True

    def __init__(self) -> None:
        self.away: set[str] = set()
        self.tried: list[tuple[str, str]] = []
        self.got: list[tuple[str, str]] = []

    def wants_all(self) -> bool:
        return False

    def deliver(self, notification: Notification) -> None:
        name = (notification.target, str(notification.notification_id))
        self.tried.append(name)
        if notification.target in self.away:
            raise DeliveryError("503")
        self.got.append(name)

    def show(self, target: str, body: dict[str, Any]) -> None:
        raise AssertionError(f"{target} is no place where an alarm stands: {body}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to hang up."""


@pytest.fixture
def conn(database_url: str) -> Iterator[Connection]:
    with connect(database_url, role="lineshaft_notify") as conn:
        yield conn


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(system_clock())


def put(conn: Connection, clock: FakeClock, target: str, count: int, first: int = 0) -> None:
    from uuid import UUID  # noqa: PLC0415 - beside its only use

    messages = [
        Message(
            UUID(int=first + n),
            "webhook",
            target,
            {"kind": "test", "ts": 0},
            None,
            "en",
            clock(),
            is_digest=False,
            alarm_id=None,
        )
        for n in range(count)
    ]
    notifications.put(conn, messages, clock())
    conn.commit()


def test_a_target_away_for_ten_minutes_gets_all_within_a_minute_of_its_return(
    conn: Connection, clock: FakeClock
) -> None:
    ends = Ends()
    worker = Worker([ends], clock, lambda: 0.5)
    ends.away = {"erp"}
    put(conn, clock, "erp", 12)
    for second in range(600):
        if second % 60 == 0:
            put(conn, clock, "chat", 1, 1000 + second)
        worker.deliver_due(conn)
        clock.advance_s(1)
    assert len(ends.got) == 10  # the other target was told each minute, at once
    assert len(ends.tried) - 10 < 40  # and the dead one asked now and then
    back_us, tried = clock(), {key for target, key in ends.tried if target == "erp"}
    ends.away = set()
    while len(ends.got) < 22:
        worker.deliver_due(conn)
        clock.advance_s(1)
        assert clock() - back_us < 60 * SECOND_US
    assert tried <= {key for target, key in ends.got if target == "erp"}
    assert conn.execute("SELECT count(*) FROM delivery_circuit").fetchone() == (0,)
    assert notifications.backlog(conn) == (0, 0)


def test_tries_at_a_dead_target_use_up_nothing_but_time_does(conn: Connection, clock: FakeClock) -> None:
    ends = Ends()
    worker = Worker([ends], clock, lambda: 0.5)
    ends.away = {"erp"}
    put(conn, clock, "erp", 1)
    for _ in range(40):
        worker.deliver_due(conn)
        clock.advance_s(60)
    assert notifications.backlog(conn) == (1, 0)
    clock.advance_s(sum(PATIENT_S))
    worker.deliver_due(conn)
    assert notifications.backlog(conn) == (0, 1)
