"""Makes the orders of preventive plans as they come due, once each, and reads the meters they go by."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, LiteralString
from uuid import UUID, uuid5

from psycopg.rows import class_row

from lineshaft.clock import to_datetime
from lineshaft.domain.maintenance.orders import id_of_occurrence
from lineshaft.domain.maintenance.plans import Calendar, MeterState, Unit, count_on, meter_latest
from lineshaft.store import work_orders
from lineshaft.store.database import Connection
from lineshaft.store.work_orders import Line, NewOrder

DAY_US: Final = 86_400_000_000
SETTLED: Final = timedelta(minutes=10)
"""How old a minute must be to be counted: what came late to it is in by then."""
BY: Final = "plan"


@dataclass(slots=True, frozen=True)
class DuePlan:
    """A plan as upkeep needs it."""

    plan_id: UUID
    machine: str
    site: str
    zone: str
    title: str
    title_zh: str
    detail: str
    priority: int
    team: str | None
    assignee: str | None
    estimate_h: float
    checks: list[dict[str, str]]
    parts: list[dict[str, Any]]
    lead_days: float
    way: str
    every: float
    unit: Unit
    starts: date | None
    at_min: int
    signal: str | None
    above: float
    meter_total: float
    meter_raw: float | None
    made: int | None
    era: int


_PLANS: Final[LiteralString] = """
    SELECT p.plan_id, p.machine, a.site,
      coalesce((SELECT settings ->> 'timezone' FROM asset WHERE key = a.site AND level = 'site'), 'UTC')
        AS zone,
      p.title, p.title_zh, p.detail, p.priority::int AS priority, p.team, p.assignee, p.estimate_h, p.checks,
      p.parts, p.lead_days, p.way, p.every, p.unit, p.starts, p.at_min::int AS at_min, p.signal, p.above,
      p.meter_total, p.meter_raw, p.made, p.era
    FROM maintenance_plan p JOIN asset a ON a.key = p.machine AND a.removed IS NULL
    WHERE p.active ORDER BY p.plan_id FOR UPDATE OF p
"""


def make_due(conn: Connection, now_us: int) -> int:
    """Read the meters and make the orders that are due; commits. Gives how many orders were made.

    A plan has one unfinished order at most: what comes due meanwhile waits for it, and of several that passed
    only the latest is made, the others being booked on it as skipped.
    """
    made = 0
    with conn.cursor(row_factory=class_row(DuePlan)) as cursor:
        plans = cursor.execute(_PLANS).fetchall()
    for plan in plans:
        made += _make(conn, plan, now_us)
    conn.commit()
    return made


def calendar_of(plan: DuePlan) -> Calendar:
    """The calendar of a plan that goes by it."""
    if plan.starts is None:  # the table does not let this happen
        raise ValueError(f"plan {plan.plan_id} has no day it starts on")
    return Calendar(int(plan.every), plan.unit, plan.starts, plan.at_min, plan.zone)


def _make(conn: Connection, plan: DuePlan, now_us: int) -> int:
    if plan.way == "calendar":
        calendar = calendar_of(plan)
        latest = calendar.latest(now_us + round(plan.lead_days * DAY_US))
        due_us = now_us if latest is None else calendar.instant_us(latest)
    else:
        latest = meter_latest(_read_meter(conn, plan, now_us), plan.every)
        due_us = now_us + round(plan.lead_days * DAY_US)
    before = -1 if plan.made is None else plan.made
    if latest is None or latest <= before or _is_unfinished(conn, plan.plan_id):
        return 0
    order = _order(plan, latest, due_us, latest - before - 1)
    new = work_orders.add_now(conn, order, BY, now_us)
    if new:
        _reserve(conn, plan, order.id, now_us)
    conn.execute("UPDATE maintenance_plan SET made = %s WHERE plan_id = %s", (latest, plan.plan_id))
    return int(new)


def _order(plan: DuePlan, occurrence: int, due_us: int, skipped: int) -> NewOrder:
    return NewOrder(
        id=id_of_occurrence(plan.plan_id, occurrence, plan.era),
        machine=plan.machine,
        site=plan.site,
        title=plan.title,
        title_zh=plan.title_zh,
        detail=plan.detail,
        kind="preventive",
        origin="plan",
        priority=plan.priority,
        due_us=due_us,
        assignee=plan.assignee,
        team=plan.team,
        estimate_h=plan.estimate_h,
        plan_id=plan.plan_id,
        occurrence=occurrence,
        skipped=skipped,
        checks=tuple(Line(one["text"], one.get("text_zh", "")) for one in plan.checks),
    )


def _is_unfinished(conn: Connection, plan_id: UUID) -> bool:
    return (
        conn.execute(
            "SELECT FROM work_order WHERE plan_id = %s AND state IN ('open', 'in_progress', 'on_hold')",
            (plan_id,),
        ).fetchone()
        is not None
    )


def _reserve(conn: Connection, plan: DuePlan, order_id: UUID, now_us: int) -> None:
    for one in plan.parts:
        conn.execute(
            "INSERT INTO part_movement (movement_id, part, at, by, what, hand, held, unit_cost, order_id)"
            " SELECT %s, part, %s, %s, 'reserve', 0, %s, unit_cost, %s FROM part WHERE part = %s"
            " ON CONFLICT (movement_id) DO NOTHING",
            (uuid5(order_id, one["part"]), to_datetime(now_us), BY, one["amount"], order_id, one["part"]),
        )


def _read_meter(conn: Connection, plan: DuePlan, now_us: int) -> float:
    """What a plan's meter has counted until now; keeps it."""
    state = MeterState(plan.meter_total, plan.meter_raw)
    if plan.way == "counter":
        row = conn.execute(
            "SELECT l.value FROM asset a JOIN device d USING (asset_id) JOIN signal s USING (device_id)"
            " JOIN latest_reading l USING (signal_id)"
            " WHERE a.key = %s AND s.name = %s AND l.value IS NOT NULL AND l.quality < 2"
            " ORDER BY l.ts DESC LIMIT 1",
            (plan.machine, plan.signal),
        ).fetchone()
        if row is not None and row[0] != plan.meter_raw:
            state = count_on(state, row[0])
            conn.execute(
                "UPDATE maintenance_plan SET meter_total = %s, meter_raw = %s WHERE plan_id = %s",
                (state.total, state.raw, plan.plan_id),
            )
        return state.total
    return _run_hours(conn, plan, now_us)


# Each turn only the minutes since the last one are read; a signal that is silent, or whose rollups lag
# behind, is waited for, because its newest minute is the bound.
_MINUTES: Final[LiteralString] = """
    WITH one AS (
      SELECT s.signal_id FROM asset a JOIN device d USING (asset_id) JOIN signal s USING (device_id)
      WHERE a.key = %(machine)s AND s.name = %(signal)s),
    span AS (
      SELECT p.meter_upto AS since, least(date_trunc('minute', %(settled)s), (
        SELECT max(bucket) FROM reading_1m JOIN one USING (signal_id) WHERE bucket >= p.meter_upto)) AS upto
      FROM maintenance_plan p WHERE p.plan_id = %(plan)s)
    SELECT span.upto, (SELECT count(*) FROM reading_1m JOIN one USING (signal_id)
      WHERE bucket >= span.since AND bucket < span.upto AND total / n > %(above)s)
    FROM span WHERE span.upto > span.since
"""


def _run_hours(conn: Connection, plan: DuePlan, now_us: int) -> float:
    row = conn.execute(
        _MINUTES,
        {
            "machine": plan.machine,
            "signal": plan.signal,
            "plan": plan.plan_id,
            "above": plan.above,
            "settled": to_datetime(now_us) - SETTLED,
        },
    ).fetchone()
    if row is None:
        return plan.meter_total
    total = plan.meter_total + float(row[1]) / 60
    conn.execute(
        "UPDATE maintenance_plan SET meter_total = %s, meter_upto = %s WHERE plan_id = %s",
        (total, row[0], plan.plan_id),
    )
    return total
