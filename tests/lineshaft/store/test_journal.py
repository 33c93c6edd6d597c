import threading

import psycopg
import pytest

from lineshaft.store import journal
from lineshaft.store.database import connect, listen

pytestmark = pytest.mark.database

NOW = 1_763_700_000_123_456


def entry(seq: int, *, shard: int = 3, body: bytes = b"{}") -> journal.Entry:
    return journal.Entry(
        shard, NOW + seq, "s", "a", "b1", 0, seq, "lineshaft/v1/s/a/d/m", {"ce": "zstd"}, body
    )


def test_entries_come_back_with_gapless_positions(database_url: str) -> None:
    with connect(database_url) as conn:
        assert journal.append(conn, [entry(1), entry(2, body=b"\x00\xff")]) == 1
        assert journal.append(conn, [entry(3)]) == 3
        conn.commit()
        rows = journal.read(conn, 0, [3], 10)
        assert [row.pos for row in rows] == [1, 2, 3]
        assert [journal.Entry(*row[1:]) for row in rows] == [entry(1), entry(2, body=b"\x00\xff"), entry(3)]
        assert journal.head(conn).pos == 3
        assert len(journal.head(conn).db) == 12


def test_whatever_an_entry_holds_comes_back(database_url: str) -> None:
    entries = [
        journal.Entry(-1, NOW, None, None, None, None, None, "_/tick", None, b""),
        journal.Entry(15, NOW, "s", "a", None, None, None, "topic", {"ce": "zstd", "名": "🙂"}, b"\0" * 300),
        journal.Entry(0, NOW, "s", "a", "b", 1, 2**62, "größe/" + "x" * 500, None, bytes(range(256))),
        journal.Entry(0, 0, "s", "a", "b", 0, 1, "t", {}, b"before 1970 began, almost"),
    ]
    with connect(database_url) as conn:
        journal.append(conn, entries)
        assert [journal.Entry(*row[1:]) for row in journal.read(conn, 0, [-1, 0, 15], 10)] == entries


def test_a_rolled_back_append_leaves_no_gap(database_url: str) -> None:
    with connect(database_url) as conn:
        journal.append(conn, [entry(1)])
        conn.rollback()
        assert journal.append(conn, [entry(1)]) == 1


def test_a_writer_that_freezes_while_it_streams_holds_nobody_up(database_url: str) -> None:
    with connect(database_url) as frozen, connect(database_url, timeout_s=2) as conn:
        journal.make_stage(frozen)
        journal.stage(frozen, [entry(1)])
        assert journal.append(conn, [entry(2)]) == 1
        conn.commit()
        assert journal.append_staged(frozen, [entry(1)]) == 2


def test_two_writers_do_not_interleave(database_url: str) -> None:
    def write(shard: int) -> None:
        with connect(database_url) as conn:
            for n in range(20):
                journal.append(conn, [entry(n, shard=shard) for _ in range(5)])
                conn.commit()

    threads = [threading.Thread(target=write, args=(shard,)) for shard in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with connect(database_url) as conn:
        rows = journal.read(conn, 0, [1, 2], 1000)
    assert [row.pos for row in rows] == list(range(1, 201))
    for start in range(0, 200, 5):
        assert len({(row.shard, row.seq) for row in rows[start : start + 5]}) == 1


def test_reading_gives_only_the_shards_asked_for_after_a_position(database_url: str) -> None:
    with connect(database_url) as conn:
        journal.append(conn, [entry(1, shard=1), entry(2, shard=2), entry(3, shard=1)])
        tick = journal.append_control(conn, "_/plant", b"{}", NOW)
        conn.commit()
        assert [row.pos for row in journal.read(conn, 1, [1], 10)] == [3]
        assert [row.pos for row in journal.read(conn, 0, [1, journal.CONTROL_SHARD], 10)] == [1, 3, tick]
        assert [row.pos for row in journal.read(conn, 0, [1, 2], 2)] == [1, 2]


def test_reading_bounds_bytes_but_gives_at_least_one_row(database_url: str) -> None:
    with connect(database_url) as conn:
        journal.append(conn, [entry(n, body=bytes(1000)) for n in range(10)])
        assert len(journal.read(conn, 0, [3], 10, max_bytes=2500)) == 3
        assert len(journal.read(conn, 0, [3], 10, max_bytes=1)) == 1


def test_only_control_topics_are_appended_as_control(database_url: str) -> None:
    with connect(database_url) as conn:
        for topic in ("_/tick", "lineshaft/v1/s/a/d/m", "_/"):
            with pytest.raises(psycopg.errors.CheckViolation):
                journal.append_control(conn, topic, b"", NOW)
            conn.rollback()


def test_committing_notifies_who_listens(database_url: str) -> None:
    with connect(database_url) as ear, connect(database_url) as conn:
        assert list(listen(ear, ("journal",), 0.01)) == []
        journal.append(conn, [entry(1)])
        conn.commit()
        assert next(listen(ear, ("journal",), 5)) == ("journal", "")


def test_partitions_are_made_ahead_and_a_missing_one_is_told(database_url: str) -> None:
    with connect(database_url) as conn:
        assert journal.make_partitions(conn) == 0
        conn.execute("UPDATE journal_head SET pos = 2999999")
        conn.commit()
        with pytest.raises(journal.JournalFullError):
            journal.append(conn, [entry(1)])
        conn.rollback()
        assert journal.make_partitions(conn) == 3
        assert journal.append(conn, [entry(1)]) == 3_000_000


def test_a_restore_renews_the_journals_id(database_url: str) -> None:
    with connect(database_url) as conn:
        before = journal.head(conn).db
        after = journal.renew(conn)
        assert after == journal.head(conn).db != before
