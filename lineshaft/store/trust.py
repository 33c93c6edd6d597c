"""How far a machine's alarms can be trusted, rule by rule: what people found when they looked.

An alarm is judged by the order that answered it; where none did, by what was said of the machine while it
lasted or within a day, unless it speaks of a sensor or a line: a hot bearing says nothing of these. "No fault
found" counts against it: somebody walked there for nothing.
"""

from dataclasses import dataclass
from typing import Final, LiteralString

from lineshaft.clock import to_datetime
from lineshaft.domain.maintenance.figures import share
from lineshaft.store.database import AsyncConnection
from lineshaft.store.rows import fetch

LOOKED_AT_US: Final = 180 * 86_400_000_000


@dataclass(slots=True, frozen=True)
class RuleTrust:
    """How a rule's alarms fared at a machine; the rule '' is all of them."""

    rule: str
    alarms: int
    confirmed: int
    refuted: int
    """False alarms, and those nobody found a fault for."""
    waiting: int
    """Nobody has said yet."""
    precision: float | None
    """Confirmed / judged; null while nothing is judged."""
    low: float | None
    """With 95 % confidence it lies between these (Wilson)."""
    high: float | None


@dataclass(slots=True, frozen=True)
class MachineTrust:
    """How far a machine's alarms can be trusted."""

    machine: str
    days: int
    """Looked back."""
    rules: list[RuleTrust]
    """All together first, then rule by rule, the most alarms first."""


@dataclass(slots=True, frozen=True)
class _Counted:
    rule: str
    alarms: int
    confirmed: int
    refuted: int


_COUNTED: Final[LiteralString] = """
    WITH judged AS (
      SELECT m.alarm_id, m.rule, coalesce(o.verdict, l.verdict) AS verdict
      FROM alarm m
      LEFT JOIN LATERAL (
        SELECT w.verdict FROM work_order_alarm a JOIN work_order w USING (order_id)
        WHERE a.alarm_id = m.alarm_id AND w.state = 'done' AND w.verdict IS NOT NULL
        ORDER BY w.finished DESC LIMIT 1) o ON true
      LEFT JOIN LATERAL (
        SELECT verdict FROM label WHERE split_part(m.rule, ':', 1) NOT IN ('stale', 'sensor')
          AND machine = m.source AND withdrawn IS NULL AND ended >= m.raised
          AND began <= coalesce(m.cleared, m.updated) + interval '1 day'
        ORDER BY (verdict = 'true') DESC, began LIMIT 1) l ON true
      WHERE m.source = %(machine)s AND m.raised >= %(from)s)
    SELECT rule, count(*)::int AS alarms, count(*) FILTER (WHERE verdict = 'true')::int AS confirmed,
      count(*) FILTER (WHERE verdict <> 'true')::int AS refuted
    FROM judged GROUP BY rule ORDER BY alarms DESC, rule
"""


async def of_machine(conn: AsyncConnection, machine: str, now_us: int) -> MachineTrust:
    """How the alarms of a machine fared in the last half year."""
    rows = await fetch(
        conn,
        _Counted,
        _COUNTED,
        {"machine": machine, "from": to_datetime(max(0, now_us - LOOKED_AT_US))},
    )
    together = _Counted(
        "",
        sum(row.alarms for row in rows),
        sum(row.confirmed for row in rows),
        sum(row.refuted for row in rows),
    )
    days = LOOKED_AT_US // 86_400_000_000
    return MachineTrust(machine, days, [_trust(row) for row in (together, *rows)])


def _trust(row: _Counted) -> RuleTrust:
    judged = row.confirmed + row.refuted
    known = share(row.confirmed, judged)
    return RuleTrust(
        row.rule,
        row.alarms,
        row.confirmed,
        row.refuted,
        row.alarms - judged,
        known.value,
        known.low,
        known.high,
    )
