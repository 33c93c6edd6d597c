"""Shipments: written by the plant flow, planned by people, read with their latest arrival time."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson

from lineshaft.clock import from_datetime, to_datetime
from lineshaft.domain.journeys import Shipment, ShipmentState, planned
from lineshaft.store import journal
from lineshaft.store.database import AsyncConnection, Connection
from lineshaft.store.rows import fetch, fetch_one

RECENT_S = 3600
"""How long an arrived shipment stays on the live screens."""


def open_ones(conn: Connection) -> dict[str, Shipment]:
    """Every shipment that is planned or underway."""
    rows = conn.execute(
        "SELECT shipment_id, vehicle, route, reference, customer, state, planned_departure, planned_arrival,"
        " departed, arrived, updated, pos FROM shipment WHERE state IN ('planned', 'underway')"
    ).fetchall()
    return {row[0]: _shipment(row) for row in rows}


def last_estimates(conn: Connection, ids: Iterable[str], up_to: int) -> list[tuple[str, int, int]]:
    """(shipment, when made, expected arrival): the last dozen of each up to a position, oldest first."""
    rows = conn.execute(
        "SELECT wanted.id, e.ts, e.eta_p50 FROM unnest(%s::text[]) AS wanted (id) CROSS JOIN LATERAL ("
        " SELECT ts, eta_p50, pos FROM eta WHERE shipment_id = wanted.id AND pos <= %s"
        " ORDER BY ts DESC LIMIT 12) AS e ORDER BY e.pos",
        (list(ids), up_to),
    ).fetchall()
    return [(key, from_datetime(ts), from_datetime(p50)) for key, ts, p50 in rows]


def ended_ids(conn: Connection) -> set[str]:
    """Ids of those that have arrived or were called off."""
    rows = conn.execute("SELECT shipment_id FROM shipment WHERE state IN ('arrived', 'cancelled')").fetchall()
    return {row[0] for row in rows}


INSERT = (
    "INSERT INTO shipment (shipment_id, vehicle, route, reference, customer, state, planned_departure,"
    " planned_arrival, departed, arrived, updated, pos)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)


def write(conn: Connection, shipments: Iterable[Shipment]) -> None:
    """Write shipments as they are now, in the caller's transaction."""
    conn.cursor().executemany(
        INSERT
        + " ON CONFLICT (shipment_id) DO UPDATE SET vehicle = excluded.vehicle, route = excluded.route,"
        " reference = excluded.reference, customer = excluded.customer, state = excluded.state,"
        " planned_departure = excluded.planned_departure, planned_arrival = excluded.planned_arrival,"
        " departed = excluded.departed, arrived = excluded.arrived, updated = excluded.updated,"
        " pos = excluded.pos",
        [_values(shipment) for shipment in shipments],
    )


@dataclass(slots=True, frozen=True)
class ShipmentRow:
    """A shipment as the API gives it; instants are epoch milliseconds."""

    id: str
    vehicle: str | None
    route: str | None
    reference: str
    customer: str
    state: str
    planned_departure: int | None
    planned_arrival: int | None
    departed: int | None
    arrived: int | None
    eta_p10: int | None
    eta_p50: int | None
    eta_p90: int | None
    eta_ts: int | None
    """The fix the arrival time was computed at."""
    remaining_m: float | None
    late_ms: int | None
    """Expected, or actual, arrival after the planned one; negative: early."""


async def listing(conn: AsyncConnection, now_us: int) -> list[ShipmentRow]:
    """Shipments that are not over, and those that arrived within the last hour; the latest-running first."""
    return await fetch(
        conn,
        ShipmentRow,
        "SELECT s.shipment_id AS id, s.vehicle, s.route, s.reference, s.customer, s.state,"
        " s.planned_departure, s.planned_arrival, s.departed, s.arrived, e.eta_p10, e.eta_p50, e.eta_p90,"
        " e.ts AS eta_ts, e.remaining_m,"
        " (extract(epoch FROM coalesce(s.arrived, e.eta_p50) - s.planned_arrival) * 1000)::bigint AS late_ms"
        " FROM shipment AS s LEFT JOIN latest_eta AS e ON e.shipment_id = s.shipment_id"
        "   AND s.state IN ('planned', 'underway')"
        " WHERE s.state IN ('planned', 'underway') OR s.state = 'arrived' AND s.arrived > %s"
        " ORDER BY late_ms DESC NULLS LAST, s.shipment_id",
        (to_datetime(now_us - RECENT_S * 1_000_000),),
    )


async def one(conn: AsyncConnection, shipment_id: str) -> ShipmentRow | None:
    """One shipment, whatever its state; None where there is none of that id."""
    return await fetch_one(
        conn,
        ShipmentRow,
        "SELECT s.shipment_id AS id, s.vehicle, s.route, s.reference, s.customer, s.state,"
        " s.planned_departure, s.planned_arrival, s.departed, s.arrived, e.eta_p10, e.eta_p50, e.eta_p90,"
        " e.ts AS eta_ts, e.remaining_m,"
        " (extract(epoch FROM coalesce(s.arrived, e.eta_p50) - s.planned_arrival) * 1000)::bigint AS late_ms"
        " FROM shipment AS s LEFT JOIN latest_eta AS e ON e.shipment_id = s.shipment_id"
        "   AND s.state IN ('planned', 'underway')"
        " WHERE s.shipment_id = %s",
        (shipment_id,),
    )


async def plan(conn: AsyncConnection, order: dict[str, Any], now_us: int) -> bool:
    """Plan a shipment in the caller's transaction; False where there is one of that id already.

    It keeps the journal to itself until the transaction ends: do it last (after the audit), then commit.

    Args:
        conn: the caller commits.
        order: as for `lineshaft.domain.journeys.planned`.
        now_us: now.

    Raises:
        KeyError, TypeError, ValueError: the order cannot be used.
    """
    if await one(conn, str(order["id"])):
        return False
    pos = await journal.append_control_async(conn, "_/shipment", orjson.dumps(order), now_us)
    inserted = await conn.execute(
        INSERT + " ON CONFLICT (shipment_id) DO NOTHING", _values(planned(order, now_us, pos))
    )
    await conn.execute("SELECT pg_notify('live', %s)", (f"plant:{pos}",))
    return inserted.rowcount == 1


def _shipment(row: tuple[Any, ...]) -> Shipment:
    key, vehicle, route, reference, customer, state, *instants, updated, pos = row
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
    )


def _values(shipment: Shipment) -> tuple[object, ...]:
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
        *(None if one is None else to_datetime(one) for one in instants),
        shipment.pos,
    )
