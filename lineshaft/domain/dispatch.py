"""A day's shipments as a problem of tours, and the tours as plans of shipments.

All vehicles start and end at one depot, the place most of the shipments begin at. A shipment is one visit:
its last stop. What is under way stays with its vehicle, which is free again when it is expected back. Ways
are straight lines times a detour, at one pace: assumptions that stand beside every plan.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from lineshaft.domain.geometry import distance_m
from lineshaft.domain.hauls import DETOUR
from lineshaft.domain.journeys import Shipment, ShipmentState

PACE_MS = 13.9
"""50 km/h over land with towns on the way: an assumption."""
SERVICE_MIN = 30.0
"""At a stop that says nothing."""
SECOND_US = 1_000_000


class Assumptions(NamedTuple):
    """What ways and times of a plan rest on."""

    detour: float = DETOUR
    pace_ms: float = PACE_MS
    service_min: float = SERVICE_MIN


@dataclass(slots=True, frozen=True)
class Spot:
    """Where a visit is, or the depot."""

    lat: float
    lon: float


@dataclass(slots=True, frozen=True)
class Drop:
    """A shipment as one visit."""

    shipment: str
    vehicle: str | None
    """That it is planned on now."""
    place: Spot
    load_kg: int
    from_us: int
    to_us: int
    service_us: int


class TourVisit(NamedTuple):
    """One visit of a tour, in time."""

    shipment: str
    arrive_us: int
    begin_us: int
    """Not before the appointment."""
    depart_us: int
    late_us: int
    """After the appointment's end; 0: kept."""
    way_m: float
    """From the place before."""


@dataclass(slots=True, frozen=True)
class Timed:
    """A vehicle's tour in time."""

    vehicle: str
    leave_us: int
    legs: tuple[TourVisit, ...]
    back_us: int
    way_m: float
    load_kg: int


def depot_of(shipments: Sequence[Shipment]) -> Spot | None:
    """The place most of the shipments begin at; None where none has a beginning."""
    starts = Counter((one.stops[0].lat, one.stops[0].lon) for one in shipments if len(one.stops) > 1)
    if not starts:
        return None
    [((lat, lon), _)] = starts.most_common(1)
    return Spot(lat, lon)


def drop_of(shipment: Shipment, day: tuple[int, int], assumed: Assumptions) -> Drop | None:
    """A planned shipment as a visit within a day; None where it has no stop to go to."""
    if not shipment.stops:
        return None
    stop = shipment.stops[-1]
    service_min = assumed.service_min if stop.service_min is None else stop.service_min
    begins = max(stop.from_us if stop.from_us is not None else day[0], day[0])
    ends = stop.promised_us if stop.promised_us is not None else day[1]
    return Drop(
        shipment.shipment_id,
        shipment.vehicle,
        Spot(stop.lat, stop.lon),
        round(sum(unit.weight_kg for unit in shipment.cargo)),
        begins,
        max(min(ends, day[1]), begins),
        round(service_min * 60 * SECOND_US),
    )


def way_m(one: Spot, other: Spot, assumed: Assumptions) -> float:
    """Metres between two places."""
    return float(distance_m(one.lat, one.lon, other.lat, other.lon)) * assumed.detour


def free_at(
    shipments: Sequence[Shipment], etas: Mapping[str, int], depot: Spot, assumed: Assumptions
) -> dict[str, int]:
    """Vehicle → when it is back at the depot, for those that are under way.

    Args:
        shipments: all open ones.
        etas: shipment → expected arrival (P50), µs; else its planned one counts.
        depot: where it comes back to.
        assumed: for the way back.
    """
    found: dict[str, int] = {}
    for one in shipments:
        if one.state is not ShipmentState.UNDERWAY or one.vehicle is None:
            continue
        comes = etas.get(one.shipment_id, one.planned_arrival_us)
        if comes is None:
            continue
        stop = one.stops[-1] if one.stops else None
        back = way_m(Spot(stop.lat, stop.lon), depot, assumed) / assumed.pace_ms if stop else 0.0
        service = assumed.service_min if stop is None or stop.service_min is None else stop.service_min
        at = comes + round((service * 60 + back) * SECOND_US)
        found[one.vehicle] = max(found.get(one.vehicle, 0), at)
    return found


def timed(vehicle: str, drops: Sequence[Drop], depot: Spot, free_us: int, assumed: Assumptions) -> Timed:
    """A tour in time: it leaves as late as the first appointment allows, once the vehicle is free."""
    at, place, way = free_us, depot, 0.0
    leave = free_us
    legs: list[TourVisit] = []
    for drop in drops:
        leg_m = way_m(place, drop.place, assumed)
        drive_us = round(leg_m / assumed.pace_ms * SECOND_US)
        if not legs:
            leave = at = max(free_us, drop.from_us - drive_us)
        arrive = at + drive_us
        begin = max(arrive, drop.from_us)
        at = begin + drop.service_us
        legs.append(TourVisit(drop.shipment, arrive, begin, at, max(arrive - drop.to_us, 0), leg_m))
        place, way = drop.place, way + leg_m
    home_m = way_m(place, depot, assumed)
    back = at + round(home_m / assumed.pace_ms * SECOND_US)
    return Timed(vehicle, leave, tuple(legs), back, way + home_m, sum(drop.load_kg for drop in drops))


def present(
    drops: Sequence[Drop],
    depot: Spot,
    free: Mapping[str, int],
    day_us: int,
    assumed: Assumptions,
) -> tuple[list[Timed], list[str]]:
    """What the shipments come to on the vehicles they are planned on; and those that are on none.

    Each vehicle makes its visits by the end of their appointments, the earliest first.
    """
    by_vehicle: dict[str, list[Drop]] = {}
    for drop in sorted(drops, key=lambda drop: (drop.to_us, drop.shipment)):
        by_vehicle.setdefault(drop.vehicle or "", []).append(drop)
    nobody = [drop.shipment for drop in by_vehicle.pop("", [])]
    tours = [
        timed(vehicle, those, depot, max(day_us, free.get(vehicle, 0)), assumed)
        for vehicle, those in sorted(by_vehicle.items())
    ]
    return tours, nobody
