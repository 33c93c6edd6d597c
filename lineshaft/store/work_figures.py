"""What maintenance amounts to over a period: counted here, defined in `domain.maintenance.figures`."""

from collections import defaultdict
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Final, Literal, LiteralString

from lineshaft.clock import from_datetime, to_datetime
from lineshaft.domain.maintenance.figures import Figures, Tally, backlog_weeks, figures, union_h
from lineshaft.store.database import AsyncConnection
from lineshaft.store.readings import Span
from lineshaft.store.rows import Names, fetch, fetch_one

By = Literal["machine", "line", "kind", "plant"]
HOUR_US: Final = 3_600_000_000


@dataclass(slots=True, frozen=True)
class FigureRow:
    """The figures of a machine, a line, a kind or the plant."""

    key: str
    name: Names
    machines: int
    tally: Tally
    figures: Figures


@dataclass(slots=True, frozen=True)
class Backlog:
    """Work that is known and not done."""

    orders: int
    overdue: int
    hours: float
    """Estimated, less what was worked on it."""
    unestimated: int
    """Orders that nobody estimated: they count as no hours."""
    hours_week: float
    """Of all teams."""
    weeks: float | None


@dataclass(slots=True, frozen=True)
class MaintenanceFigures:
    """Maintenance in a period."""

    from_ts: int
    to_ts: int
    currency: str
    plant: FigureRow
    rows: list[FigureRow]
    backlog: Backlog
    """Now, whatever the period."""


@dataclass(slots=True, frozen=True)
class _Machine:
    key: str
    name: Names
    kind: str
    line: str
    line_name: Names
    observed_h: float
    failures: int
    repairs: int
    repair_h: float
    corrective_h: float
    preventive_h: float
    due: int
    on_time: int
    cost: float


_MACHINES: Final[LiteralString] = """
    SELECT a.key, jsonb_build_object('en', a.name, 'zh', coalesce(nullif(a.name_zh, ''), a.name)) AS name,
      a.kind, line.key AS line,
      jsonb_build_object('en', line.name, 'zh', coalesce(nullif(line.name_zh, ''), line.name)) AS line_name,
      CASE WHEN h.heard IS NULL THEN 0
        ELSE greatest(0, extract(epoch FROM %(to)s - greatest(h.heard, %(from)s)) / 3600) END::float8
        AS observed_h,
      o.failures, o.repairs, o.repair_h, t.corrective_h, t.preventive_h, d.due, d.on_time,
      (o.other + t.cost + p.cost)::float8 AS cost
    FROM asset a JOIN asset line ON line.asset_id = a.parent_id
    LEFT JOIN LATERAL (SELECT min(first_seen) AS heard FROM device WHERE asset_id = a.asset_id) h ON true
    CROSS JOIN LATERAL (
      SELECT count(*) FILTER (WHERE broke)::int AS failures,
        count(*) FILTER (WHERE broke AND worked_s > 0)::int AS repairs,
        coalesce(sum(worked_s) FILTER (WHERE broke), 0)::float8 / 3600 AS repair_h,
        coalesce(sum(cost_other), 0) AS other
      FROM (SELECT worked_s, cost_other, kind = 'corrective' AND verdict = 'true' AS broke FROM work_order
            WHERE machine = a.key AND state = 'done' AND finished >= %(from)s AND finished < %(to)s) w) o
    CROSS JOIN LATERAL (
      SELECT coalesce(sum(hours) FILTER (WHERE kind = 'corrective'), 0)::float8 AS corrective_h,
        coalesce(sum(hours) FILTER (WHERE kind = 'preventive'), 0)::float8 AS preventive_h,
        coalesce(sum(hours * rate_hour), 0) AS cost
      FROM (SELECT w.kind, t.rate_hour, extract(epoch FROM least(coalesce(t.ended, %(to)s), %(to)s)
              - greatest(t.began, %(from)s)) / 3600 AS hours
            FROM work_order w JOIN work_time t USING (order_id)
            WHERE w.machine = a.key AND t.began < %(to)s AND coalesce(t.ended, %(to)s) > %(from)s) worked) t
    CROSS JOIN LATERAL (
      SELECT coalesce(-sum(m.hand * m.unit_cost), 0) AS cost
      FROM work_order w JOIN part_movement m USING (order_id)
      WHERE w.machine = a.key AND m.what IN ('use', 'return') AND m.at >= %(from)s AND m.at < %(to)s) p
    CROSS JOIN LATERAL (
      SELECT coalesce(sum(1 + skipped), 0)::int AS due,
        count(*) FILTER (WHERE state = 'done' AND finished <= due)::int AS on_time
      FROM work_order WHERE machine = a.key AND kind = 'preventive' AND state <> 'cancelled'
        AND due >= %(from)s AND due < %(to)s) d
    WHERE a.level = 'work_unit' AND a.removed IS NULL
    ORDER BY line.sequence, line.key, a.sequence, a.key
"""
# A machine stood from when the fault began, as long as the order says; what reaches out is cut off.
_DOWN: Final[LiteralString] = """
    SELECT machine, fault_from, down_s FROM work_order
    WHERE state = 'done' AND down_s > 0 AND verdict = 'true' AND fault_from < %(to)s
      AND fault_from + make_interval(secs => down_s) > %(from)s
"""
_BACKLOG: Final[LiteralString] = """
    SELECT count(*)::int AS orders, count(*) FILTER (WHERE due < %(now)s)::int AS overdue,
      coalesce(sum(greatest(0, estimate_h - coalesce(t.hours, 0))), 0)::float8 AS hours,
      count(*) FILTER (WHERE estimate_h = 0)::int AS unestimated,
      coalesce((SELECT sum(hours_week) FROM work_team), 0)::float8 AS hours_week,
      NULL::float8 AS weeks
    FROM work_order LEFT JOIN LATERAL (
      SELECT sum(extract(epoch FROM coalesce(ended, %(now)s) - began)) / 3600 AS hours
      FROM work_time WHERE work_time.order_id = work_order.order_id) t ON true
    WHERE state IN ('open', 'in_progress', 'on_hold')
"""


async def of_period(conn: AsyncConnection, span: Span, by: By, now_us: int) -> MaintenanceFigures:
    """The figures of a period, per machine, line or kind; those of the plant come with them."""
    asked = {
        "from": to_datetime(span.from_us),
        "to": to_datetime(max(min(span.to_us, now_us + 1), span.from_us + 1)),
    }
    machines = await fetch(conn, _Machine, _MACHINES, asked)
    down = await _down_h(conn, span, now_us)
    tallies = {row.key: _tally(row, down.get(row.key, 0.0)) for row in machines}
    groups: dict[str, list[_Machine]] = defaultdict(list)
    for row in machines:
        groups[{"machine": row.key, "line": row.line, "kind": row.kind, "plant": ""}[by]].append(row)
    backlog = await fetch_one(conn, Backlog, _BACKLOG, {"now": to_datetime(now_us)})
    if backlog is None:  # an aggregate always has its row
        raise RuntimeError("orders could not be counted")
    cursor = await conn.execute("SELECT currency FROM maintenance_terms")
    terms = await cursor.fetchone()
    rows = [_row(key, _name(by, of[0]), [tallies[row.key] for row in of]) for key, of in groups.items()]
    return MaintenanceFigures(
        from_ts=span.from_us // 1000,
        to_ts=span.to_us // 1000,
        currency=terms[0] if terms else "",
        plant=_row("", {"en": "", "zh": ""}, list(tallies.values())),
        rows=rows if by != "plant" else [],
        backlog=Backlog(
            backlog.orders,
            backlog.overdue,
            round(backlog.hours, 2),
            backlog.unestimated,
            backlog.hours_week,
            backlog_weeks(backlog.hours, backlog.hours_week),
        ),
    )


async def _down_h(conn: AsyncConnection, span: Span, now_us: int) -> dict[str, float]:
    end_us = min(span.to_us, now_us)
    cursor = await conn.execute(
        _DOWN, {"from": to_datetime(span.from_us), "to": to_datetime(max(end_us, span.from_us))}
    )
    spans: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for machine, began, down_s in await cursor.fetchall():
        start_us = from_datetime(began)
        cut = (max(start_us, span.from_us), min(start_us + down_s * 1e6, end_us))
        if cut[1] > cut[0]:
            spans[machine].append((cut[0] / HOUR_US, cut[1] / HOUR_US))
    return {machine: union_h(found) for machine, found in spans.items()}


def _tally(row: _Machine, down_h: float) -> Tally:
    return Tally(
        observed_h=row.observed_h,
        failures=row.failures,
        down_h=min(down_h, row.observed_h),
        repairs=row.repairs,
        repair_h=row.repair_h,
        corrective_h=row.corrective_h,
        preventive_h=row.preventive_h,
        due=row.due,
        on_time=row.on_time,
        cost=row.cost,
    )


def _name(by: By, row: _Machine) -> Names:
    if by == "line":
        return row.line_name
    return row.name if by == "machine" else {"en": row.kind, "zh": row.kind}


def _row(key: str, name: Names, tallies: list[Tally]) -> FigureRow:
    total = reduce(add, tallies, Tally())
    return FigureRow(key, name, len(tallies), total, figures(total))
