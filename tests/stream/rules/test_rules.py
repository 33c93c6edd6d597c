from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pytest

from lineshaft.domain.results import SensorFault
from stream.rules import RULES
from stream.rules.anomaly import Anomaly
from stream.rules.base import Change, Readings, Rule, Scores, Signals, Stretch
from stream.rules.failure import Failure
from stream.rules.sensor import Sensor
from stream.rules.stale import Stale
from stream.rules.threshold import Threshold
from stream.rules.zone import Zone

if TYPE_CHECKING:
    from lineshaft.domain.alarms import Condition

S = 1_000_000
NAN = float("nan")
START = 1_763_700_000 * S
ODD = 0.6
"""The score above which all of these find something wrong."""
FROZEN = SensorFault("vib", "frozen", START)


def signals(**other: object) -> Signals:
    """Two signals of a pump, one of a motor; heard at the start."""
    plain = Signals(
        source=["pump", "pump", "motor"],
        name=["temp", "flow", "temp"],
        quantity=["temperature", "flow", "temperature"],
        unit=["Cel", "L/min", "Cel"],
        limits=np.array([[NAN, 5, 75, 85], [NAN, 60, NAN, NAN], [NAN, NAN, 90, 100]]),
        every_s=np.array([1.0, 1.0, NAN]),
        received_us=np.full(3, START, np.int64),
    )
    return replace(plain, **other)  # type: ignore[arg-type]  # the fields' names are the test's


def stretch(
    samples: Sequence[tuple[int, int, float]] = (),
    *,
    scores: Sequence[tuple[int, int, float, int]] = (),
    now_s: float = 0,
    tick: bool = False,
    of: Signals | None = None,
) -> Stretch:
    """Samples are (row, second, value), scores (row, second, score, zone); the second is the position."""
    rows, seconds, values = zip(*samples, strict=True) if samples else ((), (), ())
    places, at_s, points, zones = zip(*scores, strict=True) if scores else ((), (), (), ())
    return Stretch(
        pos=int(now_s),
        now_us=START + round(now_s * S),
        tick=tick,
        signals=of or signals(),
        readings=Readings(
            np.array(rows, np.int32),
            START + np.array(seconds, np.int64) * S,
            np.array(values, np.float64),
            np.array(seconds, np.int64),
        ),
        scores=Scores(
            row=np.array(places, np.int32),
            ts_us=START + np.array(at_s, np.int64) * S,
            score=np.array(points, np.float64),
            zone=np.array(zones, np.uint8),
            pos=np.array(at_s, np.int64),
            contributors=[[{"signal": "vib", "share": 0.7}]] * len(scores),
            sources=["pump", "motor"],
            anomaly=np.array(points, np.float64) > ODD,
            risk=np.array(points, np.float64) / ODD,
            remaining_s=np.full(len(scores), 3600.0),
            failure_mode=["bearing"] * len(scores),
            sensor_faults=[(FROZEN,) if point > ODD else () for point in points],
        ),
    )


def said(changes: Iterable[Change]) -> list[tuple[int, str, str, bool, int]]:
    return [
        (c.pos, c.condition.source, c.condition.rule, c.condition.active, c.condition.priority)
        for c in changes
    ]


def test_one_odd_reading_is_no_alarm_and_the_second_is() -> None:
    rule = Threshold()
    assert rule.evaluate(stretch([(0, 1, 76), (0, 2, 74), (0, 3, 76)])) == []
    changes = rule.evaluate(stretch([(0, 4, 76.5)]))
    assert said(changes) == [(4, "pump", "threshold:temp", True, 3)]
    condition = changes[0].condition
    assert (condition.message, condition.value, condition.threshold) == ("alarm.high", 76.5, 75)
    assert condition.arguments["unit"] == "Cel"


def test_an_alarm_clears_after_the_value_stayed_back_by_the_deadband() -> None:
    rule = Threshold()
    rule.evaluate(stretch([(0, 1, 76), (0, 2, 76)]))
    wobble = [(0, second, 74.5) for second in range(3, 40)]
    assert rule.evaluate(stretch(wobble)) == []
    back = [(0, second, 74.0) for second in range(40, 60)]
    assert said(rule.evaluate(stretch(back))) == [(50, "pump", "threshold:temp", False, 3)]


def test_the_outer_limit_escalates_and_the_inner_eases() -> None:
    rule = Threshold()
    up = [(0, second, 70 + 5 * second) for second in range(1, 6)]
    assert [(p, a) for *_, a, p in said(rule.evaluate(stretch(up)))] == [(3, True), (2, True)]
    down = [(0, second, 80.0) for second in range(6, 30)]
    assert [(p, a) for *_, a, p in said(rule.evaluate(stretch(down)))] == [(3, True)]


def test_from_too_high_to_too_low_is_an_end_and_a_beginning() -> None:
    rule = Threshold()
    rule.evaluate(stretch([(0, 1, 76), (0, 2, 76)]))
    changes = rule.evaluate(stretch([(0, 3, 2), (0, 4, 2)]))
    assert [(c.condition.active, c.condition.message) for c in changes] == [
        (False, "alarm.high"),
        (True, "alarm.low"),
    ]


def test_a_signal_whose_asset_is_renamed_ends_what_was_raised_under_the_old_name() -> None:
    rule = Threshold()
    rule.evaluate(stretch([(0, 1, 76), (0, 2, 76)]))
    renamed = signals(source=["pump-2", "pump-2", "motor"])
    assert said(rule.evaluate(stretch(of=renamed, now_s=9, tick=True))) == [
        (9, "pump", "threshold:temp", False, 3)
    ]


def test_odd_scores_for_ten_seconds_raise_with_what_contributes() -> None:
    rule = Anomaly()
    odd = [(0, second, 0.97, 0) for second in range(12)]
    changes = rule.evaluate(stretch(scores=odd))
    assert said(changes) == [(10, "pump", "anomaly", True, 3)]
    assert changes[0].condition.arguments["contributors"] == [{"signal": "vib", "share": 0.7}]
    calm = [(0, second, 0.3, 0) for second in range(12, 60)]
    assert said(rule.evaluate(stretch(scores=calm))) == [(42, "pump", "anomaly", False, 3)]


def test_a_failure_that_is_near_for_a_minute_raises_with_what_is_left() -> None:
    rule = Failure()
    changes = rule.evaluate(stretch(scores=[(0, second, 0.97, 0) for second in range(0, 70, 5)]))
    assert said(changes) == [(55, "pump", "failure", True, 2)]
    assert changes[0].condition.arguments == {"hours": 24, "remaining_s": 3600, "mode": "bearing"}
    less = [(0, second, 0.4, 0) for second in range(70, 700, 5)]
    assert rule.evaluate(stretch(scores=less)) == []
    well = [(0, second, 0.1, 0) for second in range(700, 1400, 5)]
    assert said(rule.evaluate(stretch(scores=well))) == [(1300, "pump", "failure", False, 2)]


def test_a_sensor_that_lies_is_an_alarm_of_its_signal() -> None:
    rule = Sensor()
    changes = rule.evaluate(stretch(scores=[(0, 5, 0.97, 0), (0, 10, 0.97, 0)]))
    assert said(changes) == [(5, "pump", "sensor:vib", True, 4)]
    assert changes[0].condition.arguments == {"signal": "vib", "fault": "frozen"}
    well = [(0, second, 0.1, 0) for second in range(15, 100, 5)]
    assert said(rule.evaluate(stretch(scores=well))) == [(75, "pump", "sensor:vib", False, 4)]


def test_zone_c_is_medium_and_zone_d_high() -> None:
    rule = Zone()
    rising = [(1, second, 0.1, 3 if second < 15 else 4) for second in range(30)]
    assert said(rule.evaluate(stretch(scores=rising))) == [
        (10, "motor", "zone", True, 3),
        (25, "motor", "zone", True, 2),
    ]


def test_a_silent_device_is_one_alarm() -> None:
    rule = Stale()
    ticks = [rule.evaluate(stretch(now_s=second, tick=True)) for second in range(14)]
    assert said(chain.from_iterable(ticks)) == [(11, "pump", "stale", True, 3)]
    again = [rule.evaluate(stretch(now_s=second, tick=True, of=heard(second))) for second in range(14, 31)]
    assert said(chain.from_iterable(again)) == [(29, "pump", "stale", False, 3)]


def heard(second: int) -> Signals:
    """All signals, just heard."""
    return signals(received_us=np.full(3, START + second * S, np.int64))


def test_a_signal_that_comes_and_goes_is_one_alarm() -> None:
    rule = Stale()
    found = []
    for second in range(200):
        on = second % 40 >= 20  # twenty seconds of silence, twenty of readings
        temp_s = second if on else second - second % 40
        received = np.array([START + temp_s * S, START + second * S, START], np.int64)
        found += rule.evaluate(stretch(now_s=second, tick=True, of=signals(received_us=received)))
    assert [change.condition.active for change in found] == [True]


def test_a_signal_that_stops_while_its_device_goes_on_is_stale_by_itself() -> None:
    rule = Stale()
    received = np.array([START, START + 20 * S, START], np.int64)
    rule.evaluate(stretch(now_s=19, tick=True, of=signals(received_us=received)))
    changes = rule.evaluate(stretch(now_s=20, tick=True, of=signals(received_us=received)))
    assert changes == []
    changes = Stale().evaluate(stretch(now_s=21, tick=True, of=signals(received_us=received)))
    assert said(changes) == [(21, "pump", "stale:temp", True, 4)]


def test_a_machine_that_makes_nothing_is_not_stale_about_its_cycles() -> None:
    received = np.array([START + 30 * S, START, START], np.int64)
    idle = signals(quantity=["temperature", "cycle", ""], received_us=received)
    assert Stale().evaluate(stretch(now_s=31, tick=True, of=idle)) == []


def test_a_server_that_was_away_does_not_blame_the_devices() -> None:
    rule = Stale()
    rule.evaluate(stretch(now_s=0, tick=True))
    assert rule.evaluate(stretch(now_s=3600, tick=True)) == []
    later = [rule.evaluate(stretch(now_s=3600 + second, tick=True)) for second in range(1, 12)]
    assert said(chain.from_iterable(later)) == [(3611, "pump", "stale", True, 3)]


def noisy(seed: int) -> list[Stretch]:
    """A minute with excursions on every signal and score, a stretch a second, each ending in a tick."""
    random = np.random.default_rng(seed)
    found = []
    for second in range(60):
        samples = [
            (row, second, float(random.choice([50, 76, 90, 2, 58]))) for row in range(3) for _ in range(3)
        ]
        scores = [
            (row, second, float(random.choice([0.2, 0.99])), int(random.integers(0, 5))) for row in (0, 1)
        ]
        found.append(stretch(samples, scores=scores, now_s=second, tick=True))
    return found


@pytest.mark.parametrize("make", RULES)
def test_changes_do_not_depend_on_where_the_journal_is_cut(make: type[Rule]) -> None:
    whole, cut = make(), make()
    for one in noisy(7):
        expected = sorted(whole.evaluate(one), key=repr)
        half = len(one.readings.row) // 2
        first = replace(
            one, tick=False, readings=part(one.readings, slice(None, half)), scores=part(one.scores, slice(0))
        )
        rest = replace(one, readings=part(one.readings, slice(half, None)))
        assert sorted(cut.evaluate(first) + cut.evaluate(rest), key=repr) == expected


Columns = TypeVar("Columns", Readings, Scores)


def part(columns: Columns, some: slice) -> Columns:
    names = [name for name in columns.__slots__ if name not in {"sources", "others"}]
    return replace(columns, **{name: getattr(columns, name)[some] for name in names})


@pytest.mark.parametrize("make", RULES)
def test_each_source_and_rule_alternates_between_holding_and_not(make: type[Rule]) -> None:
    rule = make()
    holds: dict[tuple[str, str], Condition] = {}
    for one in noisy(11):
        for change in rule.evaluate(one):
            key = (change.condition.source, change.condition.rule)
            if change.condition.active:
                before = holds.get(key)
                assert before is None or before.priority != change.condition.priority
                holds[key] = change.condition
            else:
                assert holds.pop(key).priority == change.condition.priority
