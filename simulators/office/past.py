"""Loads carriers delivered with trucks of their own before anybody looked: what a first day finds on file."""

from itertools import islice
from typing import Any, NamedTuple

from simulators import noise
from simulators.fleet import device, load_of, timetable

TRUCKS = range(6, 22)
EACH = 3
"""Loads a truck."""
SIGNED_MS = 6 * 60_000


class Delivered(NamedTuple):
    """A load, and what its receiver said."""

    shipment: dict[str, Any]
    proof: dict[str, Any]
    complaint: str | None


def delivered(seed: int, now_us: int) -> list[Delivered]:
    """The latest loads of some trucks, the oldest first."""
    found = [one for truck in TRUCKS for one in _of_truck(seed, truck, now_us)]
    return sorted(found, key=lambda one: int(one.proof["at_ms"]))


def _of_truck(seed: int, truck: int, now_us: int) -> list[Delivered]:
    table = timetable(seed, truck, now_us)
    numbers = (n for n in range(table.number(now_us) - 1, -40, -1) if table.is_loaded(n))
    ended = ((n, trip) for n in numbers if (trip := table.trip(n)).arrives_us < now_us)
    found = []
    for number, trip in islice(ended, EACH):
        shipment: dict[str, Any] = load_of(table, number)
        # Of trucks that are not ours there are no positions, and no readings to keep limits by.
        shipment.pop("limits", None)
        shipment |= {"id": f"CR-{shipment['id'][3:]}", "driver": f"{device(truck)} (subcontracted)"}
        chance = noise.uniform(trip.order.place, range(50, 53)).tolist()
        units = len(shipment["cargo"])
        proof = {
            "by": "goods-in",
            "at_ms": trip.arrives_us // 1000 + SIGNED_MS,
            "quantity": units - (chance[0] < 0.06),
            "damaged": 1 if chance[1] < 0.05 else 0,
        }
        found.append(Delivered(shipment, proof, "wrapping torn" if chance[2] < 0.05 else None))
    return found
