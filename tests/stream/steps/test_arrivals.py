"""Arrival times under way: at several stops, by roads that were told, and why they changed."""

from math import nan
from typing import Any

import numpy as np
import pytest

from lineshaft.domain.geometry import Polyline
from lineshaft.domain.results import EtaRow
from lineshaft.domain.trips import Fix
from lineshaft.domain.ways import Leg, RoadWay, WayError, key_of, to_document
from stream.steps.plans import plan_of
from stream.steps.shipments import Shipments

S = 1_000_000
MINUTE = 60 * S
START = 1_790_000_000 * S
PLACES = ((31.0, 120.0), (31.0, 120.6), (31.0, 121.2))
LINE = Polyline(*zip(*PLACES, strict=True))
PLAN = {
    "id": "S1",
    "stops": [{"id": f"p{at}", "lat": lat, "lon": lon} for at, (lat, lon) in enumerate(PLACES)],
    "planned_departure_ms": START // 1000,
    "planned_arrival_ms": (START + 120 * MINUTE) // 1000,
}


def shipments(**more: Any) -> Shipments:
    found = Shipments()
    plan = plan_of("truck-01", PLAN | more)
    assert plan
    assert found.plan(plan, None, START)
    return found


def drive(found: Shipments, seconds: list[tuple[float, float]], every_s: int = 30) -> list[EtaRow]:
    """Along the line: (second, share of the way) pairs, evenly between; gives what was told."""
    told = []
    when, shares = zip(*seconds, strict=True)
    for second in range(0, int(when[-1]) + every_s, every_s):
        metres = float(np.interp(second, when, shares)) * LINE.length_m
        lat, lon = (float(np.interp(metres, LINE.along_m, side)) for side in (LINE.lat, LINE.lon))
        _, etas = found.follow("truck-01", Fix(START + second * S, lat, lon, 15.0, nan, 5.0), 1)
        told += etas
    return told


def minutes(us: int) -> float:
    return (us - START) / MINUTE


def test_each_stop_that_is_still_to_come_has_an_interval_of_its_own() -> None:
    told = drive(shipments(), [(0, 0.0), (7_200, 1.0)])
    early = next(row for row in told if minutes(row.ts_us) > 20)
    (stop, *mid), whole = early.detail["stops"][0], (early.p10_us, early.p50_us, early.p90_us)
    assert stop == "p1"
    assert mid == sorted(mid)
    assert minutes(mid[1]) == pytest.approx(60, abs=6)
    assert minutes(whole[1]) == pytest.approx(120, abs=8)
    assert all(here < there for here, there in zip(mid, whole, strict=True))
    assert (mid[2] - mid[0]) < (whole[2] - whole[0])
    late = next(row for row in told if minutes(row.ts_us) > 80)
    assert "stops" not in (late.detail or {})


def test_a_standstill_is_the_reason_it_gives() -> None:
    told = drive(shipments(), [(0, 0.0), (2_400, 0.33), (4_200, 0.33), (9_000, 1.0)])
    reasons = [row.detail["reason"] for row in told if row.detail and "reason" in row.detail]
    stood = next(one for one in reasons if one["code"] == "eta.stood")
    assert stood["minutes"] >= 10
    assert 5 <= stood["stood_min"] <= 30
    assert stood["lat"] == pytest.approx(31.0, abs=0.01)
    assert stood["lon"] == pytest.approx(120.4, abs=0.02)


def test_a_way_that_is_told_before_the_departure_gives_road_and_driving_time() -> None:
    plain = shipments(planned_departure_ms=None, planned_arrival_ms=None)
    road = RoadWay(
        key_of(PLACES), (PLACES[0], (31.2, 120.6), PLACES[2]), (Leg(7e4, 5e3), Leg(7e4, 4e3)), "osrm"
    )
    (before,) = drive(plain, [(0, 0.0)], 60)[:1]
    plain.take_way(to_document(road))
    purpose = plain.trips["truck-01"][0].purpose
    assert purpose.line.lat == (31.0, 31.2, 31.0)
    assert purpose.detour == 1.0
    assert plain.expected.planned_s(purpose, plain.trips["truck-01"][0].progress) == 9_000 + 1_200
    assert purpose.plain[20] == pytest.approx(5 / 9)
    assert before.remaining_m == pytest.approx(LINE.length_m, rel=0.01)
    plain.take_way({"key": key_of(PLACES), "removed": True})
    assert plain.trips["truck-01"][0].purpose.line.lat == LINE.lat


def test_what_was_imported_for_the_lane_goes_before_what_a_server_says() -> None:
    found = shipments()
    routed = RoadWay(
        key_of(PLACES), (PLACES[0], (31.2, 120.6), PLACES[2]), (Leg(7e4, 5e3), Leg(7e4, 4e3)), "osrm"
    )
    imported = RoadWay("p0>p2", (PLACES[0], (30.9, 120.6), PLACES[2]), (), "gpx")
    for way in (routed, imported):
        found.take_way(to_document(way))
    purpose = found.trips["truck-01"][0].purpose
    assert purpose.line.lat == (31.0, 30.9, 31.0)
    assert [leg.drive_s for leg in purpose.legs] == [5e3, 4e3]


def test_who_is_under_way_keeps_the_way_that_was_begun() -> None:
    found = shipments()
    drive(found, [(0, 0.0), (1_800, 0.25)])
    found.take_way(to_document(RoadWay("p0>p2", (PLACES[0], (30.9, 120.6), PLACES[2]), (), "gpx")))
    assert found.trips["truck-01"][0].line.lat == LINE.lat
    with pytest.raises(WayError):
        found.take_way({"key": "x", "points": [[1, 2]]})


def test_who_is_first_seen_on_its_way_is_not_taken_for_a_quick_one() -> None:
    found = shipments(planned_arrival_ms=None)
    told = drive(found, [(0, 0.3), (60, 0.309), (2_400, 0.6)])
    assert [minutes(row.p50_us) for row in told[1:]] == pytest.approx(
        [minutes(told[-1].p50_us)] * (len(told) - 1), rel=0.3
    )
