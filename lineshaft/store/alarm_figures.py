"""What figures of the alarm system are made of, as the API gives them."""

from dataclasses import dataclass

from lineshaft.clock import from_datetime, to_datetime
from lineshaft.domain.floods import STALE_US
from lineshaft.domain.grading import Annunciation
from lineshaft.store.database import AsyncConnection
from lineshaft.store.readings import Span
from lineshaft.store.rows import fetch


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
