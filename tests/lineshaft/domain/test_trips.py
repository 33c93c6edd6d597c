from math import isclose, isnan, nan

import pytest

from lineshaft.domain.trips import Fix, Leg, Track, advance, start

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
    assert advance(track, fix(10, 50_000, 10.0)).fault
    assert not advance(track, fix(15, 150, 10.0)).fault
    assert track.last.lat < 30.01
    for second in (20, 25):
        assert advance(track, fix(second, 90_000 + second, 10.0)).fault
    assert not advance(track, fix(30, 90_050, 10.0)).fault
    assert track.odometer_m < 1_000


@pytest.mark.parametrize("bad", [fix(5, 60, 10.0, accuracy_m=900.0), fix(-5, 10, 10.0), fix(0, 10, 10.0)])
def test_rough_old_and_repeated_fixes_move_nothing(bad: Fix) -> None:
    track = start(fix(0, 0, 10.0))
    assert advance(track, bad).fault
    assert track.last.ts_us == 0


def legs(*fixes: Fix) -> list[Leg]:
    track = start(fixes[0])
    return [leg for one in fixes[1:] if (leg := advance(track, one).ended)]


def going(first_s: int, from_m: float, count: int) -> list[Fix]:
    return [fix(first_s + 5 * n, from_m + 75 * n, 15.0)._replace(ignition=1.0) for n in range(count)]


def standing(first_s: int, at_m: float, count: int, *, ignition: float = 0.0) -> list[Fix]:
    return [fix(first_s + 5 * n, at_m, 0.0)._replace(ignition=ignition) for n in range(count)]


def test_a_trip_ends_when_it_first_stood_and_a_red_light_ends_none() -> None:
    trip = [*going(100, 0, 21), *standing(205, 1_500, 24), *going(325, 1_500, 20), *standing(425, 2_925, 60)]
    stop, trip_leg = legs(*standing(0, 0, 20), *trip)
    assert (stop.kind, stop.from_us, stop.way_m) == ("stop", 0, 0.0)
    assert (trip_leg.kind, trip_leg.to_us) == ("trip", 425 * S)
    assert trip_leg.way_m == pytest.approx(2_925, rel=0.05)
    assert trip_leg.fastest_ms == 15.0


def test_idling_is_standing_with_the_engine_on() -> None:
    (stop,) = legs(*standing(0, 0, 61, ignition=1.0), *standing(305, 0, 60), *going(605, 0, 5))
    assert stop.idle_s == pytest.approx(300, abs=10)
    (unknown,) = legs(*(one._replace(ignition=nan) for one in [*standing(0, 0, 60), *going(300, 0, 5)]))
    assert isnan(unknown.idle_s)


def test_a_manoeuvre_on_the_yard_is_no_trip() -> None:
    shunted = [*standing(0, 0, 60), *going(300, 0, 2), fix(310, 80, 3.0), *standing(315, 85, 60)]
    found = legs(*shunted, *going(615, 85, 20))
    assert [leg.kind for leg in found] == ["stop", "stop"]
    assert found[0].from_us == found[1].from_us == 0
    assert found[1].to_us > 600 * S


def test_reasons_are_told() -> None:
    track = start(fix(0, 0, 10.0))
    told = [
        advance(track, one).fault
        for one in (fix(5, 60, 10.0, accuracy_m=900), fix(0, 0), fix(5, 9_000), fix(6, 60, 90.0), fix(7, 60))
    ]
    assert told == ["rough", "old", "jump", "fast", ""]
