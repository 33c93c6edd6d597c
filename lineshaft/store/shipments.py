"""Shipments: written by the plant flow, planned by people, read with their latest arrival time."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, LiteralString, NamedTuple

import orjson

from lineshaft.clock import from_datetime, to_datetime
from lineshaft.domain.cargo import Proof
from lineshaft.domain.journeys import Shipment, planned, prove
from lineshaft.domain.promises import late_probability
from lineshaft.domain.stops import to_documents
from lineshaft.store import journal
from lineshaft.store.database import AsyncConnection, Connection
from lineshaft.store.rows import fetch, fetch_one
from lineshaft.store.shipment_columns import INSERT, SELECT, of_row, values

RECENT_S = 3600
"""How long an arrived shipment stays on the live screens."""


_UNLOADING: Final[LiteralString] = (
    " WHERE state IN ('arrived', 'delivered') AND stops -> -1 ->> 'arrived_ms' IS NOT NULL"
    " AND stops -> -1 ->> 'departed_ms' IS NULL"
    " AND arrived >= (SELECT max(arrived) FROM shipment) - interval '1 day'"
)


class Delivery(NamedTuple):
    """A receiver has signed for a shipment that is not under way any more."""

    shipment_id: str
    proof: Proof
    at_us: int
    pos: int


def open_ones(conn: Connection) -> dict[str, Shipment]:
    """Every shipment that is planned or underway."""
    rows = conn.execute(SELECT + " WHERE state IN ('planned', 'underway')").fetchall()
    return {row[0]: of_row(row) for row in rows}


def waiting_for_proof(conn: Connection, since_us: int) -> list[Shipment]:
    """Shipments that arrived since an instant and nobody has signed for."""
    rows = conn.execute(
        SELECT + " WHERE state = 'arrived' AND arrived >= %s",
        (to_datetime(since_us),),
    ).fetchall()
    return [of_row(row) for row in rows]


def unloading(conn: Connection) -> dict[str, Shipment]:
    """Shipments of the last day before the latest arrival whose vehicle has not left their last stop yet."""
    rows = conn.execute(SELECT + _UNLOADING).fetchall()
    return {row[0]: of_row(row) for row in rows}


def deliver(conn: Connection, proofs: Iterable[Delivery]) -> None:
    """Let receivers sign for shipments, in the caller's transaction; what cannot be delivered stays."""
    for one in proofs:
        row = conn.execute(SELECT + " WHERE shipment_id = %s FOR UPDATE", (one.shipment_id,)).fetchone()
        if row:
            write(conn, [prove(of_row(row), one.proof, one.at_us, one.pos)])


def last_estimates(conn: Connection, ids: Iterable[str], up_to: int) -> list[tuple[str, int, int, int, int]]:
    """(shipment, when made, P50, P10, P90): the last dozen of each up to a position, oldest first."""
    rows = conn.execute(
        "SELECT wanted.id, e.ts, e.eta_p50, e.eta_p10, e.eta_p90"
        " FROM unnest(%s::text[]) AS wanted (id) CROSS JOIN LATERAL ("
        " SELECT ts, eta_p50, eta_p10, eta_p90, pos FROM eta WHERE shipment_id = wanted.id AND pos <= %s"
        " ORDER BY ts DESC LIMIT 12) AS e ORDER BY e.pos",
        (list(ids), up_to),
    ).fetchall()
    return [
        (key, from_datetime(ts), from_datetime(p50), from_datetime(p10), from_datetime(p90))
        for key, ts, p50, p10, p90 in rows
    ]


def ended_ids(conn: Connection) -> set[str]:
    """Ids of those that have arrived, were delivered or called off."""
    rows = conn.execute(
        "SELECT shipment_id FROM shipment WHERE state IN ('arrived', 'delivered', 'cancelled')"
    ).fetchall()
    return {row[0] for row in rows}


def write(conn: Connection, shipments: Iterable[Shipment]) -> None:
    """Write shipments as they are now, in the caller's transaction."""
    conn.cursor().executemany(
        INSERT
        + " ON CONFLICT (shipment_id) DO UPDATE SET vehicle = excluded.vehicle, route = excluded.route,"
        " reference = excluded.reference, customer = excluded.customer, state = excluded.state,"
        " carrier = excluded.carrier, driver = excluded.driver, orders = excluded.orders,"
        " stops = excluded.stops, cargo = excluded.cargo, limits = excluded.limits, proof = excluded.proof,"
        " planned_departure = excluded.planned_departure, planned_arrival = excluded.planned_arrival,"
        " departed = excluded.departed, arrived = excluded.arrived, updated = excluded.updated,"
        " pos = excluded.pos",
        [values(shipment) for shipment in shipments],
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
    """Expected, or actual, arrival after the promised one; negative: early."""
    carrier: str | None
    driver: str | None
    orders: list[str]
    promised: int | None
    """When it has to be there: the end of the last appointment, or the planned arrival."""
    grace_ms: int
    """How much after the promise still counts as on time."""
    late_p: float | None
    """Probability to arrive later than that."""
    stops_done: int
    stops: int


# An appointment's end is a promise by itself; a planned arrival is one with a quarter of an hour's grace.
_ROW: Final[LiteralString] = (
    "SELECT s.shipment_id AS id, s.vehicle, s.route, s.reference, s.customer, s.state,"
    " s.planned_departure, s.planned_arrival, s.departed, s.arrived, e.eta_p10, e.eta_p50, e.eta_p90,"
    " e.ts AS eta_ts, e.remaining_m,"
    " (extract(epoch FROM coalesce(s.arrived, e.eta_p50)) * 1000 - p.promised)::bigint AS late_ms,"
    " s.carrier, s.driver, s.orders, p.promised, p.grace_ms, NULL::float8 AS late_p, p.stops_done, p.stops"
    " FROM shipment AS s LEFT JOIN latest_eta AS e ON e.shipment_id = s.shipment_id"
    "   AND s.state IN ('planned', 'underway')"
    " CROSS JOIN LATERAL (SELECT"
    "   coalesce((s.stops->-1->>'to_ms')::bigint, (s.stops->-1->>'planned_arrive_ms')::bigint,"
    "     (extract(epoch FROM s.planned_arrival) * 1000)::bigint) AS promised,"
    "   CASE WHEN s.stops->-1->>'to_ms' IS NULL THEN 900000 ELSE 0 END AS grace_ms,"
    "   jsonb_array_length(s.stops) AS stops,"
    "   jsonb_array_length(jsonb_path_query_array(s.stops, '$[*] ? (@.arrived_ms != null)')) AS stops_done"
    " ) AS p"
)


async def listing(conn: AsyncConnection, now_us: int, carrier: str | None = None) -> list[ShipmentRow]:
    """Shipments that are not over, and those that arrived within the last hour; the latest-running first.

    Args:
        conn: anybody's.
        now_us: now.
        carrier: only its loads; None: all.
    """
    rows = await fetch(
        conn,
        ShipmentRow,
        _ROW + " WHERE (s.state IN ('planned', 'underway') OR s.state IN ('arrived', 'delivered')"
        "   AND s.arrived > %(since)s) AND (%(carrier)s::text IS NULL OR s.carrier = %(carrier)s)"
        " ORDER BY late_ms DESC NULLS LAST, s.shipment_id",
        {"since": to_datetime(now_us - RECENT_S * 1_000_000), "carrier": carrier},
    )
    return [_with_risk(row) for row in rows]


async def one(conn: AsyncConnection, shipment_id: str) -> ShipmentRow | None:
    """One shipment, whatever its state; None where there is none of that id."""
    row = await fetch_one(conn, ShipmentRow, _ROW + " WHERE s.shipment_id = %s", (shipment_id,))
    return _with_risk(row) if row else None


async def whole(conn: AsyncConnection, shipment_id: str) -> Shipment | None:
    """One shipment with its stops, cargo, limits and proof."""
    cursor = await conn.execute(SELECT + " WHERE shipment_id = %s", (shipment_id,))
    row = await cursor.fetchone()
    return of_row(row) if row else None


def _with_risk(row: ShipmentRow) -> ShipmentRow:
    if row.promised is None or row.eta_p10 is None or row.eta_p50 is None or row.eta_p90 is None:
        return row
    due = row.promised + row.grace_ms
    return replace(row, late_p=late_probability(due, row.eta_p10, row.eta_p50, row.eta_p90))


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
        INSERT + " ON CONFLICT (shipment_id) DO NOTHING", values(planned(order, now_us, pos))
    )
    await conn.execute("SELECT pg_notify('live', %s)", (f"plant:{pos}",))
    return inserted.rowcount == 1


async def change(conn: AsyncConnection, order: dict[str, Any], now_us: int) -> int:
    """Tell the flows a shipment's changed document, in the caller's transaction; gives the row's position.

    The plant flow writes the row: what has happened meanwhile is its to know.
    """
    return await journal.append_control_async(conn, "_/shipment", orjson.dumps(order), now_us)


async def sign(conn: AsyncConnection, shipment_id: str, proof: Proof, now_us: int) -> int:
    """Tell the plant flow that a receiver signed, in the caller's transaction; gives the row's position."""
    body = orjson.dumps({"id": shipment_id, "proof": asdict(proof)})
    return await journal.append_control_async(conn, "_/proof", body, now_us)


def to_document(shipment: Shipment) -> dict[str, Any]:
    """The document that plans this shipment again; `lineshaft.domain.journeys.planned` reads it."""
    return {
        "id": shipment.shipment_id,
        "vehicle": shipment.vehicle,
        "route": shipment.route,
        "reference": shipment.reference,
        "customer": shipment.customer,
        "planned_departure_ms": _ms(shipment.planned_departure_us),
        "planned_arrival_ms": _ms(shipment.planned_arrival_us),
        "carrier": shipment.carrier,
        "driver": shipment.driver,
        "orders": list(shipment.orders),
        "stops": to_documents(shipment.stops),
        "cargo": [asdict(one) for one in shipment.cargo],
        "limits": [asdict(one) for one in shipment.limits],
    }


def _ms(instant_us: int | None) -> int | None:
    return None if instant_us is None else instant_us // 1000
