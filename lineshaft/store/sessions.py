"""Who is logged in. The token itself is only in the browser's cookie; here is its SHA-256."""

import hashlib
from dataclasses import dataclass

from lineshaft.clock import SECOND_US, to_datetime
from lineshaft.store.database import AsyncConnection
from lineshaft.store.rows import fetch_one

TOUCH_EVERY_S = 60
"""A session in use is written no more often than this."""


@dataclass(slots=True, frozen=True)
class Principal:
    """The person behind a request."""

    login: str
    name: str
    role: str
    language: str


@dataclass(slots=True, frozen=True)
class _Session:
    login: str
    name: str
    role: str
    language: str
    stale: bool


async def begin(conn: AsyncConnection, token: str, login: str, peer: str, times_us: tuple[int, int]) -> None:
    """Log a person in, from one instant to the other at the latest; what has ended is swept away."""
    now_us, expires_us = times_us
    await conn.execute("DELETE FROM session WHERE expires < %s", (to_datetime(now_us),))
    await conn.execute(
        "INSERT INTO session (token_sha256, login, created, seen, expires, peer)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        (fingerprint(token), login, to_datetime(now_us), to_datetime(now_us), to_datetime(expires_us), peer),
    )


async def find(conn: AsyncConnection, token: str, now_us: int, idle_s: float) -> Principal | None:
    """The person of a token whose session is neither over nor idle for too long; using it keeps it alive."""
    found = await fetch_one(
        conn,
        _Session,
        "SELECT login, name, role, language, seen < %(touch)s AS stale"
        " FROM session JOIN person USING (login)"
        " WHERE token_sha256 = %(token)s AND expires > %(now)s AND seen > %(idle)s AND disabled IS NULL",
        {
            "token": fingerprint(token),
            "now": to_datetime(now_us),
            "idle": to_datetime(now_us - round(idle_s * SECOND_US)),
            "touch": to_datetime(now_us - TOUCH_EVERY_S * SECOND_US),
        },
    )
    if found is None:
        return None
    if found.stale:
        await conn.execute(
            "UPDATE session SET seen = %s WHERE token_sha256 = %s", (to_datetime(now_us), fingerprint(token))
        )
    return Principal(found.login, found.name, found.role, found.language)


async def is_open(conn: AsyncConnection, token: str, now_us: int, idle_s: float) -> bool:
    """Whether a session is neither over nor idle for too long; asking does not keep it alive."""
    cursor = await conn.execute(
        "SELECT FROM session WHERE token_sha256 = %s AND expires > %s AND seen > %s",
        (fingerprint(token), to_datetime(now_us), to_datetime(now_us - round(idle_s * SECOND_US))),
    )
    return await cursor.fetchone() is not None


async def end(conn: AsyncConnection, token: str) -> None:
    """Log out."""
    await conn.execute("DELETE FROM session WHERE token_sha256 = %s", (fingerprint(token),))


def fingerprint(token: str) -> bytes:
    """What is stored of a token. Plain SHA-256 is enough: a token is 256 random bits."""
    return hashlib.sha256(token.encode()).digest()
