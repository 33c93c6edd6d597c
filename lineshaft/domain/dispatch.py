"""A day's shipments as a problem of tours, and the tours as plans of shipments.

A shipment is loaded where it begins, and is one visit: all its later stops in their order. Each vehicle
starts and ends at its own depot and takes what begins there. What is under way stays with its vehicle, which
is free again when it is expected back. Ways are straight lines times a detour, at one pace: assumptions that
stand beside every plan.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from lineshaft.domain.geometry import distance_m
from lineshaft.domain.hauls import DETOUR
from lineshaft.domain.journeys import Shipment, ShipmentState
from lineshaft.domain.stops import Stop

PACE_MS = 13.9
"""50 km/h over land with towns on the way: an assumption."""
SERVICE_MIN = 30.0
"""At a stop that says nothing."""
SECOND_US = 1_000_000
NEAR_M = 500.0
"""Beginnings so near to one another are one depot."""


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


class Halt(NamedTuple):
    """One stop of a visit: when, after the visit's begin, and by when it has to be."""

    stop: str
    after_us: int
    to_us: int


@dataclass(slots=True, frozen=True)
class Drop:
    """A shipment as one visit: from its first stop after the depot to its last."""

    shipment: str
    vehicle: str | None
    """That it is planned on now."""
    depot: Spot
    """Where it is loaded."""
    place: Spot
    """Of the first stop."""
    load_kg: int
    from_us: int
    to_us: int
    """The visit has to begin by then, so that no stop of it is late."""
    service_us: int
    """All of it: work at the stops, the ways between them, and waiting that cannot be helped."""
    end: Spot
    """Of the last stop."""
    inner_m: float = 0.0
    """The ways between its stops."""
    halts: tuple[Halt, ...] = ()


class Called(NamedTuple):
    """One stop of a tour, in time."""

    stop: str
    arrive_us: int
    late_us: int


class TourVisit(NamedTuple):
    """One visit of a tour, in time."""

    shipment: str
    arrive_us: int
    begin_us: int
    """Not before the appointment."""
    depart_us: int
    late_us: int
    """After the end of the appointment that is missed most; 0: all are kept."""
    way_m: float
    """From the place before, to the last stop."""
    calls: tuple[Called, ...] = ()


@dataclass(slots=True, frozen=True)
class Timed:
    """A vehicle's tour in time."""

    vehicle: str
    leave_us: int
    legs: tuple[TourVisit, ...]
    back_us: int
    way_m: float
    load_kg: int


def depots_of(shipments: Sequence[Shipment]) -> list[Spot]:
    """The places shipments begin at, most of them first; what is near to one of them is that one."""
    starts = Counter(Spot(one.stops[0].lat, one.stops[0].lon) for one in shipments if len(one.stops) > 1)
    found: list[Spot] = []
    for spot, _ in sorted(starts.items(), key=lambda one: (-one[1], one[0].lat, one[0].lon)):
        if nearest(spot, found, NEAR_M) is None:
            found.append(spot)
    return found


def nearest(spot: Spot, among: Sequence[Spot], within_m: float = float("inf")) -> Spot | None:
    """The nearest of some places; None where none is so near."""
    straight = Assumptions(1.0)
    found = min(among, key=lambda one: way_m(spot, one, straight), default=None)
    return found if found is not None and way_m(spot, found, straight) <= within_m else None


def homes_of(
    vehicles: Sequence[str],
    shipments: Sequence[Shipment],
    positions: Mapping[str, Spot],
    depots: Sequence[Spot],
) -> dict[str, Spot]:
    """Vehicle → its depot: where most of its shipments begin, else the one it is nearest to, else the first.

    Args:
        vehicles: those that may drive.
        shipments: all open ones.
        positions: where vehicles are, as far as that is known.
        depots: at least one.
    """
    loaded: dict[str, Counter[Spot]] = {}
    for one in shipments:
        start = nearest(Spot(one.stops[0].lat, one.stops[0].lon), depots, NEAR_M) if one.stops else None
        if one.vehicle and start:
            loaded.setdefault(one.vehicle, Counter())[start] += 1
    found = {}
    for vehicle in vehicles:
        if vehicle in loaded:
            [(found[vehicle], _)] = loaded[vehicle].most_common(1)
        else:
            near = nearest(positions[vehicle], depots) if vehicle in positions else None
            found[vehicle] = near or depots[0]
    return found


def drop_of(
    shipment: Shipment, day: tuple[int, int], depots: Sequence[Spot], assumed: Assumptions
) -> Drop | None:
    """A planned shipment as a visit within a day; None where it has no stop to go to.

    With a single stop, or none that is near a depot, it is loaded at the first depot.
    """
    if not shipment.stops:
        return None
    several = len(shipment.stops) > 1
    start = shipment.stops[0]
    depot = nearest(Spot(start.lat, start.lon), depots, NEAR_M) if several else None
    calls = shipment.stops[1:] if several else shipment.stops
    spots = [Spot(stop.lat, stop.lon) for stop in calls]
    ways = [way_m(one, to, assumed) for one, to in pairwise(spots)]
    window, halts, lasts_us = _window(calls, ways, day, assumed)
    return Drop(
        shipment.shipment_id,
        shipment.vehicle,
        depot or depots[0],
        spots[0],
        round(sum(unit.weight_kg for unit in shipment.cargo)),
        *window,
        lasts_us,
        spots[-1],
        sum(ways),
        halts,
    )


def _window(
    stops: Sequence[Stop], ways: Sequence[float], day: tuple[int, int], assumed: Assumptions
) -> tuple[tuple[int, int], tuple[Halt, ...], int]:
    """When a visit of several stops may begin so that all appointments are kept, its stops, and its length.

    It begins late enough that it waits nowhere on its way. Where some appointment forces a wait, it begins as
    late as the others allow, and the wait is part of its length.
    """
    begins = [max(day[0] if stop.from_us is None else stop.from_us, day[0]) for stop in stops]
    ends = [max(min(day[1] if stop.promised_us is None else stop.promised_us, day[1]), begin)
            for stop, begin in zip(stops, begins, strict=True)]  # fmt: skip
    work = [_service_us(stop, assumed) for stop in stops]
    drives = [round(way / assumed.pace_ms * SECOND_US) for way in ways]
    offsets = [0]
    for service, drive in zip(work, drives, strict=False):
        offsets.append(offsets[-1] + service + drive)
    earliest = max(begin - after for begin, after in zip(begins, offsets, strict=True))
    latest = min(end - after for end, after in zip(ends, offsets, strict=True))
    if earliest > latest:  # somewhere it waits, or is late
        earliest = latest = max(latest, begins[0])
        offsets = [0]
        for n, drive in enumerate(drives, 1):
            comes = offsets[-1] + work[n - 1] + drive
            offsets.append(max(comes, begins[n] - earliest))
    halts = tuple(Halt(stop.id, after, end) for stop, after, end in zip(stops, offsets, ends, strict=True))
    return (earliest, max(latest, earliest)), halts, offsets[-1] + work[-1]


def _service_us(stop: Stop | None, assumed: Assumptions) -> int:
    minutes = assumed.service_min if stop is None or stop.service_min is None else stop.service_min
    return round(minutes * 60 * SECOND_US)


def way_m(one: Spot, other: Spot, assumed: Assumptions) -> float:
    """Metres between two places."""
    return float(distance_m(one.lat, one.lon, other.lat, other.lon)) * assumed.detour


def free_at(
    shipments: Sequence[Shipment], etas: Mapping[str, int], homes: Mapping[str, Spot], assumed: Assumptions
) -> dict[str, int]:
    """Vehicle → when it is back at its depot, for those that are under way.

    Args:
        shipments: all open ones.
        etas: shipment → expected arrival (P50), µs; else its planned one counts.
        homes: vehicle → where it comes back to; of others nothing is said.
        assumed: for the way back.
    """
    found: dict[str, int] = {}
    for one in shipments:
        vehicle = one.vehicle or ""
        if one.state is not ShipmentState.UNDERWAY or vehicle not in homes:
            continue
        comes = etas.get(one.shipment_id, one.planned_arrival_us)
        if comes is None:
            continue
        stop = one.stops[-1] if one.stops else None
        home = homes[vehicle]
        back_s = way_m(Spot(stop.lat, stop.lon), home, assumed) / assumed.pace_ms if stop else 0.0
        at = comes + _service_us(stop, assumed) + round(back_s * SECOND_US)
        found[vehicle] = max(found.get(vehicle, 0), at)
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
        calls = tuple(
            Called(one.stop, come := begin + one.after_us if n else arrive, max(come - one.to_us, 0))
            for n, one in enumerate(drop.halts)
        )
        late = max((one.late_us for one in calls), default=max(arrive - drop.to_us, 0))
        leg_m += drop.inner_m
        legs.append(TourVisit(drop.shipment, arrive, begin, at, late, leg_m, calls))
        place, way = drop.end, way + leg_m
    home_m = way_m(place, depot, assumed)
    back = at + round(home_m / assumed.pace_ms * SECOND_US)
    return Timed(vehicle, leave, tuple(legs), back, way + home_m, sum(drop.load_kg for drop in drops))


def present(
    drops: Sequence[Drop], free: Mapping[str, int], day_us: int, assumed: Assumptions
) -> tuple[list[Timed], list[str]]:
    """What the shipments come to on the vehicles they are planned on; and those that are on none.

    Each vehicle makes its visits by the end of their appointments, the earliest first, depot by depot.
    """
    by_tour: dict[tuple[str, Spot], list[Drop]] = {}
    nobody = []
    for drop in sorted(drops, key=lambda drop: (drop.to_us, drop.shipment)):
        if drop.vehicle:
            by_tour.setdefault((drop.vehicle, drop.depot), []).append(drop)
        else:
            nobody.append(drop.shipment)
    back, tours = dict(free), []
    for (vehicle, depot), those in sorted(by_tour.items(), key=lambda one: (one[0][0], one[1][0].to_us)):
        tour = timed(vehicle, those, depot, max(day_us, back.get(vehicle, 0)), assumed)
        back[vehicle] = tour.back_us
        tours.append(tour)
    return tours, nobody
