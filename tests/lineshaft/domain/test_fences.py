"""Geofences: edges, hysteresis, dwell, sparse fixes, and what is refused."""

import pytest

from lineshaft.domain.fences import Crossing, Fence, FenceError, Fences, Spot, fence_of

S = 1_000_000
LAT, LON = 30.0, 120.0
M = 1 / 111_194.9
"""Degrees of latitude a metre."""


def circle(**more: object) -> Fence:
    return fence_of(
        {"key": "yard", "name": "Yard", "kind": "circle", "points": [[LAT, LON]], "radius_m": 200, **more}
    )


def spot(second: float, north_m: float, speed_ms: float = 15.0, east_m: float = 0.0) -> Spot:
    return Spot(round(second * S), LAT + north_m * M, LON + east_m * M / 0.8660, speed_ms)


def drive(fences: Fences, *spots: Spot) -> list[Crossing]:
    return [one for it in spots for one in fences.follow("truck", it)]


def kinds(crossings: list[Crossing]) -> list[str]:
    return [one.kind + ("!" if one.visited else "") for one in crossings]


def with_fence(fence: Fence) -> Fences:
    fences = Fences()
    fences.put(fence)
    return fences


def test_who_drives_by_has_crossed_and_not_visited() -> None:
    fences = with_fence(circle())
    passing = [spot(5 * n, -600 + 75 * n) for n in range(17)]
    assert kinds(drive(fences, *passing)) == ["enter", "leave"]


def test_a_red_light_inside_is_no_visit() -> None:
    fences = with_fence(circle())
    before = [spot(5 * n, -300 + 60 * n, 12.0) for n in range(5)]
    light = [spot(25 + 5 * n, 0, 0.0) for n in range(18)]
    after = [spot(115 + 5 * n, 75 * n, 15.0) for n in range(6)]
    assert kinds(drive(fences, *before, *light, *after)) == ["enter", "leave"]


def test_a_slow_drive_through_a_large_fence_is_no_visit() -> None:
    fences = with_fence(circle(radius_m=3_000))
    assert kinds(drive(fences, *(spot(10 * n, -4_000 + 100 * n, 10.0) for n in range(81)))) == [
        "enter",
        "leave",
    ]


def test_standing_for_the_dwell_time_is_a_visit_from_when_it_entered() -> None:
    fences = with_fence(circle(dwell_s=120))
    come = [spot(5 * n, -450 + 75 * n) for n in range(5)]
    stay = [spot(25 + 10 * n, -75, 0.0) for n in range(15)]
    found = drive(fences, *come, *stay, *(spot(180 + 5 * n, 75 * n) for n in range(6)))
    assert kinds(found) == ["enter", "dwell!", "leave!"]
    enter, dwell, leave = found
    assert enter.at_us == dwell.entered_us == leave.entered_us
    assert 15 * S < enter.at_us < 20 * S  # between two fixes, where the way crosses the edge
    assert dwell.at_us - enter.at_us >= 120 * S


def test_noise_at_the_edge_is_one_visit() -> None:
    fences = with_fence(circle(dwell_s=60))
    noisy = [spot(10 * n, 190 + 25 * (n % 2), 0.2) for n in range(40)]
    assert kinds(drive(fences, *noisy)) == ["enter", "dwell!"]


def test_sparse_fixes_cross_what_lies_between_them() -> None:
    fences = with_fence(circle())
    found = drive(fences, spot(0, -9_000), spot(600, 9_000))
    assert kinds(found) == ["enter", "leave"]
    assert [round(one.at_us / S) for one in found] == pytest.approx([293, 307], abs=3)


def test_one_sparse_fix_within_may_be_a_visit() -> None:
    fences = with_fence(circle())
    found = drive(fences, spot(0, -400), spot(600, 0, 0.0), spot(1200, 400))
    assert kinds(found) == ["enter", "dwell!", "leave!"]


def test_after_a_long_silence_nobody_knows_the_way() -> None:
    fences = with_fence(circle())
    assert drive(fences, spot(0, -9_000), spot(2 * 3600, 9_000)) == []


def test_polygons_have_corners_and_corridors_a_width() -> None:
    corner = [[LAT, LON], [LAT + 0.01, LON], [LAT, LON + 0.01]]
    polygon = fence_of({"key": "a", "name": "A", "kind": "polygon", "points": corner})
    assert polygon.outside_m(LAT + 0.002, LON + 0.002) < 0 < polygon.outside_m(LAT + 0.009, LON + 0.009)
    line = [[LAT, LON], [LAT + 0.1, LON]]
    corridor = fence_of({"key": "b", "name": "B", "kind": "corridor", "points": line, "radius_m": 300})
    assert corridor.outside_m(LAT + 0.05, LON) == pytest.approx(-300, abs=1)
    assert corridor.outside_m(LAT - 500 * M, LON) == pytest.approx(200, abs=1)


def test_a_changed_fence_keeps_who_is_inside_and_a_removed_one_does_not() -> None:
    fences = with_fence(circle(dwell_s=60))
    drive(fences, spot(0, 0, 0.0))
    fences.put(circle(dwell_s=60, radius_m=300, version=2))
    found = drive(fences, spot(70, 0, 0.0))
    assert (kinds(found), found[0].entered_us, found[0].fence.version) == (["dwell!"], 0, 2)
    fences.remove("yard")
    assert drive(fences, spot(100, 5_000)) == []


def test_the_date_line_is_no_edge() -> None:
    across = {"key": "c", "name": "C", "kind": "circle", "points": [[0.0, 179.9999]], "radius_m": 500}
    assert fence_of(across).outside_m(0.0, -179.9999) < 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "square"}, {"radius_m": 10}, {"radius_m": "x"}, {"radius_m": float("nan")}, {"points": []},
        {"points": [[91, 0]]}, {"points": [[1, 2, 3]]}, {"points": "x"}, {"dwell_s": -1}, {"margin_m": 1},
        {"key": ""}, {"kind": "polygon", "points": [[0, 0], [1, 1]]},
        {"kind": "polygon", "points": [[0, 0], [40, 0], [0, 40]]},
    ],
)  # fmt: skip
def test_what_is_no_fence_is_refused_in_words(wrong: dict[str, object]) -> None:
    with pytest.raises(FenceError, match=r"expected|points|wide|range"):
        circle(**wrong)
