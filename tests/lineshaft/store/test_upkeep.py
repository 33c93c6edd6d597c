import json
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from lineshaft.clock import from_datetime, to_datetime
from lineshaft.store import journal, upkeep
from lineshaft.store.copy import copy_rows
from lineshaft.store.database import Connection, connect
from lineshaft.store.upkeep import Keep

pytestmark = pytest.mark.database

READING = {"ts": "timestamptz", "signal_id": "int4", "quality": "int2", "value": "float8", "pos": "int8"}
NOW = from_datetime(datetime.now(tz=UTC).replace(minute=30, second=0, microsecond=0))
MINUTE = 60_000_000


def store(conn: Connection, rows: list[tuple[int, int, float, int, int]]) -> None:
    """Rows of (ts_us, signal, value, quality, pos)."""
    array = np.array(
        rows, [("ts", "i8"), ("signal_id", "i4"), ("value", "f8"), ("quality", "i2"), ("pos", "i8")]
    )
    copy_rows(conn.cursor(), "reading", READING, array)
    conn.commit()


def sink_to(conn: Connection, pos: int, *, plant: bool = True) -> None:
    """Every shard, and the plant flow, has committed up to a position."""
    conn.execute(
        "INSERT INTO sink_position SELECT 'shard', n, %s, now() FROM generate_series(0, 15) AS n"
        " ON CONFLICT (sink, shard) DO UPDATE SET pos = excluded.pos",
        (pos,),
    )
    if plant:
        conn.execute(
            "INSERT INTO sink_position VALUES ('plant', 0, %s, now())"
            " ON CONFLICT (sink, shard) DO UPDATE SET pos = excluded.pos",
            (pos,),
        )
    conn.commit()


def keep_to(conn: Connection, pos: int) -> None:
    """Every flow has kept its state at a position."""
    conn.execute(
        "INSERT INTO flow_snapshot"
        " SELECT 'shard', n, %s, 'c', now(), ''::bytea FROM generate_series(0, 15) AS n"
        " UNION ALL SELECT 'plant', 0, %s, 'c', now(), ''::bytea",
        (pos, pos),
    )
    conn.commit()


def rollups(conn: Connection, table: str) -> list[tuple[object, ...]]:
    query = f"SELECT signal_id, bucket, n, total, low, high FROM {table} ORDER BY 1, 2"  # noqa: S608 — the test's own
    return conn.execute(query.encode()).fetchall()


def test_rollups_take_each_committed_reading_once_however_late(database_url: str) -> None:
    with connect(database_url, role="lineshaft_upkeep") as conn, connect(database_url) as owner:
        late = NOW - 5 * 86_400_000_000
        store(owner, [(NOW, 1, 2.0, 0, 10), (NOW + 1, 1, 4.0, 0, 11), (NOW + MINUTE, 1, 9.0, 1, 12)])
        assert upkeep.roll_up(conn) == 0  # no shard has said how far it is
        sink_to(owner, 12)
        assert upkeep.roll_up(conn) == 12
        assert upkeep.roll_up(conn) == 0
        store(
            owner,
            [(NOW + 2, 1, -1.0, 0, 13), (late, 1, 7.0, 0, 14), (NOW, 2, 1.0, 0, 15), (NOW, 2, 9, 2, 16)],
        )
        sink_to(owner, 20)
        assert upkeep.roll_up(conn) == 8
        minute, hour = (lambda us: datetime.fromtimestamp(us / 1e6, UTC)), timedelta(minutes=30)
        assert rollups(owner, "reading_1m") == [
            (1, minute(late), 1, 7.0, 7.0, 7.0),
            (1, minute(NOW), 3, 5.0, -1.0, 4.0),
            (1, minute(NOW + MINUTE), 1, 9.0, 9.0, 9.0),
            (2, minute(NOW), 1, 1.0, 1.0, 1.0),
        ]
        assert rollups(owner, "reading_1h") == [
            (1, minute(late) - hour, 1, 7.0, 7.0, 7.0),
            (1, minute(NOW) - hour, 4, 14.0, -1.0, 9.0),
            (2, minute(NOW) - hour, 1, 1.0, 1.0, 1.0),
        ]


def test_a_rollup_cut_off_before_its_commit_is_done_again_whole(database_url: str) -> None:
    with connect(database_url) as conn:
        store(conn, [(NOW, 1, 2.0, 0, 1)])
        sink_to(conn, 1)
        killed = connect(database_url)
        killed.commit = lambda: None  # type: ignore[method-assign]  # the kill comes here
        upkeep.roll_up(killed)
        killed.close()
        upkeep.roll_up(conn)
        assert rollups(conn, "reading_1m")[0][2:] == (1, 2.0, 2.0, 2.0)


def test_a_long_backlog_is_rolled_up_in_pieces(database_url: str) -> None:
    with connect(database_url) as conn:
        piece = upkeep.ROLLUP_POSITIONS
        store(conn, [(NOW, 1, 1.0, 0, pos) for pos in range(1, 2 * piece + 8, 7)])
        sink_to(conn, 2 * piece + 7)
        assert [upkeep.roll_up(conn) for _ in range(4)] == [piece, piece, 7, 0]
        assert rollups(conn, "reading_1m")[0][2] == len(range(1, 2 * piece + 8, 7))


def test_partitions_are_made_ahead_and_unforeseen_days_get_their_own(database_url: str) -> None:
    later = NOW + 4 * 86_400_000_000
    old, ancient = NOW - 10 * 86_400_000_000, NOW - 100 * 86_400_000_000
    with connect(database_url, role="lineshaft_upkeep") as conn, connect(database_url) as owner:
        store(owner, [(ts, 1, 1.0, 0, n) for n, ts in enumerate([NOW, old, old + 1, ancient])])
        assert (
            upkeep.make_partitions(conn, NOW, Keep()) == 6
        )  # one day further ahead for five series, and one old
        assert upkeep.make_partitions(conn, NOW, Keep()) == 0
        assert upkeep.make_partitions(conn, later, Keep()) > 0
        left = owner.execute("SELECT count(*) FROM reading_default").fetchone()
        kept = owner.execute("SELECT count(*) FROM reading").fetchone()
    assert (left, kept) == ((1,), (4,))


def test_old_days_are_dropped_and_newer_ones_kept(database_url: str) -> None:
    day = 86_400_000_000
    with connect(database_url, role="lineshaft_upkeep") as conn, connect(database_url) as owner:
        store(owner, [(NOW - n * day, 1, 1.0, 0, n + 1) for n in (0, 10, 29, 31, 100)])
        upkeep.make_partitions(conn, NOW, Keep())
        assert upkeep.drop_series(conn, NOW, Keep()) == 0
        assert owner.execute("SELECT array_agg(pos ORDER BY pos) FROM reading").fetchone() == ([1, 11, 30],)
        owner.commit()
        assert upkeep.drop_series(conn, NOW, Keep(series_days=15)) == 1
        assert owner.execute("SELECT array_agg(pos ORDER BY pos) FROM reading").fetchone() == ([1, 11],)


def test_the_journal_goes_only_below_what_every_sink_has(database_url: str) -> None:
    week_ago = NOW - 8 * 86_400_000_000

    def entry(received_us: int) -> journal.Entry:
        return journal.Entry(0, received_us, "s", "a", None, None, None, "t", None, b"")

    def left(conn: Connection) -> int:
        row = conn.execute("SELECT count(*) FROM journal").fetchone()
        conn.commit()
        return row[0] if row else 0

    with connect(database_url, role="lineshaft_upkeep") as conn, connect(database_url) as owner:
        for pos, received_us in ((0, week_ago), (1_000_000, week_ago), (2_000_000, NOW)):
            owner.execute("UPDATE journal_head SET pos = %s", (pos,))
            journal.append(owner, [entry(received_us)])
            owner.commit()
        assert upkeep.drop_journal(conn, NOW, Keep()) == 0  # nobody has read it
        sink_to(owner, 2_000_001, plant=False)
        assert upkeep.drop_journal(conn, NOW, Keep()) == 0  # the plant flow has not
        keep_to(owner, 1_500_000)
        sink_to(owner, 1_500_000)
        assert upkeep.drop_journal(conn, NOW, Keep()) == 1
        sink_to(owner, 2_000_001)
        assert upkeep.drop_journal(conn, NOW, Keep()) == 0  # a flow that begins anew needs the rest
        keep_to(owner, 2_000_001)
        assert upkeep.drop_journal(conn, NOW, Keep()) == 1
        assert left(owner) == 1  # younger than a week
        assert upkeep.drop_journal(conn, NOW, Keep(journal_bytes=0)) == 0  # the head's own partition


def test_what_is_dropped_had_its_plant_and_open_shipments_said_again(database_url: str) -> None:
    with connect(database_url, role="lineshaft_upkeep") as conn, connect(database_url) as owner:
        owner.execute(
            "INSERT INTO plant (applied, by, sha256, document) VALUES (now(), '', '', '{\"version\": 1}')"
        )
        for shipment, state in (("SH-1", "underway"), ("SH-2", "arrived")):
            owner.execute(
                "INSERT INTO shipment (shipment_id, state, planned_arrival, updated, pos)"
                " VALUES (%s, %s, to_timestamp(1763700000), now(), 1)",
                (shipment, state),
            )
        journal.append(owner, [journal.Entry(0, NOW, "s", "a", None, None, None, "t", None, b"")])
        owner.execute("UPDATE journal_head SET pos = 1000000")
        keep_to(owner, 1)
        keep_to(owner, 1_000_001)
        sink_to(owner, 1_000_001)
        assert upkeep.drop_journal(conn, NOW, Keep(journal_bytes=0)) == 1
        kept = owner.execute("SELECT DISTINCT pos FROM flow_snapshot").fetchall()
        assert kept == [(1_000_001,)]  # what follows the other one is gone
        said = [
            (row.topic, json.loads(row.body)) for row in journal.read(owner, 0, [journal.CONTROL_SHARD], 10)
        ]
        assert [topic for topic, _ in said] == ["_/plant", "_/shipment"]
        assert said[0][1] == {"version": 1}
        assert said[1][1]["id"] == "SH-1"
        assert said[1][1]["planned_arrival_ms"] == 1_763_700_000_000


def test_what_has_served_is_deleted(database_url: str) -> None:
    with connect(database_url, role="lineshaft_upkeep") as conn, connect(database_url) as owner:
        owner.execute("INSERT INTO person VALUES ('ann', 'Ann', 'viewer', 'x', 'en', now(), NULL)")
        for days in (1, -1):
            owner.execute(
                "INSERT INTO session VALUES (%s, 'ann', now(), now(), now() + %s, '')",
                (str(days).encode(), timedelta(days=days)),
            )
        for days in (1, 200):
            owner.execute("INSERT INTO login_failure VALUES (%s, 'x', '')", (date.today() - timedelta(days),))  # noqa: DTZ011 — whole days
            owner.execute(
                "INSERT INTO inbox VALUES (gen_random_uuid(), 'ann', now() - %s, '{}')",
                (timedelta(days=days),),
            )
            owner.execute(
                "INSERT INTO notification (notification_id, channel, target, body, created, next_try)"
                " VALUES (gen_random_uuid(), 'email', 'ann', '{}', %(at)s, %(at)s)",
                {"at": to_datetime(NOW - days * 86_400_000_000)},
            )
        owner.commit()
        assert upkeep.clear(conn, NOW, Keep()) == 4
        assert upkeep.clear(conn, NOW, Keep()) == 0
