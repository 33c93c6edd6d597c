"""Reads dead letters for people: lists of them, one with all that is known, how many there are of what."""

from dataclasses import dataclass
from typing import Any, Final, LiteralString, NamedTuple

from lineshaft.store.database import AsyncConnection
from lineshaft.store.rows import fetch, fetch_one

PREVIEW_BYTES: Final = 400


class Wanted(NamedTuple):
    """Which letters; what is empty or None does not matter."""

    code: str = ""
    stage: str = ""
    site: str = ""
    agent: str = ""
    device: str = ""
    from_ms: int | None = None
    to_ms: int | None = None
    replayed: bool | None = None
    before: int | None = None
    """Letters older than this one: the next page."""
    after: int | None = None
    """Letters newer than this one."""


@dataclass(slots=True, frozen=True)
class DeadLetter:
    """A dead letter as a list gives it."""

    id: int
    received: int
    """Epoch milliseconds."""
    stage: str
    topic: str
    device: str
    """`site/agent/device`, as far as it is known."""
    code: str
    detail: str
    readings: int
    length: int
    body_preview: str | None
    pos: int | None
    replayed: int | None
    """When it was replayed, epoch milliseconds."""
    replay_of: int | None
    """The letter whose replay ended in this one."""


@dataclass(slots=True, frozen=True)
class WholeLetter:
    """A dead letter with all that is kept of it."""

    id: int
    received: int
    stage: str
    topic: str
    device: str
    boot: str | None
    lane: int | None
    seq: int | None
    code: str
    detail: str
    readings: int
    length: int
    sha256: bytes
    version: str
    pos: int | None
    properties: dict[str, Any] | None
    replayed: int | None
    replayed_pos: int | None
    replay_of: int | None
    body: bytes | None
    """The first 64 kB; None where the sample was full."""
    siblings: list[int]
    """Other letters about the same message."""
    again: list[int]
    """Letters that its replay ended in."""


@dataclass(slots=True, frozen=True)
class LetterCount:
    """How much of an agent was set aside for one reason."""

    site: str
    agent: str
    code: str
    messages: int
    """Whole messages ever, exact."""
    readings: int
    """Readings ever, exact."""
    kept: int
    """Letters on hand."""
    waiting: int
    """Those of them that were not replayed."""
    newest: int | None
    """Epoch milliseconds."""


@dataclass(slots=True, frozen=True)
class Letters:
    """How many letters there are."""

    kept: int
    waiting: int
    dropped: int
    """Had to go before their time, because all together they were too many or too large."""
    dropped_ts: int | None


@dataclass(slots=True, frozen=True)
class _Listed:
    id: int
    received: int
    stage: str
    topic: str
    device: str
    code: str
    detail: str
    readings: int
    length: int
    preview: bytes | None
    pos: int | None
    replayed: int | None
    replay_of: int | None


_MATCHES: Final[LiteralString] = """
    (%(code)s = '' OR code = %(code)s) AND (%(stage)s = '' OR stage = %(stage)s)
    AND (%(site)s = '' OR site = %(site)s) AND (%(agent)s = '' OR agent = %(agent)s)
    AND (%(device)s = '' OR device = %(device)s)
    AND (%(from_ms)s::bigint IS NULL OR received >= to_timestamp(%(from_ms)s / 1000.0))
    AND (%(to_ms)s::bigint IS NULL OR received < to_timestamp(%(to_ms)s / 1000.0))
    AND (%(replayed)s::boolean IS NULL OR (replayed IS NOT NULL) = %(replayed)s)
    AND (%(before)s::bigint IS NULL OR dead_letter_id < %(before)s)
    AND (%(after)s::bigint IS NULL OR dead_letter_id > %(after)s)
"""
_LIST: Final[LiteralString] = """
    SELECT dead_letter_id AS id, received, stage, topic, concat_ws('/', site, agent, device) AS device,
           code, detail, readings, length, substr(body, 1, %(preview)s) AS preview, pos, replayed, replay_of
    FROM dead_letter WHERE
"""
_NEWEST: Final[LiteralString] = " ORDER BY dead_letter_id DESC LIMIT %(limit)s"
_IDS: Final[LiteralString] = "SELECT dead_letter_id FROM dead_letter WHERE "
_OLDEST: Final[LiteralString] = " ORDER BY dead_letter_id LIMIT %(limit)s"


async def listing(conn: AsyncConnection, wanted: Wanted, limit: int) -> list[DeadLetter]:
    """Letters, the newest first."""
    rows = await fetch(
        conn,
        _Listed,
        _LIST + _MATCHES + _NEWEST,
        {**wanted._asdict(), "preview": PREVIEW_BYTES, "limit": limit},
    )
    return [
        DeadLetter(
            row.id, row.received, row.stage, row.topic, row.device, row.code, row.detail, row.readings,
            row.length, None if row.preview is None else row.preview.decode("utf-8", "replace"), row.pos,
            row.replayed, row.replay_of,
        )
        for row in rows
    ]  # fmt: skip


async def matching(conn: AsyncConnection, wanted: Wanted, limit: int) -> list[int]:
    """Ids of letters, the oldest first: the order in which they are to be replayed."""
    cursor = await conn.execute(_IDS + _MATCHES + _OLDEST, {**wanted._asdict(), "limit": limit})
    return [letter_id for (letter_id,) in await cursor.fetchall()]


async def one(conn: AsyncConnection, letter_id: int) -> WholeLetter | None:
    """A letter with its body."""
    return await fetch_one(
        conn,
        WholeLetter,
        "SELECT dead_letter_id AS id, received, stage, topic, concat_ws('/', site, agent, device) AS device,"
        " boot, lane, seq, code, detail, readings, length, sha256, version, pos, properties, replayed,"
        " replayed_pos, replay_of, body,"
        " ARRAY(SELECT dead_letter_id FROM dead_letter s WHERE s.pos = d.pos"
        "       AND s.dead_letter_id <> d.dead_letter_id ORDER BY 1 LIMIT 50) AS siblings,"
        " ARRAY(SELECT dead_letter_id FROM dead_letter s WHERE s.pos = d.replayed_pos ORDER BY 1 LIMIT 50)"
        " AS again FROM dead_letter d WHERE dead_letter_id = %s",
        (letter_id,),
    )


async def counts(conn: AsyncConnection, limit: int) -> list[LetterCount]:
    """By agent and reason: exact counts from the books, beside the letters on hand; most waiting first."""
    return await fetch(
        conn,
        LetterCount,
        "WITH counted AS ("
        "  SELECT site, agent, code, sum(messages)::bigint AS messages, sum(readings)::bigint AS readings"
        "  FROM (SELECT site, agent, code, messages, readings FROM flow_count WHERE result = 'rejected'"
        "        UNION ALL SELECT site, agent, code, messages, 0 FROM ingest_count WHERE result = 'refused')"
        "       AS both_books GROUP BY site, agent, code"
        "), kept AS ("
        "  SELECT coalesce(site, '') AS site, coalesce(agent, '') AS agent, code, count(*) AS kept,"
        "         count(*) FILTER (WHERE replayed IS NULL) AS waiting, max(received) AS newest"
        "  FROM dead_letter GROUP BY 1, 2, 3"
        ") SELECT site, agent, code, coalesce(messages, 0) AS messages, coalesce(readings, 0) AS readings,"
        " coalesce(kept, 0) AS kept, coalesce(waiting, 0) AS waiting, newest"
        " FROM counted FULL JOIN kept USING (site, agent, code)"
        " ORDER BY waiting DESC, messages DESC, site, agent, code LIMIT %s",
        (limit,),
    )


async def totals(conn: AsyncConnection) -> Letters:
    """How many letters there are, all together."""
    found = await fetch_one(
        conn,
        Letters,
        "SELECT (SELECT count(*) FROM dead_letter) AS kept,"
        " (SELECT count(*) FROM dead_letter WHERE replayed IS NULL) AS waiting,"
        " letters AS dropped, dropped AS dropped_ts FROM dead_letter_dropped",
    )
    return found or Letters(0, 0, 0, None)
