"""The vehicles of a shard: what fixes, fences, plans and silence become in its bundles."""

import json
from collections import Counter
from typing import Any

import pytest

from journal_rows import Writer, chunks
from lineshaft.domain.plant import Name, Plant, Route, RouteStop, Vehicle
from lineshaft.domain.readings import DeviceKey, Flag
from lineshaft.domain.results import Bundle
from stream.steps.shard import ShardState

LAT, LON = 30.0, 120.0
M = 1 / 111_194.9
NAME = Name("x", "x")
ROUTE = Route("r1", NAME, (RouteStop(NAME, LAT, LON, 300), RouteStop(NAME, LAT + 0.5, LON, 300)), ())
PLANT = Plant(
    routes=(ROUTE,),
    vehicles=(Vehicle("truck-1", "truck", NAME, DeviceKey("hangzhou", "fleet", "t1"), 5.0),),
)
YARD = {
    "key": "yard",
    "name": "Yard",
    "kind": "circle",
    "points": [[LAT, LON]],
    "radius_m": 200,
    "dwell_s": 60,
}


class Road(Writer):
    """A journal of one truck, at a fix each five seconds."""

    def at(self, north_m: float, speed: float = 15.0, **more: Any) -> None:
        self.now_ms += 5_000
        fix = {"dt": 0, "lat": LAT + north_m * M, "lon": more.pop("lon", LON), "spd": speed, **more}
        self.message("fleet/t1", "gps", {"v": 1, "ts": self.now_ms, "fixes": [fix]})
        self.control("_/tick")


def road(*, fence: bool = True) -> Road:
    one = Road()
    one.plant(PLANT)
    if fence:
        one.control("_/fence", json.dumps(YARD).encode())
    return one


def steps(one: Writer, *sizes: int) -> list[Bundle]:
    state = ShardState(3)
    return [state.step(chunk) for chunk in chunks(one.rows, sizes or (7,))]


def facts(bundles: list[Bundle], kind: str) -> list[dict[str, Any]]:
    return [fact.body for bundle in bundles for fact in bundle.facts if fact.kind == kind]


def counts(bundles: list[Bundle]) -> Counter[str]:
    found: Counter[str] = Counter()
    for bundle in bundles:
        for key, count in bundle.counts.items():
            if key.result == "flagged":
                found[key.code] += count.readings
    return found


def test_a_visit_is_told_and_written_and_a_drive_by_only_told() -> None:
    one = road()
    for n in range(12):
        one.at(-450 + 75 * n)
    for n in range(12):
        one.at(450 - 75 * n if n < 6 else 0, 15.0 if n < 6 else 0.0)
    for _ in range(14):
        one.at(0, 0.0)
    for n in range(8):
        one.at(75 * n)
    bundles = steps(one)
    assert [fact["visited"] for fact in facts(bundles, "fence.leave")] == [False, True]
    rows = [row for bundle in bundles for row in bundle.visits]
    assert [(row.fence, row.left_us is None) for row in rows] == [("yard", True), ("yard", False)]
    assert rows[0].entered_us == rows[1].entered_us


@pytest.mark.parametrize("sizes", [(1,), (1000,), (3, 11)])
def test_where_the_journal_is_cut_makes_no_difference(sizes: tuple[int, ...]) -> None:
    one = road()
    for n in range(60):
        one.at(-450 + 15 * n, 0.0 if 28 < n < 50 else 3.0, ign=n % 2 == 0)

    def shown(bundles: list[Bundle]) -> list[str]:
        rows = [(b.facts, b.visits, b.legs, b.tracks) for b in bundles]
        return [repr(row) for kind in range(4) for some in rows for row in some[kind]]

    assert shown(steps(one, *sizes)) == shown(steps(one, 7))


def test_a_removed_fence_is_visited_no_more() -> None:
    one = road()
    one.control("_/fence", json.dumps({"key": "yard", "removed": True}).encode())
    for _ in range(30):
        one.at(0, 0.0)
    assert facts(steps(one), "fence.enter") == []


def test_a_fence_that_cannot_be_used_stops_nothing() -> None:
    one = road(fence=False)
    one.control("_/fence", json.dumps({**YARD, "kind": "blob"}).encode())
    one.at(0, 0.0)
    bundles = steps(one)
    assert sum(len(bundle.tracks) for bundle in bundles) == 1


def test_fixes_that_move_nothing_are_stored_flagged_and_counted_by_reason() -> None:
    one = road()
    one.at(0, 10.0)
    one.at(50_000, 10.0)
    one.at(100, 10.0, acc=900)
    one.at(120, 99.0)
    one.at(130, 10.0, jam=True)
    one.message("fleet/t1", "gps", {"ts": one.now_ms - 21_000, "fixes": [{"lat": LAT, "lon": LON}]})
    one.message("fleet/t1", "gps", {"ts": one.now_ms + 60_000, "fixes": [{"lat": LAT, "lon": LON}]})
    bundles = steps(one)
    assert counts(bundles) == {
        "fix_jump": 1, "fix_rough": 1, "fix_fast": 1, "fix_jammed": 1, "fix_old": 1, "fix_ahead": 1,
    }  # fmt: skip
    flags = [flag for bundle in bundles for flag in bundle.fixes.flags.tolist()]
    assert flags == [0, *[Flag.SUSPECT] * 4, Flag.LATE, Flag.SUSPECT]


def test_a_vehicle_that_falls_silent_is_offline_until_it_speaks() -> None:
    one = road()
    one.at(0, 0.0)
    one.tick(301)
    one.at(0, 0.0)
    told = [body for body in facts(steps(one, 50), "condition") if body["rule"] == "offline"]
    assert [(body["active"], body["value"]) for body in told] == [(True, 5.0), (False, None)]


def test_a_truck_off_its_planned_route_is_told_and_told_to_be_back() -> None:
    one = road()
    order = {"id": "S1", "route": "r1", "planned_departure_ms": one.now_ms}
    planned = {"code": "shipment.planned", "data": order}
    one.message("fleet/t1", "evt", {"v": 1, "ts": one.now_ms, "events": [planned]})
    for n in range(40):
        one.at(100 * n, 20.0)
    for n in range(60):
        one.at(4_000, 20.0, lon=LON + 0.0009 * n)
    for n in range(60):
        one.at(4_000 + 10 * n, 20.0, lon=LON + 0.0009 * (59 - n))
    told = [body for body in facts(steps(one), "condition") if body["rule"] == "offroute:S1"]
    assert [body["active"] for body in told] == [True, False]
    assert told[0]["value"] > 1.0
    assert told[0]["arguments"] == {"shipment": "S1", "unit": "km"}
