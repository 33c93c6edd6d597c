"""Outages and slow parts, as rows: a broker or a database that is away, slow, full or locked."""

import time

import psycopg

from chaos.fault import Deed, Fault
from chaos.system import System


def lock(table: str, seconds: float) -> Deed:
    """Another session holds a table against everyone."""

    def happen(system: System) -> None:
        with psycopg.connect(system.database_url) as conn:
            conn.execute(f"LOCK TABLE lineshaft.{table} IN ACCESS EXCLUSIVE MODE".encode())
            time.sleep(seconds)

    return happen


FAULTS = (
    Fault("O6 the readings locked", lock("reading", 5)),
    Fault("O6 the journal locked", lock("journal", 5)),
    Fault("O6 the readings locked for a minute", lock("reading", 60), is_long=True),
    Fault("O6 the journal locked for a minute", lock("journal", 60), is_long=True, recover_s=90),
)
