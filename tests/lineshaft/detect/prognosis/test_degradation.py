import pickle

import numpy as np

from lineshaft.detect.prognosis.base import Remaining, fail_within
from lineshaft.detect.prognosis.degradation import Degradation
from lineshaft.domain.readings import Floats

START_US = 1_700_000_000_000_000
WINDOW_S = 5.0


def watched(indicator: Floats, model: Degradation | None = None) -> tuple[Degradation, Remaining]:
    """What is said after the last of some windows of some machines: (windows, machines)."""
    model = model or Degradation()
    model.grow(indicator.shape[1])
    row = np.arange(indicator.shape[1], dtype=np.int32)
    for window, values in enumerate(indicator):
        at_us = np.full(len(row), START_US + int(window * WINDOW_S * 1e6))
        said = model.update(row, at_us, values)
    return model, said


def noise(windows: int, machines: int, size: float = 0.02, seed: int = 1) -> Floats:
    """Noise whose neighbours resemble one another, as smoothed scores do."""
    made = np.random.default_rng(seed).normal(0, size, (windows, machines))
    for window in range(1, windows):
        made[window] += 0.7 * made[window - 1]
    return made


def wear(windows: int, onset: int, life: int) -> Floats:
    """From 0 at the onset to 1 when `life` windows later it fails; (windows, 1)."""
    return np.clip((np.arange(windows) - onset) / life, 0, 1)[:, None]


def test_wear_is_foreseen_within_a_factor_of_two() -> None:
    for life in (120, 600, 2400):
        _, said = watched(0.1 + 0.9 * wear(300 + life * 2 // 3, 300, life) + noise(300 + life * 2 // 3, 4))
        left_s = life / 3 * WINDOW_S
        assert np.isfinite(said.p50_s).sum() >= 3
        known = np.isfinite(said.p50_s)
        assert (np.abs(np.log2(said.p50_s[known] / left_s)) < 1.2).all()
        assert (said.p10_s[known] < said.p50_s[known]).all()
        assert (said.p50_s[known] < said.p90_s[known]).all()


def test_growth_that_feeds_on_itself_is_foreseen() -> None:
    at = np.arange(700)[:, None]
    _, said = watched(np.exp((at - 1000) / 200.0) + 0.3 * noise(700, 4))
    assert (np.abs(np.log2(said.p50_s / (300 * WINDOW_S))) < 1.0).all()


def test_a_healthy_machine_is_not_said_to_degrade() -> None:
    model = Degradation()
    said = 0
    for part in range(10):
        _, found = watched(0.2 + noise(200, 50, seed=part), model)
        said += int(np.isfinite(found.p50_s).sum())
    assert said <= 5


def test_a_machine_at_the_level_of_failure_is_due() -> None:
    _, said = watched(
        np.vstack([0.1 + 0.9 * wear(700, 300, 400), np.full((40, 1), 1.02)]) + noise(740, 1, 0.005)
    )
    assert said.p50_s[0] < 60


def test_failures_teach_the_level() -> None:
    model = Degradation()
    path = 0.05 + 0.45 * wear(700, 300, 400)
    for seed in range(30):
        watched(path + noise(700, 1, 0.005, seed), model)
        model.failed(0, START_US + int(700 * WINDOW_S * 1e6))
    assert abs(model.failure_level(np.zeros(1, np.int32))[0] - 0.6) < 0.1
    _, said = watched(path[:500] + noise(500, 1, 0.005, 99), model)
    assert said.p10_s[0] < 200 * WINDOW_S < said.p90_s[0]
    assert said.p90_s[0] < 2 * 200 * WINDOW_S


def test_kinds_learn_apart() -> None:
    model = Degradation()
    model.grow(2)
    model.join(1, 3)
    path = np.hstack([0.45 * wear(500, 100, 400), 0.9 * wear(500, 100, 400)]) + noise(500, 2, 0.005)
    watched(path, model)
    model.failed(0, START_US + int(500 * WINDOW_S * 1e6))
    levels = model.failure_level(np.array([0, 1], np.int32))
    assert levels[0] < levels[1] == 1.0


def test_missing_windows_and_repairs_are_no_trend() -> None:
    path = 0.1 + 0.9 * wear(500, 100, 600) + noise(500, 2)
    path[200:230] = np.nan
    model, said = watched(path)
    assert np.isfinite(said.p50_s).all()
    model.repaired(0)
    again = model.update(np.arange(2, dtype=np.int32), np.full(2, START_US + 3 * 10**9), np.full(2, 0.1))
    assert np.isnan(again.p50_s[0])


def test_machines_do_not_know_of_one_another_and_states_are_kept() -> None:
    path = 0.1 + 0.9 * wear(400, 100, 600) + noise(400, 3)
    model, all_of_them = watched(path)
    _, alone = watched(path[:, 1:2])
    np.testing.assert_allclose(alone.p50_s[0], all_of_them.p50_s[1])
    kept = pickle.loads(pickle.dumps(model))  # noqa: S301 - our own
    row, at_us = np.arange(3, dtype=np.int32), np.full(3, START_US + 2 * 10**9)
    for one, other in zip(model.update(row, at_us, path[-1]), kept.update(row, at_us, path[-1]), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_machine_costs_about_a_kilobyte() -> None:
    model = Degradation()
    model.grow(1000)
    held = sum(value.nbytes for value in vars(model).values() if isinstance(value, np.ndarray))
    assert held / 1000 < 1300


def test_the_chance_of_failing_keeps_the_quantiles_and_grows_with_the_horizon() -> None:
    said = Remaining(*(np.array([s, np.nan]) for s in (1e4, 3e4, 2e5)))
    chances = [fail_within(said, horizon_s)[0] for horizon_s in (1.0, 1e4, 3e4, 2e5, 1e9)]
    np.testing.assert_allclose(chances[1:4], [0.1, 0.5, 0.9])
    assert chances == sorted(chances)
    assert np.isnan(fail_within(said, 1e4)[1])
