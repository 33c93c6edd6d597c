"""Shipments on their vehicles: when they leave, when they arrive, and when they will.

A shipment is planned by its vehicle's own message or by the API; its vehicle's fixes do the rest. It leaves
when its vehicle, seen inside the first stop, is outside it; it has arrived when that stays inside the last.
"""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from lineshaft.detect.eta.pace import MODEL, Errors, blended_pace, seconds_left
from lineshaft.domain.geometry import Polyline, distance_m
from lineshaft.domain.plant import Route, RouteStop
from lineshaft.domain.results import EtaRow
from lineshaft.domain.trips import Fix

LEAVE_RATIO = 1.3
"""A stop is left further out than it is entered: noise at its edge is neither."""
SURE_FIXES = 2
EARLY_US = 6 * 3_600_000_000
"""A shipment does not leave this long before its plan: that was an earlier trip."""
EVERY_US = 15_000_000
EVERY_PLANNED_US = 60_000_000
"""How often the arrival time is computed, under way and before."""
PACE_MEMORY_S = 1_800.0
CRUISE_MS = 18.0
"""Pace where the plan gives no times: 65 km/h, stops included."""
TRUST_SHARE, LEAST_TRUST_M = 0.15, 5_000.0
KEPT = 20
"""Open shipments of one vehicle; the oldest plan goes first."""
CHECKPOINTS = 40
"""Predictions remembered to learn from when the shipment has arrived."""


class Plan(NamedTuple):
    """What was planned."""

    shipment_id: str
    vehicle: str
    route: str
    departure_us: int | None
    arrival_us: int | None


class Milestone(NamedTuple):
    """A shipment left or arrived."""

    kind: str
    """`departure` or `arrival`."""
    shipment_id: str
    at_us: int


@dataclass(slots=True)
class Trip:
    """One shipment's way so far."""

    plan: Plan
    line: Polyline
    origin: RouteStop
    destination: RouteStop
    planned_us: int
    underway: bool = False
    at_origin: bool = False
    sure: int = 0
    """Fixes in a row that say the next milestone is reached."""
    sure_since_us: int = 0
    along_m: float = 0.0
    last_us: int = 0
    way_m: float = 0.0
    """Recent way along the route and its time, both fading."""
    way_s: float = 0.0
    total_m: float = 0.0
    told_us: int = 0
    checkpoints: list[tuple[int, float]] = field(default_factory=list)


@dataclass(slots=True)
class Shipments:
    """The open shipments of a shard's vehicles, and what their arrivals taught."""

    trips: dict[str, list[Trip]] = field(default_factory=dict)
    """Vehicle → its trips, in the order they were planned."""
    errors: Errors = field(default_factory=Errors)

    def plan(self, plan: Plan, route: Route | None, now_us: int) -> bool:
        """Take in a plan, or its change; False where its route is unknown, so that nothing can be said."""
        mine = self.trips.setdefault(plan.vehicle, [])
        known = next((trip for trip in mine if trip.plan.shipment_id == plan.shipment_id), None)
        if known is not None and known.plan.route == plan.route:
            known.plan = plan
            return True
        if route is None or len(route.polyline) < 2 or len(route.stops) < 2:
            return False
        lat, lon = zip(*route.polyline, strict=True)
        trip = Trip(plan, Polyline(lat, lon), route.stops[0], route.stops[-1], now_us)
        self.trips[plan.vehicle] = [*(one for one in mine if one is not known), trip][-KEPT:]
        return True

    def cancel(self, shipment_id: str) -> None:
        """Forget a shipment."""
        for vehicle, mine in self.trips.items():
            self.trips[vehicle] = [trip for trip in mine if trip.plan.shipment_id != shipment_id]

    def follow(self, vehicle: str, fix: Fix, pos: int) -> tuple[list[Milestone], list[EtaRow]]:
        """What a vehicle's new position means for its shipments."""
        milestones: list[Milestone] = []
        etas: list[EtaRow] = []
        for trip in self.trips.get(vehicle, []):
            reached = _advance(trip, fix)
            if reached:
                milestones.append(reached)
            if reached and reached.kind == "arrival":
                for at_us, predicted_s in trip.checkpoints:
                    self.errors.learn(predicted_s, (reached.at_us - at_us) / 1e6)
            elif fix.ts_us - trip.told_us >= (EVERY_US if trip.underway else EVERY_PLANNED_US) or reached:
                etas.append(self._eta(trip, fix.ts_us, pos))
        arrived = {one.shipment_id for one in milestones if one.kind == "arrival"}
        if arrived:
            mine = self.trips[vehicle]
            self.trips[vehicle] = [trip for trip in mine if trip.plan.shipment_id not in arrived]
        return milestones, etas

    def _eta(self, trip: Trip, ts_us: int, pos: int) -> EtaRow:
        trip.told_us = ts_us
        remaining_m = max(trip.line.length_m - trip.along_m, 0.0)
        pace = _pace(trip)
        predicted_s = seconds_left(remaining_m, pace)
        interval = self.errors.interval(predicted_s)
        start_us = ts_us
        if trip.underway:
            trip.checkpoints = [*trip.checkpoints, (ts_us, predicted_s)]
            if len(trip.checkpoints) > CHECKPOINTS:
                trip.checkpoints = trip.checkpoints[::2]
        else:
            start_us = max(ts_us, trip.plan.departure_us or ts_us)
        p10, p50, p90 = (start_us + round(s * 1e6) for s in interval)
        return EtaRow(trip.plan.shipment_id, ts_us, p10, p50, p90, remaining_m, pace, MODEL, pos)


def plan_of(vehicle: str, detail: dict[str, Any]) -> Plan | None:
    """The plan in a message's detail; None where it has no id or no route."""
    shipment_id, route = detail.get("id"), detail.get("route")
    if not isinstance(shipment_id, str) or not isinstance(route, str) or not shipment_id:
        return None
    departure, arrival = (_instant(detail.get(f"planned_{what}_ms")) for what in ("departure", "arrival"))
    return Plan(shipment_id, vehicle, route, departure, arrival)


def _instant(ms: object) -> int | None:
    return round(ms * 1000) if isinstance(ms, int | float) and not isinstance(ms, bool) else None


def _pace(trip: Trip) -> float:
    departure, arrival = trip.plan.departure_us, trip.plan.arrival_us
    planned = CRUISE_MS
    if departure is not None and arrival is not None and arrival > departure:
        planned = trip.line.length_m / ((arrival - departure) / 1e6)
    if trip.way_s <= 0:
        return planned
    trust_m = max(TRUST_SHARE * trip.line.length_m, LEAST_TRUST_M)
    return blended_pace(planned, trip.way_m / trip.way_s, trip.total_m, trust_m)


def _advance(trip: Trip, fix: Fix) -> Milestone | None:
    """Move a trip on by a fix; gives the milestone that is reached by it."""
    if not trip.underway:
        return _departure(trip, fix)
    along_m, _ = trip.line.project(fix.lat, fix.lon, from_m=trip.along_m - trip.origin.radius_m)
    way_m, seconds = max(along_m - trip.along_m, 0.0), max((fix.ts_us - trip.last_us) / 1e6, 0.0)
    fade = 2.0 ** (-seconds / PACE_MEMORY_S)
    trip.way_m, trip.way_s = trip.way_m * fade + way_m, trip.way_s * fade + seconds
    trip.total_m += way_m
    trip.along_m, trip.last_us = max(along_m, trip.along_m), fix.ts_us
    return _reach("arrival", trip, fix, is_there=_off(trip.destination, fix) <= trip.destination.radius_m)


def _departure(trip: Trip, fix: Fix) -> Milestone | None:
    planned_us = trip.plan.departure_us
    if planned_us is not None and fix.ts_us < planned_us - EARLY_US:
        return None
    off_m = _off(trip.origin, fix)
    if off_m <= trip.origin.radius_m:
        trip.at_origin, trip.sure = True, 0
        return None
    if not trip.at_origin and not _is_on_the_way(trip, fix):
        return None
    left = _reach("departure", trip, fix, is_there=off_m > LEAVE_RATIO * trip.origin.radius_m)
    if left:
        trip.underway, trip.sure, trip.last_us = True, 0, fix.ts_us
        trip.along_m, _ = trip.line.project(fix.lat, fix.lon)
    return left


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
