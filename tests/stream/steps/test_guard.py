"""Steps that fail: what it costs, and what it does not."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from structlog.testing import capture_logs

from journal_rows import Writer, chunks
from lineshaft.domain.results import Bundle
from lineshaft.wire import codec
from stream.steps.guard import FAILURES, isolated, unchanged_by_failure
from stream.steps.intake import Intake
from stream.steps.machines import Machines
from stream.steps.samples import Samples
from stream.steps.shard import ShardState
from stream.steps.windows import Windows

POISON = 666.0
PUMP, FAN, SAW = "plant-1/pump-101", "plant-1/fan-7", "plant-1/saw-2"


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Traces with all that stands in a stretch take long to print."""
    with capture_logs():
        yield


def failures(step: str) -> float:
    return float(FAILURES.labels(step)._value.get())


def before(monkeypatch: pytest.MonkeyPatch, owner: type, name: str, check: Callable[..., None]) -> None:
    """Have a check, which may raise, run before a method."""
    method = getattr(owner, name)

    def checked(self: object, *arguments: Any) -> object:
        check(*arguments)
        return method(self, *arguments)

    monkeypatch.setattr(owner, name, checked)


def refuse_poison(values: Sequence[float]) -> None:
    if POISON in values:
        raise ZeroDivisionError("poisoned")


def written(seconds: int = 12) -> Writer:
    """Three machines; one sends a poisoned message among its good ones, beside two others."""
    writer = Writer()
    for second in range(seconds):
        for machine in (PUMP, FAN, SAW):
            writer.readings(machine, [[0, float(second), 1.0], [500, second + 0.5, None]], ["temp", "vib"])
        if second in {3, 7}:
            writer.readings(FAN, [[100, POISON], [200, 5.0]], ["temp"])
        writer.tick()
    return writer


def stepped(writer: Writer, size: int) -> tuple[ShardState, list[Bundle]]:
    state = ShardState(3)
    return state, [state.step(chunk) for chunk in chunks(writer.rows, (size,))]


def books(bundles: list[Bundle]) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for bundle in bundles:
        for key, count in bundle.counts.items():
            found[key.result, key.code] = found.get((key.result, key.code), 0) + count.readings
    return found


@pytest.mark.parametrize("size", [1, 4, 10_000])
@pytest.mark.parametrize("where", ["intake", "windows"])
def test_a_message_that_a_step_fails_on_is_set_aside_and_no_other(
    monkeypatch: pytest.MonkeyPatch, where: str, size: int
) -> None:
    if where == "intake":
        before(monkeypatch, Intake, "take", lambda arrived, *_: refuse_poison(arrived.readings.value))
    else:
        before(monkeypatch, Windows, "add", lambda readings: refuse_poison(readings.value))
    begun = failures("take")
    _, bundles = stepped(written(), size)
    letters = [letter for bundle in bundles for letter in bundle.letters]
    assert [(letter.code, letter.readings) for letter in letters] == [("internal", 2)] * 2
    assert "ZeroDivisionError: poisoned" in letters[0].detail
    assert sum(bundle.rejects.get("internal", 0) for bundle in bundles) == 2
    found = books(bundles)
    assert found["rejected", "internal"] == 4
    assert found["stored", ""] == 12 * 3 * 3 == sum(len(bundle.readings) for bundle in bundles)
    assert found["decoded", ""] == found["stored", ""] + 4
    assert failures("take") - begun == 2


def test_what_failed_leaves_no_trace_in_the_state(monkeypatch: pytest.MonkeyPatch) -> None:
    writer = written()
    good = Writer(rows=[row for row in writer.rows if b"666" not in row.body])
    expected, _ = stepped(good, 10_000)
    before(monkeypatch, Machines, "listen", lambda _: None)
    before(monkeypatch, Windows, "add", lambda readings: refuse_poison(readings.value))
    state, _ = stepped(writer, 10_000)
    for part in ("windows", "signal_times"):
        ours, theirs = getattr(state, part), getattr(expected, part)
        for name in ("heard_us",) if part == "signal_times" else ("high", "closed"):
            np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name))
    for name in ("ts_us", "value", "head"):
        np.testing.assert_array_equal(
            getattr(state.intake.recent, name), getattr(expected.intake.recent, name)
        )
    scores = [[row.score for row in one.machines.latest.values()] for one in (state, expected)]
    assert scores[0] == scores[1]


def test_a_fault_in_decoding_together_costs_time_only(monkeypatch: pytest.MonkeyPatch) -> None:
    _, expected = stepped(written(), 10)

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(codec, "stack", fail)
    _, found = stepped(written(), 10)
    assert books(found) == books(expected)
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_array_equal(ours.readings.value, theirs.readings.value)


def test_a_machine_that_cannot_be_judged_loses_that_window_and_others_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, expected = stepped(written(30), 50)
    before(
        monkeypatch,
        Machines,
        "judge",
        lambda closed, *_: refuse_poison([POISON] if 4.0 <= closed.features.peak.max() < POISON else []),
    )
    begun = failures("judge")
    state, bundles = stepped(written(30), 50)
    judged = [row for bundle in bundles for row in bundle.machines if row.judged]
    assert len(judged) < len([row for bundle in expected for row in bundle.machines if row.judged])
    assert failures("judge") > begun
    assert sum(len(bundle.readings) for bundle in bundles) == sum(len(one.readings) for one in expected)
    assert state.pos == expected[-1].last_pos


def test_a_fault_in_the_midst_of_judging_leaves_no_trace_in_any_model(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    judge = Machines._judge_one_each

    def refuse(laid: Samples) -> None:
        if 4.0 <= np.nan_to_num(laid.seen.high).max() < POISON:
            raise ZeroDivisionError

    def failing_before(self: Machines, laid: Samples, *rest: Any) -> Any:
        refuse(laid)
        return judge(self, laid, *rest)

    def failing_after(self: Machines, laid: Samples, *rest: Any) -> Any:
        found = judge(self, laid, *rest)
        refuse(laid)
        return found

    rows = []
    for failing in (failing_before, failing_after):
        monkeypatch.setattr(Machines, "_judge_one_each", failing)
        begun = failures("judge")
        _, bundles = stepped(written(30), 50)
        assert failures("judge") > begun
        rows.append([row for bundle in bundles for row in bundle.machines])
    assert rows[0] == rows[1]


def test_windows_that_cannot_be_closed_begin_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    faults = iter([True])

    def once(*_: object) -> None:
        if next(faults, False):
            raise ZeroDivisionError

    before(monkeypatch, Windows, "close", once)
    _, bundles = stepped(written(30), 50)
    assert [row for bundle in bundles for row in bundle.machines if row.judged]


def test_halves_are_taken_until_the_guilty_are_found() -> None:
    guilty: list[int] = []

    def take(some: list[int]) -> int:
        refuse_poison([POISON] if any(one % 5 == 0 for one in some) else [])
        return sum(some)

    found = isolated(
        list(range(1, 12)),
        take,
        lambda some: (some[: len(some) // 2], some[len(some) // 2 :]) if len(some) > 1 else None,
        lambda some, _: guilty.extend(some),
    )
    assert (guilty, sum(found)) == ([5, 10], 66 - 15)


def test_parts_are_as_they_were_where_a_block_raises() -> None:
    windows = Windows()
    windows.grow(2)

    def fail() -> None:
        with unchanged_by_failure(windows):
            windows.high[0] = 9
            windows.series.append(np.zeros(1, np.int32))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert (windows.high[0], windows.series) == (-1, [])
