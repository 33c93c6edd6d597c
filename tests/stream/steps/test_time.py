"""T1, T2, T4: what comes out of order, late, or by a clock that is wrong."""

import random
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from journal_rows import START_MS, Writer, chunks, noise
from lineshaft.domain.plant import Plant
from lineshaft.domain.readings import Flag
from lineshaft.domain.results import Bundle
from stream.steps.shard import ShardState
from stream.steps.windows import WINDOW_US

SHARD, PUMP, SECONDS = 3, "plant-1/pump-101", 120
WINDOW_S = WINDOW_US // 1_000_000


def derived(writer: Writer) -> list[Bundle]:
    state = ShardState(SHARD)
    return [state.step(chunk) for chunk in chunks(writer.rows, (10,), SHARD)]


def stored(bundles: Iterable[Bundle]) -> list[tuple[int, float, int]]:
    """(time in s since the start, value, flags), sorted."""
    return sorted(
        (int(ts_us - START_MS * 1000) // 1_000_000, float(value), int(flags))
        for bundle in bundles
        for ts_us, value, flags in zip(
            bundle.readings.ts_us, bundle.readings.value, bundle.readings.flags, strict=True
        )
    )


def judged(bundles: Iterable[Bundle]) -> list[str]:
    """Scores and health, whatever their position."""
    return [repr(row._replace(pos=0)) for bundle in bundles for row in bundle.machines if row.judged]


def a_watch(plant: Plant, order: list[int]) -> Writer:
    """Readings of a machine each second, said in an order within each window, and ticks as time passes."""
    writer, heat = Writer(now_ms=START_MS), noise(1, SECONDS)
    writer.plant(plant)
    for begin in range(0, SECONDS, WINDOW_S):
        for second in sorted(range(begin, begin + WINDOW_S), key=lambda n: order[n]):
            writer.readings(PUMP, [[0, 60 + heat[second], 1.0]], ["temp", "vib"], ts=START_MS + second * 1000)
        writer.tick(WINDOW_S)
    writer.tick(2 * WINDOW_S)
    return writer


@settings(max_examples=10)
@given(st.integers(0, 2**32))
def test_t1_out_of_order_within_a_window_changes_no_score(plant: Plant, seed: int) -> None:
    shuffled = list(range(SECONDS))
    random.Random(seed).shuffle(shuffled)  # noqa: S311 - an order, no secret
    in_order, out_of_order = (derived(a_watch(plant, order)) for order in (list(range(SECONDS)), shuffled))
    assert stored(out_of_order) == stored(in_order)
    assert judged(out_of_order) == judged(in_order)
    assert len(judged(in_order)) > 5


@pytest.mark.parametrize("late_s", [300, 3 * 3_600, 9 * 86_400])
def test_t2_what_comes_minutes_hours_or_days_late_is_stored_and_alarms_nobody(
    plant: Plant, late_s: int
) -> None:
    writer = Writer(now_ms=START_MS)
    writer.plant(plant)
    for _ in range(30):
        writer.readings(PUMP, [[0, 60.0]], ["temp"])
        writer.readings(PUMP, [[0, 900.0]], ["temp"], lane=1, ts=writer.now_ms - late_s * 1000 - 1)
        writer.tick()
    bundles = derived(writer)
    late = [row for row in stored(bundles) if row[2] & Flag.LATE]
    assert len(late) == 30
    assert {second for second, *_ in late} == {n - late_s - 1 for n in range(30)}
    assert not any(fact.kind == "condition" for bundle in bundles for fact in bundle.facts)


JUMPS_S = (0, 3_600, 0, -86_400, 0, 7_200, -3_600, 0)


def test_t4_a_clock_that_jumps_loses_nothing_and_is_flagged_where_it_is_ahead(plant: Plant) -> None:
    writer, heat = Writer(now_ms=START_MS), noise(2, 40 * len(JUMPS_S))
    writer.plant(plant)
    said = []
    for turn, jump_s in enumerate(JUMPS_S):
        for second in range(40):
            n = turn * 40 + second
            said.append((n + jump_s, jump_s > 300))
            writer.readings(PUMP, [[0, 60 + heat[n]]], ["temp"], ts=writer.now_ms + jump_s * 1000)
            writer.tick()
    writer.tick(20)
    bundles = derived(writer)
    found = [(second, bool(flags & Flag.CLOCK_BAD)) for second, _, flags in stored(bundles)]
    assert found == sorted(said)
    last = [row.ts_us for bundle in bundles for row in bundle.machines if row.judged][-1]
    assert last >= (writer.now_ms - 60_000) * 1000, "judged again once its clock is right"
    assert all(np.isfinite(bundle.readings.value).all() for bundle in bundles)


@pytest.mark.parametrize("away_s", [1_800, 3 * 86_400])
def test_what_a_device_kept_and_sends_by_the_live_lane_is_late_and_alarms_nobody(
    plant: Plant, away_s: int
) -> None:
    writer = Writer(now_ms=START_MS)
    writer.plant(plant)
    for second in range(30):
        writer.readings(PUMP, [[0, 60.0]], ["temp"])
        for n in range(5):  # what it kept, oldest first, five times as fast as it came about
            kept_ms = START_MS - away_s * 1000 + (5 * second + n) * 1000
            writer.readings(PUMP, [[0, 900.0]], ["temp"], ts=kept_ms)
        writer.tick()
    bundles = derived(writer)
    late = [row for row in stored(bundles) if row[2] & Flag.LATE]
    assert {value for _, value, _ in late} == {900.0}
    assert len(late) == 150
    assert not any(fact.kind == "condition" for bundle in bundles for fact in bundle.facts)


def test_a_clock_that_is_set_back_is_believed_once_it_has_stood_so_for_ten_minutes(plant: Plant) -> None:
    writer = Writer(now_ms=START_MS)
    writer.plant(plant)
    for minute in range(30):
        back_ms = 0 if minute < 5 else 3_600_000
        writer.readings(PUMP, [[0, 60.0]], ["temp"], ts=writer.now_ms - back_ms)
        writer.tick(60)
    late = [second for second, _, flags in stored(derived(writer)) if flags & Flag.LATE]
    assert len(late) == 10


def test_a_device_that_was_never_on_time_is_taken_as_it_is(plant: Plant) -> None:
    writer = Writer(now_ms=START_MS)
    writer.plant(plant)
    for _ in range(30):
        writer.readings(PUMP, [[0, 60.0]], ["temp"], ts=writer.now_ms - 86_400_000)
        writer.tick()
    assert not any(flags & Flag.LATE for *_, flags in stored(derived(writer)))
