"""The judge is judged: each way to be wrong is seen, and rest is only called rest when it is."""

from pathlib import Path

import psycopg
import pytest

from chaos import oracle

SAID = {1: {"d1"}, 2: {"d1", "d2"}, 3: {"d2"}}
STORED = [("d1", 1.0, 1), ("d2", 2.0, 1), ("d2", 3.0, 1)]


def test_what_is_stored_once_is_right() -> None:
    verdict = oracle.compare(SAID, STORED)
    assert (verdict.issued, verdict.stored) == (3, 3)
    assert (verdict.lost, verdict.duplicated, verdict.invented) == (0, 0, 0)


def test_a_reading_that_is_missing_is_lost() -> None:
    verdict = oracle.compare(SAID, STORED[:2])
    assert (verdict.lost, verdict.duplicated, verdict.invented) == (1, 0, 0)
    assert verdict.examples["lost"] == [3]


@pytest.mark.parametrize("more", [[("d1", 1.0, 2), *STORED[1:]], [*STORED, ("d1", 2.0, 1)]])
def test_a_reading_that_is_stored_twice_is_doubled(more: list[tuple[str, float, int]]) -> None:
    verdict = oracle.compare(SAID, more)
    assert (verdict.lost, verdict.duplicated, verdict.invented) == (0, 1, 0)


@pytest.mark.parametrize("stranger", [("d1", 4.0, 1), ("d1", 1.5, 1), ("d9", 1.0, 1)])
def test_a_reading_nobody_said_of_that_device_is_invented(stranger: tuple[str, float, int]) -> None:
    assert oracle.compare(SAID, [*STORED, stranger]).invented == 1


def test_what_a_destroyed_file_held_is_excused_as_far_as_the_product_counts_it() -> None:
    held = [range(1, 2), range(2, 4)]
    verdict = oracle.compare(SAID, STORED[:1], [oracle.Excuse("torn", held, lambda: 1)])
    assert (verdict.lost, verdict.excused, verdict.faults) == (0, 2, [])
    silent = oracle.compare(SAID, STORED[:1], [oracle.Excuse("torn", held, lambda: 0)])
    assert silent.faults == ["torn: 1 messages are lost, 0 were counted"]
    assert oracle.compare(SAID, STORED[:1], [oracle.Excuse("torn", held[:1], lambda: 9)]).lost == 2


def test_the_logs_of_all_loads_are_what_was_said(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1 2 d1\n2 3 d2\n")
    (tmp_path / "b").write_text("101 101 d1\n")
    said = oracle.issued([tmp_path / "a", tmp_path / "b"])
    assert said == {**SAID, 101: {"d1"}}


def add(conn: oracle.Connection, pos: int, seq: int) -> None:
    conn.execute(
        "INSERT INTO lineshaft.journal (pos, shard, received, site, agent, boot, lane, seq, topic, body)"
        " VALUES (%s, 0, now(), 's', 'a', 'b', 0, %s, 't', '')",
        (pos, seq),
    )


@pytest.mark.database
@pytest.mark.parametrize("seqs", [[1, 2, 2], [1, 3], [2, 3], [2, 1, 3]])
def test_a_journal_with_a_repeat_a_hole_or_another_order_is_wrong(database_url: str, seqs: list[int]) -> None:
    with psycopg.connect(database_url, options="-c search_path=lineshaft,public") as conn:
        for pos, seq in enumerate([1, 2, 3], 1):
            add(conn, pos, seq)
        assert oracle.journal_faults(conn) == []
        conn.execute("DELETE FROM lineshaft.journal")
        for pos, seq in enumerate(seqs, 1):
            add(conn, pos, seq)
        assert len(oracle.journal_faults(conn)) == 1
