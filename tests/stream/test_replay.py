import tracemalloc

import pytest

from lineshaft.clock import SECOND_US, system_clock
from lineshaft.store import journal
from lineshaft.store.database import connect
from lineshaft.store.journal import CONTROL_SHARD, Entry
from lineshaft.target import Target
from lineshaft.wire.topics import shard_of
from stream import replay

pytestmark = pytest.mark.database

BEGIN_US = 1_790_000_000 * SECOND_US
SIZE = 20_000
"""Of a body."""
ROWS = 1_600


def row(number: int) -> Entry:
    """Now and then a tick; else a large message that nobody understands."""
    now_us = BEGIN_US + number * SECOND_US // 10
    if number % 10 == 0:
        return Entry(CONTROL_SHARD, now_us, None, None, None, None, None, "_/tick", None, b"")
    body = b"x" * SIZE
    shard = shard_of("s", "a")
    return Entry(shard, now_us, "s", "a", "b", 0, number, "lineshaft/v1/s/a/press/m", None, body)


def test_a_long_stretch_of_the_journal_takes_no_more_memory_than_a_short_one(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with connect(database_url) as conn:
        for begin in range(0, ROWS, 200):
            journal.append(conn, [row(number) for number in range(begin, begin + 200)])
            conn.commit()
    monkeypatch.setattr(replay, "BYTES", 50 * SIZE)
    found = replay.begin(Target(database_url, "lineshaft"), "replay_long", 0, system_clock)

    def peak(up_to: int) -> int:
        tracemalloc.start()
        found.run(up_to)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    with found.live, found.fresh:
        peak(100)  # what is imported and kept for good
        short, long = peak(300), peak(ROWS)
        found.writer.close()
        letters = found.fresh.execute("SELECT count(*), max(pos) FROM dead_letter").fetchone()
    assert letters is not None
    assert letters[1] > ROWS - 10, "all of it was read"
    assert long < 1.5 * short < ROWS * SIZE / 4
