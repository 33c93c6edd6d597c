"""What people found at machines: the truth that models learn from and are graded by."""

from dataclasses import dataclass
from typing import Final, Literal, LiteralString

import orjson

from lineshaft.clock import from_datetime, to_datetime
from lineshaft.store import journal
from lineshaft.store.database import AsyncConnection, Connection
from lineshaft.store.rows import MILLIS_US, fetch, fetch_one

Verdict = Literal["true", "false", "no_fault_found"]
Source = Literal["work_order", "person", "import"]


@dataclass(slots=True, frozen=True, kw_only=True)
class Label:
    """What to write down; instants in epoch milliseconds."""

    machine: str
    from_ts: int
    to_ts: int
    mode: str | None
    verdict: Verdict
    source: Source
    reference: str = ""


@dataclass(slots=True, frozen=True)
class LabelRow:
    """A label as the API gives it."""

    id: int
    machine: str
    from_ts: int
    """Of a fault: when it was one; of a false alarm: when it was looked at."""
    to_ts: int
    """Mended, or closed."""
    mode: str | None
    """Failure mode; null: none, or not known."""
    verdict: Verdict
    source: Source
    reference: str
    by: str
    at: int
    withdrawn: int | None


@dataclass(slots=True, frozen=True)
class Fault:
    """A confirmed fault of a machine, for training; microseconds."""

    machine: str
    began_us: int
    ended_us: int
    mode: str | None


_COLUMNS: Final[LiteralString] = (
    "SELECT label_id AS id, machine, began AS from_ts, ended AS to_ts, mode, verdict, source, reference,"
    " by, at, withdrawn"
)


async def add(conn: AsyncConnection, label: Label, by: str, now_us: int) -> LabelRow | None:
    """Write a label down and tell the stream, in the caller's transaction; commit soon, the journal waits.

    Returns:
        None where this machine has one of the same source and reference already.
    """
    cursor = await conn.execute(
        "INSERT INTO label (machine, began, ended, mode, verdict, source, reference, by, at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (source, reference, machine) WHERE reference <> '' AND withdrawn IS NULL DO NOTHING"
        " RETURNING label_id",
        (
            label.machine,
            to_datetime(label.from_ts * MILLIS_US),
            to_datetime(label.to_ts * MILLIS_US),
            label.mode,
            label.verdict,
            label.source,
            label.reference,
            by,
            to_datetime(now_us),
        ),
    )
    row = await cursor.fetchone()
    if row is None:
        return None
    told = {"machine": label.machine, "verdict": label.verdict, "to": label.to_ts, "mode": label.mode}
    await journal.append_control_async(conn, "_/label", orjson.dumps(told), now_us)
    return await one(conn, int(row[0]))


async def is_machine(conn: AsyncConnection, key: str) -> bool:
    """Whether there is, or once was, a machine of that key."""
    cursor = await conn.execute("SELECT FROM asset WHERE key = %s AND level = 'work_unit'", (key,))
    return await cursor.fetchone() is not None


async def withdraw(conn: AsyncConnection, label_id: int, now_us: int) -> LabelRow | None:
    """Take a label back, in the caller's transaction; None where there is none of that id."""
    await conn.execute(
        "UPDATE label SET withdrawn = coalesce(withdrawn, %s) WHERE label_id = %s",
        (to_datetime(now_us), label_id),
    )
    return await one(conn, label_id)


async def one(conn: AsyncConnection, label_id: int) -> LabelRow | None:
    """One label."""
    return await fetch_one(
        conn,
        LabelRow,
        _COLUMNS + " FROM label WHERE label_id = %s",
        (label_id,),
    )


async def listing(conn: AsyncConnection, machine: str | None, limit: int) -> list[LabelRow]:
    """Labels that stand, the newest first; of one machine, or of all."""
    return await fetch(
        conn,
        LabelRow,
        _COLUMNS + " FROM label"
        " WHERE withdrawn IS NULL AND (%(machine)s::text IS NULL OR machine = %(machine)s)"
        " ORDER BY began DESC, label_id DESC LIMIT %(limit)s",
        {"machine": machine, "limit": limit},
    )


def faults(conn: Connection, kind: str) -> list[Fault]:
    """The confirmed faults of a kind's machines (`*`: of all), in the order of time."""
    rows = conn.execute(
        "SELECT l.machine, l.began, l.ended, l.mode FROM label l JOIN asset a ON a.key = l.machine"
        " WHERE l.verdict = 'true' AND l.withdrawn IS NULL AND %(kind)s IN ('*', a.kind)"
        " ORDER BY l.began, l.machine",
        {"kind": kind},
    ).fetchall()
    return [
        Fault(machine, from_datetime(began), from_datetime(ended), mode)
        for machine, began, ended, mode in rows
    ]
