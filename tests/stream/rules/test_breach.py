import numpy as np
import pytest

from stream.rules.base import Readings, Scores, Signals, Stretch
from stream.rules.breach import KEPT, Breach

S = 1_000_000
START = 1_763_700_000 * S
ORDER = {
    "id": "SH-1",
    "vehicle": "truck-01",
    "limits": [{"signal": "temperature", "low": 2, "high": 8}, {"signal": "shock", "high": 3, "for_s": 0}],
}
SIGNALS = Signals(
    source=["truck-01", "truck-01", "truck-02"],
    name=["temperature", "shock", "temperature"],
    quantity=["temperature", "", "temperature"],
    unit=["Cel", "g", "Cel"],
    limits=np.full((3, 4), np.nan),
    every_s=np.full(3, np.nan),
    received_us=np.full(3, START, np.int64),
)


def samples(rule: Breach, *found: tuple[int, int, float]) -> list[tuple[int, str, bool]]:
    """Of (row, second, value); gives (second, rule, active)."""
    rows, seconds, values = zip(*found, strict=True)
    ts_us = START + np.array(seconds, np.int64) * S
    readings = Readings(np.array(rows, np.int32), ts_us, np.array(values, float), np.array(seconds, np.int64))
    none = Scores.none(SIGNALS.source)
    stretch = Stretch(
        seconds[-1], int(ts_us[-1]), tick=False, signals=SIGNALS, readings=readings, scores=none
    )
    changes = rule.evaluate(stretch)
    return [(one.pos, one.condition.rule, one.condition.active) for one in changes]


@pytest.fixture
def rule() -> Breach:
    rule = Breach()
    rule.order(ORDER)
    rule.heed("departure", {"shipment_id": "SH-1"})
    return rule


def test_too_warm_for_a_minute_is_a_breach_until_it_is_cool_for_a_minute(rule: Breach) -> None:
    warm = [(0, second, 9.0) for second in range(0, 100, 10)]
    assert samples(rule, *warm) == [(60, "breach:SH-1:temperature", True)]
    assert samples(rule, (0, 100, 7.9), (0, 170, 7.9)) == []  # not back by enough
    cool = [(0, second, 5.0) for second in range(180, 260, 10)]
    assert samples(rule, *cool) == [(240, "breach:SH-1:temperature", False)]


def test_an_open_door_is_no_breach_and_a_knock_is_one_at_once(rule: Breach) -> None:
    assert samples(rule, (0, 0, 9.0), (0, 50, 9.0), (0, 55, 6.0), (0, 65, 9.0), (0, 90, 9.0)) == []
    assert samples(rule, (1, 91, 4.2)) == [(91, "breach:SH-1:shock", True)]


def test_the_same_is_found_however_the_rows_are_cut(rule: Breach) -> None:
    warm = [(0, second, 1.0) for second in range(0, 200, 10)]
    one_by_one = [change for sample in warm for change in samples(rule, sample)]
    assert one_by_one == [(60, "breach:SH-1:temperature", True)]


def test_only_its_own_vehicle_and_only_under_way(rule: Breach) -> None:
    assert samples(rule, (2, 0, 30.0), (2, 100, 30.0)) == []
    rule.heed("arrival", {"shipment_id": "SH-1"})
    assert samples(rule, (0, 200, 30.0), (0, 300, 30.0)) == []
    rule.order(ORDER)
    assert samples(rule, (0, 400, 30.0), (0, 500, 30.0)) == []


def test_a_change_of_the_order_counts_and_calling_it_off_ends_it(rule: Breach) -> None:
    rule.order({**ORDER, "limits": [{"signal": "temperature", "high": 40}]})
    assert samples(rule, (0, 0, 30.0), (0, 100, 30.0), (1, 101, 9.0)) == []
    rule.order({**ORDER, "state": "cancelled"})
    assert samples(rule, (0, 200, 90.0), (0, 300, 90.0)) == []
    assert rule == Breach()


def test_what_a_vehicle_is_to_carry_is_bounded(rule: Breach) -> None:
    for n in range(50):
        rule.order({**ORDER, "id": f"SH-{n + 10}"})
    assert len({one.shipment_id for one in rule.watched["truck-01"]}) == KEPT


def test_the_arrival_at_the_last_stop_ends_the_watch_and_at_another_does_not(rule: Breach) -> None:
    stops = [{"id": name, "lat": 30, "lon": 120 + n} for n, name in enumerate(("works", "hub", "port"))]
    rule.order({**ORDER, "stops": stops})
    rule.heed("departure", {"shipment_id": "SH-1", "stop": "works"})
    rule.heed("arrival", {"shipment_id": "SH-1", "stop": "hub"})
    assert rule.underway == {"SH-1"}
    rule.heed("arrival", {"shipment_id": "SH-1", "stop": "port"})
    assert (rule.underway, rule.watched, rule.last) == (set(), {}, {})
