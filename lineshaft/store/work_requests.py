"""What operators ask for, and what becomes of it."""

from dataclasses import dataclass
from typing import Final, Literal, LiteralString
from uuid import UUID

from lineshaft.clock import to_datetime
from lineshaft.store.database import AsyncConnection
from lineshaft.store.rows import Names, fetch, fetch_one


@dataclass(slots=True, frozen=True)
class RequestRow:
    """Something somebody asked for at a machine."""

    id: str
    number: int
    machine: str
    machine_name: Names
    text: str
    priority: int
    alarm_id: str | None
    by: str
    at: int
    state: Literal["waiting", "accepted", "declined"]
    answered: int | None
    answered_by: str | None
    answer: str
    order_id: str | None
    order: int | None
    """Number of the work order it became."""
    order_state: str | None


@dataclass(slots=True, frozen=True, kw_only=True)
class NewRequest:
    """What is asked for."""

    id: UUID
    machine: str
    text: str
    priority: int
    alarm_id: UUID | None = None


_ROW: Final[LiteralString] = """
    SELECT r.request_id::text AS id, r.number, r.machine,
      jsonb_build_object('en', coalesce(a.name, r.machine),
        'zh', coalesce(nullif(a.name_zh, ''), a.name, r.machine)) AS machine_name,
      r.text, r.priority::int AS priority, r.alarm_id::text AS alarm_id, r.by, r.at, r.state, r.answered,
      r.answered_by, r.answer, r.order_id::text AS order_id, o.number AS order, o.state AS order_state
    FROM work_request r LEFT JOIN asset a ON a.key = r.machine LEFT JOIN work_order o USING (order_id)
"""


async def listing(
    conn: AsyncConnection, *, waiting: bool, machine: str | None, limit: int
) -> list[RequestRow]:
    """Requests, those that wait the longest first, then the newest of the others."""
    return await fetch(
        conn,
        RequestRow,
        _ROW + " WHERE (NOT %(waiting)s OR r.state = 'waiting')"
        " AND (%(machine)s::text IS NULL OR r.machine = %(machine)s)"
        " ORDER BY r.state <> 'waiting', CASE WHEN r.state = 'waiting' THEN r.at END, r.at DESC, r.number"
        " LIMIT %(limit)s",
        {"waiting": waiting, "machine": machine, "limit": limit},
    )


async def one(conn: AsyncConnection, request_id: UUID) -> RequestRow | None:
    """One request; None where there is none of that id."""
    return await fetch_one(conn, RequestRow, _ROW + " WHERE r.request_id = %s", (request_id,))


async def add(conn: AsyncConnection, request: NewRequest, by: str, now_us: int) -> bool:
    """Write a request down in the caller's transaction; False where there is one of that id already."""
    cursor = await conn.execute(
        "INSERT INTO work_request (request_id, machine, text, priority, alarm_id, by, at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (request_id) DO NOTHING",
        (request.id, request.machine, request.text, request.priority, request.alarm_id, by,
         to_datetime(now_us)),
    )  # fmt: skip
    return bool(cursor.rowcount)


@dataclass(slots=True, frozen=True)
class Answer:
    """What became of a request."""

    by: str
    text: str
    order_id: UUID | None
    """Of the order it became; None: declined."""


async def answer(conn: AsyncConnection, request_id: UUID, said: Answer, now_us: int) -> bool:
    """Answer a request in the caller's transaction; False where somebody has already."""
    cursor = await conn.execute(
        "UPDATE work_request SET state = %s, answered = %s, answered_by = %s, answer = %s, order_id = %s"
        " WHERE request_id = %s AND state = 'waiting'",
        ("declined" if said.order_id is None else "accepted", to_datetime(now_us), said.by, said.text,
         said.order_id, request_id),
    )  # fmt: skip
    return bool(cursor.rowcount)
