"""The few totals that `lineshaft status` tells; the whole books are in `accounting`."""

from dataclasses import dataclass

from lineshaft.store.database import AsyncConnection
from lineshaft.store.rows import fetch_one


@dataclass(slots=True, frozen=True)
class Readings:
    """Readings ever, by what became of them; `came` is the sum of all."""

    came: int
    stored: int
    duplicate: int
    rejected: int
    dropped: int


async def readings(conn: AsyncConnection) -> Readings:
    """The totals of all shards, as of what the flow has written."""
    found = await fetch_one(
        conn,
        Readings,
        "SELECT coalesce(sum(readings) FILTER (WHERE result = 'decoded'), 0)::bigint AS came,"
        " coalesce(sum(readings) FILTER (WHERE result = 'stored'), 0)::bigint AS stored,"
        " coalesce(sum(readings) FILTER (WHERE result LIKE 'duplicate%%'), 0)::bigint AS duplicate,"
        " coalesce(sum(readings) FILTER (WHERE result = 'rejected'), 0)::bigint AS rejected,"
        " coalesce(sum(readings) FILTER (WHERE result = 'dropped'), 0)::bigint AS dropped"
        " FROM flow_count",
        (),
    )
    return found or Readings(0, 0, 0, 0, 0)
