from math import nan

import pytest

from lineshaft.domain.stops import Stop
from lineshaft.domain.trips import Fix
from stream.steps.shipments import Milestone, Plan, Shipments

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
