from math import isclose, nan

import pytest

from stream.steps.positions import Fix, Track, advance, start

S = 1_000_000
DEGREE_M = 111_195.0


def fix(second: float, north_m: float, speed_ms: float = nan, accuracy_m: float = 5.0) -> Fix:
    return Fix(round(second * S), 30.0 + north_m / DEGREE_M, 120.0, speed_ms, nan, accuracy_m)


def driven(*fixes: Fix) -> Track:
    track = start(fixes[0])
    for one in fixes[1:]:
        advance(track, one)
    return track


def test_a_moving_vehicle_has_speed_heading_and_way() -> None:
    track = driven(*(fix(5 * n, 100 * n) for n in range(11)))
    assert track.state == "MOVING"
    assert isclose(track.last.speed_ms, 20.0, rel_tol=0.01)
    assert track.last.heading_deg == pytest.approx(0.0, abs=0.5)
    assert track.odometer_m == pytest.approx(1_000, rel=0.01)


def test_noise_around_a_stop_is_no_way() -> None:
    track = driven(*(fix(5 * n, 8 * (n % 2), 0.3) for n in range(100)))
    assert track.state == "STOPPED"
    assert track.odometer_m == 0.0


def test_a_traffic_light_is_no_stop_but_a_minute_is() -> None:
    moving = [fix(5 * n, 60 * n, 12.0) for n in range(10)]
    track = driven(*moving, *(fix(50 + 5 * n, 540, 0.0) for n in range(8)))
    assert track.state == "MOVING"
    track = driven(*moving, *(fix(50 + 5 * n, 540, 0.0) for n in range(14)))
    assert track.state == "STOPPED"
    assert track.since_us == 50 * S


def test_a_jump_is_not_believed_unless_it_lasts() -> None:
    track = driven(fix(0, 0, 10.0), fix(5, 50, 10.0))
    assert not advance(track, fix(10, 50_000, 10.0))
    assert advance(track, fix(15, 150, 10.0))
    assert track.last.lat < 30.01
    for second in (20, 25):
        assert not advance(track, fix(second, 90_000 + second, 10.0))
    assert advance(track, fix(30, 90_050, 10.0))
    assert track.odometer_m < 1_000


@pytest.mark.parametrize("bad", [fix(5, 60, 10.0, accuracy_m=900.0), fix(-5, 10, 10.0), fix(0, 10, 10.0)])
def test_rough_old_and_repeated_fixes_move_nothing(bad: Fix) -> None:
    track = start(fix(0, 0, 10.0))
    assert not advance(track, bad)
    assert track.last.ts_us == 0
