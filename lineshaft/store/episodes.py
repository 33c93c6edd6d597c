"""What was odd before at machines of a kind, what people found there, and how often that was right."""

from dataclasses import dataclass, replace
from typing import Final, LiteralString

from lineshaft.clock import SECOND_US, to_datetime
from lineshaft.domain.episodes import LIKE, likeness
from lineshaft.store.database import AsyncConnection
from lineshaft.store.labels import Verdict
from lineshaft.store.machines import Contributor
from lineshaft.store.models import LEAST_JUDGED
from lineshaft.store.rows import Names, fetch, fetch_one

DAY_US: Final = 86_400 * SECOND_US
LOOKED_AT_US: Final = 365 * DAY_US
JUDGED_US: Final = 90 * DAY_US
"""How far back alarms are held against labels."""
MOST: Final = 500
"""Candidates: the newest."""


@dataclass(slots=True, frozen=True)
class Episode:
    """Something odd at a machine that is over, or a fault that people found without a warning."""

    machine: str
    name: Names
    from_ts: int
    to_ts: int | None
    warned: bool
    """Whether there was an alarm; else only people spoke of it."""
    mode: str | None
    """Failure mode: what people found, else what was thought then."""
    contributors: list[Contributor]
    verdict: Verdict | None
    """What people found; null: nobody said."""
    reference: str | None
    """Of their work order."""
    likeness: float = 0.0
    """To what is seen now, 0 … 1; 1 where nothing is."""


@dataclass(slots=True, frozen=True)
class Trust:
    """How alarms of unusual behaviour fared at machines of this kind, in the last 90 days."""

    alarms: int
    confirmed: int
    """A fault was found, until a day after it ended."""
    refuted: int
    precision: float | None
    """Of those somebody has spoken on; null while these are fewer than five."""
    lead_s: float | None
    """Median from alarm to fault, of the confirmed."""
    machine_weeks: float
    false_alarms_week: float | None
    """For each machine and week."""


@dataclass(slots=True, frozen=True)
class Past:
    """What is known of the past that helps with a machine now."""

    episodes: list[Episode]
    """The most alike first; the machine's own where nothing is odd now."""
    trust: Trust


@dataclass(slots=True, frozen=True)
class _Now:
    kind: str
    odd: bool
    mode: str | None
    contributors: list[Contributor]


_NOW: Final[LiteralString] = """
    SELECT a.kind, coalesce(s.anomaly OR jsonb_array_length(s.diagnosis) > 0, false) AS odd,
           s.diagnosis -> 0 ->> 'mode' AS mode, coalesce(s.contributors, '[]') AS contributors
    FROM asset a LEFT JOIN LATERAL (
        SELECT l.* FROM latest_score l JOIN device d USING (device_id) WHERE d.asset_id = a.asset_id
        ORDER BY l.ts DESC LIMIT 1) s ON true
    WHERE a.key = %(key)s AND a.level = 'work_unit' AND a.removed IS NULL
"""
# An alarm that somebody spoke on is one row with it; a fault nobody was warned of is a row as well.
_PAST: Final[LiteralString] = """
    WITH sister AS (
        SELECT key, jsonb_build_object('en', name, 'zh', coalesce(nullif(name_zh, ''), name)) AS name
        FROM asset WHERE kind = %(kind)s AND level = 'work_unit'),
    warned AS (
        SELECT m.source AS machine, s.name, m.raised AS from_ts, m.cleared AS to_ts, true AS warned,
               coalesce(l.mode, m.arguments ->> 'mode') AS mode,
               coalesce(m.arguments -> 'contributors', '[]') AS contributors,
               l.verdict, l.reference, l.label_id
        FROM alarm m JOIN sister s ON s.key = m.source
        LEFT JOIN LATERAL (
            SELECT * FROM label WHERE machine = m.source AND withdrawn IS NULL AND ended >= m.raised
              AND began <= coalesce(m.cleared, m.updated) + interval '1 day'
            ORDER BY (verdict = 'true') DESC, began LIMIT 1) l ON true
        WHERE m.rule = 'anomaly' AND m.cleared IS NOT NULL AND m.raised >= %(from)s
        ORDER BY m.raised DESC LIMIT %(most)s)
    SELECT machine, name, from_ts, to_ts, warned, mode, contributors, verdict, reference FROM warned
    UNION ALL (
        SELECT l.machine, s.name, l.began, l.ended, false, l.mode, '[]', l.verdict, l.reference
        FROM label l JOIN sister s ON s.key = l.machine
        WHERE l.verdict = 'true' AND l.withdrawn IS NULL AND l.began >= %(from)s
          AND l.label_id NOT IN (SELECT label_id FROM warned WHERE label_id IS NOT NULL)
        ORDER BY l.began DESC LIMIT %(most)s)
"""
_TRUST: Final[LiteralString] = """
    WITH sister AS (
        SELECT a.key, greatest(min(d.first_seen), %(from)s) AS since
        FROM asset a JOIN device d USING (asset_id)
        WHERE a.kind = %(kind)s AND a.level = 'work_unit' AND d.first_seen IS NOT NULL GROUP BY 1),
    judged AS (
        SELECT l.confirmed, greatest(l.fault - m.raised, interval '0') AS lead
        FROM alarm m JOIN sister s ON s.key = m.source
        LEFT JOIN LATERAL (
            SELECT bool_or(verdict = 'true') AS confirmed, min(began) FILTER (WHERE verdict = 'true') AS fault
            FROM label WHERE machine = m.source AND withdrawn IS NULL AND ended >= m.raised
              AND began <= coalesce(m.cleared, m.updated) + interval '1 day' HAVING count(*) > 0) l ON true
        WHERE m.rule = 'anomaly' AND m.raised >= %(from)s),
    told AS (
        SELECT count(*)::int AS alarms, count(*) FILTER (WHERE confirmed)::int AS confirmed,
               count(*) FILTER (WHERE NOT confirmed)::int AS refuted,
               extract(epoch FROM percentile_cont(0.5) WITHIN GROUP (ORDER BY lead) FILTER (WHERE confirmed))
                   ::float8 AS lead_s
        FROM judged),
    heard AS (
        SELECT coalesce(sum(extract(epoch FROM %(now)s - since)), 0)::float8 / 604800 AS machine_weeks
        FROM sister WHERE since < %(now)s)
    SELECT alarms, confirmed, refuted,
           CASE WHEN confirmed + refuted >= %(least)s
                THEN confirmed::float8 / (confirmed + refuted) END AS precision,
           lead_s, machine_weeks,
           CASE WHEN confirmed + refuted >= %(least)s
                THEN refuted / nullif(machine_weeks, 0) END AS false_alarms_week
    FROM told, heard
"""


async def past(conn: AsyncConnection, key: str, now_us: int, most: int) -> Past | None:
    """What was like it before, here and at others of its kind; None where there is none of that key."""
    now = await fetch_one(conn, _Now, _NOW, {"key": key})
    if now is None:
        return None
    asked = {
        "kind": now.kind,
        "most": MOST,
        "least": LEAST_JUDGED,
        "now": to_datetime(now_us),
        "from": to_datetime(max(0, now_us - LOOKED_AT_US)),
    }
    found = await fetch(conn, Episode, _PAST, asked)
    trust = await fetch_one(conn, Trust, _TRUST, asked | {"from": to_datetime(max(0, now_us - JUDGED_US))})
    if trust is None:  # an aggregate always has its row
        raise RuntimeError("alarms could not be counted")
    return Past(_ranked(found, key, now)[:most], trust)


def _ranked(found: list[Episode], key: str, now: _Now) -> list[Episode]:
    """The most alike first, the machine's own before its sisters', then the newest."""
    if not now.odd:
        own = [replace(one, likeness=1.0) for one in found if one.machine == key]
        return sorted(own, key=lambda one: -one.from_ts)
    shares = _shares(now.contributors)
    alike = [
        replace(one, likeness=round(likeness(now.mode, shares, one.mode, _shares(one.contributors)), 2))
        for one in found
    ]
    return sorted(
        (one for one in alike if one.likeness >= LIKE),
        key=lambda one: (-round(one.likeness, 1), one.machine != key, -one.from_ts),
    )


def _shares(contributors: list[Contributor]) -> dict[str, float]:
    return {one["signal"]: one["share"] for one in contributors}
