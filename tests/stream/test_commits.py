"""Bundles written in the background: in order, many in one commit, and never one that is forgotten."""

import threading
from collections.abc import Callable

import numpy as np
import pytest

from lineshaft.domain.results import Bundle, ReadingRows
from stream.commits import BUNDLES, ROWS, Commits
from waiting import wait_until


class Table:
    """Takes bundles, as slowly as it is let."""

    def __init__(self) -> None:
        self.commits: list[list[int]] = []
        self.may_go_on = threading.Event()
        self.has_begun = threading.Event()

    def write(self, bundles: list[Bundle]) -> None:
        self.has_begun.set()
        assert self.may_go_on.wait(10)
        self.commits.append([bundle.last_pos for bundle in bundles])


def bundle(pos: int, rows: int = 1) -> Bundle:
    numbers = np.zeros(rows, np.int64)
    readings = ReadingRows(np.zeros(rows, np.int32), numbers, np.zeros(rows), pos=numbers + pos)
    return Bundle(0, pos, pos, readings=readings)


def in_thread(do: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=do, daemon=True)
    thread.start()
    return thread


def test_what_comes_during_a_commit_shares_the_next_one() -> None:
    table = Table()
    commits = Commits(table.write)
    commits.put([bundle(1)])
    assert table.has_begun.wait(10)
    for pos in (2, 3, 4):
        commits.put([bundle(pos)])
    table.may_go_on.set()
    commits.finish()
    assert table.commits == [[1], [2, 3, 4]]


def test_a_commit_has_an_end_however_much_waits() -> None:
    table = Table()
    commits = Commits(table.write)
    commits.put([bundle(pos, ROWS // 2) for pos in range(1, 6)])
    table.may_go_on.set()
    commits.finish()
    assert table.commits == [[1, 2], [3, 4], [5]]


@pytest.mark.parametrize("much", [[bundle(2, ROWS)], [bundle(pos, 0) for pos in range(2, 2 + BUNDLES)]])
def test_it_waits_while_too_much_is_waiting(much: list[Bundle]) -> None:
    table = Table()
    commits = Commits(table.write)
    commits.put([bundle(1)])
    assert table.has_begun.wait(10)
    commits.put(much)
    more = in_thread(lambda: commits.put([bundle(9_999)]))
    more.join(0.05)
    assert more.is_alive()
    table.may_go_on.set()
    more.join(10)
    assert not more.is_alive()
    commits.finish()
    assert [pos for some in table.commits for pos in some] == [1, *(one.last_pos for one in much), 9_999]


def test_it_is_finished_only_when_all_is_committed() -> None:
    table = Table()
    commits = Commits(table.write)
    commits.put([bundle(1)])
    end = in_thread(commits.finish)
    assert table.has_begun.wait(10)
    assert end.is_alive()
    table.may_go_on.set()
    end.join(10)
    assert table.commits == [[1]]
    commits.finish()  # nothing is waiting: at once


def test_the_error_of_a_commit_is_raised_by_every_call_after_it() -> None:
    def refuse(bundles: list[Bundle]) -> None:
        raise ConnectionError(f"no table for {len(bundles)}")

    commits = Commits(refuse)
    commits.put([bundle(1)])
    with pytest.raises(ConnectionError, match="no table for 1"):
        commits.finish()
    with pytest.raises(ConnectionError):
        commits.put([bundle(2)])
    with pytest.raises(ConnectionError):
        commits.finish()


def test_an_error_wakes_who_waits_for_room() -> None:
    gate = threading.Event()

    def refuse(_: list[Bundle]) -> None:
        assert gate.wait(10)
        raise ConnectionError

    commits = Commits(refuse)
    commits.put([bundle(1, ROWS)])
    commits.put([bundle(2, ROWS)])
    raised: list[Exception] = []

    def put() -> None:
        try:
            commits.put([bundle(3)])
        except ConnectionError as error:
            raised.append(error)

    waiting = in_thread(put)
    gate.set()
    wait_until(lambda: not waiting.is_alive(), "it was told")
    assert len(raised) == 1
