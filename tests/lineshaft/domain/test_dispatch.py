import pytest

from lineshaft.domain.dispatch import (
    Assumptions,
    Drop,
    Spot,
    depots_of,
    drop_of,
    free_at,
    homes_of,
    present,
    timed,
)
from lineshaft.domain.journeys import depart, planned

HOUR = 3_600_000_000
DEPOT, NORTH, EAST = Spot(30.0, 120.0), Spot(30.09, 120.0), Spot(30.0, 120.09)
PLAIN = Assumptions(detour=1.0, pace_ms=10.0, service_min=10.0)
SHIPMENT = {
    "id": "a",
    "vehicle": "truck-1",
    "stops": [
        {"id": "x", "lat": 30.0, "lon": 120.0},
        {"id": "y", "lat": 30.09, "lon": 120.0, "to_ms": 7_200_000},
    ],
    "cargo": [{"sscc": "376104250021234569", "weight_kg": 480.4}],
}


def drop(key: str, place: Spot, vehicle: str | None = "truck-1", end: int = 4) -> Drop:
    return Drop(key, vehicle, DEPOT, place, 100, HOUR, end * HOUR, 600_000_000, place)


def test_a_tour_leaves_as_late_as_its_first_appointment_allows() -> None:
    tour = timed("truck-1", [drop("a", NORTH)], DEPOT, 0, PLAIN)
    [leg] = tour.legs
    # 0.09 degrees of latitude are 10.0 km: 1,000 s at 10 m/s.
    assert leg.way_m == pytest.approx(10_007, abs=5)
    assert leg.arrive_us == leg.begin_us == HOUR
    assert (HOUR - tour.leave_us) / 1e6 == pytest.approx(1000.7, abs=0.5)
    assert tour.way_m == pytest.approx(2 * leg.way_m)


def test_a_vehicle_that_is_late_makes_its_next_visit_late() -> None:
    [leg] = timed("truck-1", [drop("a", NORTH)], DEPOT, 5 * HOUR, PLAIN).legs
    assert leg.late_us / 1e6 == pytest.approx(3600 + 1000.7, abs=0.5)


def test_what_is_under_way_stays_and_its_vehicle_is_free_when_it_is_back() -> None:
    shipment = depart(planned(SHIPMENT, 0, 1), 1, 2)
    free = free_at([shipment], {"a": 2 * HOUR}, {"truck-1": DEPOT}, PLAIN)
    assert (free["truck-1"] - 2 * HOUR) / 1e6 == pytest.approx(600 + 1000.7, abs=0.5)


def test_the_present_assignment_goes_by_appointments_and_names_what_nobody_has() -> None:
    drops = [drop("late", EAST, end=9), drop("soon", NORTH), drop("none", EAST, None)]
    [tour], nobody = present(drops, {}, 0, PLAIN)
    assert ([leg.shipment for leg in tour.legs], nobody) == (["soon", "late"], ["none"])


def test_a_shipment_is_its_last_stop_within_the_day() -> None:
    shipment = planned(SHIPMENT, 0, 1)
    found = drop_of(shipment, (HOUR, 9 * HOUR), [DEPOT], PLAIN)
    assert found is not None
    assert (found.load_kg, found.from_us, found.to_us) == (480, HOUR, 2 * HOUR)
    assert depots_of([shipment]) == [DEPOT]


def round_trip(*windows: tuple[int, int]) -> Drop:
    """Stops ten kilometres one after the other to the north, with appointments in hours."""
    stops = [{"id": "x", "lat": 30.0, "lon": 120.0}]
    stops += [
        {"id": f"s{n}", "lat": 30.0 + 0.09 * n, "lon": 120.0, "from_ms": low * 3_600_000,
         "to_ms": high * 3_600_000, "service_min": 10}
        for n, (low, high) in enumerate(windows, 1)
    ]  # fmt: skip
    found = drop_of(planned({**SHIPMENT, "stops": stops}, 0, 1), (0, 24 * HOUR), [DEPOT], PLAIN)
    assert found is not None
    return found


def test_a_shipment_with_several_stops_is_one_visit_that_keeps_all_appointments() -> None:
    found = round_trip((1, 4), (1, 4), (3, 4))
    # From stop to stop 1,000.7 s and ten minutes of work: 1,600.7 s. It waits nowhere.
    assert found.from_us / 1e6 == pytest.approx(3 * 3600 - 2 * 1600.7, abs=1)
    assert found.to_us / 1e6 == pytest.approx(4 * 3600 - 2 * 1600.7, abs=1)
    assert found.service_us / 1e6 == pytest.approx(2 * 1600.7 + 600, abs=1)
    assert found.inner_m == pytest.approx(20_015, abs=10)
    [leg] = timed("truck-1", [found], DEPOT, 0, PLAIN).legs
    assert [call.stop for call in leg.calls] == ["s1", "s2", "s3"]
    assert leg.late_us == 0
    assert (leg.calls[2].arrive_us - leg.calls[0].arrive_us) / 1e6 == pytest.approx(2 * 1600.7, abs=1)


def test_a_wait_that_appointments_force_is_part_of_the_visit_and_lateness_is_told_by_stop() -> None:
    found = round_trip((1, 1), (6, 7))
    assert found.from_us == found.to_us == HOUR
    assert found.service_us == 5 * HOUR + 600_000_000
    [leg] = timed("truck-1", [found], DEPOT, 3 * HOUR, PLAIN).legs
    assert [call.late_us > 0 for call in leg.calls] == [True, True]
    assert leg.late_us == max(call.late_us for call in leg.calls)


def test_each_vehicle_has_the_depot_its_loads_begin_at_or_the_nearest_one() -> None:
    stops = [{"id": "y", "lat": 31.0, "lon": 121.0}, {"id": "z", "lat": 31.1, "lon": 121.0}]
    there = {**SHIPMENT, "id": "b", "vehicle": "truck-2", "stops": stops}
    shipments = [planned(SHIPMENT, 0, 1), planned({**SHIPMENT, "id": "c"}, 0, 1), planned(there, 0, 1)]
    depots = depots_of(shipments)
    assert depots == [DEPOT, Spot(31.0, 121.0)]
    where = {"truck-3": Spot(30.9, 121.0)}
    homes = homes_of(["truck-1", "truck-2", "truck-3", "truck-4"], shipments, where, depots)
    assert [depots.index(homes[f"truck-{n}"]) for n in (1, 2, 3, 4)] == [0, 1, 1, 0]
