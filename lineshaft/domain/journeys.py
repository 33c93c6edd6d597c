"""A shipment from its plan to its proof of delivery.

Its document, as people, programs and vehicles send it (`_/shipment` of the journal, `shipment.planned` of a
tracker, POST /api/v1/shipments): id, vehicle, route, reference, customer, planned_departure_ms,
planned_arrival_ms, carrier, driver, orders, `stops` ([{id, lat, lon, from_ms, to_ms, …}],
`lineshaft.domain.stops`), `cargo` and `limits` (`lineshaft.domain.cargo`). All but id may be missing: one
with a route and no stops goes from the route's first stop to its last.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from lineshaft.domain import stops as stopping
from lineshaft.domain.cargo import CargoUnit, Limit, Proof, cargo_of, converted, limits_of
from lineshaft.domain.promises import LATE_US
from lineshaft.domain.stops import Stop, stops_of


class ShipmentState(StrEnum):
    """Where a shipment stands."""

    PLANNED = "planned"
    UNDERWAY = "underway"
    ARRIVED = "arrived"
    DELIVERED = "delivered"
    """Its receiver has signed for it."""
    CANCELLED = "cancelled"


class ShipmentEvent(StrEnum):
    """What can happen to a shipment."""

    DEPART = "depart"
    ARRIVE = "arrive"
    PROVE = "prove"
    CANCEL = "cancel"


_S, _E = ShipmentState, ShipmentEvent
TRANSITIONS: Mapping[tuple[ShipmentState, ShipmentEvent], ShipmentState] = {
    (_S.PLANNED, _E.DEPART): _S.UNDERWAY,
    (_S.PLANNED, _E.ARRIVE): _S.ARRIVED,  # nobody saw it leave
    (_S.PLANNED, _E.PROVE): _S.DELIVERED,
    (_S.PLANNED, _E.CANCEL): _S.CANCELLED,
    (_S.UNDERWAY, _E.ARRIVE): _S.ARRIVED,
    (_S.UNDERWAY, _E.PROVE): _S.DELIVERED,
    (_S.UNDERWAY, _E.CANCEL): _S.CANCELLED,
    (_S.ARRIVED, _E.PROVE): _S.DELIVERED,
}
"""(state, event) → next state; what is not here changes nothing."""

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
    carrier: str | None = None
    driver: str | None = None
    orders: tuple[str, ...] = ()
    stops: tuple[Stop, ...] = ()
    cargo: tuple[CargoUnit, ...] = ()
    limits: tuple[Limit, ...] = ()
    proof: Proof | None = None

    @property
    def promised_us(self) -> int | None:
        """When it has to be there: the end of the last appointment, or the planned arrival."""
        last = self.stops[-1].promised_us if self.stops else None
        return last if last is not None else self.planned_arrival_us

    @property
    def has_arrived(self) -> bool:
        """Whether it is at its last stop, signed for or not; its vehicle may still stand there."""
        return bool(self.stops) and self.state in {ShipmentState.ARRIVED, ShipmentState.DELIVERED}

    @property
    def grace_us(self) -> int:
        """How much after the promise still counts as on time: nothing where there is an appointment."""
        return 0 if self.stops and self.stops[-1].to_us is not None else LATE_US


def transition(state: ShipmentState, event: ShipmentEvent) -> ShipmentState | None:
    """The state an event leads to; None where it changes nothing.

    >>> transition(ShipmentState.ARRIVED, ShipmentEvent.PROVE)
    <ShipmentState.DELIVERED: 'delivered'>
    >>> transition(ShipmentState.DELIVERED, ShipmentEvent.DEPART) is None
    True
    """
    return TRANSITIONS.get((state, event))


def planned(order: dict[str, Any], now_us: int, pos: int) -> Shipment:
    """A shipment as its document describes it.

    Args:
        order: see the module; `"state": "cancelled"` calls it off.
        now_us: when it was said.
        pos: where in the journal.

    Raises:
        KeyError: it has no id.
        TypeError: a time is not a number.
        ValueError: likewise, or stops, cargo or limits cannot be used.
    """
    cancelled = order.get("state") == ShipmentState.CANCELLED
    stops = stops_of(order.get("stops") or [])
    return Shipment(
        shipment_id=str(order["id"]),
        vehicle=order.get("vehicle"),
        route=order.get("route"),
        reference=str(order.get("reference") or ""),
        customer=str(order.get("customer") or ""),
        state=ShipmentState.CANCELLED if cancelled else ShipmentState.PLANNED,
        planned_departure_us=_or(_instant_us(order.get("planned_departure_ms")), _leaves_us(stops)),
        planned_arrival_us=_or(_instant_us(order.get("planned_arrival_ms")), _comes_us(stops)),
        departed_us=None,
        arrived_us=None,
        updated_us=now_us,
        pos=pos,
        carrier=order.get("carrier"),
        driver=order.get("driver"),
        orders=converted(order.get("orders") or [], tuple[str, ...], "orders"),
        stops=stops,
        cargo=cargo_of(order.get("cargo") or []),
        limits=limits_of(order.get("limits") or []),
    )


def replan(shipment: Shipment | None, plan: Shipment) -> Shipment:
    """The shipment after a (new) plan for it: what has happened stays; one that has ended is not reopened."""
    if shipment is None:
        return plan
    if shipment.state not in OPEN:
        return shipment
    state = plan.state if plan.state is ShipmentState.CANCELLED else shipment.state
    stops = stopping.with_past(plan.stops, shipment.stops)
    return replace(
        plan, state=state, stops=stops, departed_us=shipment.departed_us, arrived_us=shipment.arrived_us
    )


def depart(shipment: Shipment, at_us: int, pos: int, stop: str | None = None) -> Shipment:
    """The shipment after its vehicle left a stop (None: the first); what cannot happen changes nothing."""
    if stop is None and shipment.stops:
        stop = shipment.stops[0].id
    if shipment.state not in OPEN and not (shipment.has_arrived and stop == shipment.stops[-1].id):
        return shipment
    left = replace(shipment, stops=stopping.departed_from(shipment.stops, stop or "", at_us))
    to = transition(shipment.state, ShipmentEvent.DEPART)
    if to is not None:  # none at the last stop: there the vehicle goes, the shipment stays
        left = replace(left, state=to, departed_us=at_us)
    return left if left == shipment else replace(left, updated_us=at_us, pos=pos)


def arrive(shipment: Shipment, at_us: int, pos: int, stop: str | None = None) -> Shipment:
    """The shipment after its vehicle came to a stop (None: the last), even where nobody saw it leave."""
    if shipment.state not in OPEN:
        return shipment
    last = shipment.stops[-1].id if shipment.stops else None
    stops = stopping.arrived_at(shipment.stops, stop or last or "", at_us)
    there = replace(shipment, stops=stops, updated_us=at_us, pos=pos)
    if stop is not None and stop != last:
        return there if stops != shipment.stops else shipment
    return replace(there, state=TRANSITIONS[shipment.state, ShipmentEvent.ARRIVE], arrived_us=at_us)


def prove(shipment: Shipment, proof: Proof, at_us: int, pos: int) -> Shipment:
    """The shipment after its receiver signed; one that cannot be delivered any more stays as it is."""
    to = transition(shipment.state, ShipmentEvent.PROVE)
    if to is None:
        return shipment
    arrived_us = _or(shipment.arrived_us, proof.at_ms * 1000)
    return replace(shipment, state=to, proof=proof, arrived_us=arrived_us, updated_us=at_us, pos=pos)


def _leaves_us(stops: tuple[Stop, ...]) -> int | None:
    return _or(stops[0].planned_depart_us, stops[0].from_us) if stops else None


def _comes_us(stops: tuple[Stop, ...]) -> int | None:
    return _or(stops[-1].planned_arrive_us, stops[-1].to_us) if stops else None


def _or(first: int | None, second: int | None) -> int | None:
    return second if first is None else first


def _instant_us(instant_ms: object) -> int | None:
    if instant_ms is None:
        return None
    if isinstance(instant_ms, bool) or not isinstance(instant_ms, int | float):
        raise TypeError(f"expected milliseconds, got {instant_ms!r}")
    return int(instant_ms * 1000)
