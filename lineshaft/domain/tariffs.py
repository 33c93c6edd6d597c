"""What carrying costs by a carrier's tariff: base by lane and weight break, fuel, accessorials, detention.

Base = rate of the break times chargeable weight (the greater of real and volumetric), at least the lane's
minimum, never more than the next break's least charge (the usual rule of "as if heavier"); or rate times
distance where the kilometre is charged. Fuel is a share of the base. Detention = begun units of the time
waited beyond the free time. Amounts are exact decimals; each charge is rounded once, when it becomes due.
"""

from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Decimal
from typing import Any, NamedTuple

import msgspec

from lineshaft.domain.money import Money, quantity

HUNDRED = Decimal(100)
VOLUMETRIC_KG_M3 = Decimal(333)
"""kg charged for a cubic metre on the road, where the tariff says nothing (air: 167)."""


class Break(msgspec.Struct, frozen=True):
    """From a weight on: a rate for 100 kg."""

    from_kg: Decimal
    per_100_kg: Decimal


class Lane(msgspec.Struct, frozen=True):
    """What it costs from one place to another; `*` stands for any."""

    origin: str
    destination: str
    breaks: tuple[Break, ...] = ()
    """Rising by weight; empty where the kilometre is charged."""
    per_km: Decimal = Decimal(0)
    minimum: Decimal = Decimal(0)


class Tariff(msgspec.Struct, frozen=True):
    """A carrier's terms."""

    currency: str
    lanes: tuple[Lane, ...]
    fuel_percent: Decimal = Decimal(0)
    volumetric_kg_m3: Decimal = VOLUMETRIC_KG_M3
    accessorials: dict[str, Decimal] = {}
    """Charge → its amount each, such as `tail_lift`."""
    free_min: Decimal = Decimal(120)
    detention_unit_min: Decimal = Decimal(30)
    detention_per_unit: Decimal = Decimal(0)


@dataclass(slots=True, frozen=True)
class Carriage:
    """What was carried, as it really was: of the shipment and of what its vehicle told."""

    shipment_id: str
    origin: str
    destination: str
    weight_kg: float
    volume_m3: float = 0.0
    distance_km: float = 0.0
    """Really driven."""
    waited_min: tuple[float, ...] = ()
    """At each stop, from the appointment or, where later, the arrival."""
    accessorials: dict[str, int] = field(default_factory=dict)
    """Charge → how often it was asked for."""


class Charge(NamedTuple):
    """One part of the price."""

    kind: str
    """`base`, `fuel`, `detention`, or an accessorial's name."""
    amount: Money


class NoLaneError(LookupError):
    """The tariff has no price for this way."""


def tariff_of(document: dict[str, Any]) -> Tariff:
    """A tariff from its document, amounts as text.

    Raises:
        ValueError: it has another shape, or the breaks of a lane do not rise.
    """
    try:
        tariff = msgspec.convert(document, Tariff)
    except msgspec.ValidationError as error:
        raise ValueError(f"tariff: {error}") from error
    for lane in tariff.lanes:
        weights = [one.from_kg for one in lane.breaks]
        if weights != sorted(set(weights)) or (not weights and not lane.per_km):
            raise ValueError(
                f"tariff: lane {lane.origin} → {lane.destination} needs rising breaks, or per_km"
            )
    if tariff.detention_unit_min <= 0:
        raise ValueError("tariff: detention_unit_min has to be more than nothing")
    return tariff


def price(tariff: Tariff, carriage: Carriage) -> list[Charge]:
    """The charges of a carriage, base first; those of nothing are left out.

    Raises:
        NoLaneError: no lane of the tariff fits.
    """
    base = base_of(tariff, carriage)
    fuel = (base * tariff.fuel_percent * Decimal("0.01")).due
    detention = sum((detention_of(tariff, waited) for waited in carriage.waited_min), Decimal(0))
    charges = [
        Charge("base", base),
        Charge("fuel", fuel),
        Charge("detention", Money(detention, tariff.currency).due),
    ]
    for name, times in sorted(carriage.accessorials.items()):
        each = tariff.accessorials.get(name, Decimal(0))
        charges.append(Charge(name, Money(each * times, tariff.currency).due))
    return [one for one in charges if one.amount.amount]


def total(charges: list[Charge], currency: str) -> Money:
    """All charges together."""
    return sum((one.amount for one in charges), Money(Decimal(0), currency))


def base_of(tariff: Tariff, carriage: Carriage) -> Money:
    """The base charge.

    >>> breaks = (Break(Decimal(0), Decimal(50)), Break(Decimal(1000), Decimal(40)))
    >>> tariff = Tariff("CNY", (Lane("a", "b", breaks, minimum=Decimal(30)),))
    >>> [str(base_of(tariff, Carriage("s", "a", "b", kg))) for kg in (10, 500, 900, 2000)]
    ['30.00 CNY', '250.00 CNY', '400.00 CNY', '800.00 CNY']

    Raises:
        NoLaneError: no lane of the tariff fits.
    """
    lane = lane_of(tariff, carriage)
    if lane is None:
        raise NoLaneError(f"no lane {carriage.origin} → {carriage.destination}")
    found = lane.per_km * quantity(carriage.distance_km)
    if lane.breaks:
        found += _by_weight(lane.breaks, chargeable_kg(tariff, carriage))
    return Money(max(found, lane.minimum), tariff.currency).due


def chargeable_kg(tariff: Tariff, carriage: Carriage) -> Decimal:
    """The greater of real and volumetric weight."""
    return max(quantity(carriage.weight_kg), quantity(carriage.volume_m3) * tariff.volumetric_kg_m3)


def detention_of(tariff: Tariff, waited_min: float) -> Decimal:
    """The charge for waiting at one stop: each begun unit beyond the free time.

    >>> tariff = Tariff("CNY", (), detention_per_unit=Decimal(80))
    >>> [int(detention_of(tariff, waited)) for waited in (120, 121, 150, 151)]
    [0, 80, 80, 160]
    """
    over = quantity(waited_min) - tariff.free_min
    if over <= 0:
        return Decimal(0)
    return (over / tariff.detention_unit_min).to_integral_value(ROUND_CEILING) * tariff.detention_per_unit


def _by_weight(breaks: tuple[Break, ...], kg: Decimal) -> Decimal:
    reached = [one for one in breaks if one.from_kg <= kg] or [breaks[0]]
    own = reached[-1].per_100_kg * kg / HUNDRED
    heavier = [one.per_100_kg * one.from_kg / HUNDRED for one in breaks if one.from_kg > kg]
    return min([own, *heavier])


def lane_of(tariff: Tariff, carriage: Carriage) -> Lane | None:
    """The lane that fits a carriage most nearly; None where none fits."""
    fits = [
        lane
        for lane in tariff.lanes
        if lane.origin in {"*", carriage.origin} and lane.destination in {"*", carriage.destination}
    ]
    return min(fits, key=lambda lane: (lane.origin == "*") + (lane.destination == "*"), default=None)
