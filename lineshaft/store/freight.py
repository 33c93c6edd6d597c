"""Tariffs, invoices, and what shipments really drove: the facts that freight cost is made of."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, LiteralString

from psycopg.types.json import Jsonb

from lineshaft.clock import to_datetime
from lineshaft.domain.journeys import Shipment
from lineshaft.store.database import AsyncConnection
from lineshaft.store.rows import fetch
from lineshaft.store.shipment_columns import SELECT, of_row

MOST = 2000


@dataclass(slots=True, frozen=True)
class TariffRow:
    """A version of a carrier's terms; days as ISO text."""

    id: int
    carrier: str
    currency: str
    from_day: str
    to_day: str | None
    """Not included; null: until further notice."""
    terms: dict[str, Any]
    by: str
    at: int


@dataclass(slots=True, frozen=True)
class InvoiceRow:
    """What a carrier asks for, as it came."""

    carrier: str
    number: str
    currency: str
    issued: int
    lines: list[dict[str, Any]]
    state: str
    decided: int | None
    decided_by: str | None
    by: str
    at: int


@dataclass(slots=True, frozen=True)
class Driven:
    """What the vehicle of a shipment drove between departure and arrival."""

    shipment: str
    way_m: float | None
    kind: str | None


_TARIFF: Final[LiteralString] = (
    "SELECT tariff_id AS id, carrier, currency, from_day::text AS from_day, to_day::text AS to_day, terms,"
    " by, at FROM tariff"
)
_INVOICE: Final[LiteralString] = (
    "SELECT carrier, number, currency, issued, lines, state, decided, decided_by, by, at FROM invoice"
)


async def tariffs(conn: AsyncConnection) -> list[TariffRow]:
    """Every version of every carrier's terms, the newest first."""
    return await fetch(conn, TariffRow, _TARIFF + " ORDER BY carrier, from_day DESC LIMIT 1000")


async def add_tariff(conn: AsyncConnection, row: TariffRow) -> bool:
    """Write a version of terms down; False where there is one from that day: versions are not changed."""
    cursor = await conn.execute(
        "INSERT INTO tariff (carrier, currency, from_day, to_day, terms, by, at)"
        " VALUES (%s, %s, %s::date, %s::date, %s, %s, %s) ON CONFLICT (carrier, from_day) DO NOTHING",
        (
            row.carrier,
            row.currency,
            row.from_day,
            row.to_day,
            Jsonb(row.terms),
            row.by,
            to_datetime(row.at * 1000),
        ),
    )
    return cursor.rowcount == 1


async def put_invoice(conn: AsyncConnection, row: InvoiceRow) -> bool:
    """Write an invoice down; False where there is one of that number already."""
    cursor = await conn.execute(
        "INSERT INTO invoice (carrier, number, currency, issued, lines, by, at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (
            row.carrier,
            row.number,
            row.currency,
            to_datetime(row.issued * 1000),
            Jsonb(row.lines),
            row.by,
            to_datetime(row.at * 1000),
        ),
    )
    return cursor.rowcount == 1


async def decide(conn: AsyncConnection, key: tuple[str, str], state: str, by: str, now_us: int) -> None:
    """Approve or dispute the invoice of a carrier and number."""
    await conn.execute(
        "UPDATE invoice SET state = %s, decided = %s, decided_by = %s WHERE carrier = %s AND number = %s",
        (state, to_datetime(now_us), by, *key),
    )


async def invoices(conn: AsyncConnection) -> list[InvoiceRow]:
    """The latest invoices, the newest first."""
    return await fetch(conn, InvoiceRow, _INVOICE + " ORDER BY issued DESC, carrier, number LIMIT 200")


async def invoice(conn: AsyncConnection, carrier: str, number: str) -> InvoiceRow | None:
    """One invoice."""
    found = await fetch(conn, InvoiceRow, _INVOICE + " WHERE carrier = %s AND number = %s", (carrier, number))
    return found[0] if found else None


async def billed(
    conn: AsyncConnection, carrier: str, before: tuple[int, str] | None = None
) -> dict[tuple[str, str], str]:
    """(shipment, charge) → the number of the first invoice that asks for it.

    Args:
        conn: anybody's.
        carrier: whose.
        before: (issued in epoch ms, number) of an invoice: only those before it; None: all.
    """
    at, number = before or (4_102_444_800_000, "")
    cursor = await conn.execute(
        "SELECT l->>'shipment', l->>'charge', i.number FROM invoice i"
        " CROSS JOIN LATERAL jsonb_array_elements(i.lines) l"
        " WHERE i.carrier = %s AND (i.issued, i.number) < (%s, %s) ORDER BY i.issued DESC, i.number DESC",
        (carrier, to_datetime(at * 1000), number),
    )
    return {(shipment, charge): by for shipment, charge, by in await cursor.fetchall()}


async def arrived(conn: AsyncConnection, from_us: int, to_us: int) -> list[Shipment]:
    """The shipments that arrived in a span, the latest first, at most `MOST`."""
    cursor = await conn.execute(
        SELECT + " WHERE state IN ('arrived', 'delivered') AND arrived >= %s AND arrived < %s"
        " ORDER BY arrived DESC LIMIT %s",
        (to_datetime(from_us), to_datetime(to_us), MOST),
    )
    return [of_row(row) for row in await cursor.fetchall()]


async def by_ids(conn: AsyncConnection, ids: Iterable[str]) -> list[Shipment]:
    """Shipments by their ids."""
    cursor = await conn.execute(SELECT + " WHERE shipment_id = ANY(%s)", (list(ids),))
    return [of_row(row) for row in await cursor.fetchall()]


async def driven(conn: AsyncConnection, ids: Iterable[str]) -> dict[str, Driven]:
    """Shipment → what its vehicle drove, of the trips the tracker made; a trip counts by its share inside."""
    rows = await fetch(
        conn,
        Driven,
        "SELECT s.shipment_id AS shipment, a.kind, (SELECT sum(l.way_m * greatest(0, least(1,"
        "   extract(epoch FROM least(l.ended, s.arrived) - greatest(l.began, s.departed))"
        "   / greatest(extract(epoch FROM l.ended - l.began), 1))))::float8"
        "   FROM device d JOIN leg l USING (device_id) WHERE d.asset_id = a.asset_id AND l.kind = 'trip'"
        "   AND l.began < s.arrived AND l.ended > s.departed) AS way_m"
        " FROM shipment s LEFT JOIN asset a ON a.key = s.vehicle AND a.level = 'vehicle'"
        " WHERE s.shipment_id = ANY(%s)",
        (list(ids),),
    )
    return {row.shipment: row for row in rows}
