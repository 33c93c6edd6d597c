"""Alarms under one probable root: as lines of the list of what is to be done, and as the API lists them."""

from dataclasses import dataclass, replace
from typing import Any, Final, LiteralString, TypeVar

from lineshaft.clock import to_datetime
from lineshaft.domain.alarm_texts import NETWORK, root_name
from lineshaft.store.database import AsyncConnection
from lineshaft.store.readings import Span
from lineshaft.store.rows import Names, fetch


@dataclass(slots=True, frozen=True, kw_only=True)
class GroupLine:
    """A group as one line of the active list; instants are epoch milliseconds."""

    id: str
    site: str
    root: str
    root_name: Names
    kind: str
    since: int
    until: int | None
    children: int
    confidence: float
    why: dict[str, Any]
    shown: int
    """Its alarms that are in the active list."""
    unseen: int
    """Those of them that ask to be acknowledged."""
    calling: int
    """Those of these that have not returned."""
    priority: int | None
    """The worst of those shown, or of those that are open; null: none is open."""


@dataclass(slots=True, frozen=True, kw_only=True)
class GroupRow(GroupLine):
    """A group with all its alarms."""

    named: int
    updated: int
    active: int
    """Children whose condition holds."""
    alarms: list[str]
    """Ids of its alarms, the first one first."""


Line = TypeVar("Line", GroupLine, GroupRow)

_GROUP: Final[LiteralString] = (
    "SELECT q.group_key AS id, q.site, q.root,"
    " jsonb_build_object('en', coalesce(a.name, q.root), 'zh', coalesce(a.name_zh, a.name, q.root))"
    " AS root_name, q.kind, q.since, q.until, q.children, q.confidence, q.why,"
    " coalesce(m.shown, 0) AS shown, coalesce(m.unseen, 0) AS unseen, coalesce(m.calling, 0) AS calling,"
    " m.priority"
)
_COUNTS: Final[LiteralString] = (
    " count(*) FILTER (WHERE state NOT IN ('normal', 'shelved', 'suppressed', 'out_of_service'))::integer"
    "  AS shown,"
    " count(*) FILTER (WHERE state IN ('unacknowledged', 'returned', 'latched_unacknowledged'))::integer"
    "  AS unseen,"
    " count(*) FILTER (WHERE state IN ('unacknowledged', 'latched_unacknowledged'))::integer AS calling,"
    " coalesce(min(priority) FILTER"
    "  (WHERE state NOT IN ('normal', 'shelved', 'suppressed', 'out_of_service')),"
    "  min(priority) FILTER (WHERE state <> 'normal')) AS priority"
)


# Of all that is open: by the index of what is, not by that of all that ever was in a group.
_OPEN: Final[LiteralString] = " FROM (SELECT group_key,"
_OPEN_ONES: Final[LiteralString] = (
    " FROM alarm WHERE state <> 'normal' AND group_key IS NOT NULL GROUP BY group_key) AS m"
    ' JOIN alarm_group AS q ON q.group_key = m.group_key AND q."into" IS NULL'
    " LEFT JOIN asset AS a ON a.key = q.root WHERE m.shown > 0 ORDER BY q.since, q.group_key"
)
_WHOLE: Final[LiteralString] = (
    ", q.named, q.updated, coalesce(m.active, 0) AS active, coalesce(m.alarms, '{}') AS alarms"
    " FROM alarm_group AS q LEFT JOIN asset AS a ON a.key = q.root"
    " LEFT JOIN LATERAL (SELECT array_agg(alarm_id::text ORDER BY raised_pos, alarm_id) AS alarms,"
    " count(*) FILTER (WHERE state IN ('unacknowledged', 'acknowledged'))::integer AS active,"
)
_WANTED: Final[LiteralString] = (
    " FROM alarm WHERE group_key = q.group_key) AS m ON true"
    ' WHERE q."into" IS NULL AND q.children > 0 AND (NOT %(open)s OR q.until IS NULL)'
    " AND (%(site)s::text IS NULL OR q.site = %(site)s)"
    " AND (%(from)s::timestamptz IS NULL"
    "  OR (q.since < %(to)s AND coalesce(q.until, 'infinity') >= %(from)s))"
    " ORDER BY q.since DESC, q.group_key LIMIT %(limit)s"
)


async def lines(conn: AsyncConnection) -> list[GroupLine]:
    """Every group that has alarms in the active list, however many; also one whose cause is over."""
    return _named(await fetch(conn, GroupLine, _GROUP + _OPEN + _COUNTS + _OPEN_ONES))


async def listing(
    conn: AsyncConnection, *, is_open: bool, limit: int, span: Span | None = None, site: str | None = None
) -> list[GroupRow]:
    """Groups of alarms, the newest first; those that are not over, or all; of a span, where one is given."""
    asked = {
        "open": is_open,
        "limit": limit,
        "site": site,
        "from": to_datetime(span.from_us) if span else None,
        "to": to_datetime(span.to_us) if span else None,
    }
    return _named(await fetch(conn, GroupRow, _GROUP + _WHOLE + _COUNTS + _WANTED, asked))


def _named(rows: list[Line]) -> list[Line]:
    """A gateway is no asset and has no name of its own: it is called in words."""
    found = []
    for row in rows:
        called = root_name(row.root)
        names = Names(en=called["en"], zh=called["zh"])
        found.append(replace(row, root_name=names) if row.root.startswith(NETWORK) else row)
    return found
