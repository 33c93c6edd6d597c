"""Vehicles at the last stops of shipments that have arrived: how long they stay is waiting, and money."""

from dataclasses import dataclass

from lineshaft.detect.eta.dwell import Dwells
from lineshaft.domain.geometry import distance_m
from lineshaft.domain.stops import Stop
from lineshaft.domain.trips import Fix
from stream.steps.arrivals import place_of

LEAVE_RATIO = 1.3
"""A stop is left further out than it is entered: noise at its edge is neither."""
SURE_FIXES = 2
FORGET_US = 24 * 3_600_000_000
"""A vehicle that stands this long where it arrived is not unloading any more."""


@dataclass(slots=True)
class Unloading:
    """A shipment that has arrived, until its vehicle leaves."""

    shipment_id: str
    stop: Stop
    arrived_us: int
    hour: int
    """Of the day, there."""
    sure: int = 0
    """Fixes in a row that are away from the stop."""
    away_us: int = 0


def left(unloading: dict[str, list[Unloading]], vehicle: str, fix: Fix, dwells: Dwells) -> list[Unloading]:
    """Whose last stop the vehicle has left, by its new position; they are taken out, and dwell is learned."""
    brought = unloading.get(vehicle)
    if not brought:
        return []
    for one in brought:
        if float(distance_m(one.stop.lat, one.stop.lon, fix.lat, fix.lon)) <= LEAVE_RATIO * one.stop.radius_m:
            one.sure = 0
        else:
            one.sure, one.away_us = one.sure + 1, one.away_us if one.sure else fix.ts_us
    gone = [one for one in brought if one.sure >= SURE_FIXES]
    for one in gone:
        dwells.learn(place_of(one.stop), one.hour, (one.away_us - one.arrived_us) / 1e6)
    stay = [one for one in brought if one.sure < SURE_FIXES and fix.ts_us - one.arrived_us < FORGET_US]
    if stay:
        unloading[vehicle] = stay
    else:
        del unloading[vehicle]
    return gone
