import json
import pickle
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineshaft.domain.readings import DeviceKey
from lineshaft.domain.rules import Rule, from_json
from lineshaft.domain.rules.history import Retold, Series
from lineshaft.domain.rules.plan import Input
from lineshaft.domain.rules.scoping import Place
from lineshaft.domain.rules.targets import Known, targets
from stream.rules.base import Readings, Scores, Signals, Stretch, Surroundings
from stream.rules.book import Rulebook
from stream.rules.written import Written

if TYPE_CHECKING:
    from lineshaft.domain.plant import Plant

S = 1_000_000
START = 1_763_700_000 * S
DEVICE = DeviceKey("hangzhou", "plant-1", "pump-101")
NAMES = ["temp", "vib"]

Sample = tuple[int, int, float]
"""Signal, second, value."""


def rule_of(when: dict[str, Any], **other: Any) -> dict[str, Any]:
    return {"kind": "condition", "id": "r", "name": {"en": "R"}, "when": when, **other}


def told(rule: dict[str, Any], version: int = 1, state: str = "active") -> bytes:
    return json.dumps({"id": rule["id"], "version": version, "state": state, "document": rule}).encode()


class Shard:
    """A shard with one pump, fed in stretches of the test's choosing."""

    def __init__(self, plant: "Plant", *rules: dict[str, Any]) -> None:
        self.plant, self.book, self.written = plant, Rulebook(), Written()
        for rule in rules:
            self.book.take(told(rule), START)
        self.found: list[tuple[int, str, bool, int, str | None, float | None]] = []
        self.feed([], tick_s=0)

    def feed(self, samples: Sequence[Sample], tick_s: float | None = None) -> None:
        around = Surroundings(
            self.book, self.plant, 1, [DEVICE], ["pump-101"], NAMES,
            [{"temp": 0, "vib": 1}], {one.device: one for one in self.plant.machines.values()}, [], [],
        )  # fmt: skip
        rows, seconds, values = zip(*samples, strict=True) if samples else ((), (), ())
        readings = Readings(
            np.array(rows, np.int32),
            START + np.array(seconds, np.int64) * S,
            np.array(values, np.float64),
            np.array(seconds, np.int64),
        )
        plain = Signals(
            ["pump-101"] * 2, NAMES, ["temperature", "vibration"], ["Cel", "mm/s"], np.full((2, 4), np.nan),
            np.ones(2), np.zeros(2, np.int64),
        )  # fmt: skip
        now_us = START + round((tick_s or 0) * S)
        stretch = Stretch(0, now_us, tick_s is not None, plain, readings, Scores.none(["pump-101"]), around)
        for change in self.written.evaluate(stretch):
            one = change.condition
            self.found.append(
                ((change.ts_us - START) // S, one.rule, one.active, one.priority, one.suppressed, one.value)
            )


def past(
    plant: "Plant", document: dict[str, Any], samples: Sequence[Sample], to_s: int, every_s: int
) -> list[tuple[int, str, bool, int | None, str | None, float | None]]:
    """What the backtest finds, in slices of some seconds."""
    rule = from_json(document)
    assert isinstance(rule, Rule)
    machine = plant.machines["pump-101"]
    quantities = {one.name: one.quantity for one in machine.signals}
    known = Known(Place("pump-101", "hangzhou", kind="pump"), quantities, {})
    found = []
    for target in targets(rule, START, known):
        retold = Retold(target.plan, target.place, START)
        edges = [*range(every_s, to_s, every_s), to_s]
        for first, last in zip([0, *edges], edges, strict=False):
            series = {Input("signal", name): of(samples, row, first, last) for row, name in enumerate(NAMES)}
            for one in retold.take(series, START + last * S + (last == to_s)):
                value = None if np.isnan(one.value) else one.value
                at_s = (one.at_us - START) // S
                found.append((at_s, target.rule_key, bool(one.severity), one.severity, one.why, value))
    return sorted(found)


def of(samples: Sequence[Sample], row: int, first: int, last: int) -> Series:
    """The samples of a signal within a slice."""
    mine = sorted((second, value) for at, second, value in samples if at == row and first <= second < last)
    return Series(
        START + np.array([second for second, _ in mine], np.int64) * S,
        np.array([value for _, value in mine], np.float64),
    )


HOT = {
    "is": "value", "signal": "temp", "op": ">", "deadband": 1,
    "levels": [{"limit": 75, "priority": 3}, {"limit": 85, "priority": 2}],
}  # fmt: skip
SHAKES = {"is": "value", "signal": "vib", "op": ">=", "levels": [{"limit": 5, "for_s": 4}], "deadband": 0.5}
RULES = [
    rule_of(HOT, patience={"on_s": 3, "off_s": 5}),
    rule_of(HOT, patience={"on_s": 0, "off_s": 0, "on_samples": 2, "min_reraise_s": 15}),
    rule_of({"is": "all", "of": [HOT, SHAKES]}, patience={"on_s": 0, "off_s": 2}),
    rule_of({"is": "any", "of": [HOT, {"is": "not", "of": SHAKES}]}, patience={"on_s": 6, "off_s": 2}),
    rule_of({"is": "stale", "signal": "vib", "after_s": 4}, patience={"on_s": 2, "off_s": 3}),
    rule_of(
        {"is": "all", "of": [HOT, {"is": "stale", "signal": "vib", "after_s": 3}]},
        patience={"on_s": 1, "off_s": 0},
    ),
    rule_of(
        {"is": "rate", "signal": "temp", "op": ">", "levels": [{"limit": 60}], "over_s": 5, "per_s": 60},
        patience={"on_s": 0, "off_s": 0},
    ),
    rule_of(HOT, patience={"on_s": 0, "off_s": 0}, suppress={"when": SHAKES}),
    rule_of({**HOT, "signal": ""}, scope={"signal": ["temp", "vib"]}, patience={"on_s": 2, "off_s": 2}),
]

samples_of = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 3), st.sampled_from([3.0, 4.8, 5.0, 74.5, 76.0, 86.0])),
    min_size=1, max_size=50,
)  # fmt: skip


@pytest.mark.parametrize("document", RULES, ids=range(len(RULES)))
@given(steps=samples_of, ticks=st.integers(1, 4), restart=st.integers(2, 9), slices=st.integers(1, 99))
@settings(max_examples=40, deadline=None)
def test_live_says_what_the_backtest_says_however_rows_are_cut(
    plant: "Plant", document: dict[str, Any], steps: list[Sample], ticks: int, restart: int, slices: int
) -> None:
    seconds = np.cumsum([gap for _, gap, _ in steps]).tolist()
    # One reading of a signal a second: what came twice at once is a repeat, or an instant of its own.
    samples = {
        (row, second): (row, second, value) for (row, _, value), second in zip(steps, seconds, strict=True)
    }
    ordered = sorted(samples.values(), key=lambda one: one[1])
    last = ordered[-1][1]
    shard = Shard(plant, document)
    waiting: list[Sample] = []
    for second in range(last + 30):
        waiting += [one for one in ordered if one[1] == second]  # one message: it is never cut
        if second % ticks == 0:
            shard.feed(waiting, tick_s=second + 0.5)
            waiting = []
        elif second % restart == 0:
            shard.feed(waiting)
            waiting = []
            shard.written = pickle.loads(pickle.dumps(shard.written))  # noqa: S301 - the test's own
    shard.feed([], tick_s=last + 30)
    found = sorted(
        (at, key, active, 5 - priority if active else 0, why or "", value)
        for at, key, active, priority, why, value in shard.found
    )
    assert found == past(plant, document, ordered, last + 30, slices)


def test_a_retired_rule_ends_what_it_raised_and_a_changed_one_begins_anew(plant: "Plant") -> None:
    hot = rule_of(HOT, patience={"on_s": 0, "off_s": 0})
    shard = Shard(plant, hot)
    shard.feed([(0, 1, 80.0)], tick_s=1)
    assert shard.found == [(1, "rule:r", True, 3, None, 80.0)]
    shard.book.take(told({**hot, "priority": 4}, version=2), START + 2 * S)
    shard.feed([], tick_s=2)
    shard.feed([(0, 3, 81.0)], tick_s=3)
    shard.book.take(told(hot, version=2, state="retired"), START + 4 * S)
    shard.feed([], tick_s=4)
    assert [one[:3] for one in shard.found[1:]] == [
        (2, "rule:r", False), (3, "rule:r", True), (4, "rule:r", False),
    ]  # fmt: skip


def test_a_rule_of_each_signal_is_an_alarm_of_each(plant: "Plant") -> None:
    each = rule_of({**HOT, "signal": ""}, scope={"quantity": ["temp*"]}, patience={"on_s": 0, "off_s": 0})
    shard = Shard(plant, each)
    shard.feed([(0, 1, 80.0), (1, 1, 80.0)], tick_s=1)
    assert [one[1] for one in shard.found] == ["rule:r:temp"]
