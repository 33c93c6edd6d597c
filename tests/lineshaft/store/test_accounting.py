from dataclasses import replace

import pytest

from lineshaft.store import accounting, cursors, journal
from lineshaft.store.accounting import Count, Tally
from lineshaft.store.cursors import Gap, LaneKey, Step
from lineshaft.store.database import Connection, connect, connect_async

pytestmark = pytest.mark.database

NOW = 1_763_700_000_000_000
KEY = LaneKey("s", "a", "b1", 0)


def ingest(conn: Connection, first: int, last: int) -> None:
    """Journal numbered messages of one agent, the way ingest does."""
    entries = [
        journal.Entry(3, NOW, "s", "a", "b1", 0, seq, "t", None, b"") for seq in range(first, last + 1)
    ]
    cursors.move(conn, {KEY: Step(first - 1 or None, last)}, NOW)
    n = len(entries)
    accounting.count_messages(
        conn, {Count("s", "a", "journaled"): Tally(n, n), Count("s", "a", "duplicate"): Tally(1, 0)}
    )
    journal.append(conn, entries)
    conn.commit()


def flow(conn: Connection, pos: int, messages: int) -> None:
    """The flow has everything up to a position in its results."""
    conn.execute(
        "INSERT INTO sink_position SELECT 'shard', n, %s, now() FROM generate_series(0, 15) AS n", (pos,)
    )
    conn.execute(
        "INSERT INTO flow_count VALUES (3, 's', 'a', 'stored', '', %s, %s),"
        " (3, 's', 'a', 'duplicate_same', '', 0, 2), (0, '', '', 'control', '', 9, 0),"
        " (3, 's', 'a', 'decoded', '', 0, %s), (3, 's', 'a', 'flagged', 'late', 0, 7)",
        (messages, messages * 10, messages * 10 + 2),
    )
    conn.commit()


async def test_the_books_balance_with_a_part_under_way(database_url: str) -> None:
    with connect(database_url) as conn:
        ingest(conn, 1, 6)
        journal.append_control(conn, "_/plant", b"{}", NOW)
        ingest(conn, 7, 10)
        flow(conn, 7, 6)
        books = accounting.books(conn)
    assert books.balanced
    assert books.faults == []
    assert books.messages == {
        "received": 12, "journaled": 10, "duplicate": 2, "ahead": 0, "refused": 0, "replayed": 0,
    }  # fmt: skip
    assert books.readings == {
        "decoded": 62, "stored": 60, "duplicate_same": 2, "duplicate_conflict": 0,
        "rejected": 0, "dropped": 0,
    }  # fmt: skip
    assert books.in_flight == {"messages": 4, "positions": 4}
    assert books.done == {"decoded": 6, "dead_lettered": 0}
    assert books.classes == [{"code": "late", "messages": 0, "readings": 7}]
    assert books.agents == [
        {
            "site": "s", "agent": "a", "journaled": 10, "duplicate": 2, "ahead": 0, "refused": 0,
            "replayed": 0, "lost": 0, "in_flight": 4, "readings": 62, "stored": 60, "rejected": 0,
            "outbox": None, "balanced": True, "seen": NOW // 1000,
        }
    ]  # fmt: skip
    async with await connect_async(database_url, role="lineshaft_web") as aconn:
        assert replace(await accounting.books_async(aconn), ts=books.ts) == books
        [lane] = await accounting.lanes(aconn, "s", "a", 10)
        assert (lane.boot, lane.seq, lane.lost, lane.updated) == ("b1", 10, 0, NOW // 1000)


def test_a_booked_loss_balances_and_is_listed(database_url: str) -> None:
    with connect(database_url) as conn:
        ingest(conn, 1, 3)
        cursors.book(conn, [Gap(KEY, 4, 5, "edge_dropped")], NOW)
        cursors.move(conn, {KEY: Step(3, 5)}, NOW)
        books = accounting.books(conn)
    assert books.balanced
    assert books.gaps == [
        {
            "site": "s", "agent": "a", "boot": "b1", "lane": 0, "first_seq": 4, "last_seq": 5,
            "cause": "edge_dropped", "booked": NOW // 1000,
        }
    ]  # fmt: skip
    assert books.agents[0]["lost"] == 2
    assert books.lost == [
        {"site": "s", "agent": "a", "cause": "edge_dropped", "messages": 2, "gaps": 1, "booked": NOW // 1000}
    ]


def test_a_doubled_journal_row_is_a_fault(database_url: str) -> None:
    with connect(database_url) as conn:
        ingest(conn, 1, 3)
        journal.append(conn, [journal.Entry(3, NOW, "s", "a", "b1", 0, 3, "t", None, b"")])
        assert accounting.books(conn).faults[0] == "the journal holds 4 messages, counted were 3"


def test_a_skipped_cursor_is_a_fault(database_url: str) -> None:
    with connect(database_url) as conn:
        ingest(conn, 1, 3)
        conn.execute("UPDATE cursor SET seq = 4")
        assert accounting.books(conn).faults == [
            "cursors stand at 4 messages with 0 lost, counted were 3",
            "the books of s/a do not balance",
        ]


def test_a_message_that_the_flow_passed_over_is_a_fault(database_url: str) -> None:
    with connect(database_url) as conn:
        ingest(conn, 1, 3)
        flow(conn, 3, 2)
        assert accounting.books(conn).faults == ["of 3 journaled messages 2 are done and 0 under way"]


def test_a_reading_that_became_nothing_is_a_fault(database_url: str) -> None:
    with connect(database_url) as conn:
        ingest(conn, 1, 3)
        flow(conn, 3, 3)
        conn.execute("UPDATE flow_count SET readings = readings - 1 WHERE result = 'stored'")
        assert accounting.books(conn).faults == [
            "32 readings were decoded, and 31 are stored, repeated or rejected",
            "the books of s/a do not balance",
        ]


def test_a_flow_far_behind_is_not_counted_row_by_row(database_url: str) -> None:
    with connect(database_url) as conn:
        ingest(conn, 1, 3)
        conn.execute("UPDATE journal_head SET pos = pos + %s, control = control + %s", (lag := 30_000, lag))
        books = accounting.books(conn)
        assert (books.balanced, books.in_flight) == (True, {"messages": 3, "positions": 30_003})
        conn.execute("INSERT INTO flow_count VALUES (3, 's', 'a', 'stored', '', 4, 0)")
        assert not accounting.books(conn).balanced


def test_an_empty_system_balances(database_url: str) -> None:
    with connect(database_url) as conn:
        assert accounting.books(conn).balanced


def test_a_cursor_that_is_elsewhere_is_told(database_url: str) -> None:
    with connect(database_url) as conn:
        cursors.move(conn, {KEY: Step(None, 3)}, NOW)
        cursors.move(conn, {KEY: Step(3, 4), KEY._replace(lane=1): Step(None, 1)}, NOW)
        for step in (Step(3, 5), Step(None, 1)):
            with pytest.raises(cursors.CursorMovedError):
                cursors.move(conn, {KEY: step}, NOW)
        assert {key.lane: stand.seq for key, stand in cursors.load(conn).items()} == {0: 4, 1: 1}
