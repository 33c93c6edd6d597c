from lineshaft.detect.eta.pace import PRIOR, Errors, blended_pace


def test_before_any_arrival_the_prior_speaks() -> None:
    assert Errors().interval(10_000.0) == tuple(10_000.0 * ratio for ratio in PRIOR)


def test_arrivals_move_the_interval_of_their_own_horizon_only() -> None:
    errors = Errors()
    for n in range(200):
        errors.learn(1_000.0, 1_000.0 * (1.1 + 0.001 * (n % 100)))
    near, far = errors.interval(1_000.0), errors.interval(20_000.0)
    assert 1_090 < near.p10_s < near.p50_s < near.p90_s < 1_210
    assert far.p50_s == 20_000.0


def test_what_is_remembered_is_bounded() -> None:
    errors = Errors()
    for _ in range(10_000):
        errors.learn(5_000.0, 5_000.0)
    assert sum(map(len, errors.ratios)) == 200


def test_quantiles_never_cross() -> None:
    errors = Errors()
    for _ in range(5):
        errors.learn(1_000.0, 4_000.0)
    interval = errors.interval(1_000.0)
    assert list(interval) == sorted(interval)


def test_pace_never_stands_still_for_ever() -> None:
    assert blended_pace(0.0, 0.0, 1e6, 1e3) == 0.5
