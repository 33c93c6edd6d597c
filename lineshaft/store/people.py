"""The people who may log in, and the log-ins that failed."""

from dataclasses import dataclass

from lineshaft.clock import SECOND_US, to_datetime
from lineshaft.store.database import AsyncConnection
from lineshaft.store.rows import fetch, fetch_one

ROLES = (
    "viewer",
    "operator",
    "supervisor",
    "maintainer",
    "planner",
    "warehouse",
    "carrier",
    "admin",
    "auditor",
)

FORGOTTEN_AFTER_S = 24 * 3600
"""Failures older than this say nothing any more."""


@dataclass(slots=True, frozen=True)
class Person:
    """Someone who may log in."""

    login: str
    name: str
    role: str
    password: str
    """Its argon2id hash."""
    language: str
    disabled: int | None


@dataclass(slots=True, frozen=True)
class Failures:
    """Failed log-ins of late: how many, and when the last was, in epoch milliseconds."""

    count: int
    last: int | None


async def find(conn: AsyncConnection, login: str) -> Person | None:
    """The person of a login, disabled or not."""
    return await fetch_one(
        conn,
        Person,
        "SELECT login, name, role, password, language, disabled FROM person WHERE login = %s",
        (login,),
    )


async def every(conn: AsyncConnection) -> list[Person]:
    """All people, by login."""
    return await fetch(
        conn,
        Person,
        "SELECT login, name, role, password, language, disabled FROM person ORDER BY login",
    )


async def add(conn: AsyncConnection, person: Person, now_us: int) -> bool:
    """Add a person; False where the login is taken.

    Raises:
        RowError: the login or the role is not one the database allows.
    """
    cursor = await conn.execute(
        "INSERT INTO person (login, name, role, password, language, created) VALUES (%s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (login) DO NOTHING",
        (person.login, person.name, person.role, person.password, person.language, to_datetime(now_us)),
    )
    return cursor.rowcount == 1


async def set_password(conn: AsyncConnection, login: str, hashed: str) -> bool:
    """Change a password, which ends all of the person's sessions; False where there is no such person."""
    cursor = await conn.execute("UPDATE person SET password = %s WHERE login = %s", (hashed, login))
    await conn.execute("DELETE FROM session WHERE login = %s", (login,))
    return cursor.rowcount == 1


async def disable(conn: AsyncConnection, login: str, now_us: int) -> bool:
    """Let a person log in no more, and end all sessions; False where there is no such person.

    A person is never deleted: what was done under the name stays explained.
    """
    cursor = await conn.execute(
        "UPDATE person SET disabled = coalesce(disabled, %s) WHERE login = %s", (to_datetime(now_us), login)
    )
    await conn.execute("DELETE FROM session WHERE login = %s", (login,))
    return cursor.rowcount == 1


async def enable(conn: AsyncConnection, login: str) -> bool:
    """Let a person log in again, with the password there was; False where there is no such person."""
    cursor = await conn.execute("UPDATE person SET disabled = NULL WHERE login = %s", (login,))
    return cursor.rowcount == 1


async def rehash(conn: AsyncConnection, login: str, hashed: str) -> None:
    """Keep the same password under stronger parameters; sessions stay."""
    await conn.execute("UPDATE person SET password = %s WHERE login = %s", (hashed, login))


async def set_language(conn: AsyncConnection, login: str, language: str) -> None:
    """Remember the language a person reads in."""
    await conn.execute("UPDATE person SET language = %s WHERE login = %s", (language, login))


async def failures(conn: AsyncConnection, login: str, peer: str, since_us: int) -> tuple[Failures, Failures]:
    """Failed log-ins since an instant: of the account, and from the peer."""
    rows = await fetch(
        conn,
        Failures,
        "SELECT count(*) AS count, max(at) AS last FROM login_failure"
        " WHERE login = %(login)s AND at > %(since)s"
        " UNION ALL"
        " SELECT count(*), max(at) FROM login_failure WHERE peer = %(peer)s AND at > %(since)s",
        {"login": login, "peer": peer, "since": to_datetime(since_us)},
    )
    return rows[0], rows[1]


async def note_failure(conn: AsyncConnection, login: str, peer: str, now_us: int) -> None:
    """Book a failed log-in, known login or not, and forget the old ones."""
    await conn.execute(
        "DELETE FROM login_failure WHERE at < %s", (to_datetime(now_us - FORGOTTEN_AFTER_S * SECOND_US),)
    )
    await conn.execute(
        "INSERT INTO login_failure (at, login, peer) VALUES (%s, %s, %s)", (to_datetime(now_us), login, peer)
    )


async def forgive(conn: AsyncConnection, login: str, peer: str) -> None:
    """Forget an account's failures from a peer that has now given the right password."""
    await conn.execute("DELETE FROM login_failure WHERE login = %s AND peer = %s", (login, peer))
