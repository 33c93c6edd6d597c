"""Facts and control rows written as shards and people write them, and the tables they must come to."""

from typing import Any

import orjson
from psycopg.types.json import Jsonb

from lineshaft.clock import to_datetime
from lineshaft.domain.alarms import Condition
from lineshaft.store import journal
from lineshaft.store.database import Connection

START_US = 1_763_700_000_000_000
SHARDS = 16

TABLES = {
    "alarm": "alarm_id",
    "alarm_journal": "alarm_id, pos",
    "item": "epc",
    "move": "pos, n",
    "shipment": "shipment_id",
}

CHANCE = ["alarm_journal_id"]
"""Columns that depend on more than the journal: the order of writing."""


def message(conn: Connection) -> int:
    """A message in the journal, which a fact may come from; gives its position."""
    entry = journal.Entry(3, START_US, "hall1", "gw", "b", 0, 1, "lineshaft/v1/hall1/gw/d/m", None, b"{}")
    return journal.append(conn, [entry])


def tick(conn: Connection, at_us: int) -> int:
    """A tick of ingest's; gives its position."""
    entry = journal.Entry(-1, at_us, None, None, None, None, None, "_/tick", None, b"")
    return journal.append(conn, [entry])


def tell(conn: Connection, kind: str, source: str, body: dict[str, Any], *, pos: int | None = None) -> int:
    """A fact of shard 3; gives its position, and its time is START_US plus that many seconds."""
    pos = pos or message(conn)
    conn.execute(
        "INSERT INTO fact (pos, shard, n, ts, kind, source, body) VALUES (%s, 3, 0, %s, %s, %s, %s)",
        (pos, to_datetime(at_us(pos)), kind, source, Jsonb(body)),
    )
    return pos


def at_us(pos: int) -> int:
    """When the fact of a position became so."""
    return START_US + pos * 1_000_000


def hot(conn: Connection, *, active: bool = True, priority: int = 3, source: str = "press-1") -> int:
    """The condition of one rule changes."""
    condition = Condition(
        source, "threshold:temp", active, priority, "alarm.high", 91.5, 85.0, {"unit": "Cel"}
    )
    return tell(conn, "condition", source, condition.to_body())


def expect(conn: Connection, shipment: str, arrival_us: int, *, made_us: int) -> int:
    """A shipment's new arrival time; gives its position."""
    pos = message(conn)
    at, arrival = to_datetime(made_us), to_datetime(arrival_us)
    conn.execute(
        "INSERT INTO eta (ts, shipment_id, eta_p10, eta_p50, eta_p90, remaining_m, pace_ms, model, pos)"
        " VALUES (%s, %s, %s, %s, %s, 1000, 15, 'test', %s)",
        (at, shipment, arrival, arrival, arrival, pos),
    )
    return pos


def control(conn: Connection, topic: str, body: dict[str, Any], now_us: int) -> int:
    """A control row; gives its position."""
    return journal.append_control(conn, topic, orjson.dumps(body), now_us)


def pass_frontier(conn: Connection, pos: int) -> None:
    """Every shard has come to a position."""
    conn.cursor().executemany(
        "INSERT INTO sink_position (sink, shard, pos, updated) VALUES ('shard', %s, %s, now())"
        " ON CONFLICT (sink, shard) DO UPDATE SET pos = excluded.pos",
        [(shard, pos) for shard in range(SHARDS)],
    )
    conn.execute("NOTIFY facts")


def tables(conn: Connection) -> dict[str, list[str]]:
    """The rows the plant flow wrote, but not the messages: those say what was known when they were sent."""
    conn.rollback()
    found = {}
    for table, order in TABLES.items():
        query = f"SELECT (to_jsonb(t) - %s::text[])::text FROM {table} AS t ORDER BY {order}"  # noqa: S608 - ours
        rows = conn.execute(query.encode(), (CHANCE,))
        found[table] = [row[0] for row in rows]
    conn.rollback()
    return found
