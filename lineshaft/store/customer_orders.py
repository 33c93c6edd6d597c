"""What customers ordered, and the shipments, machines and alarms an order hangs on."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, LiteralString

import msgspec
from psycopg.types.json import Jsonb

from lineshaft.clock import to_datetime
from lineshaft.domain.customer_orders import CustomerOrder, order_of
from lineshaft.domain.stakes import Carrying
from lineshaft.domain.tracking import HOLDS_US
from lineshaft.store.database import AsyncConnection
from lineshaft.store.rows import Names, fetch

_SELECT: Final[LiteralString] = (
    "SELECT order_id AS id, customer, promised, currency, value::text AS value, penalty, lines, closed"
    " FROM customer_order"
)
_OF_MACHINE: Final[LiteralString] = (
    " WHERE closed IS NULL AND EXISTS (SELECT FROM jsonb_array_elements(lines) l"
    " WHERE coalesce((l->>'made')::numeric, 0) < (l->>'quantity')::numeric AND (l->>'machine' = %(key)s"
    "   OR l->>'machine' IS NULL AND l->>'plant_line' = (SELECT p.key FROM asset a"
    "     JOIN asset p ON p.asset_id = a.parent_id WHERE a.key = %(key)s)))"
)


@dataclass(slots=True, frozen=True)
class OrderRow:
    """An order as it is kept; instants are epoch milliseconds, amounts text."""

    id: str
    customer: str
    promised: int | None
    currency: str
    value: str
    penalty: dict[str, Any]
    lines: list[dict[str, Any]]
    closed: int | None

    @property
    def order(self) -> CustomerOrder:
        """As the domain has it."""
        return order_of(
            {
                "id": self.id,
                "customer": self.customer,
                "promised_ms": self.promised,
                "currency": self.currency,
                "value": self.value,
                "penalty": self.penalty,
                "lines": self.lines,
            }
        )


@dataclass(slots=True, frozen=True)
class Truckload:
    """A shipment that carries an order."""

    order: str
    shipment: str
    vehicle: str | None
    carrier: str | None
    state: str
    promised: int | None
    arrived: int | None
    eta_p10: int | None
    eta_p50: int | None
    eta_p90: int | None
    eta_ts: int | None
    pallets: list[str]
    """SSCCs of the units that are of this order; all of the shipment's where none names an order."""

    def carrying(self, now_ms: int) -> Carrying:
        """As a stake counts it: an arrival time of a vehicle that was not heard of lately is none."""
        holds = self.eta_ts is not None and (now_ms - self.eta_ts) * 1000 <= HOLDS_US
        etas = (self.eta_p10, self.eta_p50, self.eta_p90) if holds else (None, None, None)
        return Carrying(self.shipment, self.vehicle, self.arrived, *etas)


@dataclass(slots=True, frozen=True)
class Maker:
    """A machine that something ordered still needs."""

    key: str
    name: Names
    line: str
    state: str | None
    health: float | None
    p_fail_24h: float | None
    ts: int | None
    alarms: int


@dataclass(slots=True, frozen=True)
class Danger:
    """An alarm that endangers an order."""

    id: str
    source: str
    rule: str
    priority: int
    state: str
    raised: int
    shipment: str | None


async def put(conn: AsyncConnection, order: CustomerOrder, by: str, now_us: int) -> None:
    """Write an order down, new or changed, in the caller's transaction; one that was closed is open again."""
    promised = None if order.promised_ms is None else to_datetime(order.promised_ms * 1000)
    await conn.execute(
        "INSERT INTO customer_order (order_id, customer, promised, currency, value, penalty, lines, by, at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (order_id) DO UPDATE SET"
        " customer = excluded.customer, promised = excluded.promised, currency = excluded.currency,"
        " value = excluded.value, penalty = excluded.penalty, lines = excluded.lines, closed = NULL,"
        " by = excluded.by, at = excluded.at",
        (
            order.id,
            order.customer,
            promised,
            order.currency,
            order.value,
            Jsonb(msgspec.to_builtins(order.penalty)),
            Jsonb(msgspec.to_builtins(order.lines)),
            by,
            to_datetime(now_us),
        ),
    )


async def close(conn: AsyncConnection, order_id: str, by: str, now_us: int) -> bool:
    """Close an order; False where there is no open one of that id."""
    cursor = await conn.execute(
        "UPDATE customer_order SET closed = %(now)s, by = %(by)s, at = %(now)s"
        " WHERE order_id = %(id)s AND closed IS NULL",
        {"id": order_id, "by": by, "now": to_datetime(now_us)},
    )
    return cursor.rowcount == 1


async def listing(conn: AsyncConnection) -> list[OrderRow]:
    """The open orders, the soonest promised first."""
    return await fetch(
        conn, OrderRow, _SELECT + " WHERE closed IS NULL ORDER BY promised NULLS LAST, order_id LIMIT 2000"
    )


async def one(conn: AsyncConnection, order_id: str) -> OrderRow | None:
    """One order, open or closed."""
    found = await fetch(conn, OrderRow, _SELECT + " WHERE order_id = %s", (order_id,))
    return found[0] if found else None


async def of_machine(conn: AsyncConnection, machine: str) -> list[OrderRow]:
    """Open orders with something still to be made on a machine, or on its line where no machine is named."""
    return await fetch(
        conn,
        OrderRow,
        _SELECT + _OF_MACHINE + " ORDER BY promised NULLS LAST, order_id",
        {"key": machine},
    )


async def carried(conn: AsyncConnection, ids: Iterable[str]) -> dict[str, list[Truckload]]:
    """Order → the shipments that carry it, of those that were not called off."""
    rows = await fetch(
        conn,
        Truckload,
        "SELECT o.id AS order, s.shipment_id AS shipment, s.vehicle, s.carrier, s.state,"
        " coalesce((s.stops->-1->>'to_ms')::bigint, (s.stops->-1->>'planned_arrive_ms')::bigint,"
        "   (extract(epoch FROM s.planned_arrival) * 1000)::bigint) AS promised,"
        " s.arrived, e.eta_p10, e.eta_p50, e.eta_p90, e.ts AS eta_ts, ARRAY(SELECT c->>'sscc'"
        "   FROM jsonb_array_elements(s.cargo) c WHERE coalesce(c->>'order', o.id) = o.id) AS pallets"
        " FROM unnest(%s::text[]) AS o (id) JOIN shipment s ON s.orders @> ARRAY[o.id]"
        "   OR s.cargo @> jsonb_build_array(jsonb_build_object('order', o.id))"
        " LEFT JOIN latest_eta e ON e.shipment_id = s.shipment_id AND s.state IN ('planned', 'underway')"
        " WHERE s.state <> 'cancelled' ORDER BY o.id, s.planned_departure NULLS LAST, s.shipment_id",
        (list(ids),),
    )
    found: dict[str, list[Truckload]] = {}
    for row in rows:
        found.setdefault(row.order, []).append(row)
    return found


async def makers(conn: AsyncConnection, machines: Iterable[str], lines: Iterable[str]) -> list[Maker]:
    """Machines by their keys or the lines they stand in, with their state and open alarms."""
    return await fetch(
        conn,
        Maker,
        "SELECT a.key,"
        " jsonb_build_object('en', a.name, 'zh', coalesce(nullif(a.name_zh, ''), a.name)) AS name,"
        " coalesce(p.key, '') AS line, s.state, s.health::float8 AS health,"
        " s.p_fail_24h::float8 AS p_fail_24h, s.ts, (SELECT count(*) FROM alarm"
        "   WHERE alarm.source = a.key AND alarm.state <> 'normal')::int AS alarms"
        " FROM asset a LEFT JOIN asset p ON p.asset_id = a.parent_id LEFT JOIN LATERAL ("
        "   SELECT l.* FROM latest_score l JOIN device d USING (device_id) WHERE d.asset_id = a.asset_id"
        "   ORDER BY l.ts DESC LIMIT 1) s ON true"
        " WHERE a.level = 'work_unit' AND a.removed IS NULL AND (a.key = ANY(%s) OR p.key = ANY(%s))"
        " ORDER BY p.key, a.sequence",
        (list(machines), list(lines)),
    )


async def dangers(conn: AsyncConnection, machines: Iterable[str], shipments: Iterable[str]) -> list[Danger]:
    """Open alarms of machines and shipments, the most urgent first."""
    return await fetch(
        conn,
        Danger,
        "SELECT alarm_id::text AS id, source, rule, priority, state, raised,"
        " arguments->>'shipment' AS shipment"
        " FROM alarm WHERE state <> 'normal' AND (source = ANY(%s) OR arguments->>'shipment' = ANY(%s))"
        " ORDER BY priority, raised LIMIT 100",
        (list(machines), list(shipments)),
    )
