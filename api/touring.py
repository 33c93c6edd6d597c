"""Makes a plan of tours: open shipments and vehicles in, the present tours and the proposed ones out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from api.schemas_planning import (
    CallOut,
    FoundOut,
    LegOut,
    PlanVehicleInput,
    RoutePlanInput,
    TourOut,
    ToursOut,
)
from lineshaft import planning
from lineshaft.domain.dispatch import (
    Assumptions,
    Drop,
    Spot,
    Timed,
    depots_of,
    drop_of,
    free_at,
    homes_of,
    present,
    timed,
    way_m,
)
from lineshaft.domain.journeys import Shipment, ShipmentState

SECOND_US = 1_000_000


class NothingToPlanError(ValueError):
    """No shipment of the span can be planned."""


@dataclass(slots=True, frozen=True)
class Day:
    """What is to be planned, with everything it needs."""

    asked: RoutePlanInput
    drops: tuple[Drop, ...]
    depots: tuple[Spot, ...]
    homes: dict[str, Spot]
    """Vehicle → its depot."""
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


class Known(NamedTuple):
    """What is known of shipments and vehicles now."""

    shipments: Sequence[Shipment]
    """All open ones."""
    etas: Mapping[str, int]
    """Shipment → P50, µs."""
    positions: Mapping[str, Spot]
    """Of vehicles."""


def day_of(asked: RoutePlanInput, known: Known, now_us: int) -> Day:
    """The day of a request.

    Args:
        asked: by a planner.
        known: what it is planned with.
        now_us: now: nothing leaves before.

    Raises:
        NothingToPlanError: no shipment fits.
    """
    span = (max(asked.from_ms * 1000, now_us), asked.to_ms * 1000)
    wanted = [
        one
        for one in known.shipments
        if one.state is ShipmentState.PLANNED
        and (
            one.shipment_id in asked.shipments
            if asked.shipments is not None
            else one.promised_us is not None and asked.from_ms * 1000 <= one.promised_us < span[1]
        )
    ]
    depots = depots_of(wanted)
    if not depots or span[1] <= span[0]:
        raise NothingToPlanError("no planned shipment with stops of its own is promised within the span")
    assumed = Assumptions(asked.detour, asked.pace_kmh / 3.6, asked.service_min)
    found = {one.shipment_id: drop_of(one, span, depots, assumed) for one in wanted}
    homes = homes_of([one.vehicle for one in asked.vehicles], known.shipments, known.positions, depots)
    every = {**{one.vehicle: depots[0] for one in known.shipments if one.vehicle}, **homes}
    concerned = {*homes, *(one.vehicle for one in wanted)}
    free = free_at(known.shipments, known.etas, every, assumed)
    return Day(
        asked,
        tuple(drop for drop in found.values() if drop),
        tuple(depots),
        homes,
        {vehicle: at_us for vehicle, at_us in free.items() if vehicle in concerned},
        tuple(
            one.shipment_id
            for one in known.shipments
            if one.state is ShipmentState.UNDERWAY and one.vehicle in concerned
        ),
        tuple(key for key, drop in found.items() if drop is None),
        span[0],
    )


def find(day: Day) -> FoundOut:
    """The tours as they are and as they could be; it computes for as long as was asked.

    Raises:
        PlannerMissingError: the extra `planning` is not installed.
    """
    by_key = {drop.shipment: drop for drop in day.drops}
    proposed, bound_m, feasible = [], 0.0, True
    for depot in day.depots:
        drops = [drop for drop in day.drops if drop.depot == depot]
        trucks = [one for one in day.asked.vehicles if day.homes[one.vehicle] == depot]
        if not drops:
            continue
        bound_m += sum(drop.inner_m for drop in drops)
        if not trucks:
            feasible = False
            continue
        problem = _problem(day, depot, drops, trucks)
        plan = planning.solve(problem, day.asked.seconds * len(drops) / len(day.drops))
        bound_m, feasible = bound_m + plan.bound_m, feasible and plan.feasible
        proposed += [
            timed(
                tour.truck,
                [by_key[key] for key in tour.visits],
                depot,
                _free_us(day, tour.truck),
                day.assumed,
            )
            for tour in plan.tours
            if tour.visits
        ]
    tours, nobody = present(day.drops, day.free, day.begins_us, day.assumed)
    taken = {leg.shipment for tour in proposed for leg in tour.legs}
    left_out = sorted(set(by_key) - taken)
    now_out, then_out = _out(day, tours, nobody), _out(day, proposed, left_out)
    same = now_out.left_out == then_out.left_out
    return FoundOut(
        present=now_out,
        proposed=then_out,
        saved_m=round(now_out.way_m - then_out.way_m) if same else None,
        bound_m=round(bound_m),
        gap=round(then_out.way_m / bound_m - 1, 4) if bound_m and not left_out else None,
        feasible=feasible and not left_out,
        underway=list(day.underway),
        free={vehicle: at // 1000 for vehicle, at in day.free.items()},
        skipped=list(day.skipped),
        depots=[(one.lat, one.lon) for one in day.depots],
    )


def _problem(
    day: Day, depot: Spot, drops: Sequence[Drop], vehicles: Sequence[PlanVehicleInput]
) -> planning.Problem:
    """What one depot's vehicles are to do; a visit is entered at its first stop and left at its last."""
    enter = [depot, *(drop.place for drop in drops)]
    leave = [depot, *(drop.end for drop in drops)]
    way = np.array([[way_m(one, to, day.assumed) for to in enter] for one in leave]).round().astype(np.int64)
    length = (day.asked.to_ms * 1000 - day.begins_us) // SECOND_US

    def second(at_us: int) -> int:
        return min(max((at_us - day.begins_us) // SECOND_US, 0), length)

    trucks = tuple(
        planning.Truck(one.vehicle, one.capacity_kg, 1, second(day.free.get(one.vehicle, 0)), length)
        for one in vehicles
    )
    visits = tuple(
        planning.Visit(
            drop.shipment,
            drop.load_kg,
            second(drop.from_us),
            second(drop.to_us),
            drop.service_us // SECOND_US,
        )
        for drop in drops
    )
    drive = np.ceil(way / day.assumed.pace_ms).astype(np.int64)
    return planning.Problem(visits, trucks, way, drive, (0, length))


def _free_us(day: Day, vehicle: str) -> int:
    return max(day.begins_us, day.free.get(vehicle, 0))


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
                    [CallOut(one.stop, one.arrive_us // 1000, one.late_us // 1000) for one in leg.calls],
                )
                for leg in tour.legs
            ],
        )
        for tour in tours
    ]
    late = sum(leg.late_us > 0 for tour in tours for leg in tour.legs)
    return ToursOut(shown, round(sum(tour.way_m for tour in tours)), late, sorted(left_out))
