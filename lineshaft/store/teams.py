"""Teams that work on orders, and what is true of all maintenance here."""

from dataclasses import dataclass

from lineshaft.store.database import AsyncConnection
from lineshaft.store.rows import Names, fetch, fetch_one


@dataclass(slots=True, frozen=True)
class TeamRow:
    """People who share work."""

    team: str
    name: Names
    members: list[str]
    """Logins."""
    hours_week: float
    """That it can work on orders."""
    rate_hour: float
    """What an hour costs; its own, or everyone's."""


@dataclass(slots=True, frozen=True)
class Terms:
    """What is true of all maintenance here."""

    currency: str
    rate_hour: float


async def listing(conn: AsyncConnection) -> list[TeamRow]:
    """All teams by key."""
    return await fetch(
        conn,
        TeamRow,
        "SELECT team, jsonb_build_object('en', name, 'zh', coalesce(nullif(name_zh, ''), name)) AS name,"
        " members, hours_week, coalesce(w.rate_hour, m.rate_hour) AS rate_hour"
        " FROM work_team w, maintenance_terms m ORDER BY team",
    )


async def is_team(conn: AsyncConnection, team: str) -> bool:
    """Whether there is a team of that key."""
    cursor = await conn.execute("SELECT FROM work_team WHERE team = %s", (team,))
    return await cursor.fetchone() is not None


async def terms(conn: AsyncConnection) -> Terms:
    """Currency and rate."""
    found = await fetch_one(conn, Terms, "SELECT currency, rate_hour FROM maintenance_terms")
    return found or Terms("", 0.0)


@dataclass(slots=True, frozen=True, kw_only=True)
class Team:
    """A team to write down."""

    team: str
    name: str
    name_zh: str = ""
    members: tuple[str, ...] = ()
    hours_week: float = 0.0
    rate_hour: float | None = None


async def put(conn: AsyncConnection, team: Team) -> None:
    """Write a team down, new or changed, in the caller's transaction."""
    await conn.execute(
        "INSERT INTO work_team (team, name, name_zh, members, hours_week, rate_hour)"
        " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (team) DO UPDATE SET name = excluded.name,"
        " name_zh = excluded.name_zh, members = excluded.members, hours_week = excluded.hours_week,"
        " rate_hour = excluded.rate_hour",
        (team.team, team.name, team.name_zh, list(team.members), team.hours_week, team.rate_hour),
    )


async def put_terms(conn: AsyncConnection, terms: Terms) -> None:
    """Change currency and rate, in the caller's transaction."""
    await conn.execute(
        "UPDATE maintenance_terms SET currency = %s, rate_hour = %s", (terms.currency, terms.rate_hour)
    )
