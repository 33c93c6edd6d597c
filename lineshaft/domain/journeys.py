"""A shipment from its plan to its arrival, and when it counts as late."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

MINUTE_US = 60_000_000
LATE_US = 15 * MINUTE_US
"""Expected this much after the plan, a shipment is late (the usual ±15 min of on-time measures)."""
VERY_LATE_US = 60 * MINUTE_US
BAND_US = 5 * MINUTE_US
"""An arrival time wanders by some minutes: a level ends only when it is passed by this much."""
PRIORITY = {1: 3, 2: 2}
"""Level of lateness → alarm priority."""


class ShipmentState(StrEnum):
    """Where a shipment stands."""

    PLANNED = "planned"
    UNDERWAY = "underway"
    ARRIVED = "arrived"
    CANCELLED = "cancelled"


OPEN = frozenset({ShipmentState.PLANNED, ShipmentState.UNDERWAY})


@dataclass(slots=True, frozen=True)
class Shipment:
    """Goods on their way; the columns of its row."""

    shipment_id: str
    vehicle: str | None
    route: str | None
    reference: str
    customer: str
    state: ShipmentState
    planned_departure_us: int | None
    planned_arrival_us: int | None
    departed_us: int | None
    arrived_us: int | None
    updated_us: int
    pos: int


def planned(order: dict[str, Any], now_us: int, pos: int) -> Shipment:
    """A shipment as an order describes it.

    Args:
        order: id, vehicle, route, reference, customer, planned_departure_ms, planned_arrival_ms; all but id
            may be missing; `"state": "cancelled"` calls it off.
        now_us: when it was said.
        pos: where in the journal.

    Raises:
        KeyError: it has no id.
        TypeError: a time is not a number.
        ValueError: likewise.
    """
    cancelled = order.get("state") == ShipmentState.CANCELLED
    return Shipment(
        shipment_id=str(order["id"]),
        vehicle=order.get("vehicle"),
        route=order.get("route"),
        reference=str(order.get("reference") or ""),
        customer=str(order.get("customer") or ""),
        state=ShipmentState.CANCELLED if cancelled else ShipmentState.PLANNED,
        planned_departure_us=_instant_us(order.get("planned_departure_ms")),
        planned_arrival_us=_instant_us(order.get("planned_arrival_ms")),
        departed_us=None,
        arrived_us=None,
        updated_us=now_us,
        pos=pos,
    )


def replan(shipment: Shipment | None, plan: Shipment) -> Shipment:
    """The shipment after a (new) plan for it: what has happened stays; one that has ended is not reopened."""
    if shipment is None:
        return plan
    if shipment.state not in OPEN:
        return shipment
    state = plan.state if plan.state is ShipmentState.CANCELLED else shipment.state
    return replace(plan, state=state, departed_us=shipment.departed_us, arrived_us=shipment.arrived_us)


def depart(shipment: Shipment, at_us: int, pos: int) -> Shipment:
    """The shipment after it has left; one that has already left, or ended, stays as it is."""
    if shipment.state is not ShipmentState.PLANNED:
        return shipment
    return replace(shipment, state=ShipmentState.UNDERWAY, departed_us=at_us, updated_us=at_us, pos=pos)


def arrive(shipment: Shipment, at_us: int, pos: int) -> Shipment:
    """The shipment after it has arrived, even where nobody saw it leave."""
    if shipment.state not in OPEN:
        return shipment
    return replace(shipment, state=ShipmentState.ARRIVED, arrived_us=at_us, updated_us=at_us, pos=pos)


def lateness(late_us: int, held: int) -> int:
    """The level of lateness: 0 on time, 1 late, 2 very late.

    >>> lateness(14 * MINUTE_US, 0), lateness(16 * MINUTE_US, 0), lateness(14 * MINUTE_US, 1)
    (0, 1, 1)
    >>> lateness(9 * MINUTE_US, 1), lateness(70 * MINUTE_US, 0)
    (0, 2)
    """
    found = 0
    for level, limit_us in ((1, LATE_US), (2, VERY_LATE_US)):
        if late_us > limit_us - (BAND_US if held >= level else 0):
            found = level
    return found


def _instant_us(instant_ms: object) -> int | None:
    if instant_ms is None:
        return None
    if isinstance(instant_ms, bool) or not isinstance(instant_ms, int | float):
        raise TypeError(f"expected milliseconds, got {instant_ms!r}")
    return int(instant_ms * 1000)
