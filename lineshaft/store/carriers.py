"""Those who carry, and what their loads came to."""

from dataclasses import dataclass

from lineshaft.clock import to_datetime
from lineshaft.domain.scorecards import Load
from lineshaft.store.database import AsyncConnection
from lineshaft.store.rows import fetch


@dataclass(slots=True, frozen=True)
class CarrierRow:
    """A carrier as the API gives it."""

    carrier: str
    name: str
    name_zh: str
    logins: list[str]
    active: bool


async def listing(conn: AsyncConnection) -> list[CarrierRow]:
    """All carriers, by name."""
    return await fetch(
        conn, CarrierRow, "SELECT carrier, name, name_zh, logins, active FROM carrier ORDER BY name, carrier"
    )


async def put(conn: AsyncConnection, row: CarrierRow) -> None:
    """Write a carrier down, new or changed, in the caller's transaction."""
    await conn.execute(
        "INSERT INTO carrier (carrier, name, name_zh, logins, active) VALUES (%s, %s, %s, %s, %s)"
        " ON CONFLICT (carrier) DO UPDATE SET name = excluded.name, name_zh = excluded.name_zh,"
        " logins = excluded.logins, active = excluded.active",
        (row.carrier, row.name, row.name_zh, row.logins, row.active),
    )


async def is_known(conn: AsyncConnection, carrier: str) -> bool:
    """Whether there is a carrier of that key."""
    cursor = await conn.execute("SELECT FROM carrier WHERE carrier = %s", (carrier,))
    return await cursor.fetchone() is not None


async def of_login(conn: AsyncConnection, login: str) -> set[str]:
    """The carriers whose loads a person of the role carrier may see."""
    cursor = await conn.execute("SELECT carrier FROM carrier WHERE %s = ANY(logins)", (login,))
    return {row[0] for row in await cursor.fetchall()}


async def complain(conn: AsyncConnection, shipment_id: str, what: str, by: str, now_us: int) -> None:
    """Write a receiver's complaint down, in the caller's transaction."""
    await conn.execute(
        "INSERT INTO complaint (shipment_id, what, by, at) VALUES (%s, %s, %s, %s)",
        (shipment_id, what, by, to_datetime(now_us)),
    )


async def loads(conn: AsyncConnection, from_us: int, to_us: int, carrier: str | None = None) -> list[Load]:
    """The shipments that arrived in a span, as scorecards count them; of one carrier, or of all."""
    return await fetch(
        conn,
        Load,
        "SELECT s.shipment_id, coalesce(s.carrier, '') AS carrier,"
        " (extract(epoch FROM s.arrived) * 1000)::bigint - p.promised AS late_ms, p.grace_ms,"
        " (s.proof->>'quantity')::float8 AS received, u.quantity AS shipped,"
        " coalesce((s.proof->>'damaged')::float8, 0) AS damaged,"
        " EXISTS (SELECT FROM complaint c WHERE c.shipment_id = s.shipment_id) AS complaint,"
        " t.tracked, d.dwell_min, (extract(epoch FROM s.arrived) * 1000)::bigint AS arrived"
        " FROM shipment s CROSS JOIN LATERAL (SELECT"
        "   coalesce((s.stops->-1->>'to_ms')::bigint, (s.stops->-1->>'planned_arrive_ms')::bigint,"
        "     (extract(epoch FROM s.planned_arrival) * 1000)::bigint) AS promised,"
        "   CASE WHEN s.stops->-1->>'to_ms' IS NULL THEN 900000 ELSE 0 END AS grace_ms) p"
        " CROSS JOIN LATERAL (SELECT sum((c->>'quantity')::float8) AS quantity"
        "   FROM jsonb_array_elements(s.cargo) c) u"
        " CROSS JOIN LATERAL (SELECT"
        "   sum(((t->>'departed_ms')::bigint - (t->>'arrived_ms')::bigint) / 60000.0)::float8 AS dwell_min"
        "   FROM jsonb_array_elements(s.stops) t) d"
        # Tracked: an arrival time in four of five stretches of ten minutes on the way; where nobody saw it
        # leave, any will do.
        " CROSS JOIN LATERAL (SELECT count(DISTINCT floor(extract(epoch FROM e.ts - s.departed) / 600))"
        "   >= CASE WHEN s.departed < s.arrived"
        "     THEN 0.8 * ceil(extract(epoch FROM s.arrived - s.departed) / 600) ELSE 1 END AS tracked"
        "   FROM eta e WHERE e.shipment_id = s.shipment_id"
        "   AND e.ts >= coalesce(s.departed, e.ts) AND e.ts <= s.arrived) t"
        " WHERE s.state IN ('arrived', 'delivered') AND s.arrived >= %(from)s AND s.arrived < %(to)s"
        "   AND (%(carrier)s::text IS NULL OR s.carrier = %(carrier)s)"
        " ORDER BY s.arrived, s.shipment_id",
        {"from": to_datetime(from_us), "to": to_datetime(to_us), "carrier": carrier},
    )
