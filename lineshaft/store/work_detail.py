"""One work order with all that belongs to it: evidence, checklist, time, parts, files, what was found."""

from dataclasses import dataclass, fields
from uuid import UUID

from lineshaft.clock import to_datetime
from lineshaft.store.database import AsyncConnection
from lineshaft.store.rows import Names, fetch, fetch_one
from lineshaft.store.work_evidence import Evidence
from lineshaft.store.work_orders import FROM, ROW, WorkOrderRow


@dataclass(slots=True, frozen=True)
class CheckRow:
    """A line of the checklist."""

    n: int
    text: Names
    done: int | None
    done_by: str | None


@dataclass(slots=True, frozen=True)
class TimeRow:
    """A stretch of work."""

    login: str
    began: int
    ended: int | None
    """Null: it runs."""
    note: str


@dataclass(slots=True, frozen=True)
class OrderPart:
    """A part of an order."""

    part: str
    name: Names
    unit: str
    location: str
    used: float
    reserved: float
    on_hand: float
    cost: float
    """Of what was used."""


@dataclass(slots=True, frozen=True)
class FileRow:
    """A file of an order; its content is asked for by itself."""

    id: str
    name: str
    type: str
    size: int
    by: str
    at: int


@dataclass(slots=True, frozen=True)
class EntryRow:
    """Something that happened to an order."""

    at: int
    by: str
    what: str
    from_state: str | None
    to_state: str | None
    text: str


@dataclass(slots=True, frozen=True)
class Cost:
    """What an order cost until now."""

    labour: float
    parts: float
    other: float
    total: float
    currency: str


@dataclass(slots=True, frozen=True)
class _Explained(WorkOrderRow):
    detail: str
    kind_of_machine: str
    evidence: Evidence | None
    request: str | None
    """What the operator wrote."""
    mode: str | None
    cause: str | None
    action: str | None
    found: str
    fault_from: int | None
    down_s: float | None
    closed_by: str | None
    cost_other: float
    worked_s: float
    """In progress, until the present state."""


@dataclass(slots=True, frozen=True)
class WorkOrder(_Explained):
    """A work order, all of it."""

    check_lines: list[CheckRow]
    times: list[TimeRow]
    parts: list[OrderPart]
    files: list[FileRow]
    entries: list[EntryRow]
    """The newest first."""
    cost: Cost


_DETAIL = """,
    o.detail, coalesce(a.kind, '') AS kind_of_machine, o.evidence,
    (SELECT text FROM work_request WHERE request_id = o.request_id) AS request,
    o.mode, o.cause, o.action, o.found, o.fault_from, o.down_s, o.closed_by, o.cost_other, o.worked_s
"""


async def one(conn: AsyncConnection, order_id: UUID, now_us: int) -> WorkOrder | None:
    """One order with everything; None where there is none of that id."""
    row = await fetch_one(
        conn,
        _Explained,
        ROW + _DETAIL + FROM + " WHERE o.order_id = %(id)s",
        {"id": order_id, "now": to_datetime(now_us)},
    )
    if row is None:
        return None
    used = await _parts(conn, order_id)
    return WorkOrder(
        **{field.name: getattr(row, field.name) for field in fields(row)},
        check_lines=await _checks(conn, order_id),
        times=await fetch(
            conn,
            TimeRow,
            "SELECT login, began, ended, note FROM work_time WHERE order_id = %s ORDER BY began DESC",
            (order_id,),
        ),
        parts=used,
        files=await fetch(
            conn,
            FileRow,
            "SELECT file_id::text AS id, name, type, size, by, at FROM work_file WHERE order_id = %s"
            " ORDER BY at, file_id",
            (order_id,),
        ),
        entries=await fetch(
            conn,
            EntryRow,
            "SELECT at, by, what, from_state, to_state, text FROM work_entry WHERE order_id = %s"
            " ORDER BY n DESC LIMIT 500",
            (order_id,),
        ),
        cost=await _cost(conn, order_id, row.cost_other, sum(part.cost for part in used), now_us),
    )


async def _checks(conn: AsyncConnection, order_id: UUID) -> list[CheckRow]:
    return await fetch(
        conn,
        CheckRow,
        "SELECT n::int AS n, jsonb_build_object('en', text, 'zh', coalesce(nullif(text_zh, ''), text))"
        " AS text, done, done_by FROM work_check WHERE order_id = %s ORDER BY n",
        (order_id,),
    )


async def _parts(conn: AsyncConnection, order_id: UUID) -> list[OrderPart]:
    return await fetch(
        conn,
        OrderPart,
        "SELECT p.part, jsonb_build_object('en', p.name, 'zh', coalesce(nullif(p.name_zh, ''), p.name))"
        " AS name, p.unit, p.location, -sum(m.hand) AS used, sum(m.held) AS reserved, k.on_hand,"
        " -sum(m.hand * m.unit_cost) AS cost"
        " FROM part_movement m JOIN part p USING (part) JOIN part_stock k USING (part)"
        " WHERE m.order_id = %s GROUP BY p.part, k.on_hand HAVING sum(m.hand) <> 0 OR sum(m.held) <> 0"
        " ORDER BY p.part",
        (order_id,),
    )


@dataclass(slots=True, frozen=True)
class _Labour:
    cost: float
    currency: str


async def _cost(conn: AsyncConnection, order_id: UUID, other: float, parts: float, now_us: int) -> Cost:
    found = await fetch_one(
        conn,
        _Labour,
        "SELECT coalesce(sum(extract(epoch FROM coalesce(t.ended, %s) - t.began) / 3600 * t.rate_hour), 0)"
        "::float8 AS cost, m.currency"
        " FROM maintenance_terms m LEFT JOIN work_time t ON t.order_id = %s GROUP BY m.currency",
        (to_datetime(now_us), order_id),
    ) or _Labour(0.0, "")
    labour = round(found.cost, 2)
    return Cost(labour, round(parts, 2), other, round(labour + parts + other, 2), found.currency)
