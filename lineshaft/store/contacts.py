"""Places messages can go. Addresses come in sealed and go out to the notifier only."""

from dataclasses import dataclass

from lineshaft.clock import to_datetime
from lineshaft.store.database import AsyncConnection, Connection
from lineshaft.store.rows import fetch, fetch_one


@dataclass(slots=True, frozen=True)
class ContactRow:
    """A contact as the API gives it: without what is secret."""

    key: str
    channel: str
    owner: str | None
    name: str
    language: str
    shown: str
    """The address without what is secret."""
    updated: int
    by: str


@dataclass(slots=True, frozen=True)
class Sealed:
    """A contact to keep."""

    key: str
    channel: str
    owner: str | None
    name: str
    language: str
    sealed: bytes
    shown: str


def sealed(conn: Connection) -> dict[str, bytes]:
    """The sealed address of each contact; commits."""
    rows = conn.execute("SELECT key, sealed FROM contact WHERE removed IS NULL").fetchall()
    conn.commit()
    return dict(rows)


def allowed(conn: Connection) -> tuple[str, ...]:
    """What an administrator allowed to be reached inside; commits."""
    row = conn.execute(
        "SELECT document FROM delivery_setting WHERE kind = 'network' AND key = 'allowed'"
    ).fetchone()
    conn.commit()
    return tuple(row[0].get("entries", ())) if row else ()


async def listing(conn: AsyncConnection, owner: str | None = None) -> list[ContactRow]:
    """Contacts, by name: all, or one person's."""
    return await fetch(
        conn,
        ContactRow,
        "SELECT key, channel, owner, name, language, shown, updated, by FROM contact"
        " WHERE removed IS NULL AND (%(owner)s::text IS NULL OR owner = %(owner)s) ORDER BY name, key",
        {"owner": owner},
    )


async def one(conn: AsyncConnection, key: str) -> ContactRow | None:
    """One contact; None where there is none of that key."""
    return await fetch_one(
        conn,
        ContactRow,
        "SELECT key, channel, owner, name, language, shown, updated, by FROM contact"
        " WHERE key = %s AND removed IS NULL",
        (key,),
    )


async def sealed_of(conn: AsyncConnection, key: str) -> bytes | None:
    """A contact's sealed address, to change a part of it."""
    cursor = await conn.execute("SELECT sealed FROM contact WHERE key = %s AND removed IS NULL", (key,))
    row = await cursor.fetchone()
    return bytes(row[0]) if row else None


async def put(conn: AsyncConnection, contact: Sealed, by: str, now_us: int) -> None:
    """Add a contact or change it, in the caller's transaction."""
    await conn.execute(
        "INSERT INTO contact (key, channel, owner, name, language, sealed, shown, updated, by)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (key) DO UPDATE SET"
        " channel = excluded.channel, owner = excluded.owner, name = excluded.name,"
        " language = excluded.language, sealed = excluded.sealed, shown = excluded.shown,"
        " updated = excluded.updated, by = excluded.by, removed = NULL",
        (
            contact.key,
            contact.channel,
            contact.owner,
            contact.name,
            contact.language,
            contact.sealed,
            contact.shown,
            to_datetime(now_us),
            by,
        ),
    )
    await conn.execute("SELECT pg_notify('notification', 'settings')")


async def remove(conn: AsyncConnection, key: str, by: str, now_us: int) -> bool:
    """Take a contact away, and its secrets with it; False where there is none of that key."""
    cursor = await conn.execute(
        "UPDATE contact SET removed = %s, by = %s, sealed = ''::bytea WHERE key = %s AND removed IS NULL",
        (to_datetime(now_us), by, key),
    )
    await conn.execute("SELECT pg_notify('notification', 'settings')")
    return cursor.rowcount == 1
