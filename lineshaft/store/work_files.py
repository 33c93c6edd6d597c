"""Photos and papers of work orders, kept in the database: they are backed up with what they belong to."""

import hashlib
from dataclasses import dataclass
from uuid import UUID

from lineshaft.clock import to_datetime
from lineshaft.store.database import AsyncConnection
from lineshaft.store.rows import fetch_one
from lineshaft.store.work_detail import FileRow


@dataclass(slots=True, frozen=True)
class NewFile:
    """A file as it came; its type was found in its content."""

    id: UUID
    name: str
    type: str
    body: bytes


@dataclass(slots=True, frozen=True)
class Content:
    """A file with its bytes."""

    name: str
    type: str
    sha256: str
    body: bytes


async def count(conn: AsyncConnection, order_id: UUID) -> int:
    """How many files an order has."""
    cursor = await conn.execute("SELECT count(*) FROM work_file WHERE order_id = %s", (order_id,))
    row = await cursor.fetchone()
    return int(row[0]) if row else 0


async def add(conn: AsyncConnection, order_id: UUID, file: NewFile, by: str, now_us: int) -> FileRow | None:
    """Keep a file in the caller's transaction; the same id twice is one."""
    await conn.execute(
        "INSERT INTO work_file (file_id, order_id, name, type, size, sha256, body, by, at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %b, %s, %s) ON CONFLICT (file_id) DO NOTHING",
        (file.id, order_id, file.name, file.type, len(file.body), hashlib.sha256(file.body).hexdigest(),
         file.body, by, to_datetime(now_us)),
    )  # fmt: skip
    return await fetch_one(
        conn,
        FileRow,
        "SELECT file_id::text AS id, name, type, size, by, at FROM work_file WHERE file_id = %s",
        (file.id,),
    )


async def content(conn: AsyncConnection, order_id: UUID, file_id: UUID) -> Content | None:
    """A file of an order; None where it has none of that id."""
    return await fetch_one(
        conn,
        Content,
        "SELECT name, type, sha256, body FROM work_file WHERE order_id = %s AND file_id = %s",
        (order_id, file_id),
    )
