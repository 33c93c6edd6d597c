"""Work orders as people see them, and how one comes to be. What is done to them is in `work_changes`."""

from dataclasses import dataclass
from typing import Any, Final, Literal, LiteralString
from uuid import UUID, uuid4

from psycopg.types.json import Jsonb
from typing_extensions import TypedDict  # pydantic reads typing.TypedDict only from Python 3.12 on

from lineshaft.clock import to_datetime
from lineshaft.store.database import AsyncConnection, Connection
from lineshaft.store.rows import Names, fetch, fetch_one
from lineshaft.store.work_evidence import Evidence

Origin = Literal["alarm", "person", "request", "plan"]
Kind = Literal["corrective", "preventive"]


class AlarmBrief(TypedDict):
    """What an order's alarm said: the screens word it in each language."""

    id: str
    rule: str
    priority: int
    raised: int
    value: float | None
    threshold: float | None
    message: str
    arguments: dict[str, Any]


@dataclass(slots=True, frozen=True)
class WorkOrderRow:
    """A work order on the board; instants are epoch milliseconds."""

    id: str
    number: int
    """What people call it: WO-17."""
    machine: str
    machine_name: Names
    site: str
    title: Names
    """Empty: what its alarm says."""
    kind: Kind
    origin: Origin
    state: str
    since: int
    """In this state."""
    priority: int
    due: int
    assignee: str | None
    team: str | None
    members: list[str]
    """Of the team."""
    estimate_h: float
    created: int
    created_by: str
    started: int | None
    finished: int | None
    updated: int
    checks: int
    checks_done: int
    labour_h: float
    """Written down until now, running ones with it."""
    running: list[str]
    """Who works on it at this moment."""
    short: int
    """Parts reserved for it that do not lie there."""
    alarm: AlarmBrief | None
    verdict: str | None
    version: int
    """Say it with every change (If-Match), so that nobody overwrites what they have not seen."""


@dataclass(slots=True, frozen=True)
class Line:
    """A line of a checklist."""

    text: str
    text_zh: str = ""


@dataclass(slots=True, frozen=True, kw_only=True)
class NewOrder:
    """What is known of an order when it is made; instants in microseconds."""

    id: UUID
    machine: str
    site: str = ""
    title: str = ""
    title_zh: str = ""
    detail: str = ""
    kind: Kind = "corrective"
    origin: Origin
    priority: int
    due_us: int
    assignee: str | None = None
    team: str | None = None
    estimate_h: float = 0.0
    plan_id: UUID | None = None
    occurrence: int | None = None
    skipped: int = 0
    """Occurrences that passed before it."""
    request_id: UUID | None = None
    evidence: Evidence | None = None
    fault_from_us: int | None = None
    alarms: tuple[UUID, ...] = ()
    checks: tuple[Line, ...] = ()
    note: str = ""


ROW: Final[LiteralString] = """
    SELECT o.order_id::text AS id, o.number, o.machine,
      jsonb_build_object('en', coalesce(a.name, o.machine),
        'zh', coalesce(nullif(a.name_zh, ''), a.name, o.machine)) AS machine_name,
      o.site, jsonb_build_object('en', o.title, 'zh', coalesce(nullif(o.title_zh, ''), o.title)) AS title,
      o.kind, o.origin, o.state, o.since, o.priority::int AS priority, o.due, o.assignee, o.team,
      coalesce(w.members, '{}') AS members, o.estimate_h, o.created, o.created_by, o.started, o.finished,
      o.updated, c.checks, c.checks_done, round(t.labour_h::numeric, 3)::float8 AS labour_h, t.running,
      (SELECT count(*)::int FROM (
         SELECT part FROM part_movement WHERE order_id = o.order_id GROUP BY part HAVING sum(held) > 0) n
       JOIN part_stock k USING (part) WHERE k.on_hand < k.reserved) AS short,
      o.evidence -> 'alarm' AS alarm, o.verdict, o.version
"""
FROM: Final[LiteralString] = """
    FROM work_order o
    LEFT JOIN asset a ON a.key = o.machine
    LEFT JOIN work_team w USING (team)
    LEFT JOIN LATERAL (
      SELECT count(*)::int AS checks, count(done)::int AS checks_done
      FROM work_check WHERE order_id = o.order_id) c ON true
    LEFT JOIN LATERAL (
      SELECT coalesce(sum(extract(epoch FROM coalesce(ended, %(now)s) - began)), 0)::float8 / 3600
               AS labour_h,
             coalesce(array_agg(login ORDER BY login) FILTER (WHERE ended IS NULL), '{}') AS running
      FROM work_time WHERE order_id = o.order_id) t ON true
"""


@dataclass(slots=True, frozen=True, kw_only=True)
class Sought:
    """Which orders to list; what is None does not matter."""

    states: tuple[str, ...] = ("open", "in_progress", "on_hold")
    machine: str | None = None
    of: str | None = None
    """Login: assigned to this person, or to a team they are in."""
    overdue: bool = False


async def listing(conn: AsyncConnection, sought: Sought, limit: int, now_us: int) -> list[WorkOrderRow]:
    """Orders, the unfinished by due date, then the latest finished."""
    return await fetch(
        conn,
        WorkOrderRow,
        ROW + FROM + " WHERE o.state = ANY(%(states)s)"
        " AND (%(machine)s::text IS NULL OR o.machine = %(machine)s)"
        " AND (%(of)s::text IS NULL OR o.assignee = %(of)s OR %(of)s = ANY(w.members))"
        " AND (NOT %(overdue)s OR o.due < %(now)s)"
        " ORDER BY o.finished IS NOT NULL, CASE WHEN o.finished IS NULL THEN o.due END, o.finished DESC,"
        " o.priority, o.number LIMIT %(limit)s",
        {
            "states": list(sought.states),
            "machine": sought.machine,
            "of": sought.of,
            "overdue": sought.overdue,
            "now": to_datetime(now_us),
            "limit": limit,
        },
    )


async def one(conn: AsyncConnection, order_id: UUID, now_us: int) -> WorkOrderRow | None:
    """One order; None where there is none of that id."""
    return await fetch_one(
        conn,
        WorkOrderRow,
        ROW + FROM + " WHERE o.order_id = %(id)s",
        {"id": order_id, "now": to_datetime(now_us)},
    )


async def site_of(conn: AsyncConnection, key: str) -> str | None:
    """The site of a machine, a vehicle or another asset; None where there is none of that key."""
    cursor = await conn.execute("SELECT site FROM asset WHERE key = %s AND removed IS NULL", (key,))
    row = await cursor.fetchone()
    return str(row[0]) if row else None


_INSERT: Final[LiteralString] = """
    INSERT INTO work_order (order_id, machine, site, title, title_zh, detail, kind, origin, priority, due,
      assignee, team, estimate_h, plan_id, occurrence, skipped, request_id, evidence, fault_from,
      created, created_by, updated, since)
    VALUES (%(id)s, %(machine)s, %(site)s, %(title)s, %(title_zh)s, %(detail)s, %(kind)s, %(origin)s,
      %(priority)s, %(due)s, %(assignee)s, %(team)s, %(estimate_h)s, %(plan_id)s, %(occurrence)s,
      %(skipped)s, %(request_id)s, %(evidence)s, %(fault_from)s, %(now)s, %(by)s, %(now)s, %(now)s)
    ON CONFLICT (order_id) DO NOTHING
"""
_CHECK: Final[LiteralString] = "INSERT INTO work_check (order_id, n, text, text_zh) VALUES (%s, %s, %s, %s)"
_ALARM: Final[LiteralString] = "INSERT INTO work_order_alarm (order_id, alarm_id) VALUES (%s, %s)"
ENTRY: Final[LiteralString] = (
    "INSERT INTO work_entry (entry_id, order_id, at, by, what, from_state, to_state, text)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"
)


async def add(conn: AsyncConnection, order: NewOrder, by: str, now_us: int) -> bool:
    """Make an order in the caller's transaction; False where there is one of that id already."""
    cursor = await conn.execute(_INSERT, _values(order, by, now_us))
    if not cursor.rowcount:
        return False
    lines = [(order.id, n, line.text, line.text_zh) for n, line in enumerate(order.checks)]
    await conn.cursor().executemany(_CHECK, lines)
    await conn.cursor().executemany(_ALARM, [(order.id, alarm) for alarm in order.alarms])
    await conn.execute(ENTRY, _created(order, by, now_us))
    return True


def add_now(conn: Connection, order: NewOrder, by: str, now_us: int) -> bool:
    """The twin of `add` for upkeep."""
    if not conn.execute(_INSERT, _values(order, by, now_us)).rowcount:
        return False
    cursor = conn.cursor()
    cursor.executemany(
        _CHECK, [(order.id, n, line.text, line.text_zh) for n, line in enumerate(order.checks)]
    )
    cursor.execute(ENTRY, _created(order, by, now_us))
    return True


def _created(order: NewOrder, by: str, now_us: int) -> tuple[object, ...]:
    return (uuid4(), order.id, to_datetime(now_us), by, "create", None, "open", order.note)


def _values(order: NewOrder, by: str, now_us: int) -> dict[str, Any]:
    return {
        "id": order.id,
        "machine": order.machine,
        "site": order.site,
        "title": order.title,
        "title_zh": order.title_zh,
        "detail": order.detail,
        "kind": order.kind,
        "origin": order.origin,
        "priority": order.priority,
        "due": to_datetime(order.due_us),
        "assignee": order.assignee,
        "team": order.team,
        "estimate_h": order.estimate_h,
        "plan_id": order.plan_id,
        "occurrence": order.occurrence,
        "skipped": order.skipped,
        "request_id": order.request_id,
        "evidence": None if order.evidence is None else Jsonb(order.evidence),
        "fault_from": None if order.fault_from_us is None else to_datetime(order.fault_from_us),
        "now": to_datetime(now_us),
        "by": by,
    }
