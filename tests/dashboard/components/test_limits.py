from dashboard.components.limits import limits, scale

NONE = dict.fromkeys(("low_low", "low", "high", "high_high"))


def test_a_signal_without_limits_has_no_bar() -> None:
    assert limits(NONE) is None


def test_the_scale_shows_all_limits_with_room_around_them() -> None:
    found = scale(NONE | {"low_low": 2.0, "low": 2.8, "high": 7.5, "high_high": 8.5})
    assert found is not None
    assert found.low < 2.0
    assert found.high > 8.5


def test_with_a_lower_limit_only_the_band_reaches_to_the_end() -> None:
    bar = limits(NONE | {"low": 60.0})
    assert bar is not None
    band = bar.children[0]
    assert float(band.style["left"].rstrip("%")) + float(band.style["width"].rstrip("%")) > 99


def test_equal_limits_do_not_divide_by_nought() -> None:
    assert limits(NONE | {"high": 0.0}) is not None
