"""Plans of tours: what was asked, what was found, and who accepted it."""

from dataclasses import dataclass
from typing import Any, Final, LiteralString
from uuid import UUID

from psycopg.types.json import Jsonb

from lineshaft.clock import to_datetime
from lineshaft.store.database import AsyncConnection
from lineshaft.store.rows import fetch

_SELECT: Final[LiteralString] = (
    "SELECT plan_id::text AS id, asked, found, by, at, accepted, accepted_by FROM route_plan"
)


@dataclass(slots=True, frozen=True)
class RoutePlanRow:
    """A plan as it is kept; instants are epoch milliseconds."""

    id: str
    asked: dict[str, Any]
    found: dict[str, Any]
    by: str
    at: int
    accepted: int | None
    accepted_by: str | None


async def add(conn: AsyncConnection, row: RoutePlanRow) -> None:
    """Write a plan down, in the caller's transaction."""
    await conn.execute(
        "INSERT INTO route_plan (plan_id, asked, found, by, at) VALUES (%s, %s, %s, %s, %s)",
        (row.id, Jsonb(row.asked), Jsonb(row.found), row.by, to_datetime(row.at * 1000)),
    )


async def accept(conn: AsyncConnection, plan_id: UUID, by: str, now_us: int) -> bool:
    """Say that a plan is taken; False where it was before."""
    cursor = await conn.execute(
        "UPDATE route_plan SET accepted = %s, accepted_by = %s WHERE plan_id = %s AND accepted IS NULL",
        (to_datetime(now_us), by, plan_id),
    )
    return cursor.rowcount == 1


async def listing(conn: AsyncConnection) -> list[RoutePlanRow]:
    """The latest plans, the newest first."""
    return await fetch(conn, RoutePlanRow, _SELECT + " ORDER BY at DESC LIMIT 20")


async def one(conn: AsyncConnection, plan_id: UUID) -> RoutePlanRow | None:
    """One plan."""
    found = await fetch(conn, RoutePlanRow, _SELECT + " WHERE plan_id = %s", (plan_id,))
    return found[0] if found else None
