"""Alarms as people see them. What the stream writes is in `alarm_changes`, what people do in `alarm_acts`."""

from dataclasses import dataclass, fields
from typing import Any, Final, Literal, LiteralString
from uuid import UUID

from typing_extensions import TypedDict  # pydantic reads typing.TypedDict only from Python 3.12 on

from lineshaft.clock import to_datetime
from lineshaft.store.database import AsyncConnection
from lineshaft.store.rows import MILLIS_US, Names, fetch, fetch_one

Tab = Literal["active", "shelved", "history", "all"]
"""What is to be done; what is kept out of that list for a while, by whomever; what is over; everything."""


class ShelvingOut(TypedDict):
    """Until when an alarm was put aside, and why; instants are epoch milliseconds."""

    until: int
    by: str
    why: str
    at: int
    one_shot: bool
    """Whether it ends as well when the condition goes away."""


class OutOfServiceOut(TypedDict):
    """Who took an alarm out of service, and why."""

    by: str
    why: str
    at: int


@dataclass(slots=True, frozen=True)
class AlarmRow:
    """An alarm as the API gives it; instants are epoch milliseconds."""

    id: str
    source: str
    source_name: Names
    site: str
    line: str | None
    """Key of the line its source stands on."""
    rule: str
    priority: int
    state: str
    raised: int
    updated: int
    cleared: int | None
    acked: int | None
    acked_by: str | None
    comment: str | None
    value: float | None
    threshold: float | None
    message: str
    arguments: dict[str, Any]
    count: int
    active: bool
    """Whether the condition holds, whatever the state."""
    latched: bool
    suppressed: str | None
    """Why the design keeps it quiet."""
    shelved: ShelvingOut | None
    out_of_service: OutOfServiceOut | None
    seen_pos: int
    """Goes back with an acknowledgement, which then covers this and nothing that has happened since."""
    cause: str | None
    """Id of the alarm that probably caused this one."""
    group_key: str | None
    children: int
    """Open alarms that this one probably caused."""


@dataclass(slots=True, frozen=True, kw_only=True)
class Filters:
    """Which alarms; what is None does not matter."""

    source: str | None = None
    site: str | None = None
    line: str | None = None
    priority: int | None = None
    rule: str | None = None
    """A rule (`threshold:temp`) or a kind of rule (`threshold`)."""
    state: str | None = None
    from_us: int | None = None
    """Raised at or after."""
    to_us: int | None = None
    """Raised before."""
    text: str | None = None
    """Somewhere in source, name, rule, comment or what the message names."""
    group: str | None = None
    """Of this group under a probable root."""


@dataclass(slots=True, frozen=True)
class AlarmPage:
    """Some alarms, and where the next ones begin."""

    items: list[AlarmRow]
    next: str | None
    """The cursor of the next page; null: there is none."""


class CursorError(ValueError):
    """The cursor is none that a page has given."""


_COLUMNS: Final[LiteralString] = (
    "SELECT m.alarm_id::text AS id, m.source, jsonb_build_object('en', coalesce(a.name, m.source),"
    " 'zh', coalesce(nullif(a.name_zh, ''), a.name, m.source)) AS source_name, m.site, l.key AS line,"
    " m.rule, m.priority, m.state, m.raised, m.updated, m.cleared, m.acked, m.acked_by, m.comment, m.value,"
    " m.threshold, m.message, m.arguments, m.count, m.active, m.latched, m.suppressed,"
    " CASE WHEN m.shelved IS NOT NULL THEN jsonb_build_object("
    "'until', (m.shelved->>'until_us')::bigint / 1000, 'by', m.shelved->'by', 'why', m.shelved->'why',"
    " 'at', (m.shelved->>'at_us')::bigint / 1000, 'one_shot', m.shelved->'one_shot') END AS shelved,"
    " CASE WHEN m.out_of_service IS NOT NULL THEN jsonb_build_object("
    "'by', m.out_of_service->'by', 'why', m.out_of_service->'why',"
    " 'at', (m.out_of_service->>'at_us')::bigint / 1000)"
    " END AS out_of_service, m.annunciated_pos AS seen_pos, m.cause_id::text AS cause, m.group_key,"
    " (SELECT count(*)::int FROM alarm c WHERE c.cause_id = m.alarm_id AND c.state <> 'normal') AS children"
    " FROM alarm AS m LEFT JOIN asset AS a ON a.key = m.source"
    " LEFT JOIN asset AS l ON l.asset_id = a.parent_id AND l.level = 'line'"
)
# Each tab by its index: what is open is little among all that ever was.
_OF_TAB: Final[dict[Tab, LiteralString]] = {
    "active": " WHERE m.state <> 'normal' AND m.state NOT IN ('shelved', 'suppressed', 'out_of_service')",
    "shelved": " WHERE m.state <> 'normal' AND m.state IN ('shelved', 'suppressed', 'out_of_service')",
    "history": " WHERE m.state = 'normal'",
    "all": " WHERE true",
}
_FILTERED: Final[LiteralString] = (
    " AND (%(source)s::text IS NULL OR m.source = %(source)s)"
    " AND (%(site)s::text IS NULL OR m.site = %(site)s)"
    " AND (%(line)s::text IS NULL OR l.key = %(line)s)"
    " AND (%(priority)s::int IS NULL OR m.priority = %(priority)s)"
    " AND (%(rule)s::text IS NULL OR m.rule = %(rule)s OR split_part(m.rule, ':', 1) = %(rule)s)"
    " AND (%(state)s::text IS NULL OR m.state = %(state)s)"
    " AND (%(group)s::text IS NULL OR m.group_key = %(group)s)"
    " AND (%(from)s::timestamptz IS NULL OR m.raised >= %(from)s)"
    " AND (%(to)s::timestamptz IS NULL OR m.raised < %(to)s)"
    " AND (%(text)s::text IS NULL OR position(lower(%(text)s) IN lower(concat_ws(' ', m.source, a.name,"
    " a.name_zh, m.rule, m.comment, m.arguments::text))) > 0)"
)
_URGENT: Final[LiteralString] = (
    " AND (%(after)s::timestamptz IS NULL OR m.priority > %(rank)s"
    " OR (m.priority = %(rank)s AND (m.raised, m.alarm_id) < (%(after)s, %(id)s::uuid)))"
    " ORDER BY m.priority, m.raised DESC, m.alarm_id DESC LIMIT %(limit)s"
)
_NEWEST: Final[LiteralString] = (
    " AND (%(after)s::timestamptz IS NULL OR (m.raised, m.alarm_id) < (%(after)s, %(id)s::uuid))"
    " ORDER BY m.raised DESC, m.alarm_id DESC LIMIT %(limit)s"
)


async def page(
    conn: AsyncConnection,
    tab: Tab = "active",
    filters: Filters = Filters(),
    limit: int = 500,
    cursor: str | None = None,
) -> AlarmPage:
    """Alarms of a tab: what is open the worst and newest first, what was the newest first.

    What is open is never windowed: page by page one gets all of it.

    Raises:
        CursorError: the cursor is none.
    """
    rank, after_us, last_id = _place(cursor)
    asked = {
        **{one.name: getattr(filters, one.name) for one in fields(filters)},
        "from": None if filters.from_us is None else to_datetime(filters.from_us),
        "to": None if filters.to_us is None else to_datetime(filters.to_us),
        "rank": rank,
        "after": None if after_us is None else to_datetime(after_us),
        "id": last_id,
        "limit": limit + 1,
    }
    ordered = _URGENT if tab in {"active", "shelved"} else _NEWEST
    rows = await fetch(conn, AlarmRow, _COLUMNS + _OF_TAB[tab] + _FILTERED + ordered, asked)
    more = await _cursor(conn, rows[limit - 1]) if len(rows) > limit else None
    return AlarmPage(rows[:limit], more)


async def listing(
    conn: AsyncConnection, tab: Tab = "active", limit: int = 500, *, source: str | None = None
) -> list[AlarmRow]:
    """The first page of a tab."""
    return (await page(conn, tab, Filters(source=source), limit)).items


async def one(conn: AsyncConnection, alarm_id: UUID) -> AlarmRow | None:
    """One alarm; None where there is none of that id."""
    return await fetch_one(conn, AlarmRow, _COLUMNS + " WHERE m.alarm_id = %s", (alarm_id,))


async def some(conn: AsyncConnection, alarm_ids: list[UUID]) -> list[AlarmRow]:
    """Alarms of these ids, the worst and newest first."""
    return await fetch(
        conn,
        AlarmRow,
        _COLUMNS + " WHERE m.alarm_id = ANY(%s) ORDER BY m.priority, m.raised DESC, m.alarm_id",
        (alarm_ids,),
    )


@dataclass(slots=True, frozen=True)
class AlarmEntry:
    """One line of an alarm's journal."""

    at: int
    event: str
    from_state: str
    to_state: str
    by: str
    comment: str | None
    value: float | None
    refused: str | None
    """Why an act changed nothing."""


async def history(conn: AsyncConnection, alarm_id: UUID) -> list[AlarmEntry]:
    """What happened to an alarm, in the journal's order; last what the flow has not reached yet."""
    return await fetch(
        conn,
        AlarmEntry,
        "SELECT at, event, from_state, to_state, by, comment, value, refused FROM ("
        " SELECT at, event, from_state, to_state, by, comment, value, detail->>'refused' AS refused,"
        "  alarm_journal_id AS n, 0 AS pending, pos FROM alarm_journal WHERE alarm_id = %(id)s"
        " UNION ALL SELECT to_timestamp((body->>'at_us')::float8 / 1e6), body->>'act', body->>'from_state',"
        "  body->>'to_state', body->>'by', body->>'comment', (body->>'value')::float8, NULL, 0, 1, pos"
        "  FROM alarm_act WHERE alarm_id = %(id)s) AS lines ORDER BY pending, pos, n",
        {"id": alarm_id},
    )


@dataclass(slots=True, frozen=True)
class AlarmCounts:
    """How many alarms there are to do something about, by priority, and how many are kept from it."""

    critical: int
    high: int
    medium: int
    low: int
    unacked: int
    hidden: int
    """Shelved, suppressed or out of service."""


async def counts(conn: AsyncConnection) -> AlarmCounts:
    """Counts for the head of the screen: of all, however many the lists show."""
    found = await fetch_one(
        conn,
        AlarmCounts,
        "SELECT count(*) FILTER (WHERE priority = 1 AND shown) AS critical,"
        " count(*) FILTER (WHERE priority = 2 AND shown) AS high,"
        " count(*) FILTER (WHERE priority = 3 AND shown) AS medium,"
        " count(*) FILTER (WHERE priority = 4 AND shown) AS low,"
        " count(*) FILTER (WHERE state IN ('unacknowledged', 'returned', 'latched_unacknowledged'))"
        "  AS unacked,"
        " count(*) FILTER (WHERE NOT shown) AS hidden"
        " FROM (SELECT priority, state, state NOT IN ('shelved', 'suppressed', 'out_of_service') AS shown"
        "  FROM alarm WHERE state <> 'normal') AS open",
    )
    return found or AlarmCounts(0, 0, 0, 0, 0, 0)


async def _cursor(conn: AsyncConnection, last: AlarmRow) -> str:
    # Rows have milliseconds; the order goes by what PostgreSQL keeps.
    found = await conn.execute(
        "SELECT (extract(epoch FROM raised) * 1000000)::bigint FROM alarm WHERE alarm_id = %s",
        (UUID(last.id),),
    )
    row = await found.fetchone()
    raised_us = row[0] if row else last.raised * MILLIS_US
    return f"{last.priority}.{raised_us}.{last.id}"


def _place(cursor: str | None) -> tuple[int | None, int | None, UUID | None]:
    if cursor is None:
        return None, None, None
    try:
        rank, after_us, last_id = cursor.split(".")
        return int(rank), int(after_us), UUID(last_id)
    except ValueError as error:
        raise CursorError(f"no cursor: {cursor!r}") from error
