"""Indicators: the same from windows as from stored minutes, by time, and of each machine alone."""

import pickle

import numpy as np

from lineshaft.detect.prognosis.indicators import MINUTE_US, NAMES, QUANTITIES, Indicators, Seen
from lineshaft.domain.readings import Floats

SECOND_US = 1_000_000
START_US = 1_795_000_020_000_000  # the beginning of a minute
ROW = np.zeros(1, np.int32)


def seen(rows: int = 1, score: float = 0.1, **levels: float) -> Seen:
    level = np.full((rows, len(QUANTITIES)), np.nan)
    for name, value in levels.items():
        level[:, QUANTITIES.index(name)] = value
    ones = np.ones(rows)
    return Seen(score * ones, 90 * ones, np.nan * ones, 0 * ones, ones, level)


def named(x: Floats) -> dict[str, float]:
    return dict(zip(NAMES, x.tolist(), strict=True))


def fresh(rows: int = 1) -> Indicators:
    indicators = Indicators()
    indicators.grow(rows)
    return indicators


def test_windows_of_five_seconds_give_what_the_minutes_they_make_up_give() -> None:
    by_window, by_minute = fresh(), fresh()
    rng = np.random.default_rng(1)
    out = []
    for minute in range(90):
        scores = rng.random(12)
        for window, score in enumerate(scores):
            at = np.array([START_US + minute * MINUTE_US + (window + 1) * 5 * SECOND_US])
            out.append(by_window.update(ROW, at, seen(score=score, vibration=2 + score)))
        end = np.array([START_US + (minute + 1) * MINUTE_US])
        by_minute.step(ROW, end, seen(score=scores.mean(), vibration=2 + scores.mean()))
    closed = [one for one in out if len(one.row)]
    assert len(closed) == 89  # the last minute is still being collected
    last = np.array([START_US + 91 * MINUTE_US])
    final = by_window.update(ROW, last, seen())
    np.testing.assert_allclose(final.x, by_minute.now(ROW, final.at_us), rtol=1e-9)


def test_a_mean_over_a_short_past_is_not_pulled_to_zero() -> None:
    indicators = fresh()
    found = indicators.step(ROW, np.array([START_US]), seen(score=0.4))
    assert named(found.x[0])["score_1d"] == 0.4


def test_deviations_are_told_once_the_usual_is_known_and_not_while_it_stands() -> None:
    indicators = fresh()
    rng = np.random.default_rng(2)
    at_us = START_US
    for _ in range(240):
        at_us += MINUTE_US
        indicators.step(ROW, np.array([at_us]), seen(temperature=60 + rng.normal()))
    for _ in range(20):
        at_us += MINUTE_US
        found = indicators.step(ROW, np.array([at_us]), seen(temperature=70))
    hot = named(found.x[0])
    assert hot["temperature_10m"] > 3
    assert np.isnan(hot["vibration_10m"])
    standing = seen(temperature=20)._replace(running=np.zeros(1))
    for _ in range(20):
        at_us += MINUTE_US
        found = indicators.step(ROW, np.array([at_us]), standing)
    assert named(found.x[0])["temperature_10m"] == hot["temperature_10m"]
    assert named(found.x[0])["running_1d"] < 1


def test_a_repair_begins_a_new_life() -> None:
    indicators = fresh()
    for minute in range(60):
        indicators.step(ROW, np.array([START_US + minute * MINUTE_US]), seen(score=0.9))
    at_us = START_US + 60 * MINUTE_US
    indicators.repair(0, at_us)
    found = named(indicators.step(ROW, np.array([at_us + MINUTE_US]), seen(score=0.1)).x[0])
    assert (found["score_1d"], found["score_peak"]) == (0.1, 0.1)
    assert found["age_h"] == 1 / 60


def test_machines_do_not_know_of_one_another() -> None:
    alone, among = fresh(), fresh(40)
    for minute in range(50):
        at = np.array([START_US + minute * MINUTE_US])
        one = alone.step(ROW, at, seen(score=minute / 50))
        rows = np.arange(40, dtype=np.int32)
        many = among.step(rows, np.repeat(at, 40), seen(40)._replace(score=np.r_[minute / 50, np.ones(39)]))
    np.testing.assert_array_equal(one.x[0], many.x[0])


def test_time_that_goes_back_or_leaps_does_no_harm() -> None:
    indicators = fresh()
    for at_us in (START_US, START_US - 10**12, START_US + 10**15, START_US + 1):
        found = indicators.step(ROW, np.array([at_us]), seen())
        assert np.isfinite(named(found.x[0])["score_1d"])


def test_a_machine_takes_little_room_and_pickles() -> None:
    indicators = fresh(1000)
    assert len(pickle.dumps(indicators)) < 2_500 * indicators.room
    again = pickle.loads(pickle.dumps(indicators))  # noqa: S301 - our own bytes
    at = np.array([START_US])
    np.testing.assert_array_equal(again.step(ROW, at, seen()).x, indicators.step(ROW, at, seen()).x)
