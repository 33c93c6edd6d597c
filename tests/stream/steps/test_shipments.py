from math import nan

from lineshaft.domain.plant import Plant
from lineshaft.domain.trips import Fix
from stream.steps.plans import Plan, plan_of
from stream.steps.shipments import Shipments

S = 1_000_000
HOUR = 3_600 * S
START = 1_790_000_000 * S
PLAN = Plan("S1", "truck-01", "hz-sh", START, START + 3 * HOUR)


def fix(at_us: int, lat: float, lon: float) -> Fix:
    return Fix(at_us, lat, lon, 18.0, nan, 5.0)


def underway(plant: Plant, plan: Plan = PLAN) -> Shipments:
    shipments = Shipments()
    assert shipments.plan(plan, plant.route_of["hz-sh"], START)
    return shipments


def drive(shipments: Shipments, plant: Plant, seconds: int) -> tuple[list[tuple[str, int]], list[int]]:
    """Along the whole route at an even pace; gives milestones and the expected arrivals."""
    route = plant.route_of["hz-sh"].polyline
    milestones, arrivals = [], []
    for n in range(seconds // 30 + 8):
        share = min(n * 30 / seconds, 1.0) * (len(route) - 1)
        leg = min(int(share), len(route) - 2)
        (lat1, lon1), (lat2, lon2) = route[leg], route[leg + 1]
        part = share - leg
        at = fix(START + n * 30 * S, lat1 + part * (lat2 - lat1), lon1 + part * (lon2 - lon1))
        found, etas = shipments.follow("truck-01", at, n)
        milestones += [(one.kind, (one.at_us - START) // S) for one in found]
        arrivals += [(eta.p50_us - START) // S for eta in etas]
        for eta in etas:
            assert eta.p10_us <= eta.p50_us <= eta.p90_us
    return milestones, arrivals


def test_it_leaves_the_first_stop_and_arrives_at_the_last(plant: Plant) -> None:
    milestones, _ = drive(underway(plant), plant, 10_800)
    (left, left_s), (arrived, arrived_s) = milestones
    assert (left, arrived) == ("departure", "arrival")
    assert left_s < 300
    assert 10_600 < arrived_s <= 10_800


def test_it_comes_to_expect_the_arrival_of_a_slow_truck_long_before_its_end(plant: Plant) -> None:
    _, arrivals = drive(underway(plant), plant, 14_400)
    assert arrivals[1] < 12_000
    halfway = arrivals[len(arrivals) // 2]
    assert 13_000 < halfway < 16_000


def test_before_departure_the_plan_speaks(plant: Plant) -> None:
    shipments = underway(plant, PLAN._replace(departure_us=START + HOUR, arrival_us=START + 4 * HOUR))
    _, (eta,) = shipments.follow("truck-01", fix(START, 30.27, 120.15), 1)
    assert eta.p50_us == START + 4 * HOUR


def test_an_earlier_trip_over_the_same_road_is_not_this_one(plant: Plant) -> None:
    shipments = underway(plant, PLAN._replace(departure_us=START + 20 * HOUR))
    milestones, _ = drive(shipments, plant, 10_800)
    assert milestones == []


def test_a_changed_plan_keeps_the_way_so_far_and_a_cancelled_one_is_forgotten(plant: Plant) -> None:
    shipments = underway(plant)
    drive(shipments, plant, 200_000)
    along = shipments.trips["truck-01"][0].along_m if shipments.trips["truck-01"] else 0.0
    shipments.plan(PLAN._replace(arrival_us=START + 9 * HOUR), plant.route_of["hz-sh"], START)
    if shipments.trips["truck-01"] and along:
        assert shipments.trips["truck-01"][0].along_m == along
    shipments.cancel("S1")
    assert shipments.trips["truck-01"] == []


def test_an_arrival_teaches_what_predictions_are_worth(plant: Plant) -> None:
    shipments = underway(plant)
    drive(shipments, plant, 10_800)
    assert shipments.expected.arrivals.courses
    assert any(group.errors for group in shipments.expected.arrivals.groups)


def test_a_plan_without_id_or_route_is_none() -> None:
    assert plan_of("truck-01", {"id": "S1"}) is None
    assert plan_of("truck-01", {"id": 7, "route": "hz-sh"}) is None
    assert plan_of("truck-01", {"id": "S1", "route": "hz-sh"}) == Plan("S1", "truck-01", "hz-sh", None, None)
