"""What the flows remember, kept at positions of the journal.

A snapshot is written in the transaction that moves its flow's position to where it was taken. It is a
function of the journal up to there, so it holds for whoever goes on from there: a flow without its recovery
store, one of another number of processes, a replay.
"""

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from lineshaft.clock import from_datetime, to_datetime
from lineshaft.store.database import Connection

Flow = Literal["shard", "plant"]

LAST = 3
"""How many of the last are kept, …"""
DAYS = 7
"""… and the first of each day for so many days: as long as the journal is."""


class Snapshot(NamedTuple):
    """A flow's state, packed by the steps, with all rows up to a position in it."""

    flow: Flow
    shard: int
    pos: int
    code: str
    taken_us: int
    """The journal's time at the position."""
    state: bytes


def keep(conn: Connection, snapshots: Sequence[Snapshot]) -> None:
    """Write snapshots of one flow in the transaction of their positions; those that have served go."""
    if not snapshots:
        return
    conn.cursor().executemany(
        "INSERT INTO flow_snapshot (flow, shard, pos, code, taken, state) VALUES (%s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (flow, shard, pos) DO UPDATE SET code = excluded.code, state = excluded.state",
        [(*one[:4], to_datetime(one.taken_us), one.state) for one in snapshots],
    )
    conn.execute(
        "DELETE FROM flow_snapshot AS old USING ("
        "  SELECT flow, shard, pos, row_number() OVER (PARTITION BY flow, shard ORDER BY pos DESC) AS age,"
        "         row_number() OVER (PARTITION BY flow, shard, taken::date ORDER BY pos) AS of_day,"
        "         max(taken) OVER (PARTITION BY flow, shard) - taken AS behind"
        "  FROM flow_snapshot WHERE flow = %s AND shard = ANY(%s)) AS ranked"
        " WHERE (old.flow, old.shard, old.pos) = (ranked.flow, ranked.shard, ranked.pos)"
        " AND age > %s AND (of_day > 1 OR behind > make_interval(days => %s))",
        (snapshots[0].flow, [one.shard for one in snapshots], LAST, DAYS),
    )


def newest_first(conn: Connection, flow: Flow, shard: int, up_to: int) -> Iterator[Snapshot]:
    """The snapshots of a flow's shard at or below a position, one read at a time: a state may be large."""
    while True:
        row = conn.execute(
            "SELECT pos, code, taken, state FROM flow_snapshot"
            " WHERE flow = %s AND shard = %s AND pos <= %s ORDER BY pos DESC LIMIT 1",
            (flow, shard, up_to),
        ).fetchone()
        if row is None:
            return
        pos, code, taken, state = row
        yield Snapshot(flow, shard, pos, code, from_datetime(taken), state)
        up_to = pos - 1


def last_taken_us(conn: Connection, flow: Flow) -> int:
    """The journal's time of a flow's last snapshot; 0 where there is none."""
    row = conn.execute("SELECT max(taken) FROM flow_snapshot WHERE flow = %s", (flow,)).fetchone()
    return from_datetime(row[0]) if row and row[0] else 0
