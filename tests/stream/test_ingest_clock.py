"""T9: the server's clock is set while ingest works. Timers do not follow it, and nothing waits for it."""

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from chaos.sender import Said, Sender
from lineshaft.clock import SECOND_US, system_clock
from lineshaft.store import accounting, journal
from lineshaft.store.database import connect
from stream import ingest
from stream.settings import StreamSettings

pytestmark = [pytest.mark.database, pytest.mark.broker]

STEPS_S = (3_600, -3_600, -86_400, 90_000)
AT_ONCE_S = 3.0
"""A mark follows its commit by a fifth of a second; a timer that waits for the wall clock takes an hour."""


@dataclass
class SetClock:
    """The machine's clock, as far off as it was set."""

    off_us: int = 0

    def __call__(self) -> int:
        return system_clock() + self.off_us


@contextlib.contextmanager
def working(database_url: str, broker_url: str, clock: SetClock) -> Iterator[None]:
    environ = {"LINESHAFT_DATABASE_URL": database_url, "LINESHAFT_BROKER_URL": broker_url}
    stopping = threading.Event()
    settings = StreamSettings.from_environment(environ)
    thread = threading.Thread(target=ingest.run, args=(settings, stopping, clock))
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join(20)
    assert not thread.is_alive()


def test_marks_and_ticks_go_on_when_the_clock_is_set(database_url: str, own_broker_url: str) -> None:
    clock, sender = SetClock(), Sender(own_broker_url, "clock", "gw")
    with working(database_url, own_broker_url, clock):
        sender.send([Said("d/m", b"{}")])
        sender.resent = 0  # the first may have been said before anybody listened
        for step_s in STEPS_S:
            clock.off_us += step_s * SECOND_US
            begun = time.monotonic()
            for _ in range(3):
                sender.send([Said("d/m", b"{}")])
            assert time.monotonic() - begun < AT_ONCE_S, f"after a step of {step_s} s"
    assert sender.resent == 0
    with connect(database_url) as conn:
        seqs = [row.seq for row in journal.read(conn, 0, range(16), 100)]
        ticks = [row.received_us for row in journal.read(conn, 0, [journal.CONTROL_SHARD], 1000)]
        books = accounting.books(conn)
    assert seqs == [*range(1, 3 * len(STEPS_S) + 2)]
    assert len(ticks) > len(STEPS_S)
    assert books.messages["journaled"] == len(seqs)
