"""What flows remember, in the table: which are kept, which is found."""

from collections.abc import Iterator

import pytest

from lineshaft.store import snapshots
from lineshaft.store.database import Connection, connect
from lineshaft.store.snapshots import Snapshot

pytestmark = pytest.mark.database

HOUR_US = 3_600_000_000
MIDNIGHT_US = 1_763_683_200_000_000


@pytest.fixture
def conn(database_url: str) -> Iterator[Connection]:
    with connect(database_url, role="lineshaft_stream") as connection:
        yield connection


def taken(hour: int, shard: int = 3) -> Snapshot:
    return Snapshot("shard", shard, hour * 100 + 1, "c", MIDNIGHT_US + hour * HOUR_US, b"state")


def positions(conn: Connection, shard: int = 3, up_to: int = 1_000_000) -> list[int]:
    return [found.pos for found in snapshots.newest_first(conn, "shard", shard, up_to)]


def test_the_nearest_comes_first_and_none_from_behind_the_position_or_of_another_shard(
    conn: Connection,
) -> None:
    snapshots.keep(conn, [taken(1), taken(1, shard=4)])
    snapshots.keep(conn, [taken(2)])
    assert positions(conn, up_to=200) == [101]
    assert positions(conn, up_to=201) == [201, 101]
    assert positions(conn, shard=5) == []
    assert next(snapshots.newest_first(conn, "shard", 3, 201)) == taken(2)
    assert snapshots.last_taken_us(conn, "shard") == taken(2).taken_us
    assert snapshots.last_taken_us(conn, "plant") == 0


def test_the_last_three_are_kept_and_the_first_of_each_day_for_a_week(conn: Connection) -> None:
    for hour in range(10 * 24):
        snapshots.keep(conn, [taken(hour)])
    last = 10 * 24 - 1
    assert positions(conn)[:3] == [taken(last).pos, taken(last - 1).pos, taken(last - 2).pos]
    days = [pos // 100 // 24 for pos in positions(conn)[3:]]
    assert days == [9, 8, 7, 6, 5, 4, 3]
    assert {pos // 100 % 24 for pos in positions(conn)[3:]} == {0}
