"""The journal: every message as it came, in the order of its commit. All else can be made from it again."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import psycopg
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.pq import Format

from lineshaft.clock import to_datetime
from lineshaft.store import journal_copy
from lineshaft.store.copy import EPOCH_US
from lineshaft.store.database import AsyncConnection, Connection

CONTROL_SHARD = -1
"""Rows of this shard are seen by every shard and by the plant flow."""

REPLAYED_LANE = 2
"""Rows of this lane are dead letters appended again; no envelope can say it, so no device can send by it."""

Properties = dict[str, object] | None


class Entry(NamedTuple):
    """A row to append; the journal gives it its position."""

    shard: int
    received_us: int
    site: str | None
    agent: str | None
    boot: str | None
    lane: int | None
    seq: int | None
    topic: str
    properties: Properties
    body: bytes


class Row(NamedTuple):
    """A row as it is read back."""

    pos: int
    shard: int
    received_us: int
    site: str | None
    agent: str | None
    boot: str | None
    lane: int | None
    seq: int | None
    topic: str
    properties: Properties
    body: bytes


class Head(NamedTuple):
    """The journal's own id, renewed by a restore, and the last position given."""

    db: str
    pos: int


class JournalFullError(Exception):
    """The journal has no partition for the next positions; `make_partitions` gives it some."""


class _Micros(Loader):
    """timestamptz → microseconds since 1970 UTC; a datetime between costs more than the rest of the row."""

    format = Format.BINARY

    def load(self, data: Buffer) -> int:
        return int.from_bytes(data, "big", signed=True) + EPOCH_US


def append(conn: Connection, entries: Sequence[Entry]) -> int:
    """Append entries in the caller's transaction, which keeps the journal to itself until it ends.

    Args:
        conn: the caller commits, soon.
        entries: at least one.

    Returns:
        The position of the first; the others follow without gaps.

    Raises:
        JournalFullError: no partition takes the positions; the transaction must be rolled back.
        RowError: an entry cannot be stored; likewise.
    """
    make_stage(conn)
    stage(conn, entries)
    return append_staged(conn, entries)


def make_stage(conn: Connection) -> None:
    """Make the temporary table that `stage` fills, once for a connection; each commit empties it."""
    conn.execute("SELECT journal_stage()")


def stage(conn: Connection, entries: Sequence[Entry]) -> None:
    """Send entries to the server, as the first thing of a transaction: while it lasts, nothing is locked.

    The server cannot time out a client that freezes while it streams rows; with the journal's lock in its
    hands, it would stop everybody else for ever.
    """
    with conn.cursor().copy(
        f"COPY pg_temp.journal_staged ({journal_copy.COLUMNS}) FROM STDIN (FORMAT BINARY)"
    ) as copy:
        copy.write(journal_copy.encoded(entries))


# One statement, so that it is one message to the server: a client cannot freeze in the middle of it. The row
# lock makes positions gapless and in commit order: who comes second waits for our commit.
_APPEND = """
    WITH head AS (
        UPDATE journal_head SET pos = pos + %(n)s, control = control + %(control)s RETURNING pos
    ), appended AS (
        INSERT INTO journal (pos, shard, received, site, agent, boot, lane, seq, topic, properties, body)
        SELECT head.pos - %(n)s + 1 + n,
               shard, received, site, agent, boot, lane, seq, topic, properties, body
        FROM pg_temp.journal_staged, head
    )
    SELECT pos, pg_notify('journal', '') FROM head
"""


def append_staged(conn: Connection, entries: Sequence[Entry]) -> int:
    """Append what was staged in this transaction; otherwise as `append`."""
    control = sum([entry.shard == CONTROL_SHARD for entry in entries])
    try:
        row = conn.execute(_APPEND, {"n": len(entries), "control": control}).fetchone()
    except psycopg.errors.CheckViolation as error:
        raise JournalFullError(f"no partition for {len(entries)} positions more") from error
    last: int = row[0] if row else 0
    return last - len(entries) + 1


def append_control(conn: Connection, topic: str, body: bytes, now_us: int) -> int:
    """Append one control row (`_/plant`, `_/ack`, …) in the caller's transaction; gives its position.

    It holds the journal until the transaction ends: do it last, then commit.
    """
    row = conn.execute("SELECT journal_control(%s, %s, %s)", (topic, body, to_datetime(now_us))).fetchone()
    return int(row[0]) if row else 0


async def append_control_async(conn: AsyncConnection, topic: str, body: bytes, now_us: int) -> int:
    """The twin of `append_control` for the web process."""
    cursor = await conn.execute("SELECT journal_control(%s, %s, %s)", (topic, body, to_datetime(now_us)))
    row = await cursor.fetchone()
    return int(row[0]) if row else 0


def read(
    conn: Connection, after_pos: int, shards: Iterable[int], limit: int, max_bytes: int = 16 << 20
) -> list[Row]:
    """Rows after a position, in order, for some shards (name `CONTROL_SHARD` to get control rows too).

    Fewer than `limit` may come although there are more: bodies are kept below `max_bytes` together, but
    at least one row comes where there is one. To know how far a short answer reaches, ask `head` *before*.
    """
    cursor = conn.cursor(binary=True)
    cursor.adapters.register_loader("timestamptz", _Micros)
    cursor.execute(
        "SELECT pos, shard, received, site, agent, boot, lane, seq, topic, properties, body FROM ("
        "  SELECT *, sum(octet_length(body)) OVER (ORDER BY pos ROWS UNBOUNDED PRECEDING)"
        "            - octet_length(body) AS before"
        "  FROM (SELECT * FROM journal WHERE pos > %s AND shard = ANY(%s) ORDER BY pos LIMIT %s) AS taken"
        ") AS counted WHERE before < %s ORDER BY pos",
        (after_pos, list(shards), limit, max_bytes),
    )
    return [Row(*row) for row in cursor.fetchall()]


def head(conn: Connection) -> Head:
    """The journal's id and last position."""
    row = conn.execute("SELECT db, pos FROM journal_head").fetchone()
    if row is None:
        raise LookupError("the journal has no head: its migration did not run")
    return Head(*row)


def make_partitions(conn: Connection) -> int:
    """Make the partitions for the positions to come, in the caller's transaction; gives how many."""
    row = conn.execute("SELECT journal_make_partitions()").fetchone()
    return int(row[0]) if row else 0


def renew(conn: Connection) -> str:
    """Give the journal a new id after it was restored from a backup; commits.

    Agents that see another id in their mark send again what they still hold.
    """
    row = conn.execute("SELECT journal_renew()").fetchone()
    conn.commit()
    return str(row[0]) if row else ""
