"""Who did what: append only, each row carrying the hash of the one before it.

A row that is changed or taken out breaks the chain from there on, and `first_broken` says where.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

import orjson
from psycopg.types.json import Jsonb

from lineshaft.clock import to_datetime
from lineshaft.store.database import AsyncConnection
from lineshaft.store.rows import fetch

START = bytes(32)
"""What the first row carries in place of a hash before it."""

Facts = dict[str, Any] | None


@dataclass(slots=True, frozen=True, kw_only=True)
class Deed:
    """Something a person did."""

    by: str
    """Login, or 'cli' for the command line."""
    peer: str
    """Where from: the address the request came by."""
    action: str
    """login, logout, alarm.ack, plant.apply, device.adopt, shipment.plan, person.add, …"""
    object: str
    before: Facts = None
    after: Facts = None
    reason: str | None = None


@dataclass(slots=True, frozen=True)
class _Link:
    audit_id: int
    at: int
    by: str
    peer: str
    action: str
    object: str
    before: Facts
    after: Facts
    reason: str | None
    hash: bytes


async def append(conn: AsyncConnection, deed: Deed, now_us: int) -> None:
    """Add a deed in the caller's transaction, which keeps other writers of the audit out until it ends."""
    # To the millisecond, so that a reader at the API's resolution can check the chain.
    now_ms = now_us // 1000
    await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended('lineshaft audit', 0))")
    cursor = await conn.execute("SELECT hash FROM audit ORDER BY audit_id DESC LIMIT 1")
    last = await cursor.fetchone()
    await conn.execute(
        "INSERT INTO audit (at, by, peer, action, object, before, after, reason, hash)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            to_datetime(now_ms * 1000),
            deed.by,
            deed.peer,
            deed.action,
            deed.object,
            None if deed.before is None else Jsonb(deed.before),
            None if deed.after is None else Jsonb(deed.after),
            deed.reason,
            chain(last[0] if last else START, now_ms, deed),
        ),
    )


async def first_broken(conn: AsyncConnection) -> int | None:
    """The id of the first row that does not follow from the one before it; None when all do."""
    before = START
    links = await fetch(
        conn,
        _Link,
        "SELECT audit_id, at, by, peer, action, object, before, after, reason, hash"
        " FROM audit ORDER BY audit_id",
    )
    for link in links:
        deed = Deed(
            by=link.by,
            peer=link.peer,
            action=link.action,
            object=link.object,
            before=link.before,
            after=link.after,
            reason=link.reason,
        )
        if chain(before, link.at, deed) != link.hash:
            return link.audit_id
        before = link.hash
    return None


def chain(before: bytes, at_ms: int, deed: Deed) -> bytes:
    """The hash a row must carry: SHA-256 over the hash before it and its own fields in a fixed order."""
    fields = [at_ms, deed.by, deed.peer, deed.action, deed.object, deed.before, deed.after, deed.reason]
    return hashlib.sha256(before + orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)).digest()
