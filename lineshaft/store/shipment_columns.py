"""A shipment as the columns of its table."""

from dataclasses import asdict
from typing import Any, Final, LiteralString

from psycopg.types.json import Jsonb

from lineshaft.clock import from_datetime, to_datetime
from lineshaft.domain.cargo import cargo_of, limits_of, proof_of
from lineshaft.domain.journeys import Shipment, ShipmentState
from lineshaft.domain.stops import stops_of, to_documents

SELECT: Final[LiteralString] = (
    "SELECT shipment_id, vehicle, route, reference, customer, state, carrier, driver, orders, stops, cargo,"
    " limits, proof, planned_departure, planned_arrival, departed, arrived, updated, pos FROM shipment"
)
"""A row for `of_row`; the caller adds the condition."""

INSERT: Final[LiteralString] = (
    "INSERT INTO shipment (shipment_id, vehicle, route, reference, customer, state, carrier, driver, orders,"
    " stops, cargo, limits, proof, planned_departure, planned_arrival, departed, arrived, updated, pos)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)


def of_row(row: tuple[Any, ...]) -> Shipment:
    """The shipment of a row of `SELECT`."""
    key, vehicle, route, reference, customer, state, carrier, driver, orders, *rest = row
    stops, cargo, limits, proof, *instants, updated, pos = rest
    leave, come, departed, arrived = (None if one is None else from_datetime(one) for one in instants)
    return Shipment(
        shipment_id=key,
        vehicle=vehicle,
        route=route,
        reference=reference,
        customer=customer,
        state=ShipmentState(state),
        planned_departure_us=leave,
        planned_arrival_us=come,
        departed_us=departed,
        arrived_us=arrived,
        updated_us=from_datetime(updated),
        pos=pos,
        carrier=carrier,
        driver=driver,
        orders=tuple(orders),
        stops=stops_of(stops),
        cargo=cargo_of(cargo),
        limits=limits_of(limits),
        proof=proof_of(proof) if proof else None,
    )


def values(shipment: Shipment) -> tuple[object, ...]:
    """The row of a shipment, for `INSERT`."""
    instants = (
        shipment.planned_departure_us,
        shipment.planned_arrival_us,
        shipment.departed_us,
        shipment.arrived_us,
        shipment.updated_us,
    )
    return (
        shipment.shipment_id,
        shipment.vehicle,
        shipment.route,
        shipment.reference,
        shipment.customer,
        shipment.state,
        shipment.carrier,
        shipment.driver,
        list(shipment.orders),
        Jsonb(to_documents(shipment.stops)),
        Jsonb([asdict(one) for one in shipment.cargo]),
        Jsonb([asdict(one) for one in shipment.limits]),
        Jsonb(asdict(shipment.proof)) if shipment.proof else None,
        *(None if one is None else to_datetime(one) for one in instants),
        shipment.pos,
    )
