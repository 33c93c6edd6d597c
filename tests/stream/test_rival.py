import pytest

from fix_clock import FakeClock
from lineshaft.clock import SECOND_US
from lineshaft.store import beats
from lineshaft.store.database import connect
from stream.rival import Rival
from stream.settings import StreamSettings


def settings(database_url: str) -> StreamSettings:
    return StreamSettings(database_url, "lineshaft_ingest", "lineshaft", "", "", 0, "INFO")


@pytest.mark.database
def test_the_earlier_one_gives_way_while_the_later_one_beats(database_url: str, clock: FakeClock) -> None:
    start_us = clock()
    earlier = Rival(settings(database_url), start_us, clock)
    later = Rival(settings(database_url), start_us + SECOND_US, clock)
    assert earlier.may_work()
    with connect(database_url) as conn:
        beats.beat(conn, "ingest", later.started_us, clock())
    assert not earlier.may_work()
    assert earlier.is_at_work
    assert later.may_work()
    clock.advance_s(7)
    assert earlier.may_work()
    assert not earlier.is_at_work


@pytest.mark.database
def test_the_later_one_is_not_stopped_by_the_earlier_ones_word(database_url: str, clock: FakeClock) -> None:
    with connect(database_url) as conn:
        beats.beat(conn, "ingest", clock(), clock())
        beats.beat(conn, "flow", clock() + 5 * SECOND_US, clock())
    assert Rival(settings(database_url), clock() + 1, clock).may_work()


def test_without_a_database_nobody_is_seen(clock: FakeClock) -> None:
    assert Rival(settings("postgresql://nobody@127.0.0.1:1/x"), clock(), clock).may_work()
