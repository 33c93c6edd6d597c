"""Signatures and photographs of deliveries, by the hash of their content."""

import hashlib
from dataclasses import dataclass

from lineshaft.clock import to_datetime
from lineshaft.store.database import AsyncConnection

KINDS = {
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/webp": (b"RIFF",),
    "application/pdf": (b"%PDF-",),
}
"""Kind → how its content begins: a page that calls itself a picture is none."""


@dataclass(slots=True, frozen=True)
class ProofFile:
    """A picture."""

    kind: str
    content: bytes


def is_of(kind: str, content: bytes) -> bool:
    """Whether content is what it says it is."""
    return content.startswith(KINDS.get(kind, ())) if kind in KINDS else False


async def keep(conn: AsyncConnection, kind: str, content: bytes, by: str, now_us: int) -> str:
    """Write a file down in the caller's transaction; gives its key."""
    key = hashlib.sha256(content).hexdigest()
    await conn.execute(
        "INSERT INTO proof_file (key, kind, content, by, at) VALUES (%s, %s, %s, %s, %s)"
        " ON CONFLICT (key) DO NOTHING",
        (key, kind, content, by, to_datetime(now_us)),
    )
    return key


async def one(conn: AsyncConnection, key: str) -> ProofFile | None:
    """A file by its key."""
    cursor = await conn.execute("SELECT kind, content FROM proof_file WHERE key = %s", (key,))
    row = await cursor.fetchone()
    return ProofFile(row[0], bytes(row[1])) if row else None
