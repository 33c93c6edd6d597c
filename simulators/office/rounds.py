"""The day's deliveries by van: from two depots, some with several stops, given to vans as they came in."""

from typing import Any, NamedTuple

from lineshaft.domain.cargo import check_digit
from lineshaft.domain.geometry import distance_m
from simulators import noise
from simulators.epc import COMPANY
from simulators.fleet import CUSTOMERS
from simulators.routes import CITIES, City

CARRIER = "qiantang"
PACE_MS = 11.0
"""Straight over land, detours included: what a dispatcher reckons with."""
SERVICE_MIN = 8.0
RADIUS_M = 600.0
MINUTE_MS = 60_000
SPREAD_DEG = 0.05
EARLY_MS, LATE_MS = 150 * MINUTE_MS, 20 * MINUTE_MS
"""Appointments begin and end so long before and after the time a dispatcher reckons with."""
OVERDUE_MS = {"van-2": 25 * MINUTE_MS}
"""A van that should have left so long ago."""


class Depot(NamedTuple):
    """Where vans load."""

    city: City
    vans: tuple[str, ...]
    towns: tuple[str, ...]
    """Keys of `CITIES` its customers are near."""


DEPOTS = (
    Depot(CITIES["hz"], ("van-1", "van-2"), ("xs", "hz", "xs", "dq", "hz", "hn", "sx")),
    Depot(CITIES["su"], ("van-3", "van-4"), ("su", "ks", "su", "wx", "ks")),
)
LOADS = (9, 6)
"""Shipments of a batch, by depot."""
SEVERAL = 4
"""Every fourth shipment goes to three stops."""


def batch(seed: int, number: int, now_ms: int) -> list[dict[str, Any]]:
    """The shipments of a batch, as the API takes them; ids are those of the batch's number."""
    found = []
    for place, (depot, loads) in enumerate(zip(DEPOTS, LOADS, strict=True)):
        free = {van: now_ms - OVERDUE_MS.get(van, MINUTE_MS) for van in depot.vans}
        for n in range(loads):
            key = noise.key(seed, "round", number, place, n)
            van = depot.vans[n % len(depot.vans)]
            found.append(_shipment(f"DL-{number:05}-{place + 1}{n:02}", depot, van, key, free[van]))
            free[van] = found[-1]["planned_arrival_ms"] + _drive_ms(depot.city, found[-1]["stops"][-1])
    return found


def _shipment(identity: str, depot: Depot, van: str, key: int, leaves_ms: int) -> dict[str, Any]:
    chance = noise.uniform(key, range(40)).tolist()
    count = 3 if key % SEVERAL == 0 else 1
    at: Any = {"lat": depot.city.lat, "lon": depot.city.lon}
    stops, time_ms = [_depot(depot)], leaves_ms
    town = CITIES[depot.towns[int(chance[0] * len(depot.towns))]]
    for n in range(count):
        stop = {
            "id": f"stop-{n + 1}",
            "name": f"{town.en} {n + 1}",
            "name_zh": f"{town.zh} {n + 1}",
            "lat": round(town.lat + (chance[3 + n] - 0.5) * 2 * SPREAD_DEG, 5),
            "lon": round(town.lon + (chance[6 + n] - 0.5) * 2 * SPREAD_DEG, 5),
            "radius_m": RADIUS_M,
            "service_min": SERVICE_MIN,
            "free_min": 30.0,
        }
        time_ms += int(distance_m(at["lat"], at["lon"], stop["lat"], stop["lon"]) / PACE_MS * 1000)
        stop |= {"from_ms": time_ms - EARLY_MS, "to_ms": time_ms + LATE_MS}
        stops.append(stop)
        at, time_ms = stop, time_ms + round(SERVICE_MIN * MINUTE_MS)
    order = f"SO-{identity[3:]}"
    units = 1 + int(chance[1] * 2)
    return {
        "id": identity,
        "vehicle": van,
        "reference": f"PO-{key % 1_000_000:06}",
        "customer": CUSTOMERS[int(chance[2] * len(CUSTOMERS))],
        "carrier": CARRIER,
        "orders": [order],
        "stops": stops,
        "cargo": [_pallet(key, n, order) for n in range(units)],
        "planned_departure_ms": leaves_ms,
        "planned_arrival_ms": time_ms - round(SERVICE_MIN * MINUTE_MS),
    }


def _depot(depot: Depot) -> dict[str, Any]:
    city = depot.city
    return {
        "id": "depot", "name": f"{city.en} depot", "name_zh": f"{city.zh}仓", "kind": "pickup",
        "lat": city.lat, "lon": city.lon, "radius_m": RADIUS_M,
    }  # fmt: skip


def _drive_ms(city: City, stop: dict[str, Any]) -> int:
    return int(distance_m(city.lat, city.lon, stop["lat"], stop["lon"]) / PACE_MS * 1000)


def _pallet(key: int, number: int, order: str) -> dict[str, Any]:
    digits = f"3{COMPANY:07}{(key + number) % 1_000_000_000:09}"
    weight = 60 + int(noise.uniform(key, 20 + number) * 120)
    return {
        "sscc": f"{digits}{check_digit(digits)}", "quantity": 1, "unit": "pallet", "weight_kg": weight,
        "order": order,
    }  # fmt: skip
