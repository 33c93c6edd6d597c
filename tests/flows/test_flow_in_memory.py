"""The dataflow with Bytewax's own testing ends: what the wiring adds to the steps."""

from datetime import timedelta
from pathlib import Path

from bytewax.recovery import RecoveryConfig, init_db_dir
from bytewax.testing import TestingSink, TestingSource, run_main

from journal_rows import Writer, chunks
from lineshaft.domain.results import Bundle
from stream.cluster import key_of
from stream.flow import flow
from stream.snapshots import unpack
from stream.source import KeyedChunk
from stream.steps.shard import ShardState

Items = list[KeyedChunk | TestingSource.ABORT | TestingSource.EOF]


def an_hour(rows_each: int) -> list[KeyedChunk]:
    """The chunks of two shards, in turns, as the source gives them."""
    writer = Writer()
    for second in range(40):
        writer.readings("plant-1/pump-1", [[0, float(second), "RUN"]], ["temp", "state"])
        writer.tick()
    some = chunks(writer.rows, (rows_each,))
    return [(key_of(shard), chunk._replace(shard=shard)) for chunk in some for shard in (3, 4)]


def ran(items: Items, recovery: RecoveryConfig | None = None) -> list[Bundle]:
    out: list[tuple[str, Bundle]] = []
    run_main(
        flow(TestingSource(items), TestingSink(out)),
        epoch_interval=timedelta(0),
        recovery_config=recovery,
    )
    return [bundle for _, bundle in out]


def values(bundles: list[Bundle], shard: int) -> list[float]:
    return [value for one in bundles if one.shard == shard for value in one.readings.value.tolist()]


def test_each_shard_has_its_own_state_and_its_bundles_come_in_order() -> None:
    bundles = ran([*an_hour(10)])
    for shard in (3, 4):
        mine = [one for one in bundles if one.shard == shard]
        assert [one.first_pos for one in mine] == [1, *(one.last_pos + 1 for one in mine[:-1])]
        assert values(bundles, shard) == [float(second) for second in range(40)]


def test_a_resumed_flow_goes_on_and_forgets_nothing(tmp_path: Path) -> None:
    init_db_dir(tmp_path, 1)
    recovery = RecoveryConfig(str(tmp_path))
    items: Items = [*an_hour(10)]
    items.insert(7, TestingSource.ABORT())
    before = ran(items, recovery)
    after = ran(items, recovery)
    found = {one.first_pos: one for one in [*before, *after] if one.shard == 3}
    assert values([found[pos] for pos in sorted(found)], 3) == [float(second) for second in range(40)]
    states = [row.state for pos in sorted(found) for row in found[pos].machines if not row.judged]
    assert states == ["RUN"]


def test_a_chunk_that_comes_again_gives_no_second_bundle() -> None:
    items = an_hour(20)
    again = ran([*items, *items])
    mine = [one for one in again if one.shard == 3]
    assert [one.first_pos for one in mine] == [1, *(one.last_pos + 1 for one in mine[:-1])]
    assert mine[-1].last_pos == items[-1][1].last_pos


def test_a_state_is_kept_at_the_first_tick_of_each_hour_wherever_the_chunks_are_cut() -> None:
    writer = Writer()
    for _ in range(5):
        writer.readings("plant-1/pump-1", [[0, 1.0, "RUN"]], ["temp", "state"])
        writer.tick()
        writer.now_ms += 1_800_000
    for rows_each in (1, 3, 10):
        bundles = ran([(key_of(3), chunk) for chunk in chunks(writer.rows, (rows_each,))])
        kept = [(one.last_pos, unpack(one.state.packed, ShardState).pos) for one in bundles if one.state]
        assert kept == [(2, 2), (6, 6), (10, 10)]
