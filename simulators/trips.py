"""One trip of one truck, from gate to gate: how far along it is at each instant."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulators import noise
from simulators.base import SECOND_US
from simulators.modes import DAY_US, HOUR_US, ZONE_US
from simulators.routes import Way

Values = NDArray[np.float64]

STEP_M = 100.0
FREE_MS = 22.5
"""81 km/h: what a truck drives on an expressway."""
SUBURB_MS = 16.0
CITY_MS = 11.0
INCIDENT_CHANCE = 0.2
HALT_S = (480.0, 1080.0)
"""Shortest and longest call at a stop on the way."""
MARGIN_S = 480.0
"""What a planner adds to the expected time."""
LATEST_S = 2100.0
"""The longest delay an incident causes."""


class Order(NamedTuple):
    """What a truck is asked to do."""

    way: Way
    planned_us: int
    """When it should depart."""
    place: int
    """Noise key of the trip."""


@dataclass(frozen=True)
class Trip:
    """Where a truck is on its way: `metres` driven at `instants`, both rising."""

    order: Order
    instants_us: Values
    metres: Values

    @property
    def departs_us(self) -> int:
        """When it really leaves."""
        return int(self.instants_us[0])

    @property
    def arrives_us(self) -> int:
        """When it really arrives."""
        return int(self.instants_us[-1])

    def at_m(self, at_us: Values) -> Values:
        """Metres along the way at instants."""
        return np.interp(at_us, self.instants_us, self.metres)


def planned_s(way: Way, departs_us: int) -> float:
    """How long the planner allows for a way, knowing the hour."""
    metres, speed = _free(way)
    driving = float((np.diff(metres) / speed[:-1]).sum()) / _traffic(departs_us + HOUR_US)
    return driving * 1.06 + (len(way.stops) - 2) * sum(HALT_S) / 2 + MARGIN_S


def drive(order: Order) -> Trip:
    """The trip as it happens."""
    way, place = order.way, order.place
    chance = noise.uniform(place, np.arange(8))
    departs_us = order.planned_us + int(chance[0] ** 2 * 600.0) * SECOND_US
    metres, speed = _free(way)
    driver = 0.96 + 0.06 * chance[1]
    speed = (
        speed * driver * _traffic(departs_us + HOUR_US) * (1.0 + 0.06 * noise.wander(place, metres, 3000.0))
    )
    if chance[2] < INCIDENT_CHANCE:
        speed = _jam(metres, speed, way.line.length_m, chance)
    speed = np.minimum(speed, _ramps(metres, way.stops_m))
    waits = _lights(place, metres, way) + _halts(place, metres, way)
    moving = np.concatenate([[0.0], np.cumsum(np.diff(metres) / speed[:-1])])
    leaves = moving + np.cumsum(waits)
    arrives = leaves - waits
    seconds = np.stack([arrives, leaves], axis=1).ravel()
    return Trip(order, departs_us + seconds * SECOND_US, np.repeat(metres, 2))


def _free(way: Way) -> tuple[Values, Values]:
    """Places along a way and the speed there on an empty road."""
    metres = np.append(np.arange(0.0, way.line.length_m, STEP_M), way.line.length_m)
    away = np.min([np.abs(metres - stop) for stop in way.stops_m], axis=0)
    return metres, np.where(away < 5_000.0, CITY_MS, np.where(away < 9_000.0, SUBURB_MS, FREE_MS))


def _traffic(at_us: int) -> float:
    """Share of the free speed by the hour of day."""
    hour = (at_us + ZONE_US) % DAY_US / HOUR_US
    rush = np.exp(-(((hour - 8.0) / 1.2) ** 2)) + np.exp(-(((hour - 18.0) / 1.4) ** 2))
    return float(0.98 - 0.2 * rush)


def _jam(metres: Values, speed: Values, length_m: float, chance: Values) -> Values:
    begin = length_m * (0.25 + 0.4 * chance[3])
    inside = (metres >= begin) & (metres < begin + 2_000.0 + 3_000.0 * chance[4])
    delay_s = 1_500.0 + (LATEST_S - 1_500.0) * chance[5]
    normal_s = float((STEP_M / speed[inside]).sum())
    return np.where(inside, speed * normal_s / (normal_s + delay_s), speed)


def _ramps(metres: Values, stops_m: tuple[float, ...]) -> Values:
    """Speeds from which 0.7 m/s² comes to rest at each stop."""
    away = np.min([np.abs(metres - stop) for stop in stops_m], axis=0)
    return np.asarray(np.sqrt(2 * 0.7 * away) + 3.0)


def _lights(place: int, metres: Values, way: Way) -> Values:
    away = np.min([np.abs(metres - stop) for stop in way.stops_m], axis=0)
    spots = np.arange(len(metres))
    red = (noise.uniform(place ^ 1, spots) < 0.06) & (away < 4_000.0) & (away > 300.0)
    return np.where(red, 10.0 + 40.0 * noise.uniform(place ^ 2, spots), 0.0)


def _halts(place: int, metres: Values, way: Way) -> Values:
    waits = np.zeros(len(metres))
    low, high = HALT_S
    for number, stop in enumerate(way.stops_m[1:-1]):
        lasts = low + (high - low) * float(noise.uniform(place ^ 3, number))
        waits[int(np.argmin(np.abs(metres - stop)))] += lasts
    return waits
