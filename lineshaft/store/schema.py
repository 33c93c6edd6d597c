"""How a database stands against this software, without changing it: for `lineshaft doctor`."""

from typing import NamedTuple

from lineshaft.clock import from_datetime
from lineshaft.store.database import Connection, Flavour
from lineshaft.store.database import flavour as read_flavour
from lineshaft.store.migrate import available


class Standing(NamedTuple):
    """What a database is, and what it lacks."""

    server: str
    flavour: Flavour
    missing: list[str]
    now_us: int


def standing(conn: Connection) -> Standing:
    """Ask a reachable database; an empty one lacks everything."""
    row = conn.execute(
        "SELECT 'PostgreSQL ' || current_setting('server_version'), to_regclass('migration') IS NOT NULL,"
        " clock_timestamp()"
    ).fetchone()
    if row is None:
        raise LookupError("a SELECT without FROM gave no row")
    server, migrated, now = row
    flavour: Flavour = read_flavour(conn) if migrated else "plain"
    applied = set()
    if migrated:
        applied = {number for (number,) in conn.execute("SELECT number FROM migration")}
    missing = [f"{m.number:04}_{m.name}" for m in available(flavour) if m.number not in applied]
    return Standing(server, flavour, missing, from_datetime(now))
