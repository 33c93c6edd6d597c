"""How far each agent's lane is committed, what will never come, and what retained topics last said.

The cursor is the only memory that makes a repeat a repeat. Nothing moves it but a committed append.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from lineshaft.clock import from_datetime, to_datetime
from lineshaft.store import arrays
from lineshaft.store.database import Connection


class LaneKey(NamedTuple):
    """One queue of one agent's outbox file."""

    site: str
    agent: str
    boot: str
    lane: int


class Stand(NamedTuple):
    """Up to which seq a lane is committed, and since when."""

    seq: int
    updated_us: int


class Step(NamedTuple):
    """A cursor's move from what this process believes it to be (None: it is not there) to a new seq."""

    expected: int | None
    seq: int


class Gap(NamedTuple):
    """Messages that will never come, with the cause: `edge_dropped` or `server_restored`."""

    key: LaneKey
    first_seq: int
    last_seq: int
    cause: str


class CursorMovedError(Exception):
    """Somebody else moved a cursor: roll back, read the cursors again, decide again."""


def load(conn: Connection) -> dict[LaneKey, Stand]:
    """Every lane's cursor."""
    rows = conn.execute("SELECT site, agent, boot, lane, seq, updated FROM cursor")
    return {LaneKey(*row[:4]): Stand(row[4], from_datetime(row[5])) for row in rows}


def move(conn: Connection, steps: Mapping[LaneKey, Step], now_us: int) -> None:
    """Move cursors in the caller's transaction.

    Raises:
        CursorMovedError: one of them is not where it was expected; the transaction must be rolled back.
    """
    known = [(*key, step.expected, step.seq) for key, step in steps.items() if step.expected is not None]
    new = [(*key, step.seq) for key, step in steps.items() if step.expected is None]
    if known:
        moved = conn.execute(
            "UPDATE cursor SET seq = step.seq, updated = %s FROM unnest(%s, %s, %s, %s, %s, %s)"
            " AS step (site, agent, boot, lane, expected, seq)"
            " WHERE (cursor.site, cursor.agent, cursor.boot, cursor.lane, cursor.seq)"
            " = (step.site, step.agent, step.boot, step.lane, step.expected)",
            (to_datetime(now_us), *_columns(known)),
        ).rowcount
        if moved != len(known):
            raise CursorMovedError(f"{len(known) - moved} of {len(known)} cursors are elsewhere")
    if new:
        made = conn.execute(
            "INSERT INTO cursor (site, agent, boot, lane, seq, updated)"
            " SELECT step.*, %s FROM unnest(%s, %s, %s, %s, %s) AS step ON CONFLICT DO NOTHING",
            (to_datetime(now_us), *_columns(new)),
        ).rowcount
        if made != len(new):
            raise CursorMovedError(f"{len(new) - made} of {len(new)} new cursors are there already")


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[arrays.Array]:
    """Site, agent, boot, lane and seqs."""
    site, agent, boot, lane, *seqs = zip(*rows, strict=True)
    return [
        *map(arrays.texts, (site, agent, boot)),
        arrays.numbers("int2", lane),
        *(arrays.numbers("int8", column) for column in seqs),
    ]


def book(conn: Connection, gaps: Iterable[Gap], now_us: int) -> None:
    """Write down messages as lost, in the caller's transaction."""
    rows = [(*gap.key, gap.first_seq, gap.last_seq, gap.cause, to_datetime(now_us)) for gap in gaps]
    if rows:
        conn.cursor().executemany(
            "INSERT INTO gap (site, agent, boot, lane, first_seq, last_seq, cause, booked)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
            rows,
        )


def restored_us(conn: Connection) -> int:
    """When this server last came back from a backup; 0 if it never did."""
    row = conn.execute("SELECT max(restored) FROM journal_restore").fetchone()
    return from_datetime(row[0]) if row and row[0] else 0


def retained(conn: Connection) -> dict[str, bytes]:
    """Topic → SHA-256 of its last journaled retained body."""
    return {topic: bytes(sha256) for topic, sha256 in conn.execute("SELECT topic, sha256 FROM retained")}


def retain(conn: Connection, bodies: Mapping[str, bytes], now_us: int) -> None:
    """Remember the SHA-256 of retained bodies, in the caller's transaction."""
    if bodies:
        conn.execute(
            "INSERT INTO retained (topic, sha256, updated)"
            " SELECT topic, sha256, %s FROM unnest(%s::text[], %s::bytea[]) AS body (topic, sha256)"
            " ON CONFLICT (topic) DO UPDATE SET sha256 = excluded.sha256, updated = excluded.updated",
            (to_datetime(now_us), list(bodies.keys()), list(bodies.values())),
        )
