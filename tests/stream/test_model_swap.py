"""Models are swapped, rolled back and demoted while machines are judged: no score is missing or changed."""

import json
import pickle
from itertools import pairwise

import pytest

from journal_rows import Writer, chunks, noise
from lineshaft.domain.plant import Plant
from lineshaft.domain.results import Bundle, MachineRow
from model_rows import row, saying
from stream.steps.shard import ShardState

SECONDS = 600
PUMP, MOTOR = "plant-1/pump-101", "plant-1/motor-102"
FIRST, SECOND = row(saying(0.3)), row(saying(0.6), version=2)
SWAPS = {
    200: row(saying(0.3), role="challenger"),
    240: FIRST,
    300: row(saying(0.6), version=2, role="challenger"),
    303: SECOND,
    400: FIRST,
    450: row(saying(0.9), version=3, sha256="0" * 64),
    500: row(saying(0.3), role="advisory"),
}
"""Second → the row `_/model` that comes then; that of second 450 is broken."""
SAID = [(245, 0.3), (310, 0.6), (405, 0.3), (455, 0.3), (505, 0.3)]


def a_shift(plant: Plant, swaps: dict[int, bytes]) -> Writer:
    writer = Writer()
    writer.plant(plant)
    heat = {PUMP: noise(1, SECONDS), MOTOR: noise(2, SECONDS)}
    for second in range(SECONDS):
        for device, values in heat.items():
            writer.readings(device, [[0, 60 + values[second], "RUN"]], ["temp", "state"])
        if second in swaps:
            writer.control("_/model", swaps[second])
        writer.tick()
    return writer


def ran(writer: Writer, *sizes: int) -> list[Bundle]:
    state = ShardState(3)
    return [state.step(chunk) for chunk in chunks(writer.rows, sizes)]


def judged(bundles: list[Bundle]) -> dict[str, list[MachineRow]]:
    found: dict[str, list[MachineRow]] = {}
    for bundle in bundles:
        for one in bundle.machines:
            if one.judged:
                found.setdefault(bundle.devices[one.device].key.device, []).append(one)
    return found


def at_second(rows: list[MachineRow], second: int) -> MachineRow:
    """The first window that was judged behind a second."""
    start_us = Writer().now_ms * 1000
    return next(one for one in rows if one.ts_us >= start_us + second * 1_000_000 + 5_000_000)


@pytest.fixture(scope="module")
def with_swaps(plant: Plant) -> list[Bundle]:
    return ran(a_shift(plant, SWAPS), 50)


def test_no_score_is_missing_or_changed_by_a_swap(plant: Plant, with_swaps: list[Bundle]) -> None:
    without = judged(ran(a_shift(plant, {}), 50))
    for device, rows in judged(with_swaps).items():
        steps = {later.ts_us - one.ts_us for one, later in pairwise(rows)}
        assert steps == {5_000_000}
        assert [(one.ts_us, one.score, one.health) for one in rows] == [
            (one.ts_us, one.score, one.health) for one in without[device]
        ]
    assert len(without) == 2


def test_each_model_speaks_from_its_row_on_and_none_is_ever_missing(with_swaps: list[Bundle]) -> None:
    for rows in judged(with_swaps).values():
        for second, p in SAID:
            assert at_second(rows, second).outlook.p_fail_24h == pytest.approx(p), second
        began = at_second(rows, 245).ts_us
        assert all(one.outlook.p_fail_24h is not None for one in rows if one.ts_us >= began)
        assert dict(at_second(rows, 310).models)["failure"] == "failure-all-2"


def test_a_broken_model_is_a_dead_letter(with_swaps: list[Bundle]) -> None:
    letters = [letter for bundle in with_swaps for letter in bundle.letters]
    assert [letter.topic for letter in letters] == ["_/model"]
    assert "sha256" in letters[0].detail


def test_a_machine_is_forewarned_of_from_when_the_threshold_is_passed_until_the_model_goes(
    with_swaps: list[Bundle],
) -> None:
    told = [
        (bundle.devices[one.device].key.device, one.model, one.role, one.ended_us is None)
        for bundle in with_swaps
        for one in bundle.forewarnings
    ]
    assert sorted(told) == sorted(
        (device, "failure-all-2", role, is_open)
        for device in ("pump-101", "motor-102")
        for role, is_open in (("challenger", True), ("champion", False))
    )


@pytest.mark.parametrize("sizes", [(1,), (7, 300)])
def test_where_the_journal_is_cut_changes_nothing(
    plant: Plant, with_swaps: list[Bundle], sizes: tuple[int, ...]
) -> None:
    again = ran(a_shift(plant, SWAPS), *sizes)
    assert _alike(again) == _alike(with_swaps)


def _alike(bundles: list[Bundle]) -> dict[str, list[MachineRow]]:
    """Device numbers are those of each bundle."""
    return {name: [one._replace(device=0) for one in rows] for name, rows in judged(bundles).items()}


def test_a_state_kept_between_goes_on_the_same(plant: Plant, with_swaps: list[Bundle]) -> None:
    writer = a_shift(plant, SWAPS)
    state, bundles = ShardState(3), []
    for chunk in chunks(writer.rows, (500,)):
        state = pickle.loads(pickle.dumps(state))  # noqa: S301 - our own bytes
        bundles.append(state.step(chunk))
    assert _alike(bundles) == _alike(with_swaps)


def test_a_label_of_a_mended_machine_changes_no_score(plant: Plant) -> None:
    writer = a_shift(plant, SWAPS)
    at = next(n for n, one in enumerate(writer.rows) if one.body == FIRST)
    label = {"machine": "pump-101", "verdict": "true", "to": writer.rows[at].received_us // 1000}
    writer.rows[at] = writer.rows[at]._replace(topic="_/label", body=json.dumps(label).encode())
    rows = judged(ran(writer, 50))
    whole = SECONDS // 5  # or one less: a shard's windows begin when they begin
    assert {len(one) for one in rows.values()} <= {whole - 1, whole}
