import numpy as np
import pytest

from lineshaft.detect.eta.live import BEFORE, MOST, POINTS, SIDE, Arrivals, Checkpoint, Group, Interval, Way

EVEN = np.linspace(0.0, 1.0, POINTS + 1)
HOUR_S = 3_600.0


def arrive(arrivals: Arrivals, way: Way, real_s: float, planned_s: float = HOUR_S) -> None:
    arrivals.learn(way, planned_s, real_s, (EVEN[1:] * real_s).tolist(), [])


def test_nothing_known_is_the_plan() -> None:
    assert Arrivals().factor(Way("a>b", 8, "hangyun")) == 1.0
    assert Arrivals().course("a>b", EVEN) is EVEN


def test_a_lane_that_takes_longer_is_believed_after_some_arrivals_and_teaches_the_others_less() -> None:
    arrivals = Arrivals()
    for number in range(60):
        arrive(arrivals, Way("a>b", 8, "x"), 1.5 * HOUR_S)
        arrive(arrivals, Way(f"{number % 5}>c", 8, "x"), HOUR_S)
    assert arrivals.factor(Way("a>b", 8, "x")) == pytest.approx(1.5, rel=0.06)
    assert arrivals.factor(Way("0>c", 8, "x")) == pytest.approx(1.0, rel=0.06)


def test_a_lanes_course_is_learned_where_the_time_goes() -> None:
    arrivals = Arrivals()
    slow_end = np.concatenate([EVEN[1:21] * 0.5, 0.25 + EVEN[1:21] * 1.5]) * HOUR_S
    for _ in range(30):
        arrivals.learn(Way("a>b", 8, "x"), HOUR_S, HOUR_S, slow_end.tolist(), [])
    assert arrivals.course("a>b", EVEN)[20] == pytest.approx(0.25, abs=0.02)


def test_how_much_of_a_delay_goes_on_is_learned() -> None:
    arrivals = Arrivals()
    rng = np.random.default_rng(1)
    before = arrivals.left(HOUR_S, 0.0, 0.2, 0.5).p50_s
    for own, delay in rng.normal(0, 0.1, (400, 2)).tolist():
        real_s = HOUR_S * np.exp(own)  # its pace goes on, a jam does not
        told = Interval(0.9 * HOUR_S, HOUR_S, 1.1 * HOUR_S)
        arrivals._learn_delay(Checkpoint(0, HOUR_S, own, delay, 0.5, told), real_s)
    assert before > 1.03 * HOUR_S
    assert arrivals.left(HOUR_S, 0.0, 0.2, 0.5).p50_s == pytest.approx(HOUR_S, rel=0.02)
    assert arrivals.left(HOUR_S, 0.2, 0.0, 0.5).p50_s == pytest.approx(HOUR_S * np.exp(0.2), rel=0.03)


@pytest.mark.parametrize("spread", [0.05, 0.2])
def test_an_interval_keeps_its_promise_in_each_group_by_itself(spread: float) -> None:
    group, rng = Group(), np.random.default_rng(2)
    inside = []
    for number in range(3_000):
        low, high = group.ends()
        real_s = HOUR_S * float(np.exp(rng.normal(0.02, spread * (1 + (number > 1_500)))))
        told = Interval(HOUR_S * np.exp(low), HOUR_S, HOUR_S * np.exp(high))
        group.learn(told, real_s)
        inside.append(told.p10_s <= real_s <= told.p90_s)
    for part in (inside[300:1_500], inside[1_800:]):
        assert np.mean(part) == pytest.approx(1 - 2 * SIDE, abs=0.03)


def test_who_has_not_left_yet_teaches_a_group_of_its_own() -> None:
    arrivals = Arrivals()
    told = arrivals.left(HOUR_S, 0.0, 0.0, BEFORE)
    arrivals.learn(
        Way("a", 1, ""), HOUR_S, HOUR_S, [], [(Checkpoint(0, HOUR_S, 0.0, 0.0, BEFORE, told), 1.2 * HOUR_S)]
    )
    assert [len(group.errors) for group in arrivals.groups if group.errors] == [1]
    assert arrivals.left(HOUR_S, 0.0, 0.0, 0.5) == told
    assert arrivals.left(HOUR_S, 0.0, 0.0, BEFORE).p90_s != told.p90_s


def test_memory_is_bounded_and_who_was_heard_of_last_stays() -> None:
    arrivals = Arrivals()
    for number in range(MOST + 50):
        arrive(arrivals, Way(f"lane {number}", number % 24, ""), HOUR_S)
    assert len(arrivals.effects) <= MOST
    assert len(arrivals.courses) <= MOST
    assert f"lane {MOST + 49}" in arrivals.courses
    assert "lane 0" not in arrivals.courses
