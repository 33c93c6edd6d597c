"""Rules that people write: drafts, versions and what became of them; what was said is never changed."""

from dataclasses import dataclass
from typing import Any, Final, LiteralString, NamedTuple

from psycopg.types.json import Jsonb

from lineshaft.clock import to_datetime
from lineshaft.store.database import AsyncConnection
from lineshaft.store.rows import fetch, fetch_one


@dataclass(slots=True, frozen=True)
class RuleRow:
    """A rule as a list shows it; instants are epoch milliseconds."""

    id: str
    state: str
    """`active`, `draft` where no version is at work yet, or `retired`."""
    active: int | None
    """Version that is at work."""
    draft: int | None
    """Version that is being worked on."""
    updated: int
    document: dict[str, Any]
    """Of the active version, else of the latest."""
    last_raised: int | None
    raised_7d: int
    open: int
    """Alarms of it that are not normal again."""


@dataclass(slots=True, frozen=True)
class RuleVersion:
    """One version, as it was written."""

    version: int
    at: int
    by: str
    why: str
    document: dict[str, Any]


@dataclass(slots=True, frozen=True)
class RuleEvent:
    """What somebody did to a rule."""

    version: int
    event: str
    at: int
    by: str
    why: str


@dataclass(slots=True, frozen=True)
class RuleDetail:
    """A rule with its past, the newest first."""

    rule: RuleRow
    versions: list[RuleVersion]
    events: list[RuleEvent]


class Doer(NamedTuple):
    """Who does something to a rule, why and when."""

    by: str
    why: str
    now_us: int


class RuleConflictError(Exception):
    """The rule is not in a state in which that can be done; the text says why."""


_ROWS: Final[LiteralString] = """
    WITH told AS (  -- of all rules at once: a look for each would read all alarms as often
        SELECT split_part(rule, ':', 2) AS rule_id, max(raised) AS last_raised,
               count(*) FILTER (WHERE raised > %(now)s - interval '7 days')::int AS raised_7d,
               count(*) FILTER (WHERE state <> 'normal')::int AS open
        FROM alarm WHERE starts_with(rule, 'rule:') GROUP BY 1)
    SELECT r.rule_id AS id,
        CASE WHEN r.active IS NOT NULL THEN 'active' WHEN r.draft IS NOT NULL THEN 'draft'
             ELSE 'retired' END AS state,
        r.active, r.draft, r.updated, v.document, a.last_raised,
        coalesce(a.raised_7d, 0) AS raised_7d, coalesce(a.open, 0) AS open
    FROM rule r
    JOIN LATERAL (SELECT document FROM rule_version WHERE rule_id = r.rule_id
                  ORDER BY version = r.active DESC NULLS LAST, version DESC LIMIT 1) v ON true
    LEFT JOIN told a USING (rule_id)
"""


async def listing(conn: AsyncConnection, now_us: int) -> list[RuleRow]:
    """All rules, those at work first."""
    return await fetch(
        conn,
        RuleRow,
        _ROWS + " ORDER BY r.active IS NULL, r.draft IS NULL, r.rule_id",
        {"now": to_datetime(now_us)},
    )


async def one(conn: AsyncConnection, rule_id: str, now_us: int) -> RuleDetail | None:
    """One rule with its versions and what became of them."""
    asked = {"id": rule_id, "now": to_datetime(now_us)}
    row = await fetch_one(conn, RuleRow, _ROWS + " WHERE r.rule_id = %(id)s", asked)
    if row is None:
        return None
    versions = await fetch(
        conn,
        RuleVersion,
        "SELECT version, at, by, why, document FROM rule_version WHERE rule_id = %(id)s"
        " ORDER BY version DESC",
        asked,
    )
    events = await fetch(
        conn,
        RuleEvent,
        "SELECT version, event, at, by, why FROM rule_event WHERE rule_id = %(id)s"
        " ORDER BY rule_event_id DESC",
        asked,
    )
    return RuleDetail(row, versions, events)


async def draft(conn: AsyncConnection, rule_id: str, document: dict[str, Any], doer: Doer) -> int:
    """Write a draft down as a new version, of a new rule or of one there is; gives its number."""
    now = to_datetime(doer.now_us)
    await conn.execute(
        "INSERT INTO rule (rule_id, updated) VALUES (%s, %s) ON CONFLICT (rule_id) DO NOTHING", (rule_id, now)
    )
    await _lock(conn, rule_id)
    cursor = await conn.execute(
        "INSERT INTO rule_version (rule_id, version, document, at, by, why)"
        " SELECT %(id)s, coalesce(max(version), 0) + 1, %(document)s, %(now)s, %(by)s, %(why)s"
        " FROM rule_version WHERE rule_id = %(id)s RETURNING version",
        {"id": rule_id, "document": Jsonb(document), "now": now, "by": doer.by, "why": doer.why},
    )
    row = await cursor.fetchone()
    version = int(row[0]) if row else 0
    await conn.execute("UPDATE rule SET draft = %s, updated = %s WHERE rule_id = %s", (version, now, rule_id))
    await _note(conn, (rule_id, version, "drafted"), doer, None)
    return version


async def activate(conn: AsyncConnection, rule_id: str, version: int, doer: Doer) -> None:
    """Put a version to work, in the caller's transaction; commit soon, the journal waits.

    Raises:
        RuleConflictError: there is no such version, or it is at work already.
    """
    before = await _lock(conn, rule_id)
    if before is None or await _document(conn, rule_id, version) is None:
        raise RuleConflictError(f"{rule_id} has no version {version}")
    if before == version:
        raise RuleConflictError(f"version {version} of {rule_id} is at work already")
    pos = await _tell(conn, rule_id, (version, "active"), doer)
    if before:
        await _note(conn, (rule_id, before, "replaced"), doer, pos)
    await conn.execute(
        "UPDATE rule SET active = %(version)s, draft = nullif(draft, %(version)s), updated = %(now)s"
        " WHERE rule_id = %(id)s",
        {"version": version, "now": to_datetime(doer.now_us), "id": rule_id},
    )
    await _note(conn, (rule_id, version, "activated"), doer, pos)


async def retire(conn: AsyncConnection, rule_id: str, doer: Doer) -> None:
    """Take a rule out of work, or give its draft up; what it raised ends.

    Raises:
        RuleConflictError: there is no such rule, or it is retired already.
    """
    active = await _lock(conn, rule_id)
    cursor = await conn.execute(
        "UPDATE rule r SET active = NULL, draft = NULL, updated = %s FROM rule old"
        " WHERE r.rule_id = %s AND old.rule_id = r.rule_id"
        " AND (r.active IS NOT NULL OR r.draft IS NOT NULL) RETURNING coalesce(old.active, old.draft)",
        (to_datetime(doer.now_us), rule_id),
    )
    row = await cursor.fetchone()
    if row is None:
        raise RuleConflictError(f"{rule_id} is not at work, and no draft")
    pos = await _tell(conn, rule_id, (active, "retired"), doer) if active else None
    await _note(conn, (rule_id, int(row[0]), "retired"), doer, pos)


async def _lock(conn: AsyncConnection, rule_id: str) -> int | None:
    """The version at work, 0 where none is; None where there is no such rule."""
    cursor = await conn.execute(
        "SELECT coalesce(active, 0) FROM rule WHERE rule_id = %s FOR UPDATE", (rule_id,)
    )
    row = await cursor.fetchone()
    return int(row[0]) if row else None


async def _document(conn: AsyncConnection, rule_id: str, version: int) -> object:
    cursor = await conn.execute(
        "SELECT document FROM rule_version WHERE rule_id = %s AND version = %s", (rule_id, version)
    )
    row = await cursor.fetchone()
    return row[0] if row else None


async def _tell(conn: AsyncConnection, rule_id: str, what: tuple[int, str], doer: Doer) -> int | None:
    version, state = what
    cursor = await conn.execute(
        "SELECT rule_tell(%s, %s, %s, %s, %s)", (rule_id, version, state, doer.why, to_datetime(doer.now_us))
    )
    row = await cursor.fetchone()
    return int(row[0]) if row and row[0] is not None else None


async def _note(conn: AsyncConnection, what: tuple[str, int, str], doer: Doer, pos: int | None) -> None:
    rule_id, version, event = what
    await conn.execute(
        "INSERT INTO rule_event (rule_id, version, event, at, by, why, pos)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s)",
        (rule_id, version, event, to_datetime(doer.now_us), doer.by, doer.why, pos),
    )
