"""What the next shift has to know: how long machines stood, what was found at them, and what people say.

A note that was taken back stays readable.
"""

from dataclasses import dataclass
from typing import Final, LiteralString

from lineshaft.clock import to_datetime
from lineshaft.store.database import AsyncConnection
from lineshaft.store.readings import Span
from lineshaft.store.rows import MILLIS_US, Names, fetch, fetch_one


@dataclass(slots=True, frozen=True)
class HandOverNote:
    """A note; instants are epoch milliseconds."""

    id: int
    site: str
    shift: str
    start: int
    """Of that shift."""
    written: int
    author: str
    note: str
    source: str | None
    """The asset it is about."""
    struck: int | None
    struck_by: str | None


@dataclass(slots=True, frozen=True)
class NewNote:
    """A note before it is written; its shift's start in epoch milliseconds."""

    site: str
    shift: str
    start: int
    note: str
    source: str | None = None


@dataclass(slots=True, frozen=True)
class Standstill:
    """How long a machine was down in a shift, by what it said or what was seen of it."""

    machine: str
    name: Names
    down_s: float
    stops: int
    """How often that began, or was so when the shift began."""
    latest: int
    """When it was last known to be down; epoch milliseconds."""


@dataclass(slots=True, frozen=True)
class Finding:
    """What somebody said in a shift that they found at a machine."""

    machine: str
    name: Names
    verdict: str
    mode: str | None
    cause: str | None
    action: str | None
    by: str
    at: int
    order: str | None
    """Id of the work order that was closed with it."""
    number: int | None


@dataclass(slots=True, frozen=True)
class ShiftFacts:
    """What happened at the machines of a site in a span."""

    standstills: list[Standstill]
    findings: list[Finding]


# A row each five seconds; where there was none for a minute nobody knows, and nothing is counted.
_STANDSTILLS: Final[LiteralString] = """
    SELECT a.key AS machine,
      jsonb_build_object('en', a.name, 'zh', coalesce(nullif(a.name_zh, ''), a.name)) AS name,
      s.down_s, s.stops, s.latest
    FROM asset a CROSS JOIN LATERAL (
      SELECT
        sum(extract(epoch FROM least(coalesce(next, %(to)s) - ts, interval '1 minute')))::float8 AS down_s,
        count(*) FILTER (WHERE before IS DISTINCT FROM 'DOWN')::int AS stops, max(ts) AS latest
      FROM (SELECT ts, mode, lead(ts) OVER w AS next, lag(mode) OVER w AS before
            FROM score WHERE device_id IN (SELECT device_id FROM device WHERE asset_id = a.asset_id)
              AND ts >= %(from)s AND ts < %(to)s
            WINDOW w AS (PARTITION BY device_id ORDER BY ts)) judged
      WHERE mode = 'DOWN') s
    WHERE a.site = %(site)s AND a.level = 'work_unit' AND s.stops > 0
    ORDER BY s.down_s DESC, a.key
"""
_FINDINGS: Final[LiteralString] = """
    SELECT l.machine, jsonb_build_object('en', a.name, 'zh', coalesce(nullif(a.name_zh, ''), a.name)) AS name,
      l.verdict, l.mode, w.cause, w.action, l.by, l.at, w.order_id::text AS "order", w.number
    FROM label l JOIN asset a ON a.key = l.machine LEFT JOIN work_order w ON w.label_id = l.label_id
    WHERE a.site = %(site)s AND l.withdrawn IS NULL AND l.at >= %(from)s AND l.at < %(to)s
    ORDER BY l.at, l.label_id
"""


async def facts(conn: AsyncConnection, site: str, span: Span) -> ShiftFacts:
    """How long machines stood, the longest first; and what was found at them, the first first."""
    asked = {"site": site, "from": to_datetime(span.from_us), "to": to_datetime(span.to_us)}
    return ShiftFacts(
        await fetch(conn, Standstill, _STANDSTILLS, asked), await fetch(conn, Finding, _FINDINGS, asked)
    )


async def listing(conn: AsyncConnection, site: str, start_ms: int) -> list[HandOverNote]:
    """The notes of a shift that began at an instant, the first first."""
    return await fetch(
        conn,
        HandOverNote,
        "SELECT note_id AS id, site, shift, start, written, author, note, source, struck, struck_by"
        " FROM hand_over_note WHERE site = %s AND start = %s ORDER BY written, note_id",
        (site, to_datetime(start_ms * MILLIS_US)),
    )


async def add(conn: AsyncConnection, note: NewNote, author: str, now_us: int) -> HandOverNote | None:
    """Write a note down; None where there is no such site."""
    return await fetch_one(
        conn,
        HandOverNote,
        "INSERT INTO hand_over_note (site, shift, start, written, author, note, source)"
        " SELECT %s, %s, %s, %s, %s, %s, %s WHERE EXISTS"
        " (SELECT FROM asset WHERE key = %s AND level = 'site')"
        " RETURNING note_id AS id, site, shift, start, written, author, note, source, struck, struck_by",
        (
            note.site,
            note.shift,
            to_datetime(note.start * MILLIS_US),
            to_datetime(now_us),
            author,
            note.note,
            note.source,
            note.site,
        ),
    )


async def strike(conn: AsyncConnection, note_id: int, by: str, now_us: int) -> HandOverNote | None:
    """Take a note back; None where there is none that stands."""
    return await fetch_one(
        conn,
        HandOverNote,
        "UPDATE hand_over_note SET struck = %s, struck_by = %s WHERE note_id = %s AND struck IS NULL"
        " RETURNING note_id AS id, site, shift, start, written, author, note, source, struck, struck_by",
        (to_datetime(now_us), by, note_id),
    )
