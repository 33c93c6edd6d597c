"""A shipment as it was really carried: its way, its waits and its weight, each and how it is known."""

from dataclasses import dataclass
from itertools import pairwise

from lineshaft.domain.emissions import FACTORS, Factor, co2e_kg
from lineshaft.domain.geometry import distance_m
from lineshaft.domain.journeys import Shipment
from lineshaft.domain.stops import Stop
from lineshaft.domain.tariffs import Carriage

DETOUR = 1.3
"""Road over straight line where no way was measured: an assumption, and shown as one wherever it is used."""
WHOLE = 0.9
"""Of the straight legs: what lies within the stops' own circles may be missing."""
MINUTE_US = 60_000_000
DEFAULT_KIND = "truck"


@dataclass(slots=True, frozen=True)
class Haul:
    """A carriage, and how well it is known."""

    carriage: Carriage
    way_measured: bool
    """Of the vehicle's own track; else straight legs times `DETOUR`."""
    waits_measured: bool
    """Arrival and departure of every stop but the last one's departure are known."""
    kind: str
    """Of the vehicle, as factors know it."""
    kind_assumed: bool

    @property
    def factor(self) -> Factor:
        """The emission factor of its vehicle."""
        return FACTORS[self.kind]

    @property
    def co2e_kg(self) -> float:
        """Greenhouse gases, well to wheel."""
        return co2e_kg(self.carriage.weight_kg, self.carriage.distance_km, self.kind)


def haul(shipment: Shipment, way_m: float | None, kind: str | None, ends: tuple[Stop, ...] = ()) -> Haul:
    """What a shipment's carriage came to.

    Args:
        shipment: with its stops as they were reached.
        way_m: driven by its vehicle from departure to arrival; None: nobody measured it.
        kind: of the vehicle.
        ends: stops of its route, where it has none of its own.
    """
    stops = shipment.stops or ends
    # A way cannot be shorter than straight legs: then not all of it was seen.
    measured = way_m is not None and way_m > WHOLE * straight_m(stops)
    way_km = way_m / 1000 if way_m is not None and measured else DETOUR * straight_m(stops) / 1000
    known = kind in FACTORS
    carriage = Carriage(
        shipment_id=shipment.shipment_id,
        origin=place(stops[0]) if stops else "",
        destination=place(stops[-1]) if stops else "",
        weight_kg=sum(unit.weight_kg for unit in shipment.cargo),
        volume_m3=sum(unit.volume_m3 for unit in shipment.cargo),
        distance_km=round(way_km, 3),
        waited_min=tuple(waited_min(stop) for stop in shipment.stops),
    )
    waits_known = bool(shipment.stops) and all(
        stop.arrived_us is not None and (stop.departed_us is not None or n == len(shipment.stops) - 1)
        for n, stop in enumerate(shipment.stops)
    )
    return Haul(carriage, measured, waits_known, kind if kind and known else DEFAULT_KIND, not known)


def place(stop: Stop) -> str:
    """What tariffs call a stop."""
    return stop.facility or stop.name or stop.id


def waited_min(stop: Stop) -> float:
    """Minutes at a stop, from its appointment or, where later, the arrival; 0 while it is not known.

    >>> waited_min(Stop("a", 30, 120, from_us=60_000_000, arrived_us=0, departed_us=600_000_000))
    9.0
    """
    if stop.arrived_us is None or stop.departed_us is None:
        return 0.0
    begins = max(stop.arrived_us, stop.from_us or stop.arrived_us)
    return max(stop.departed_us - begins, 0) / MINUTE_US


def straight_m(stops: tuple[Stop, ...]) -> float:
    """Metres from stop to stop as the crow flies."""
    return float(sum(distance_m(one.lat, one.lon, to.lat, to.lon) for one, to in pairwise(stops)))
