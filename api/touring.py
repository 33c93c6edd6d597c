"""Makes a plan of tours: open shipments and vehicles in, the present tours and the proposed ones out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from api.schemas_planning import FoundOut, LegOut, RoutePlanInput, TourOut, ToursOut
from lineshaft import planning
from lineshaft.domain.dispatch import (
    Assumptions,
    Drop,
    Spot,
    Timed,
    depot_of,
    drop_of,
    free_at,
    present,
    timed,
    way_m,
)
from lineshaft.domain.journeys import Shipment, ShipmentState

SECOND_US = 1_000_000
NEAR_M = 500.0
"""A shipment that begins so near to the depot begins there."""


class NothingToPlanError(ValueError):
    """No shipment of the span can be planned."""


@dataclass(slots=True, frozen=True)
class Day:
    """What is to be planned, with everything it needs."""

    asked: RoutePlanInput
    drops: tuple[Drop, ...]
    depot: Spot
    free: dict[str, int]
    """Vehicle → when it is back, µs."""
    underway: tuple[str, ...]
    skipped: tuple[str, ...]
    begins_us: int
    """Not before now."""

    @property
    def assumed(self) -> Assumptions:
        """What ways and times rest on."""
        return Assumptions(self.asked.detour, self.asked.pace_kmh / 3.6, self.asked.service_min)


def day_of(asked: RoutePlanInput, shipments: Sequence[Shipment], etas: Mapping[str, int], now_us: int) -> Day:
    """The day of a request.

    Args:
        asked: by a planner.
        shipments: all open ones.
        etas: shipment → P50, µs.
        now_us: now: nothing leaves before.

    Raises:
        NothingToPlanError: no shipment fits.
    """
    span = (max(asked.from_ms * 1000, now_us), asked.to_ms * 1000)
    wanted = [
        one
        for one in shipments
        if one.state is ShipmentState.PLANNED
        and (
            one.shipment_id in asked.shipments
            if asked.shipments is not None
            else one.promised_us is not None and asked.from_ms * 1000 <= one.promised_us < span[1]
        )
    ]
    depot = depot_of(wanted)
    if depot is None or span[1] <= span[0]:
        raise NothingToPlanError("no planned shipment with stops of its own is promised within the span")
    assumed = Assumptions(asked.detour, asked.pace_kmh / 3.6, asked.service_min)
    drops, skipped = [], []
    for one in wanted:
        drop = drop_of(one, span, assumed)
        start = Spot(one.stops[0].lat, one.stops[0].lon) if len(one.stops) > 1 else depot
        if drop is None or way_m(start, depot, Assumptions(1.0)) > NEAR_M:
            skipped.append(one.shipment_id)
        else:
            drops.append(drop)
    underway = tuple(one.shipment_id for one in shipments if one.state is ShipmentState.UNDERWAY)
    free = free_at(shipments, etas, depot, assumed)
    return Day(asked, tuple(drops), depot, free, underway, tuple(skipped), span[0])


def find(day: Day) -> FoundOut:
    """The tours as they are and as they could be; it computes for as long as was asked.

    Raises:
        PlannerMissingError: the extra `planning` is not installed.
    """
    problem = _problem(day)
    plan = planning.solve(problem, day.asked.seconds)
    by_key = {drop.shipment: drop for drop in day.drops}
    proposed = [
        _timed(day, tour.truck, [by_key[key] for key in tour.visits]) for tour in plan.tours if tour.visits
    ]
    tours, nobody = present(day.drops, day.depot, day.free, day.begins_us, day.assumed)
    taken = {leg.shipment for tour in proposed for leg in tour.legs}
    left_out = sorted(set(by_key) - taken)
    now_out, then_out = _out(day, tours, nobody), _out(day, proposed, left_out)
    same = now_out.left_out == then_out.left_out
    return FoundOut(
        present=now_out,
        proposed=then_out,
        saved_m=round(now_out.way_m - then_out.way_m) if same else None,
        bound_m=plan.bound_m,
        gap=round(plan.gap, 4),
        feasible=plan.feasible and not left_out,
        underway=list(day.underway),
        free={vehicle: at // 1000 for vehicle, at in day.free.items()},
        skipped=list(day.skipped),
        depot=(day.depot.lat, day.depot.lon),
    )


def _problem(day: Day) -> planning.Problem:
    places = [day.depot, *(drop.place for drop in day.drops)]
    way = (
        np.array([[way_m(one, to, day.assumed) for to in places] for one in places]).round().astype(np.int64)
    )
    length = (day.asked.to_ms * 1000 - day.begins_us) // SECOND_US

    def second(at_us: int) -> int:
        return min(max((at_us - day.begins_us) // SECOND_US, 0), length)

    trucks = tuple(
        planning.Truck(one.vehicle, one.capacity_kg, 1, second(day.free.get(one.vehicle, 0)), length)
        for one in day.asked.vehicles
    )
    visits = tuple(
        planning.Visit(
            drop.shipment,
            drop.load_kg,
            second(drop.from_us),
            second(drop.to_us),
            drop.service_us // SECOND_US,
        )
        for drop in day.drops
    )
    drive = np.ceil(way / day.assumed.pace_ms).astype(np.int64)
    return planning.Problem(visits, trucks, way, drive, (0, length))


def _timed(day: Day, vehicle: str, drops: Sequence[Drop]) -> Timed:
    free = max(day.begins_us, day.free.get(vehicle, 0))
    return timed(vehicle, drops, day.depot, free, day.assumed)


def _out(day: Day, tours: Sequence[Timed], left_out: Sequence[str]) -> ToursOut:
    room = {one.vehicle: one.capacity_kg for one in day.asked.vehicles}
    shown = [
        TourOut(
            tour.vehicle,
            tour.leave_us // 1000,
            tour.back_us // 1000,
            round(tour.way_m),
            tour.load_kg,
            room.get(tour.vehicle),
            [
                LegOut(
                    leg.shipment,
                    leg.arrive_us // 1000,
                    leg.depart_us // 1000,
                    leg.late_us // 1000,
                    round(leg.way_m),
                )
                for leg in tour.legs
            ],
        )
        for tour in tours
    ]
    late = sum(leg.late_us > 0 for tour in tours for leg in tour.legs)
    return ToursOut(shown, round(sum(tour.way_m for tour in tours)), late, sorted(left_out))
