"""What speaks for an alarm, and for the work order made of it: its journal, the score then, and the advice.

Kept with the order and not looked up later: the score is gone from the series after a month, and who closes
the order must see what its writer saw.
"""

from dataclasses import dataclass, replace
from typing import Any, Final, LiteralString
from uuid import UUID

from typing_extensions import TypedDict  # pydantic reads typing.TypedDict only from Python 3.12 on

from lineshaft.domain.failure_modes import FAILURE_MODES
from lineshaft.store.database import AsyncConnection
from lineshaft.store.machines import Contributor, Finding
from lineshaft.store.rows import fetch_one


class EvidenceAlarm(TypedDict):
    """An alarm as it was."""

    id: str
    source: str
    rule: str
    priority: int
    state: str
    raised: int
    cleared: int | None
    value: float | None
    threshold: float | None
    message: str
    arguments: dict[str, Any]
    count: int


class EvidenceEntry(TypedDict):
    """A line of its journal until then."""

    at: int
    event: str
    to_state: str
    by: str
    comment: str | None


class EvidenceScore(TypedDict):
    """What was thought of the machine then."""

    ts: int
    score: float
    health: float
    state: str
    anomaly: bool
    p_fail_24h: float | None
    rul_p50_s: float | None
    contributors: list[Contributor]
    diagnosis: list[Finding]


class Evidence(TypedDict):
    """What speaks for an alarm."""

    alarm: EvidenceAlarm
    journal: list[EvidenceEntry]
    score: EvidenceScore | None
    """None: of the machine nothing is known of that time; of what is long over it says nothing."""
    advice: str | None
    """Key of what to do, as the diagnosis has it: then, or where nobody judged, of the alarm's own mode."""


@dataclass(slots=True, frozen=True)
class Found:
    """An alarm's evidence, and where it belongs."""

    source: str
    site: str
    priority: int
    raised: int
    cancelled: int
    """Orders of this alarm that were cancelled."""
    evidence: Evidence


_EVIDENCE: Final[LiteralString] = """
    SELECT m.source, m.site, m.priority::int AS priority, m.raised,
      (SELECT count(*)::int FROM work_order_alarm w JOIN work_order USING (order_id)
       WHERE w.alarm_id = m.alarm_id AND state = 'cancelled') AS cancelled,
      jsonb_build_object(
        'alarm', jsonb_build_object('id', m.alarm_id, 'source', m.source, 'rule', m.rule,
          'priority', m.priority, 'state', m.state,
          'raised', round(extract(epoch FROM m.raised) * 1000)::bigint,
          'cleared', round(extract(epoch FROM m.cleared) * 1000)::bigint, 'value', m.value,
          'threshold', m.threshold, 'message', m.message, 'arguments', m.arguments, 'count', m.count),
        'journal', coalesce((
          SELECT jsonb_agg(jsonb_build_object('at', round(extract(epoch FROM j.at) * 1000)::bigint,
            'event', j.event, 'to_state', j.to_state, 'by', j.by, 'comment', j.comment)
            ORDER BY j.pos, j.alarm_journal_id)
          FROM (SELECT * FROM alarm_journal WHERE alarm_id = m.alarm_id
                ORDER BY pos DESC, alarm_journal_id DESC LIMIT 50) j), '[]'),
        'score', s.body, 'advice', s.advice) AS evidence
    FROM alarm m
    LEFT JOIN LATERAL (
      SELECT l.advice, jsonb_build_object('ts', round(extract(epoch FROM l.ts) * 1000)::bigint,
        'score', round(l.score::numeric, 3), 'health', round(l.health::numeric, 1), 'state', l.state,
        'anomaly', l.anomaly, 'p_fail_24h', l.p_fail_24h, 'rul_p50_s', l.rul_p50_s,
        'contributors', l.contributors, 'diagnosis', l.diagnosis) AS body
      FROM asset a JOIN device d USING (asset_id) JOIN latest_score l USING (device_id)
      WHERE a.key = m.source AND l.ts < coalesce(m.cleared, 'infinity') + interval '10 minutes'
      ORDER BY l.ts DESC LIMIT 1) s ON true
    WHERE m.alarm_id = %s
"""


async def of_alarm(conn: AsyncConnection, alarm_id: UUID) -> Found | None:
    """The evidence of an alarm as it is now; None where there is no such alarm."""
    found = await fetch_one(conn, Found, _EVIDENCE, (alarm_id,))
    if found is None:
        return None
    mode = FAILURE_MODES.get(str(found.evidence["alarm"]["arguments"].get("mode")))
    if mode is None or found.evidence["advice"] not in {None, "none"}:
        return found
    return replace(found, evidence=found.evidence | {"advice": mode.advice})
