"""Spare parts: what lies where, and every movement; what is on hand is what the movements add up to."""

from dataclasses import dataclass
from typing import Final, Literal, LiteralString
from uuid import UUID, uuid4

from lineshaft.clock import to_datetime
from lineshaft.domain.maintenance.stock import Booked, Booking, book
from lineshaft.store.database import AsyncConnection
from lineshaft.store.rows import Names, fetch, fetch_one

What = Literal["receive", "count", "use", "return", "reserve", "release"]


@dataclass(slots=True, frozen=True)
class PartRow:
    """A part and its stock."""

    part: str
    name: Names
    unit: str
    """Empty: pieces."""
    location: str
    minimum: float
    unit_cost: float
    kinds: list[str]
    """Machine kinds it fits; empty: any."""
    on_hand: float
    reserved: float
    used: float
    """In all."""
    short: float
    """How many are missing until the minimum is there beside what is reserved."""


@dataclass(slots=True, frozen=True)
class MovementRow:
    """One movement of a part."""

    id: str
    part: str
    at: int
    by: str
    what: What
    hand: float
    """What it changed on hand."""
    held: float
    """What it changed of what is reserved."""
    order: int | None
    """Number of the work order."""
    note: str


@dataclass(slots=True, frozen=True, kw_only=True)
class Part:
    """A part to write down."""

    part: str
    name: str
    name_zh: str = ""
    unit: str = ""
    location: str = ""
    minimum: float = 0.0
    unit_cost: float = 0.0
    kinds: tuple[str, ...] = ()


@dataclass(slots=True, frozen=True, kw_only=True)
class Movement:
    """What to book."""

    id: UUID
    part: str
    what: What
    amount: float
    """Of a count: what lies there; else how many."""
    order_id: UUID | None = None
    note: str = ""


_ROW: Final[LiteralString] = (
    "SELECT p.part, jsonb_build_object('en', p.name, 'zh', coalesce(nullif(p.name_zh, ''), p.name)) AS name,"
    " p.unit, p.location, p.minimum, p.unit_cost, p.kinds, k.on_hand, k.reserved, k.used,"
    " greatest(0, p.minimum + k.reserved - k.on_hand) AS short"
    " FROM part p JOIN part_stock k USING (part) WHERE p.removed IS NULL"
)


async def listing(conn: AsyncConnection, *, short_only: bool = False) -> list[PartRow]:
    """All parts, those that are short first."""
    return await fetch(
        conn,
        PartRow,
        _ROW + " AND (NOT %s OR p.minimum + k.reserved > k.on_hand)"
        " ORDER BY (p.minimum + k.reserved > k.on_hand) DESC, p.part",
        (short_only,),
    )


async def one(conn: AsyncConnection, part: str) -> PartRow | None:
    """One part; None where there is none of that key."""
    return await fetch_one(conn, PartRow, _ROW + " AND p.part = %s", (part,))


async def known(conn: AsyncConnection) -> set[str]:
    """Keys of all parts."""
    cursor = await conn.execute("SELECT part FROM part WHERE removed IS NULL")
    return {str(row[0]) for row in await cursor.fetchall()}


async def put(conn: AsyncConnection, part: Part) -> None:
    """Write a part down, new or changed, in the caller's transaction."""
    await conn.execute(
        "INSERT INTO part (part, name, name_zh, unit, location, minimum, unit_cost, kinds)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (part) DO UPDATE SET name = excluded.name,"
        " name_zh = excluded.name_zh, unit = excluded.unit, location = excluded.location,"
        " minimum = excluded.minimum, unit_cost = excluded.unit_cost, kinds = excluded.kinds, removed = NULL",
        (part.part, part.name, part.name_zh, part.unit, part.location, part.minimum, part.unit_cost,
         list(part.kinds)),
    )  # fmt: skip


async def movements(conn: AsyncConnection, part: str, limit: int) -> list[MovementRow]:
    """A part's movements, the newest first."""
    return await fetch(
        conn,
        MovementRow,
        "SELECT movement_id::text AS id, part, at, by, what, hand, held, o.number AS order, m.note"
        " FROM part_movement m LEFT JOIN work_order o USING (order_id) WHERE part = %s"
        " ORDER BY at DESC, movement_id LIMIT %s",
        (part, limit),
    )


async def move(conn: AsyncConnection, movement: Movement, by: str, now_us: int) -> Booked | None:
    """Book a movement in the caller's transaction; the same id twice is one, None: no such part.

    Raises:
        NotThereError: more is taken than lies there, or given back than was taken.
    """
    cursor = await conn.execute(
        "SELECT unit_cost FROM part WHERE part = %s AND removed IS NULL FOR UPDATE", (movement.part,)
    )
    known = await cursor.fetchone()
    if known is None:
        return None
    cursor = await conn.execute(
        "SELECT coalesce(sum(hand), 0), coalesce(sum(held), 0),"
        " coalesce(sum(held) FILTER (WHERE order_id = %(order)s), 0),"
        " coalesce(-sum(hand) FILTER (WHERE order_id = %(order)s), 0),"
        " count(*) FILTER (WHERE movement_id = %(id)s)"
        " FROM part_movement WHERE part = %(part)s",
        {"order": movement.order_id, "id": movement.id, "part": movement.part},
    )
    row = await cursor.fetchone() or (0, 0, 0, 0, 0)
    if row[4]:
        return Booked(0.0, 0.0)  # it was booked before
    booked = book(Booking(movement.what, movement.amount), on_hand=row[0], held=row[2], taken=row[3])
    await conn.execute(
        "INSERT INTO part_movement (movement_id, part, at, by, what, hand, held, unit_cost, order_id, note)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (movement.id, movement.part, to_datetime(now_us), by, movement.what, booked.hand, booked.held,
         known[0], movement.order_id, movement.note),
    )  # fmt: skip
    return booked


async def release_all(conn: AsyncConnection, order_id: UUID, by: str, now_us: int) -> None:
    """Give free what is still reserved for an order: it is over."""
    cursor = await conn.execute(
        "SELECT part, sum(held) FROM part_movement WHERE order_id = %s GROUP BY part HAVING sum(held) > 0"
        " ORDER BY part",
        (order_id,),
    )
    for part, held in await cursor.fetchall():
        await move(
            conn, Movement(id=uuid4(), part=part, what="release", amount=held, order_id=order_id), by, now_us
        )
