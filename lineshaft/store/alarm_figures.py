"""What figures of the alarm system are made of, and groups of alarms, as the API gives them."""

from dataclasses import dataclass
from typing import Any

from lineshaft.clock import from_datetime, to_datetime
from lineshaft.domain.floods import STALE_US
from lineshaft.domain.grading import Annunciation
from lineshaft.store.database import AsyncConnection
from lineshaft.store.readings import Span
from lineshaft.store.rows import Names, fetch


@dataclass(slots=True, frozen=True)
class Scope:
    """Which alarms are looked at; None: all."""

    site: str | None = None
    area: str | None = None


@dataclass(slots=True, frozen=True)
class Standing:
    """How many alarms hold now, and for more than a day."""

    standing: int
    stale: int


@dataclass(slots=True, frozen=True)
class RulePrecision:
    """What people found where a kind of rule had called."""

    rule: str
    true: int
    false: int
    no_fault_found: int
    precision: float | None


@dataclass(slots=True, frozen=True)
class GroupRow:
    """Alarms under one probable root; instants are epoch milliseconds."""

    id: str
    site: str
    root: str
    root_name: Names
    kind: str
    since: int
    named: int
    updated: int
    until: int | None
    children: int
    active: int
    """Children whose condition holds."""
    priority: int | None
    """The worst of its open children; null: none is open."""
    confidence: float
    why: dict[str, Any]
    alarms: list[str]
    """Ids of its alarms, the first one first."""


async def annunciations(conn: AsyncConnection, span: Span, scope: Scope) -> list[Annunciation]:
    """What asked to be seen in a span, in order."""
    cursor = await conn.execute(
        "SELECT j.at, m.source, m.rule, m.priority, gone.at, seen.at"
        " FROM alarm_journal AS j JOIN alarm AS m USING (alarm_id)"
        " LEFT JOIN asset AS a ON a.key = m.source LEFT JOIN asset AS p ON p.asset_id = a.parent_id"
        " LEFT JOIN asset AS g ON g.asset_id = p.parent_id"
        " LEFT JOIN LATERAL (SELECT min(c.at) AS at FROM alarm_journal AS c WHERE c.alarm_id = j.alarm_id"
        "  AND c.event = 'clear' AND c.at >= j.at) AS gone ON true"
        " LEFT JOIN LATERAL (SELECT min(c.at) AS at FROM alarm_journal AS c WHERE c.alarm_id = j.alarm_id"
        "  AND c.event = 'ack' AND c.at >= j.at) AS seen ON true"
        " WHERE j.event IN ('raise', 'reraise', 'escalate')"
        " AND j.to_state NOT IN ('shelved', 'suppressed', 'out_of_service')"
        " AND j.at >= %(from)s AND j.at < %(to)s"
        " AND (%(site)s::text IS NULL OR m.site = %(site)s)"
        " AND (%(area)s::text IS NULL OR %(area)s IN (p.key, g.key))"
        " ORDER BY j.at, j.alarm_journal_id",
        {
            "from": to_datetime(span.from_us),
            "to": to_datetime(span.to_us),
            "site": scope.site,
            "area": scope.area,
        },
    )
    return [
        Annunciation(
            from_datetime(at),
            source,
            rule,
            priority,
            from_datetime(gone) if gone else None,
            from_datetime(seen) if seen else None,
        )
        for at, source, rule, priority, gone, seen in await cursor.fetchall()
    ]


async def standing(conn: AsyncConnection, scope: Scope, now_us: int) -> Standing:
    """How many alarms hold now."""
    [found] = await fetch(
        conn,
        Standing,
        "SELECT count(*)::integer AS standing, count(*) FILTER (WHERE m.raised < %(old)s)::integer AS stale"
        " FROM alarm AS m LEFT JOIN asset AS a ON a.key = m.source"
        " LEFT JOIN asset AS p ON p.asset_id = a.parent_id LEFT JOIN asset AS g ON g.asset_id = p.parent_id"
        " WHERE m.state IN ('unacknowledged', 'acknowledged')"
        " AND (%(site)s::text IS NULL OR m.site = %(site)s)"
        " AND (%(area)s::text IS NULL OR %(area)s IN (p.key, g.key))",
        {"old": to_datetime(now_us - STALE_US), "site": scope.site, "area": scope.area},
    )
    return found


async def precision(conn: AsyncConnection, span: Span) -> list[RulePrecision]:
    """How often each kind of rule was right, by the labels that reach into its alarms or the day after."""
    return await fetch(
        conn,
        RulePrecision,
        "SELECT rule, count(*) FILTER (WHERE verdict = 'true')::integer AS true,"
        " count(*) FILTER (WHERE verdict = 'false')::integer AS false,"
        " count(*) FILTER (WHERE verdict = 'no_fault_found')::integer AS no_fault_found,"
        " (count(*) FILTER (WHERE verdict = 'true'))::double precision / nullif(count(*), 0) AS precision"
        " FROM (SELECT DISTINCT ON (m.alarm_id) split_part(m.rule, ':', 1) AS rule, l.verdict"
        "  FROM alarm AS m JOIN label AS l ON l.machine = m.source AND l.withdrawn IS NULL"
        "  AND l.ended >= m.raised AND l.began <= coalesce(m.cleared, 'infinity') + interval '1 day'"
        "  WHERE m.raised >= %s AND m.raised < %s ORDER BY m.alarm_id, l.verdict = 'true' DESC, l.began) AS o"
        " GROUP BY rule ORDER BY rule",
        (to_datetime(span.from_us), to_datetime(span.to_us)),
    )


async def groups(
    conn: AsyncConnection, *, is_open: bool, limit: int, span: Span | None = None, site: str | None = None
) -> list[GroupRow]:
    """Groups of alarms, the newest first; those that are not over, or all; of a span, where one is given."""
    return await fetch(
        conn,
        GroupRow,
        "SELECT q.group_key AS id, q.site, q.root,"
        " jsonb_build_object('en', coalesce(a.name, q.root), 'zh', coalesce(a.name_zh, a.name, q.root))"
        " AS root_name, q.kind, q.since, q.named, q.updated, q.until, q.children,"
        " coalesce(m.active, 0) AS active, m.priority, q.confidence, q.why,"
        " coalesce(m.alarms, '{}') AS alarms"
        " FROM alarm_group AS q LEFT JOIN asset AS a ON a.key = q.root"
        " LEFT JOIN LATERAL (SELECT array_agg(alarm_id::text ORDER BY raised_pos, alarm_id) AS alarms,"
        "  count(*) FILTER (WHERE state IN ('unacknowledged', 'acknowledged'))::integer AS active,"
        "  min(priority) FILTER (WHERE state <> 'normal') AS priority"
        "  FROM alarm WHERE group_key = q.group_key) AS m ON true"
        ' WHERE q."into" IS NULL AND q.children > 0 AND (NOT %(open)s OR q.until IS NULL)'
        " AND (%(site)s::text IS NULL OR q.site = %(site)s)"
        " AND (%(from)s::timestamptz IS NULL"
        "  OR (q.since < %(to)s AND coalesce(q.until, 'infinity') >= %(from)s))"
        " ORDER BY q.since DESC, q.group_key LIMIT %(limit)s",
        {
            "open": is_open,
            "limit": limit,
            "site": site,
            "from": to_datetime(span.from_us) if span else None,
            "to": to_datetime(span.to_us) if span else None,
        },
    )
