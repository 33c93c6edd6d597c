import pytest

from lineshaft.domain.dispatch import Assumptions, Drop, Spot, depot_of, drop_of, free_at, present, timed
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
    return Drop(key, vehicle, place, 100, HOUR, end * HOUR, 600_000_000)


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
    free = free_at([shipment], {"a": 2 * HOUR}, DEPOT, PLAIN)
    assert (free["truck-1"] - 2 * HOUR) / 1e6 == pytest.approx(600 + 1000.7, abs=0.5)


def test_the_present_assignment_goes_by_appointments_and_names_what_nobody_has() -> None:
    drops = [drop("late", EAST, end=9), drop("soon", NORTH), drop("none", EAST, None)]
    [tour], nobody = present(drops, DEPOT, {}, 0, PLAIN)
    assert ([leg.shipment for leg in tour.legs], nobody) == (["soon", "late"], ["none"])


def test_a_shipment_is_its_last_stop_within_the_day() -> None:
    shipment = planned(SHIPMENT, 0, 1)
    found = drop_of(shipment, (HOUR, 9 * HOUR), PLAIN)
    assert found is not None
    assert (found.load_kg, found.from_us, found.to_us) == (480, HOUR, 2 * HOUR)
    assert depot_of([shipment]) == DEPOT
