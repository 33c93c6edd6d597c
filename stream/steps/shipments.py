"""Shipments on their vehicles: when they leave, when they arrive, and when they will.

A shipment is planned by its vehicle's own message or by the API; its vehicle's fixes do the rest. It leaves
when its vehicle, seen inside the first stop, is outside it; it has arrived when that stays inside the last.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from lineshaft.domain.geometry import Polyline, distance_m
from lineshaft.domain.plant import Name, Route, RouteStop
from lineshaft.domain.results import EtaRow
from lineshaft.domain.trips import Fix
from lineshaft.domain.ways import RoadWay, key_of, way_of
from stream.steps.arrivals import DETOUR, Expected, Progress, Purpose, move, note_course, place_of
from stream.steps.plans import Plan
from stream.steps.unloading import LEAVE_RATIO, SURE_FIXES, Unloading, left

EARLY_US = 6 * 3_600_000_000
"""A shipment does not leave this long before its plan: that was an earlier trip."""
ROUND_US = 30 * 60_000_000
"""What is planned to leave this much after a vehicle's other loads goes with its next round,"""
SOON_US = 10 * 60_000_000
"""unless it is due anyway."""
ENDED = "ended"
EVERY_US = 15_000_000
EVERY_PLANNED_US = 60_000_000
"""How often the arrival time is computed, under way and before."""
MOST_WAYS = 2_000
KEPT = 20
"""Open shipments of one vehicle; the oldest plan goes first."""


class Milestone(NamedTuple):
    """A shipment left or arrived."""

    kind: str
    """`departure` or `arrival`; `ended` within this module: the arrival at the last stop."""
    shipment_id: str
    at_us: int
    stop: str | None = None
    """Which one, of a shipment with stops of its own."""


@dataclass(slots=True)
class Trip:
    """One shipment's way so far."""

    plan: Plan
    purpose: Purpose
    origin: RouteStop
    route: Route | None = None
    underway: bool = False
    at_origin: bool = False
    sure: int = 0
    """Fixes in a row that say the next milestone is reached."""
    sure_since_us: int = 0
    along_m: float = 0.0
    last_us: int = 0
    told_us: int = 0
    stop: int = 0
    """Of the stops on the way, the one it is at or goes to."""
    at_stop_us: int = 0
    """Since when it has been there; 0: it is not."""
    progress: Progress = field(default_factory=Progress)

    @property
    def line(self) -> Polyline:
        """The way."""
        return self.purpose.line


@dataclass(slots=True)
class Shipments:
    """The open shipments of a shard's vehicles, and what their arrivals taught."""

    trips: dict[str, list[Trip]] = field(default_factory=dict)
    """Vehicle → its trips, in the order they were planned."""
    unloading: dict[str, list[Unloading]] = field(default_factory=dict)
    """Vehicle → what it has brought, and stands with at its last stop."""
    expected: Expected = field(default_factory=Expected)
    ways: dict[str, RoadWay] = field(default_factory=dict)
    """How the road goes, by lane or by places; what was told longest ago goes first."""

    def plan(self, plan: Plan, route: Route | None, now_us: int) -> bool:  # noqa: ARG002 - callers say when
        """Take in a plan, or its change; False where no way is known, so that nothing can be said."""
        mine = self.trips.setdefault(plan.vehicle, [])
        known = next((trip for trip in mine if trip.plan.shipment_id == plan.shipment_id), None)
        found = _purpose(plan, route, self.ways)
        if found is None:
            return False
        purpose, origin = found
        if known is not None and known.plan.route == plan.route and _same_way(known.plan, plan):
            if known.underway:  # the way that was begun is finished
                purpose = replace(purpose, line=known.line, detour=known.purpose.detour)
            known.plan, known.purpose = plan, purpose
            return True
        trip = Trip(plan, purpose, origin, route)
        self.trips[plan.vehicle] = [*(one for one in mine if one is not known), trip][-KEPT:]
        return True

    def cancel(self, shipment_id: str) -> None:
        """Forget a shipment."""
        for vehicle, mine in self.trips.items():
            self.trips[vehicle] = [trip for trip in mine if trip.plan.shipment_id != shipment_id]

    def take_way(self, said: dict[str, Any]) -> None:
        """A way is told or forgotten; who has not left yet goes by what is known now.

        Raises:
            WayError: it cannot be used.
        """
        self.ways.pop(str(said.get("key")), None)
        if not said.get("removed"):
            way = way_of(said)
            self.ways[way.key] = way
            if len(self.ways) > MOST_WAYS:
                del self.ways[next(iter(self.ways))]
        for trip in (one for mine in self.trips.values() for one in mine if not one.underway):
            found = _purpose(trip.plan, trip.route, self.ways)
            if found:
                trip.purpose, trip.origin = found

    def follow(self, vehicle: str, fix: Fix, pos: int) -> tuple[list[Milestone], list[EtaRow]]:
        """What a vehicle's new position means for its shipments."""
        milestones = [
            Milestone("departure", one.shipment_id, one.away_us, one.stop.id)
            for one in left(self.unloading, vehicle, fix, self.expected.dwells)
        ]
        etas: list[EtaRow] = []
        turn = _turn(self.trips.get(vehicle, ()))
        for trip in self.trips.get(vehicle, []):
            reached = _advance(trip, fix, turn, self.expected)
            milestones += reached
            every_us = EVERY_US if trip.underway else EVERY_PLANNED_US
            if any(one.kind == ENDED for one in reached):
                self.expected.learn(trip.purpose, trip.progress, reached[-1].at_us)
                if trip.plan.stops:
                    at_us = reached[-1].at_us
                    hour = trip.purpose.way(at_us).hour
                    there = Unloading(trip.plan.shipment_id, trip.plan.stops[-1], at_us, hour)
                    self.unloading[vehicle] = [*self.unloading.get(vehicle, ()), there][-KEPT:]
            elif fix.ts_us - trip.told_us >= every_us or reached:
                trip.told_us = fix.ts_us
                etas.append(self.expected.row(trip.purpose, trip.progress, trip.along_m, fix, pos))
        arrived = {one.shipment_id for one in milestones if one.kind == ENDED}
        if arrived:
            mine = self.trips[vehicle]
            self.trips[vehicle] = [trip for trip in mine if trip.plan.shipment_id not in arrived]
        return [one._replace(kind="arrival") if one.kind == ENDED else one for one in milestones], etas


def _purpose(
    plan: Plan, route: Route | None, ways: Mapping[str, RoadWay]
) -> tuple[Purpose, RouteStop] | None:
    """Where a plan leads and from where; None where no way is known.

    How the road goes is said by what was imported for the lane, else the plant, else a routing server.
    """
    own = tuple(
        RouteStop(Name(one.name or one.id, one.name_zh or one.id), one.lat, one.lon, one.radius_m)
        for one in plan.stops
    )
    ends = own if len(own) > 1 else route.stops if route else ()
    if len(ends) < 2:
        return None
    lane = plan.route or f"{place_of(plan.stops[0])}>{place_of(plan.stops[-1])}"
    places = tuple((stop.lat, stop.lon) for stop in ends)
    imported, routed = ways.get(lane), ways.get(key_of(places))
    road = (imported and imported.points) or (route and route.path) or (routed and routed.points) or ()
    path = road or places
    lat, lon = zip(*path, strict=True)
    line = Polyline(lat, lon)
    between, from_m = [], 0.0
    for stop in plan.stops[1:-1]:
        from_m, _ = line.project(stop.lat, stop.lon, from_m=from_m)
        between.append((stop, from_m))
    purpose = Purpose(
        plan.shipment_id, line, lane, plan.carrier, plan.rule, plan.departure_us, plan.arrival_us,
        tuple(between), ends[-1], 1.0 if road else DETOUR, routed.legs if routed else (),
    )  # fmt: skip
    return purpose, ends[0]


def _same_way(one: Plan, other: Plan) -> bool:
    return [(s.id, s.lat, s.lon) for s in one.stops] == [(s.id, s.lat, s.lon) for s in other.stops]


class Turn(NamedTuple):
    """Which of a vehicle's shipments can leave: one round after the other."""

    first_us: int
    """The earliest planned departure among those that are open."""
    is_busy: bool
    """Whether something is on its way already."""

    def is_later(self, planned_us: int | None, now_us: int) -> bool:
        """Whether a shipment is for a later round than the one the vehicle leaves for now."""
        return planned_us is not None and planned_us > max(self.first_us + ROUND_US, now_us + SOON_US)


def _turn(trips: Sequence[Trip]) -> Turn:
    planned = [trip.plan.departure_us for trip in trips if trip.plan.departure_us is not None]
    return Turn(min(planned, default=0), any(trip.underway for trip in trips))


def _advance(trip: Trip, fix: Fix, turn: Turn, expected: Expected) -> list[Milestone]:
    """Move a trip on by a fix; gives the milestones that are reached by it."""
    if not trip.underway:
        gone = _departure(trip, fix, turn)
        return [gone] if gone else []
    along_m, _ = trip.line.project(fix.lat, fix.lon, from_m=trip.along_m - trip.origin.radius_m)
    way_m, seconds = max(along_m - trip.along_m, 0.0), max((fix.ts_us - trip.last_us) / 1e6, 0.0)
    move(trip.progress, trip.purpose, way_m, seconds, fix)
    before, now = (trip.along_m, trip.last_us), (max(along_m, trip.along_m), fix.ts_us)
    note_course(trip.progress, trip.purpose, before, now)
    trip.along_m, trip.last_us = now
    calls = _call(trip, fix, expected)
    if calls or trip.at_stop_us:
        return calls
    last = trip.purpose.destination
    there = _reach(ENDED, trip, fix, is_there=_off(last, fix) <= last.radius_m)
    if there is None:
        return []
    return [there._replace(stop=trip.plan.stops[-1].id if trip.plan.stops else None)]


def _call(trip: Trip, fix: Fix, expected: Expected) -> list[Milestone]:
    """Whether it comes to a stop on its way, or leaves it; a stop that is passed by is passed by."""
    found: list[Milestone] = []
    while trip.stop < len(trip.purpose.between):
        stop, at_m = trip.purpose.between[trip.stop]
        off_m = float(distance_m(stop.lat, stop.lon, fix.lat, fix.lon))
        if not trip.at_stop_us:
            if off_m > stop.radius_m:
                if trip.along_m <= at_m + LEAVE_RATIO * stop.radius_m:
                    break
                trip.stop += 1  # seen on neither side of it
                continue
            trip.at_stop_us = fix.ts_us
            found.append(Milestone("arrival", trip.plan.shipment_id, fix.ts_us, stop.id))
            break
        if off_m <= LEAVE_RATIO * stop.radius_m:
            break
        hour = trip.purpose.way(trip.at_stop_us).hour
        expected.dwells.learn(place_of(stop), hour, (fix.ts_us - trip.at_stop_us) / 1e6)
        found.append(Milestone("departure", trip.plan.shipment_id, fix.ts_us, stop.id))
        trip.at_stop_us, trip.stop = 0, trip.stop + 1
    return found


def _departure(trip: Trip, fix: Fix, turn: Turn) -> Milestone | None:
    planned_us = trip.plan.departure_us
    if planned_us is not None and fix.ts_us < planned_us - EARLY_US:
        return None
    off_m = _off(trip.origin, fix)
    if off_m <= trip.origin.radius_m:
        trip.at_origin, trip.sure = True, 0
        return None
    if turn.is_later(planned_us, fix.ts_us):
        trip.at_origin = False  # it comes back for this one
        return None
    if not trip.at_origin and (turn.is_busy or not _is_on_the_way(trip, fix)):
        return None
    gone = _reach("departure", trip, fix, is_there=off_m > LEAVE_RATIO * trip.origin.radius_m)
    if gone:
        trip.underway, trip.sure, trip.last_us = True, 0, fix.ts_us
        trip.along_m, _ = trip.line.project(fix.lat, fix.lon)
        trip.progress.departed_us, trip.progress.began_m = gone.at_us, trip.along_m
        gone = gone._replace(stop=trip.plan.stops[0].id if trip.plan.stops else None)
    return gone


def _is_on_the_way(trip: Trip, fix: Fix) -> bool:
    """Whether a vehicle never seen at the origin is already driving the route, after its planned time."""
    planned_us = trip.plan.departure_us
    if planned_us is None or fix.ts_us < planned_us or fix.speed_ms < 1.0:
        return False
    along_m, off_m = trip.line.project(fix.lat, fix.lon)
    return off_m < 5_000 and trip.origin.radius_m < along_m < trip.line.length_m


def _reach(kind: str, trip: Trip, fix: Fix, *, is_there: bool) -> Milestone | None:
    """A milestone counts after enough fixes in a row; it happened at the first of them."""
    if not is_there:
        trip.sure = 0
        return None
    if trip.sure == 0:
        trip.sure_since_us = fix.ts_us
    trip.sure += 1
    return Milestone(kind, trip.plan.shipment_id, trip.sure_since_us) if trip.sure >= SURE_FIXES else None


def _off(stop: RouteStop, fix: Fix) -> float:
    return float(distance_m(stop.lat, stop.lon, fix.lat, fix.lon))
