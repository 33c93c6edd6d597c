"""How the system itself fares: positions, sizes and the counters that rates are made of."""

from dataclasses import dataclass

from lineshaft.store.database import AsyncConnection
from lineshaft.store.rows import fetch_one


@dataclass(slots=True, frozen=True)
class Positions:
    """How far the journal goes and how far the sinks have come."""

    head: int
    shard_pos: int
    """Of the slowest shard."""
    plant_pos: int
    data_ts: int | None
    """When any sink last wrote, epoch milliseconds."""


@dataclass(slots=True, frozen=True)
class Counters:
    """Totals since the beginning; their differences over time are rates."""

    messages: int
    """Received by ingest, whatever became of them."""
    readings_in: int
    stored: int
    rejected: int


async def positions(conn: AsyncConnection) -> Positions:
    """The journal's head and the sinks' positions."""
    found = await fetch_one(
        conn,
        Positions,
        "SELECT (SELECT pos FROM journal_head) AS head,"
        " coalesce(min(pos) FILTER (WHERE sink = 'shard'), 0) AS shard_pos,"
        " coalesce(min(pos) FILTER (WHERE sink = 'plant'), 0) AS plant_pos, max(updated) AS data_ts"
        " FROM sink_position",
    )
    return found or Positions(0, 0, 0, None)


async def counters(conn: AsyncConnection) -> Counters:
    """Messages and readings since the beginning."""
    found = await fetch_one(
        conn,
        Counters,
        "SELECT (SELECT coalesce(sum(messages), 0)::bigint FROM ingest_count) AS messages,"
        " coalesce(sum(readings) FILTER (WHERE result = 'decoded'), 0)::bigint AS readings_in,"
        " coalesce(sum(readings) FILTER (WHERE result = 'stored'), 0)::bigint AS stored,"
        " coalesce(sum(readings) FILTER (WHERE result = 'rejected'), 0)::bigint AS rejected"
        " FROM flow_count",
    )
    return found or Counters(0, 0, 0, 0)


@dataclass(slots=True, frozen=True)
class Lags:
    """How far behind those are who read the journal, and how many machines are silent."""

    shard_messages: int
    """Positions from the slowest shard's results to the head."""
    shard_s: float
    """Since when the first of them waits."""
    plant_messages: int
    plant_s: float
    silent: int
    """Machines that say nothing for longer than they may."""


async def lags(conn: AsyncConnection) -> Lags:
    """See `Lags`; a few index look-ups."""
    found = await fetch_one(
        conn,
        Lags,
        "WITH reached AS ("
        "  SELECT coalesce(min(pos) FILTER (WHERE sink = 'shard'), 0) AS shard,"
        "         coalesce(min(pos) FILTER (WHERE sink = 'plant'), 0) AS plant FROM sink_position"
        ") SELECT pos - least(shard, pos) AS shard_messages, pos - least(plant, pos) AS plant_messages,"
        " greatest(0, coalesce(extract(epoch FROM clock_timestamp() -"
        "  (SELECT received FROM journal j WHERE j.pos > shard ORDER BY j.pos LIMIT 1)), 0))::float8"
        " AS shard_s,"
        " greatest(0, coalesce(extract(epoch FROM clock_timestamp() -"
        "  (SELECT received FROM journal j WHERE j.pos > plant ORDER BY j.pos LIMIT 1)), 0))::float8"
        " AS plant_s,"
        " (SELECT count(*) FROM latest_score WHERE state = 'OFFLINE') AS silent"
        " FROM journal_head, reached",
    )
    return found or Lags(0, 0, 0, 0, 0)


async def database_bytes(conn: AsyncConnection) -> int:
    """The size of the whole database on disk."""
    cursor = await conn.execute("SELECT pg_database_size(current_database())")
    row = await cursor.fetchone()
    return int(row[0]) if row else 0


async def flavour(conn: AsyncConnection) -> str:
    """The flavour the schema was migrated to: timescaledb or plain."""
    cursor = await conn.execute("SELECT flavour FROM migration WHERE flavour <> '' ORDER BY number LIMIT 1")
    row = await cursor.fetchone()
    return str(row[0]) if row else "plain"
