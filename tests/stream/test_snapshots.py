"""Which kept state a flow goes on with."""

import pytest
from structlog.testing import capture_logs

from journal_rows import Writer, chunks
from lineshaft.store import snapshots as table
from lineshaft.store.database import connect
from lineshaft.store.snapshots import Snapshot
from stream import snapshots
from stream.steps.shard import ShardState

pytestmark = pytest.mark.database


def state_at(pos: int) -> bytes:
    return snapshots.pack(ShardState(3, pos=pos))


def test_one_of_another_version_or_broken_or_of_another_kind_is_passed_over(database_url: str) -> None:
    with capture_logs() as said:
        _pass_over(database_url)
    assert [line["pos"] for line in said if line["event"] == "snapshot_ignored"] == [40, 30, 20]


def _pass_over(database_url: str) -> None:
    with connect(database_url) as conn:
        kept = [
            (10, snapshots.CODE, state_at(10)),
            (20, snapshots.CODE, snapshots.pack({"no": "state"})),
            (30, snapshots.CODE, b"torn"),
        ]
        table.keep(conn, [Snapshot("shard", 3, pos, code, pos, state) for pos, code, state in kept])
        table.keep(conn, [Snapshot("shard", 3, 40, "0.0.1 1", 40, state_at(40))])
        found = snapshots.newest(conn, "shard", 3, 50, ShardState)
        assert found is not None
        assert found.pos == 10
        assert snapshots.newest(conn, "shard", 3, 9, ShardState) is None
        assert snapshots.newest(conn, "shard", 4, 50, ShardState) is None


def test_going_on_from_a_kept_state_gives_what_the_whole_way_gives() -> None:
    writer = Writer()
    for second in range(60):
        writer.readings("plant-1/pump-1", [[0, 20.0 + second, "RUN"]], ["temp", "state"])
        writer.tick()
    (whole,) = chunks(writer.rows, (len(writer.rows),))
    state = ShardState(3)
    bundles = list(snapshots.stepped(state, whole))
    kept = bundles[0].state
    assert kept is not None
    again = snapshots.unpack(kept.packed, ShardState)
    assert again.pos == bundles[0].last_pos
    rest = whole._replace(first_pos=again.pos + 1, rows=[row for row in whole.rows if row.pos > again.pos])
    (bundle,) = snapshots.stepped(again, rest)
    assert bundle.machines == bundles[1].machines
    assert bundle.readings.value.tolist() == bundles[1].readings.value.tolist()
    assert bundle.counts == bundles[1].counts
