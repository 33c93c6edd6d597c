"""The outbox file: what it keeps, what it lets go, and what survives damage."""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.outbox import Limits, Outbox
from edge.outbox_file import size_of
from lineshaft.wire.envelope import Lane

TOPIC = "lineshaft/v1/hall1/gw1/press-1/m"
SIZE = size_of(TOPIC, b"0000")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "outbox.sqlite3"


@pytest.fixture
def outbox(path: Path, clock: Any) -> Iterator[Outbox]:
    outbox = Outbox.open(path, Limits(), clock)
    yield outbox
    outbox.close()


def put(outbox: Outbox, first: int, last: int, lane: Lane = Lane.LIVE) -> None:
    outbox.put(lane, [(TOPIC, b"%04d" % n) for n in range(first, last + 1)], {})


def bodies(outbox: Outbox, lane: Lane = Lane.LIVE) -> list[int]:
    return [int(row.body) for row in outbox.after(lane, 0, -1)]


def test_a_message_its_number_and_its_sources_position_survive_together(path: Path, clock: Any) -> None:
    first = Outbox.open(path, Limits(), clock)
    first.put(Lane.LIVE, [(TOPIC, b"1"), (TOPIC, b"2")], {"press": "row 2"})
    first.put(Lane.LATE, [(TOPIC, b"3")], {})
    first.close()
    second = Outbox.open(path, Limits(), clock)
    assert (second.boot, second.run) == (first.boot, first.run + 1)
    assert second.position("press") == "row 2"
    assert second.issued == {Lane.LIVE: 2, Lane.LATE: 1}
    assert [row.seq for row in second.after(Lane.LIVE, 0, 9)] == [1, 2]
    second.close()


def test_a_failed_write_keeps_nothing_and_changes_nothing(outbox: Outbox) -> None:
    put(outbox, 1, 2)
    outbox._connection.execute(
        "CREATE TRIGGER full BEFORE INSERT ON live BEGIN SELECT RAISE(ABORT, 'full'); END"
    )
    with pytest.raises(sqlite3.IntegrityError):
        outbox.put(Lane.LIVE, [(TOPIC, b"0003")], {"press": "row 3"})
    outbox._connection.execute("DROP TRIGGER full")
    assert outbox.position("press") is None
    put(outbox, 3, 3)
    assert [row.seq for row in outbox.after(Lane.LIVE, 0, 9)] == [1, 2, 3]


def test_committed_rows_stay_for_the_ring_and_leave_by_age(outbox: Outbox, clock: Any) -> None:
    put(outbox, 1, 5)
    outbox.note_mark("db1", {Lane.LIVE: 3, Lane.LATE: 0})
    assert outbox.trim() == 0
    assert bodies(outbox) == [1, 2, 3, 4, 5]
    clock.advance_s(24 * 3600 + 1)
    assert outbox.trim() == 0
    assert bodies(outbox) == [4, 5]
    assert outbox.lo(Lane.LIVE) == 4
    assert outbox.depth().messages == 2


def test_committed_rows_leave_when_the_ring_is_full(path: Path, clock: Any) -> None:
    outbox = Outbox.open(path, Limits(ring_bytes=2 * 3 * SIZE), clock)
    put(outbox, 1, 10)
    outbox.note_mark("db1", {Lane.LIVE: 10, Lane.LATE: 0})
    outbox.trim()
    assert bodies(outbox) == [8, 9, 10]
    outbox.close()


def test_over_its_cap_it_gives_up_the_oldest_and_counts_them(path: Path, clock: Any) -> None:
    outbox = Outbox.open(path, Limits(max_bytes=4 * SIZE), clock)
    put(outbox, 1, 2, Lane.LATE)
    clock.advance_s(1)
    put(outbox, 3, 7)
    assert outbox.trim() == 3
    assert (bodies(outbox, Lane.LATE), bodies(outbox)) == ([], [4, 5, 6, 7])
    assert (outbox.lo(Lane.LATE), outbox.lo(Lane.LIVE)) == (3, 2)
    assert outbox.depth().dropped == 3
    outbox.close()
    assert Outbox.open(path, Limits(), clock).dropped == 3


def test_too_old_messages_are_given_up(path: Path, clock: Any) -> None:
    outbox = Outbox.open(path, Limits(max_s=3600), clock)
    put(outbox, 1, 2)
    clock.advance_s(3601)
    put(outbox, 3, 3)
    assert outbox.trim() == 2
    assert bodies(outbox) == [3]
    outbox.close()


def test_a_new_boot_numbers_what_is_not_committed_from_one(outbox: Outbox) -> None:
    put(outbox, 1, 6)
    put(outbox, 7, 8, Lane.LATE)
    outbox.note_mark("db1", {Lane.LIVE: 4, Lane.LATE: 0})
    boot = outbox.boot
    outbox.renew()
    assert outbox.boot != boot
    assert [(row.seq, int(row.body)) for row in outbox.after(Lane.LIVE, 0, 9)] == [(1, 5), (2, 6)]
    assert [row.seq for row in outbox.after(Lane.LATE, 0, 9)] == [1, 2]
    put(outbox, 9, 9)
    assert outbox.issued == {Lane.LIVE: 3, Lane.LATE: 2}


def test_a_refused_message_is_put_aside_and_its_number_kept(outbox: Outbox) -> None:
    put(outbox, 1, 3)
    outbox.replace(Lane.LIVE, 2, 0x87, ("other", b"9999"))
    assert bodies(outbox) == [1, 9999, 3]
    assert outbox._connection.execute("SELECT seq, reason, body FROM refused").fetchall() == [
        (2, 0x87, b"0002")
    ]


def test_a_damaged_file_is_put_aside_and_what_can_be_read_is_taken_over(path: Path, clock: Any) -> None:
    outbox = Outbox.open(path, Limits(), clock)
    for n in range(1, 2001, 100):
        put(outbox, n, n + 99)
    outbox.put(Lane.LATE, [], {"press": "row 7"})
    outbox.note_mark("db1", {Lane.LIVE: 100, Lane.LATE: 0})
    boot = outbox.boot
    outbox.close()
    body = bytearray(path.read_bytes())
    middle = body.index(b"1000")
    body[middle - 2000 : middle + 2000] = b"\xff" * 4000
    path.write_bytes(body)
    rescued = Outbox.open(path, Limits(), clock)
    found = bodies(rescued)
    assert rescued.boot != boot
    assert rescued.salvaged
    assert rescued.position("press") == "row 7"
    assert found == sorted(set(found))
    assert found[0] == 101
    assert found[-1] == 2000
    assert len(found) > 1500
    assert rescued.missing == rescued.depth().dropped == 1900 - len(found) > 0
    assert [row.seq for row in rescued.after(Lane.LIVE, 0, -1)] == list(range(1, len(found) + 1))
    assert list(path.parent.glob("outbox.damaged-*"))
    rescued.close()


def test_what_is_taken_over_keeps_its_numbers_with_fillers_for_what_is_gone(path: Path, clock: Any) -> None:
    outbox = Outbox.open(path, Limits(), clock)
    for n in range(1, 2001, 100):
        put(outbox, n, n + 99)
    outbox.note_mark("db1", {Lane.LIVE: 100, Lane.LATE: 0})
    boot = outbox.boot
    outbox.close()
    body = bytearray(path.read_bytes())
    middle = body.index(b"1000")
    body[middle - 2000 : middle + 2000] = b"\xff" * 4000
    path.write_bytes(body)
    rescued = Outbox.open(path, Limits(), clock, ("t", b"gone"))
    rows = rescued.after(Lane.LIVE, 0, -1)
    assert (rescued.boot, rescued.run, rescued.db) == (boot, 2, "db1")
    assert (rescued.issued[Lane.LIVE], rescued.committed[Lane.LIVE], rescued.lo(Lane.LIVE)) == (
        2000,
        100,
        101,
    )
    assert [row.seq for row in rows] == list(range(101, 2001))
    assert {row.seq - int(row.body) for row in rows if row.body != b"gone"} == {0}
    assert rescued.missing == sum(row.body == b"gone" for row in rows) > 0
    put(rescued, 2001, 2001)
    rescued.close()
    again = Outbox.open(path, Limits(), clock)
    assert (again.boot, again.issued[Lane.LIVE]) == (boot, 2001)
    again.close()


def test_a_file_that_is_no_database_is_put_aside(path: Path, clock: Any) -> None:
    path.write_bytes(b"no database" * 1000)
    outbox = Outbox.open(path, Limits(), clock)
    put(outbox, 1, 1)
    assert bodies(outbox) == [1]
    outbox.close()


def test_a_torn_log_loses_only_what_was_never_kept(path: Path, clock: Any, tmp_path: Path) -> None:
    outbox = Outbox.open(path, Limits(), clock)
    put(outbox, 1, 3)
    put(outbox, 4, 4)
    torn = tmp_path / "torn" / "outbox.sqlite3"
    torn.parent.mkdir()
    torn.write_bytes(path.read_bytes())
    log = path.with_name("outbox.sqlite3-wal").read_bytes()
    torn.with_name("outbox.sqlite3-wal").write_bytes(log[:-100])
    outbox.close()
    again = Outbox.open(torn, Limits(), clock)
    assert bodies(again) == [1, 2, 3]
    assert again.issued[Lane.LIVE] == 3
    again.close()


def assert_holds(outbox: Outbox, waiting: dict[Lane, list[int]]) -> None:
    for lane in Lane:
        rows = outbox.after(lane, outbox.committed[lane], -1)
        assert [int(row.body) for row in rows] == waiting[lane]
        assert [row.seq for row in rows] == [outbox.committed[lane] + n + 1 for n in range(len(rows))]
        assert outbox.issued[lane] == outbox.committed[lane] + len(waiting[lane])
        held = outbox.after(lane, 0, 1)
        assert outbox.lo(lane) == (held[0].seq if held else outbox.issued[lane] + 1)
    count = sum(map(len, waiting.values()))
    assert (outbox.depth().messages, outbox.depth().bytes) == (count, count * SIZE)


STEPS = st.one_of(
    st.tuples(st.just("put"), st.sampled_from(list(Lane)), st.integers(0, 5)),
    st.tuples(st.just("mark"), st.sampled_from(list(Lane)), st.floats(0, 1)),
    st.tuples(st.just("trim"), st.integers(0, 7200), st.none()),
    st.tuples(st.just("open"), st.none(), st.none()),
    st.tuples(st.just("renew"), st.none(), st.none()),
)


@settings(max_examples=40, deadline=None)
@given(steps=st.lists(STEPS, max_size=25))
def test_it_never_loses_or_reorders_what_is_not_committed(
    steps: list[tuple[str, Any, Any]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    now = [1_700_000_000_000_000]
    clock: Callable[[], int] = lambda: now[0]  # noqa: E731 — a value, as others take it
    path = tmp_path_factory.mktemp("box") / "outbox.sqlite3"
    limits = Limits(ring_bytes=4 * SIZE, ring_s=3600)
    outbox = Outbox.open(path, limits, clock)
    waiting: dict[Lane, list[int]] = {lane: [] for lane in Lane}
    number = 0
    for what, one, two in steps:
        if what == "put":
            put(outbox, number + 1, number + two, one)
            waiting[one] += range(number + 1, number + two + 1)
            number += two
        elif what == "mark":
            done = round(two * len(waiting[one]))
            outbox.note_mark("db1", {**outbox.committed, one: outbox.committed[one] + done})
            del waiting[one][:done]
        elif what == "trim":
            now[0] += one * 1_000_000
            assert outbox.trim() == 0
        elif what == "open":
            outbox.close()
            outbox = Outbox.open(path, limits, clock)
        else:
            outbox.renew()
        assert_holds(outbox, waiting)
    outbox.close()
