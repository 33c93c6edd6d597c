import json
import pickle
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineshaft.domain.readings import DeviceKey
from lineshaft.domain.results import SensorFault
from stream.rules.anomaly import Anomaly
from stream.rules.base import Readings, Scores, Signals, Stretch, Surroundings
from stream.rules.book import Rulebook
from stream.rules.sensor import Sensor
from stream.rules.stale import Stale
from stream.rules.threshold import Threshold

if TYPE_CHECKING:
    from lineshaft.domain.plant import Plant
    from stream.rules.base import Rule

S = 1_000_000
START = 1_763_700_000 * S
NAN = float("nan")
NAMES = ["temp", "vib"]
DEVICE = DeviceKey("hangzhou", "plant-1", "pump-101")
FROZEN = SensorFault("vib", "frozen", START)

Sample = tuple[int, float]
"""Second, value: of `temp`, or a score."""


class Shard:
    """One built-in rule over one pump, with settings rules said at the seconds of the test's choosing."""

    def __init__(self, plant: "Plant", rule: "Rule", *said: dict[str, Any]) -> None:
        self.plant, self.rule, self.book, self.heard_s = plant, rule, Rulebook(), 0.0
        self.found: list[tuple[int, str, bool, int]] = []
        for n, one in enumerate(said):
            self.say({"id": f"s{n}", **one})
        self.feed((), tick_s=0)

    def say(self, one: dict[str, Any], state: str = "active") -> None:
        document = {"kind": "settings", "name": {"en": "S"}, "of": self.rule.name, **one}
        told = {"id": document["id"], "version": 1, "state": state, "document": document}
        self.book.take(json.dumps(told).encode(), START)

    def feed(self, samples: Sequence[Sample], tick_s: float | None = None) -> None:
        seconds, values = (
            (np.array(column, np.float64) for column in zip(*samples, strict=True))
            if samples
            else (np.empty(0), np.empty(0))
        )
        ts_us, rows = START + (seconds * S).astype(np.int64), np.zeros(len(values), np.int32)
        self.heard_s = max([self.heard_s, *seconds.tolist()])
        plain = Signals(
            ["pump-101"] * 2, NAMES, ["temperature", "vibration"], ["Cel", "mm/s"],
            np.array([[NAN, NAN, 75.0, 85.0], [NAN] * 4]), np.ones(2),
            np.full(2, START + round(self.heard_s * S), np.int64),
        )  # fmt: skip
        scores = Scores(
            row=rows, ts_us=ts_us, score=values, zone=np.zeros(len(rows), np.uint8),
            pos=seconds.astype(np.int64),
            contributors=[[]] * len(rows), sources=["pump-101"], anomaly=values > 0.5, risk=values,
            remaining_s=values, failure_mode=[""] * len(rows),
            sensor_faults=[(FROZEN,) if value > 0.5 else () for value in values],
        )  # fmt: skip
        around = Surroundings(
            self.book, self.plant, 1, [DEVICE], ["pump-101"], NAMES, [{"temp": 0, "vib": 1}],
            {one.device: one for one in self.plant.machines.values()}, [], [],
        )  # fmt: skip
        is_signal = isinstance(self.rule, Threshold)
        readings = Readings(rows, ts_us, values, seconds.astype(np.int64))
        none = Readings(rows[:0], ts_us[:0], values[:0], ts_us[:0])
        stretch = Stretch(
            0, START + round((tick_s or 0) * S), tick_s is not None, plain, readings if is_signal else none,
            Scores.none(["pump-101"]) if is_signal else scores, around,
        )  # fmt: skip
        for change in self.rule.evaluate(stretch):
            one = change.condition
            self.found.append(((change.ts_us - START) // S, one.rule, one.active, one.priority))


def hot(seconds: Sequence[int], value: float = 80.0) -> list[Sample]:
    return [(second, value) for second in seconds]


def test_a_delay_and_a_priority_are_those_that_somebody_set(plant: "Plant") -> None:
    shard = Shard(plant, Threshold(), {"on_s": 5, "off_s": 3, "priority": 2})
    shard.feed(hot(range(1, 10)))
    shard.feed(hot(range(10, 20), 60.0))
    assert shard.found == [(6, "threshold:temp", True, 2), (13, "threshold:temp", False, 2)]


def test_the_worse_level_stays_a_step_above(plant: "Plant") -> None:
    shard = Shard(plant, Threshold(), {"priority": 4})
    shard.feed([*hot(range(1, 3)), *hot(range(3, 5), 90.0)])
    assert [priority for *_, priority in shard.found] == [4, 3]


def test_the_most_specific_scope_wins_whatever_came_last(plant: "Plant") -> None:
    shard = Shard(
        plant, Threshold(),
        {"scope": {"signal": ["temp"]}, "on_s": 5},
        {"scope": {"machine": ["pump-*"]}, "on_s": 30, "off_s": 2},
        {"on_s": 60}, {"scope": {"machine": ["motor-1"]}, "on_s": 0},
    )  # fmt: skip
    shard.feed([*hot(range(1, 10)), *hot(range(10, 20), 60.0)])
    assert [(at, active) for at, _, active, _ in shard.found] == [(6, True), (12, False)]


def test_a_wider_deadband_keeps_one_alarm(plant: "Plant") -> None:
    shard = Shard(plant, Threshold(), {"deadband_percent": 10, "off_s": 0})
    shard.feed([*hot((1, 2)), *hot((3, 4), 70.0), *hot((5, 6)), *hot((7, 8), 60.0)])
    assert [(at, active) for at, _, active, _ in shard.found] == [(2, True), (7, False)]


def test_what_still_holds_is_raised_once_the_least_time_is_over(plant: "Plant") -> None:
    shard = Shard(plant, Threshold(), {"off_s": 0, "min_reraise_s": 30})
    shard.feed([*hot((1, 2)), (3, 60.0), *hot((4, 5, 6)), (7, 60.0), *hot(range(8, 60))])
    assert [(at, active) for at, _, active, _ in shard.found] == [(2, True), (3, False), (32, True)]


def test_what_is_turned_off_ends_and_comes_no_more(plant: "Plant") -> None:
    shard = Shard(plant, Threshold())
    shard.feed(hot(range(1, 5)), tick_s=5)
    shard.say({"id": "quiet", "off": True, "scope": {"quantity": ["temperature"]}})
    shard.feed(hot((6,)))
    assert [active for *_, active, _ in shard.found] == [True]  # it is adopted at the tick
    shard.feed((), tick_s=7)
    shard.feed(hot(range(8, 20)), tick_s=20)
    assert shard.found[1:] == [(7, "threshold:temp", False, 3)]
    shard.say({"id": "quiet"}, state="retired")
    shard.feed((), tick_s=21)
    shard.feed(hot(range(22, 25)))
    assert shard.found[2:] == [(23, "threshold:temp", True, 3)]


def test_machines_have_settings_as_well(plant: "Plant") -> None:
    shard = Shard(plant, Anomaly(), {"on_samples": 1, "on_s": 0, "off_s": 0, "priority": 1})
    shard.feed([(5, 0.9), (10, 0.1)])
    assert shard.found == [(5, "anomaly", True, 1), (10, "anomaly", False, 1)]
    named = Shard(plant, Anomaly(), {"on_samples": 1, "on_s": 0, "scope": {"signal": ["temp"]}})
    named.feed([(5, 0.9)])
    assert named.found == []


def test_a_sensor_may_be_odd_for_a_while(plant: "Plant") -> None:
    shard = Shard(plant, Sensor(), {"on_s": 10, "off_s": 5, "scope": {"quantity": ["vibration"]}})
    shard.feed([(5, 0.9), (10, 0.1), (15, 0.9), (20, 0.9), (25, 0.9), (30, 0.1), (35, 0.1)])
    assert [(at, active) for at, _, active, _ in shard.found] == [(25, True), (35, False)]


def test_silence_may_last_longer(plant: "Plant") -> None:
    shard = Shard(plant, Stale(), {"on_s": 20, "off_s": 0})
    for second in range(1, 60):
        shard.feed((), tick_s=second)
    assert shard.found == [(31, "stale", True, 3)]  # 10 s, as ever, and 20 more, since it listens


@pytest.mark.parametrize("kind", [Threshold, Anomaly, Sensor])
@given(
    values=st.lists(st.sampled_from([0.1, 74.5, 80.0, 90.0]), min_size=30, max_size=60),
    cuts=st.sets(st.integers(1, 59)),
)
@settings(max_examples=20, deadline=None)
def test_how_rows_are_cut_changes_nothing(
    plant: "Plant", kind: "type[Threshold | Anomaly | Sensor]", values: list[float], cuts: set[int]
) -> None:
    said = {"on_s": 2, "off_s": 3, "min_reraise_s": 7, "priority": 2}
    samples = [(at + 1, value) for at, value in enumerate(values)]
    found = []
    for apart in (set(), cuts):
        shard = Shard(plant, kind(), said)
        start = 0
        for end in [*range(10, len(samples), 10), len(samples)]:
            for cut in sorted(cut for cut in apart if start < cut < end):
                shard.feed(samples[start:cut])
                shard.rule = pickle.loads(pickle.dumps(shard.rule))  # noqa: S301 - our own bytes
                start = cut
            if end == 20:
                shard.say(
                    {
                        "id": "later",
                        "on_s": 0,
                        "off": len(values) % 2 == 0,
                        "scope": {"machine": ["pump-101"]},
                    }
                )
            shard.feed(samples[start:end], tick_s=end)
            start = end
        found.append(shard.found)
    assert found[0] == found[1]
