"""What shards tell the plant, in one order with what people tell it: facts and control rows by position."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from lineshaft.clock import from_datetime
from lineshaft.store.database import Connection
from lineshaft.store.journal import CONTROL_SHARD

SHARDS = 16
"""Of the journal; fixed for good (`lineshaft.wire.topics.SHARDS`)."""


class Fact(NamedTuple):
    """One thing a shard found out."""

    pos: int
    shard: int
    n: int
    at_us: int
    kind: str
    source: str
    body: dict[str, Any]


class Control(NamedTuple):
    """One control row of the journal."""

    pos: int
    at_us: int
    topic: str
    body: bytes


def frontier(conn: Connection) -> int:
    """The position every shard has passed: no fact at or below it will ever come."""
    row = conn.execute(
        "SELECT coalesce(min(pos), 0), count(*) FROM sink_position WHERE sink = 'shard'"
    ).fetchone()
    return int(row[0]) if row and row[1] == SHARDS else 0


def reach(conn: Connection, after_pos: int, up_to: int, limit: int) -> int:
    """How far to read at once, so that about `limit` facts come and no position is cut in two."""
    row = conn.execute(
        "SELECT pos FROM fact WHERE pos > %s AND pos <= %s ORDER BY pos OFFSET %s LIMIT 1",
        (after_pos, up_to, limit),
    ).fetchone()
    return int(row[0]) if row else up_to


def read(conn: Connection, after_pos: int, up_to: int) -> list[Fact | Control]:
    """What is new with `after_pos` < pos ≤ `up_to`, in order: of one position, control rows first."""
    controls = conn.execute(
        "SELECT pos, received, topic, body FROM journal WHERE pos > %s AND pos <= %s AND shard = %s",
        (after_pos, up_to, CONTROL_SHARD),
    ).fetchall()
    return in_order(
        [
            Control(pos, from_datetime(received), topic, bytes(body))
            for pos, received, topic, body in controls
        ],
        derived(conn, after_pos, up_to),
    )


def derived(conn: Connection, after_pos: int, up_to: int) -> list[Fact]:
    """What the shards found out with `after_pos` < pos ≤ `up_to`, in no order.

    New arrival times count as facts of kind `eta`, although they stand in a table of their own.
    """
    facts = conn.execute(
        "SELECT pos, shard, n, ts, kind, source, body FROM fact WHERE pos > %s AND pos <= %s",
        (after_pos, up_to),
    ).fetchall()
    arrivals = conn.execute(
        "SELECT pos, ts, shipment_id, eta_p10, eta_p50, eta_p90 FROM eta WHERE pos > %s AND pos <= %s"
        " ORDER BY pos, shipment_id",
        (after_pos, up_to),
    ).fetchall()
    found = [
        Fact(pos, shard, n, from_datetime(ts), kind, source, body)
        for pos, shard, n, ts, kind, source, body in facts
    ]
    # Behind the shards' other facts of their position: a milestone comes before what is expected after it.
    found += [
        Fact(pos, SHARDS, n, from_datetime(ts), "eta", "", _eta(key, tenths))
        for n, (pos, ts, key, *tenths) in enumerate(arrivals)
    ]
    return found


def _eta(shipment_id: str, tenths: list[datetime]) -> dict[str, Any]:
    p10_us, p50_us, p90_us = map(from_datetime, tenths)
    return {"shipment_id": shipment_id, "eta_p10_us": p10_us, "eta_p50_us": p50_us, "eta_p90_us": p90_us}


def in_order(controls: Iterable[Control], derived: Iterable[Fact]) -> list[Fact | Control]:
    """Control rows and facts in the order the plant flow takes them: of one position, control rows first."""
    found: list[Fact | Control] = [*controls, *derived]
    found.sort(key=lambda one: (one.pos, one.shard, one.n) if isinstance(one, Fact) else (one.pos, -1, 0))
    return found


def plant_position(conn: Connection) -> int:
    """How far the plant flow's tables reach."""
    conn.execute(
        "INSERT INTO sink_position (sink, shard, pos, updated) VALUES ('plant', 0, 0, now())"
        " ON CONFLICT (sink, shard) DO NOTHING"
    )
    row = conn.execute("SELECT pos FROM sink_position WHERE sink = 'plant' AND shard = 0").fetchone()
    return int(row[0]) if row else 0


def plant_document(conn: Connection, pos: int) -> dict[str, Any]:
    """The plant as it was described at a position; empty before the first description."""
    row = conn.execute(
        "SELECT document FROM plant WHERE pos IS NULL OR pos <= %s ORDER BY version DESC LIMIT 1", (pos,)
    ).fetchone()
    return row[0] if row else {}


def move_plant_position(conn: Connection, after_pos: int, pos: int) -> bool:
    """Move the position in the caller's transaction; False where it is not at `after_pos` any more.

    That is so after a commit whose answer was lost, or when another process writes: in both cases the caller
    must look before it writes.
    """
    moved = conn.execute(
        "UPDATE sink_position SET pos = %s, updated = now() WHERE sink = 'plant' AND shard = 0 AND pos = %s",
        (pos, after_pos),
    )
    return moved.rowcount == 1


def tell_live(conn: Connection, pos: int) -> None:
    """Tell the screens, when the transaction commits, that the plant's tables reach a position."""
    conn.execute("SELECT pg_notify('live', %s)", (f"plant:{pos}",))
