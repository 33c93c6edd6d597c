import pickle

import numpy as np
import pytest

from lineshaft.detect.eta.pace import KEPT, Paces

EXPECTED = np.linspace(0.0, 3_600.0, 41)


def drive(paces: Paces, trip: str, ratio: float, parts: int = 20, jam_s: float = 0.0) -> tuple[float, float]:
    seconds = EXPECTED[1 : parts + 1] * ratio
    seconds[parts // 2 :] += jam_s
    return paces.note(trip, seconds.tolist(), EXPECTED)


def test_a_jam_is_no_pace_and_a_slow_road_is() -> None:
    paces = Paces()
    assert drive(paces, "a", 1.0, jam_s=1_800.0)[0] == pytest.approx(0.0)
    assert drive(paces, "b", 1.25)[0] == pytest.approx(np.log(1.25))
    assert paces.note("c", [], EXPECTED) == (0.0, 0.0)


def test_a_new_regime_is_seen_at_the_last_departures() -> None:
    paces, rng = Paces(), np.random.default_rng(3)
    for number in range(100):
        drive(paces, f"t{number}", float(np.exp(rng.normal(0, 0.03))))
        if number > 5:
            paces.learn(f"t{number - 6}")
    assert abs(paces.fleet()) < 0.02
    for number in range(5):
        drive(paces, f"slow{number}", 4 / 3, parts=12)
    assert paces.fleet() == pytest.approx(np.log(4 / 3), abs=0.07)


def test_a_usual_bias_is_taken_off_and_the_memory_is_bounded() -> None:
    paces = Paces()
    for number in range(200):
        drive(paces, str(number), 0.97)
        if number >= KEPT // 2:
            paces.learn(str(number - KEPT // 2))
    assert len(paces.recent) <= KEPT
    assert drive(paces, "next", 0.97)[0] == pytest.approx(0.0, abs=0.01)
    assert pickle.loads(pickle.dumps(paces)) == paces  # noqa: S301 - our own, from this line


def test_one_truck_alone_is_no_regime() -> None:
    paces = Paces()
    for trip in ("a", "b"):
        drive(paces, trip, 3.0)
    assert paces.fleet() == 0.0


def test_points_that_were_never_seen_teach_nothing() -> None:
    assert Paces().note("a", [0.0, 0.0, 0.0], EXPECTED) == (0.0, 0.0)
    assert Paces().note("a", [0.5], EXPECTED, 1) == (0.0, 0.0)
