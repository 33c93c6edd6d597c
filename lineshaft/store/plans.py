"""Preventive plans as people see and change them. What makes their orders is `plan_orders`."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal, LiteralString
from uuid import UUID

from psycopg.types.json import Jsonb
from typing_extensions import TypedDict  # pydantic reads typing.TypedDict only from Python 3.12 on

from lineshaft.clock import to_datetime
from lineshaft.domain.maintenance.plans import Calendar, Unit, coming
from lineshaft.store.database import AsyncConnection
from lineshaft.store.rows import MILLIS_US, Names, fetch

Way = Literal["calendar", "counter", "running"]


class PlanCheck(TypedDict):
    """A line of a plan's checklist."""

    text: str
    text_zh: str


class PlanPart(TypedDict):
    """A part that a plan's orders reserve."""

    part: str
    amount: float


@dataclass(slots=True, frozen=True)
class _Known:
    id: str
    machine: str
    machine_name: Names
    title: Names
    detail: str
    priority: int
    team: str | None
    assignee: str | None
    estimate_h: float
    checks: list[PlanCheck]
    parts: list[PlanPart]
    lead_days: float
    way: Way
    every: float
    """Of `unit`, of the counter, or hours."""
    unit: Unit
    starts: str | None
    """Date of the site."""
    at_min: int
    """Minutes after the site's midnight."""
    zone: str
    signal: str | None
    above: float
    meter_total: float
    """Counted since the plan was made."""
    active: bool
    orders: int
    """Made until now."""
    unfinished: int | None
    """Number of the order that is not finished yet."""
    version: int


@dataclass(slots=True, frozen=True)
class PlanRow(_Known):
    """A preventive plan."""

    next: list[int]
    """When it is next due, by the calendar; by a meter nobody knows."""
    left: float | None
    """What the meter has to count until it is due."""


@dataclass(slots=True, frozen=True, kw_only=True)
class Plan:
    """A plan to write down."""

    id: UUID
    machine: str
    title: str
    title_zh: str = ""
    detail: str = ""
    priority: int = 3
    team: str | None = None
    assignee: str | None = None
    estimate_h: float = 0.0
    checks: tuple[PlanCheck, ...] = ()
    parts: tuple[PlanPart, ...] = ()
    lead_days: float = 1.0
    way: Way
    every: float
    unit: Unit = "day"
    starts: date | None = None
    at_min: int = 480
    signal: str | None = None
    above: float = 0.0
    active: bool = True


_ROW: Final[LiteralString] = """
    SELECT p.plan_id::text AS id, p.machine,
      jsonb_build_object('en', coalesce(a.name, p.machine),
        'zh', coalesce(nullif(a.name_zh, ''), a.name, p.machine)) AS machine_name,
      jsonb_build_object('en', p.title, 'zh', coalesce(nullif(p.title_zh, ''), p.title)) AS title,
      p.detail, p.priority::int AS priority, p.team, p.assignee, p.estimate_h, p.checks, p.parts, p.lead_days,
      p.way, p.every, p.unit, p.starts::text AS starts, p.at_min::int AS at_min,
      coalesce((SELECT settings ->> 'timezone' FROM asset WHERE key = a.site AND level = 'site'), 'UTC')
        AS zone,
      p.signal, p.above, p.meter_total, p.active,
      (SELECT count(*)::int FROM work_order WHERE plan_id = p.plan_id) AS orders,
      (SELECT min(number) FROM work_order WHERE plan_id = p.plan_id
         AND state IN ('open', 'in_progress', 'on_hold')) AS unfinished,
      p.version
    FROM maintenance_plan p LEFT JOIN asset a ON a.key = p.machine
"""


async def listing(
    conn: AsyncConnection, now_us: int, *, machine: str | None = None, plan_id: UUID | None = None
) -> list[PlanRow]:
    """Plans: those at work first, by machine."""
    rows = await fetch(
        conn,
        _Known,
        _ROW + " WHERE (%(machine)s::text IS NULL OR p.machine = %(machine)s)"
        " AND (%(plan)s::uuid IS NULL OR p.plan_id = %(plan)s)"
        " ORDER BY NOT p.active, p.machine, p.title, p.plan_id",
        {"machine": machine, "plan": plan_id},
    )
    return [_with_next(row, now_us) for row in rows]


def _with_next(row: _Known, now_us: int) -> PlanRow:
    known = {name: getattr(row, name) for name in _Known.__dataclass_fields__}
    if row.way == "calendar" and row.starts is not None:
        calendar = Calendar(int(row.every), row.unit, date.fromisoformat(row.starts), row.at_min, row.zone)
        instants = [instant // MILLIS_US for instant in coming(calendar, now_us, 3)] if row.active else []
        return PlanRow(**known, next=instants, left=None)
    return PlanRow(**known, next=[], left=row.every - row.meter_total % row.every)


_COLUMNS: Final = (
    "machine", "title", "title_zh", "detail", "priority", "team", "assignee", "estimate_h", "lead_days",
    "way", "every", "unit", "starts", "at_min", "signal", "above", "active",
)  # fmt: skip


async def add(conn: AsyncConnection, plan: Plan, by: str, now_us: int, made: int | None) -> bool:
    """Write a plan down in the caller's transaction; False where there is one of that id already.

    Args:
        conn: with its transaction.
        plan: the plan.
        by: who.
        now_us: from when meters count.
        made: the occurrence of the calendar that had passed before the plan was made: it makes no order.
    """
    cursor = await conn.execute(
        "INSERT INTO maintenance_plan (plan_id, machine, title, title_zh, detail, priority, team, assignee,"
        " estimate_h, checks, parts, lead_days, way, every, unit, starts, at_min, signal, above, active,"
        " meter_upto, made, created, created_by)"
        " VALUES (%(id)s, %(machine)s, %(title)s, %(title_zh)s, %(detail)s, %(priority)s, %(team)s,"
        " %(assignee)s, %(estimate_h)s, %(checks)s, %(parts)s, %(lead_days)s, %(way)s, %(every)s, %(unit)s,"
        " %(starts)s, %(at_min)s, %(signal)s, %(above)s, %(active)s, date_trunc('minute', %(now)s), %(made)s,"
        " %(now)s, %(by)s) ON CONFLICT (plan_id) DO NOTHING",
        _values(plan) | {"now": to_datetime(now_us), "made": made, "by": by},
    )
    return bool(cursor.rowcount)


@dataclass(slots=True, frozen=True)
class Anew:
    """How a changed plan goes on counting."""

    made: int | None
    """Occurrence that lies behind already: it makes no order."""
    era: bool = False
    """Its rhythm is another one: occurrences are counted anew."""
    meter: bool = False
    """What its meter has counted is of no use: it reads something else."""


async def change(conn: AsyncConnection, plan: Plan, version: int, anew: Anew, now_us: int) -> bool:
    """Replace a plan in the caller's transaction; False where its version is another one by now.

    Of another rhythm, what a meter has counted since the last occurrence counts on, and is due once at most;
    orders that were made keep their numbers and ids.
    """
    cursor = await conn.execute(
        "UPDATE maintenance_plan SET machine = %(machine)s, title = %(title)s, title_zh = %(title_zh)s,"
        " detail = %(detail)s, priority = %(priority)s, team = %(team)s, assignee = %(assignee)s,"
        " estimate_h = %(estimate_h)s, checks = %(checks)s, parts = %(parts)s, lead_days = %(lead_days)s,"
        " way = %(way)s, every = %(every)s, unit = %(unit)s, starts = %(starts)s, at_min = %(at_min)s,"
        " signal = %(signal)s, above = %(above)s, active = %(active)s,"
        " made = CASE WHEN %(era)s THEN %(made)s ELSE greatest(made, %(made)s) END,"
        " era = era + %(era)s::int,"
        " meter_total = CASE WHEN %(meter)s THEN 0 WHEN %(era)s"
        "   THEN least(meter_total - every * floor(meter_total / every), %(every)s) ELSE meter_total END,"
        " meter_raw = CASE WHEN %(meter)s THEN NULL ELSE meter_raw END,"
        " meter_upto = CASE WHEN %(meter)s THEN date_trunc('minute', %(now)s) ELSE meter_upto END,"
        " version = version + 1 WHERE plan_id = %(id)s AND version = %(version)s",
        _values(plan)
        | {"version": version, "made": anew.made, "era": anew.era, "meter": anew.meter,
           "now": to_datetime(now_us)},
    )  # fmt: skip
    return bool(cursor.rowcount)


def _values(plan: Plan) -> dict[str, Any]:
    known: dict[str, Any] = {name: getattr(plan, name) for name in _COLUMNS}
    return known | {"id": plan.id, "checks": Jsonb(list(plan.checks)), "parts": Jsonb(list(plan.parts))}


async def has_machine(conn: AsyncConnection, key: str) -> bool:
    """Whether there is a machine of that key."""
    cursor = await conn.execute(
        "SELECT FROM asset WHERE key = %s AND level = 'work_unit' AND removed IS NULL", (key,)
    )
    return await cursor.fetchone() is not None


async def zone_of(conn: AsyncConnection, key: str) -> str:
    """The time zone of an asset's site."""
    cursor = await conn.execute(
        "SELECT s.settings ->> 'timezone' FROM asset a JOIN asset s ON s.key = a.site AND s.level = 'site'"
        " WHERE a.key = %s",
        (key,),
    )
    row = await cursor.fetchone()
    return str(row[0]) if row and row[0] else "UTC"
