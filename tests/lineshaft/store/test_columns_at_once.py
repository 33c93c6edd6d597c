"""Dense series straight into TimescaleDB's columnstore (decision 0014), and what if it will not have them.

Only a real server can: `TIMESCALE_URL=postgresql://… pytest -m timescale`.
"""

from collections.abc import Iterator

import numpy as np
import pytest
from psycopg.sql import SQL, Identifier

from lineshaft.clock import system_clock
from lineshaft.domain.readings import DeviceKey
from lineshaft.domain.results import Bundle, Device, ReadingRows, Series
from lineshaft.store.bundles import FEW_READINGS, Memory, write
from lineshaft.store.database import Connection, connect
from lineshaft.store.result_readings import DENSE

pytestmark = pytest.mark.timescale

T_US = system_clock()
"""Now: the policy that makes old rows into columns must not come by meanwhile."""
NAMES = ("temp", "vib")
SPARSE = DENSE - 1
MANY = FEW_READINGS + 1


@pytest.fixture
def conn(timescale_database_url: str) -> Iterator[Connection]:
    with connect(timescale_database_url, role="lineshaft_stream") as connection:
        yield connection


def bundle(first_pos: int) -> Bundle:
    """Many readings of one signal, few of another."""
    series = np.repeat(np.array([0, 1], np.int32), [MANY, SPARSE])
    rows = ReadingRows(
        series=series,
        ts_us=T_US + np.arange(len(series)) * 1_000 + first_pos,
        value=np.arange(len(series), dtype=np.float64),
        quality=np.zeros(len(series), np.uint8),
        flags=np.zeros(len(series), np.uint8),
        pos=np.full(len(series), first_pos),
    )
    device = Device(DeviceKey("hangzhou", "plant-1", "pump-101"), None)
    named = tuple(Series(0, name) for name in NAMES)
    return Bundle(3, first_pos, first_pos + 9, T_US, devices=(device,), series=named, readings=rows)


def one(conn: Connection, query: str) -> object:
    row = conn.execute(query.encode()).fetchone()
    conn.rollback()
    return row[0] if row else None


def as_rows(url: str) -> int:
    """How many readings are not in columns."""
    with connect(url) as owner:
        chunks = owner.execute(
            "SELECT chunk_schema, chunk_name FROM timescaledb_information.chunks"
            " WHERE hypertable_name = 'reading'"
        ).fetchall()
        counted = [
            owner.execute(SQL("SELECT count(*) FROM ONLY {}").format(Identifier(*chunk))).fetchone()
            for chunk in chunks
        ]
        return sum(row[0] for row in counted if row)


def test_dense_series_are_columns_at_once_and_sparse_ones_rows(
    conn: Connection, timescale_database_url: str
) -> None:
    memory = Memory()
    assert write(conn, [bundle(1)], memory).readings == MANY + SPARSE
    assert memory.gathers
    assert one(conn, "SELECT count(*) FROM reading") == MANY + SPARSE
    assert as_rows(timescale_database_url) == SPARSE
    assert one(conn, "SELECT sum(value) FROM reading") == sum(range(MANY + SPARSE))
    latest = "SELECT value FROM latest_reading JOIN signal USING (signal_id) WHERE name = 'temp'"
    assert one(conn, latest) == MANY - 1


def test_a_table_with_a_unique_index_gets_rows(conn: Connection, timescale_database_url: str) -> None:
    with connect(timescale_database_url) as owner:
        owner.execute("CREATE UNIQUE INDEX ON reading (signal_id, ts, pos)")
    write(conn, [bundle(1)], Memory())
    assert one(conn, "SELECT count(*) FROM reading") == MANY + SPARSE
    assert as_rows(timescale_database_url) == MANY + SPARSE


# A server that says no, as one of another version might.
_REFUSE = """
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF current_setting('timescaledb.enable_direct_compress_copy', true) = 'on' THEN
            RAISE EXCEPTION 'not with columns' USING ERRCODE = 'feature_not_supported';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER refuse BEFORE INSERT ON reading FOR EACH ROW EXECUTE FUNCTION refuse();
"""


def test_where_columns_are_refused_rows_are_written_once_and_from_then_on(
    conn: Connection, timescale_database_url: str
) -> None:
    with connect(timescale_database_url) as owner:
        owner.execute(_REFUSE)
    memory = Memory()
    assert write(conn, [bundle(1)], memory).readings == MANY + SPARSE
    assert not memory.gathers
    write(conn, [bundle(11)], memory)
    assert one(conn, "SELECT count(*) FROM reading") == 2 * (MANY + SPARSE)
    assert as_rows(timescale_database_url) == 2 * (MANY + SPARSE)
