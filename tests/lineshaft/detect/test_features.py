import numpy as np

from lineshaft.detect.features import features


def test_features_equal_the_plain_definitions_window_by_window() -> None:
    rng = np.random.default_rng(3)
    window = rng.integers(0, 9, 400)
    ts_us = rng.integers(0, 5_000_000, 400)
    value = rng.normal(50, 5, 400)
    numbers, found = features(window, ts_us, value)
    for at, number in enumerate(numbers):
        mine, t = value[window == number], ts_us[window == number] / 1e6
        assert found.level[at] == np.median(mine)
        assert np.isclose(found.spread[at], 1.4826 * np.median(np.abs(mine - np.median(mine))))
        assert np.isclose(found.slope[at], np.polyfit(t, mine, 1)[0])
        assert found.peak[at] == np.abs(mine).max()


def test_the_order_of_readings_does_not_matter() -> None:
    rng = np.random.default_rng(4)
    window, ts_us, value = rng.integers(0, 5, 99), rng.integers(0, 9, 99), rng.normal(size=99)
    mixed = rng.permutation(99)
    one, two = features(window, ts_us, value), features(window[mixed], ts_us[mixed], value[mixed])
    assert all(np.allclose(a, b, rtol=1e-12, atol=1e-9) for a, b in zip(one[1], two[1], strict=True))
