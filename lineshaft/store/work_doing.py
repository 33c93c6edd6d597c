"""What people do on a work order: tick lines, write, work by the clock. It adds, and overwrites nothing."""

from dataclasses import dataclass
from typing import Any, Final, LiteralString
from uuid import UUID, uuid4

from lineshaft.clock import to_datetime
from lineshaft.domain.maintenance.orders import OrderState
from lineshaft.store.database import AsyncConnection
from lineshaft.store.work_changes import ImpossibleError, Seen
from lineshaft.store.work_orders import ENTRY


@dataclass(slots=True, frozen=True)
class Note:
    """A comment."""

    id: UUID
    by: str
    text: str


@dataclass(slots=True, frozen=True)
class Spent:
    """Time that someone worked without the timer."""

    id: UUID
    login: str
    minutes: float
    note: str


async def tick(conn: AsyncConnection, order_id: UUID, n: int, by: str | None, now_us: int) -> bool:
    """Tick a line of the checklist, or (by nobody) take the tick back.

    A line stays its first ticker's. False where there is no such line.
    """
    cursor = await conn.execute(
        "UPDATE work_check SET"
        " done = CASE WHEN %(by)s::text IS NOT NULL THEN coalesce(done, %(now)s) END,"
        " done_by = CASE WHEN %(by)s::text IS NOT NULL THEN coalesce(done_by, %(by)s) END"
        " WHERE order_id = %(id)s AND n = %(n)s",
        {"by": by, "now": to_datetime(now_us), "id": order_id, "n": n},
    )
    return bool(cursor.rowcount)


async def add_check(conn: AsyncConnection, order_id: UUID, text: str) -> None:
    """Add a line to the checklist of a locked order."""
    await conn.execute(
        "INSERT INTO work_check (order_id, n, text)"
        " SELECT %(id)s, coalesce(max(n) + 1, 0), %(text)s FROM work_check WHERE order_id = %(id)s",
        {"id": order_id, "text": text},
    )


async def write(conn: AsyncConnection, order_id: UUID, note: Note, now_us: int) -> None:
    """Write a comment; the same id twice is one."""
    await conn.execute(
        ENTRY + " ON CONFLICT (entry_id) DO NOTHING",
        (note.id, order_id, to_datetime(now_us), note.by, "comment", None, None, note.text),
    )


async def start_timer(conn: AsyncConnection, order: Seen, login: str, now_us: int) -> None:
    """Someone begins to work on a locked order; what they worked on before ends with it.

    Raises:
        ImpossibleError: the order is not in progress.
    """
    if order.state is not OrderState.IN_PROGRESS:
        raise ImpossibleError(f"{order.name} is {order.state}: start it first")
    now = to_datetime(now_us)
    cursor = await conn.execute(
        "SELECT FROM work_time WHERE login = %s AND order_id = %s AND ended IS NULL", (login, order.id)
    )
    if await cursor.fetchone():
        return
    await stop_timer(conn, None, login, now_us)
    await conn.execute(_TIME, _time(order.id, login, now_us) | {"ended": None, "note": "", "now": now})


async def stop_timer(conn: AsyncConnection, order_id: UUID | None, login: str, now_us: int) -> None:
    """Someone stops working on an order, or (None) on whatever they work on."""
    await conn.execute(
        "UPDATE work_time SET ended = greatest(began, %s)"
        " WHERE login = %s AND ended IS NULL AND (%s::uuid IS NULL OR order_id = %s)",
        (to_datetime(now_us), login, order_id, order_id),
    )


_TIME: Final[LiteralString] = """
    INSERT INTO work_time (time_id, order_id, login, began, ended, rate_hour, note)
    SELECT %(time_id)s, %(order_id)s, %(login)s, %(began)s, %(ended)s,
      coalesce((SELECT w.rate_hour FROM work_order o JOIN work_team w USING (team)
                WHERE o.order_id = %(order_id)s), m.rate_hour), %(note)s
    FROM maintenance_terms m
    ON CONFLICT (time_id) DO NOTHING
"""


def _time(order_id: UUID, login: str, began_us: int) -> dict[str, Any]:
    return {"time_id": uuid4(), "order_id": order_id, "login": login, "began": to_datetime(began_us)}


async def book_time(conn: AsyncConnection, order_id: UUID, spent: Spent, now_us: int) -> None:
    """Write down time that was worked until now; the same id twice is one."""
    values = _time(order_id, spent.login, now_us - int(spent.minutes * 60e6))
    await conn.execute(
        _TIME, values | {"time_id": spent.id, "ended": to_datetime(now_us), "note": spent.note}
    )
