"""Which machines are down, as the plant flow remembers it at the position of its tables."""

from collections.abc import Iterable

import orjson

from lineshaft.store.database import Connection

PART = "down"
"""Of `plant_memory`."""


def keep(conn: Connection, down: Iterable[str], pos: int) -> None:
    """Write them instead of those before, in the caller's transaction."""
    conn.execute(
        "INSERT INTO plant_memory (part, pos, body) VALUES (%s, %s, %s)"
        " ON CONFLICT (part) DO UPDATE SET pos = excluded.pos, body = excluded.body",
        (PART, pos, orjson.dumps([*down])),
    )


def kept(conn: Connection) -> set[str]:
    """Those that were kept."""
    row = conn.execute("SELECT body FROM plant_memory WHERE part = %s", (PART,)).fetchone()
    return set(orjson.loads(row[0])) if row else set()
