"""What the trucks carry and for whom: carriers, appointments, pallets, and how cold the reefers keep them."""

from typing import Any

import numpy as np

from lineshaft.domain.cargo import check_digit
from simulators import noise
from simulators.base import SECOND_US
from simulators.epc import COMPANY
from simulators.routes import STOP_RADIUS_M
from simulators.trips import Order, Values

CARRIERS = ("hangyun", "jiangnan", "donghai", "qiantang")
"""Keys of deploy/demo/carriers.yaml; the last one has few trucks, so that few loads are seen, too."""
REEFERS = 8
"""Every eighth truck is one."""
COLD_EVERY_US = 20 * SECOND_US
LOW, HIGH, SET_POINT = 2.0, 8.0, 4.2
BEFORE_MS, AFTER_MS = 30 * 60_000, 15 * 60_000
"""The appointment opens and closes so long before and after the planned arrival."""
WARM_SPAN_US = 40 * 60 * SECOND_US
WARM_CHANCE = 0.3
WARM_S = 15.0 * 60
"""How long a door stands open, or the cooling is off."""
WARM_BY = 7.5


def carrier_of(truck: int) -> str:
    """Who drives a truck, by its index.

    >>> [carrier_of(truck) for truck in (0, 1, 2, 15)]
    ['hangyun', 'jiangnan', 'donghai', 'qiantang']
    """
    return CARRIERS[-1] if truck % 16 == 15 else CARRIERS[truck % (len(CARRIERS) - 1)]


def is_reefer(truck: int) -> bool:
    """Whether a truck cools what it carries."""
    return truck % REEFERS == 1


def temperature(seed: int, truck: int, at_us: Values) -> Values:
    """How warm a reefer's load is, in °C: near its set point, now and then too warm for a quarter hour."""
    place = noise.key(seed, "cold", truck)
    usual = SET_POINT + 0.5 * noise.wander(place, at_us, 600.0 * SECOND_US)
    usual = usual + 0.05 * noise.normal(place ^ 1, at_us)
    span = (at_us // WARM_SPAN_US).astype(np.int64)
    happens, begins = noise.uniform(place ^ 2, 2 * span), noise.uniform(place ^ 2, 2 * span + 1)
    into_s = (at_us % WARM_SPAN_US) / SECOND_US - begins * (WARM_SPAN_US / SECOND_US - WARM_S)
    is_warm = (happens < WARM_CHANCE) & (into_s >= 0) & (into_s < WARM_S)
    return usual + np.where(is_warm, WARM_BY * np.sin(np.pi * np.clip(into_s / WARM_S, 0, 1)), 0.0)


def detail(truck: int, order: Order, arrival_ms: int) -> dict[str, Any]:
    """What a load's document says beside its way and its times."""
    ends = (order.way.stops[0], order.way.stops[-1])
    stops: list[dict[str, Any]] = [
        {
            "id": city.en.lower(),
            "name": city.en,
            "name_zh": city.zh,
            "lat": city.lat,
            "lon": city.lon,
            "radius_m": STOP_RADIUS_M,
            "kind": kind,
        }
        for city, kind in zip(ends, ("pickup", "delivery"), strict=True)
    ]
    stops[-1] |= {"from_ms": arrival_ms - BEFORE_MS, "to_ms": arrival_ms + AFTER_MS}
    units = 3 + int(noise.uniform(order.place, 30) * 5)
    found: dict[str, Any] = {
        "carrier": carrier_of(truck),
        "driver": f"D-{truck + 1:02}",
        "orders": [f"SO-{order.place % 100_000:05}"],
        "stops": stops,
        "cargo": [_pallet(order.place, n) for n in range(units)],
    }
    if is_reefer(truck):
        found["limits"] = [{"signal": "temperature", "low": LOW, "high": HIGH, "for_s": 60}]
    return found


def _pallet(place: int, number: int) -> dict[str, Any]:
    reference = (place + number) % 1_000_000_000
    digits = f"3{COMPANY:07}{reference:09}"
    weight = 240 + round(float(noise.uniform(place, 40 + number)) * 500)
    return {"sscc": f"{digits}{check_digit(digits)}", "quantity": 1, "unit": "pallet", "weight_kg": weight}
