from math import nan

import pytest

from lineshaft.domain.stops import Stop
from lineshaft.domain.trips import Fix
from stream.steps.plans import Plan
from stream.steps.shipments import Milestone, Shipments

S = 1_000_000
START = 1_790_000_000 * S
DEPOT, DOCK = Stop("depot", 30.0, 120.0), Stop("dock", 30.2, 120.0)
PLAN = Plan("S1", "van-1", "", START, START + 3_600 * S, (DEPOT, DOCK))
METRE = 1 / 111_195


@pytest.fixture
def shipments() -> Shipments:
    """One shipment, its van at the dock since 1,830 s after the start."""
    found = Shipments()
    found.plan(PLAN, None, START)
    for n in range(61):
        at = Fix(START + n * 30 * S, 30.0 + 0.2 * n / 60, 120.0, 12.0, nan, 5.0)
        found.follow("van-1", at, n)
    found.follow("van-1", still(1_830), 61)
    return found


def still(after_s: int, north_m: float = 0.0) -> Fix:
    return Fix(START + after_s * S, 30.2 + north_m * METRE, 120.0, 0.0, nan, 5.0)


def told(shipments: Shipments, *fixes: Fix) -> list[Milestone]:
    return [one for fix in fixes for one in shipments.follow("van-1", fix, 99)[0]]


def test_a_vehicle_leaves_the_last_stop_when_it_is_surely_away(shipments: Shipments) -> None:
    assert told(shipments, still(3_000), still(3_030, 640), still(3_060)) == []
    away = told(shipments, still(5_400, 700), still(5_430, 900))
    assert away == [Milestone("departure", "S1", START + 5_400 * S, "dock")]
    assert shipments.unloading == {}
    assert told(shipments, still(5_460, 1_000)) == []


def test_how_long_it_stayed_is_learned_of_the_place(shipments: Shipments) -> None:
    before = shipments.expected.dwells.usual_s("dock", 12)
    told(shipments, still(9_000, 700), still(9_030, 900))
    assert shipments.expected.dwells.usual_s("dock", 12) > before


def test_what_stands_there_for_a_day_is_not_unloading_any_more(shipments: Shipments) -> None:
    assert told(shipments, still(100_000), still(100_030, 700), still(100_060, 900)) == []


def test_of_several_rounds_only_the_first_leaves_and_the_next_when_the_vehicle_has_come_back() -> None:
    shipments = Shipments()
    for n, hours in enumerate((0, 0.2, 3)):
        leaves = START + int(hours * 3_600) * S
        shipments.plan(PLAN._replace(shipment_id=f"S{n}", departure_us=leaves, arrival_us=None), None, START)
    at_depot, away = (Fix(START + t * S, lat, 120.0, 12.0, nan, 5.0) for t, lat in ((0, 30.0), (600, 30.05)))
    left = told(shipments, at_depot, away, away._replace(ts_us=away.ts_us + 30 * S, lat=30.06))
    assert [one.shipment_id for one in left] == ["S0", "S1"]
    told(shipments, still(2_000), still(2_030), still(2_060))
    back = Fix(START + 9_000 * S, 30.0, 120.0, 0.0, nan, 5.0)
    again = Fix(START + 11_000 * S, 30.05, 120.0, 12.0, nan, 5.0)
    left = told(shipments, back, again, again._replace(ts_us=again.ts_us + 30 * S, lat=30.06))
    assert [(one.kind, one.shipment_id) for one in left if one.shipment_id == "S2"] == [("departure", "S2")]
