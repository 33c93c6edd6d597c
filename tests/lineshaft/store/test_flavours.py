"""The same schema, queries, rollups and spans on plain PostgreSQL and on TimescaleDB."""

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest

from lineshaft.clock import from_datetime
from lineshaft.store import accounting, readings, scores, upkeep
from lineshaft.store.database import Connection, connect, connect_async, flavour
from lineshaft.store.migrate import available, migrate
from lineshaft.store.readings import Span
from lineshaft.store.upkeep import SERIES, Keep

pytestmark = pytest.mark.database

FLAVOURS = ("plain", pytest.param("timescaledb", marks=pytest.mark.timescale))
HOUR = timedelta(hours=1)
_schemas = (f"flavour_{n}" for n in itertools.count())


class Place(NamedTuple):
    """A migrated schema."""

    url: str
    schema: str
    flavour: str

    def connect(self) -> Connection:
        return connect(self.url, schema=self.schema, timeout_s=60)


@pytest.fixture(params=FLAVOURS)
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    fixture = "empty_database_url" if request.param == "plain" else "timescale_url"
    place = Place(request.getfixturevalue(fixture), next(_schemas), request.param)
    applied = migrate(place.url, place.schema)
    assert applied == [f"{m.number:04}_{m.name}" for m in available(request.param)]
    yield place
    if request.param == "timescaledb":  # one database for all its tests
        with place.connect() as conn:
            conn.execute(f"DROP SCHEMA {place.schema} CASCADE".encode())


def base() -> datetime:
    """The beginning of an hour some days ago: in the reach of every policy."""
    return datetime.now(tz=UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=3)


def flow_to(conn: Connection, pos: int) -> None:
    """Every shard of the flow has committed up to a position."""
    conn.execute(
        "INSERT INTO sink_position SELECT 'shard', n, %s, now() FROM generate_series(0, 15) AS n"
        " ON CONFLICT (sink, shard) DO UPDATE SET pos = excluded.pos",
        (pos,),
    )


def describe(conn: Connection) -> None:
    conn.execute("INSERT INTO asset (key, site, level, name) VALUES ('pump', 's', 'work_unit', 'Pump')")
    conn.execute("INSERT INTO device (site, agent, device, asset_id) VALUES ('s', 'a', 'd', 1)")
    conn.execute("INSERT INTO signal (device_id, name, first_seen) VALUES (1, 'temp', now())")


def measure(conn: Connection, start: datetime, seconds: int, first_pos: int = 1) -> None:
    """A reading a second: 0, 1, 2, …; one a position."""
    conn.execute(
        "INSERT INTO reading SELECT %s + make_interval(secs => n), 1, 0, n, n + %s"
        " FROM generate_series(0, %s) AS n",
        (start, first_pos, seconds - 1),
    )
    flow_to(conn, first_pos + seconds - 1)


def roll_up(place: Place, conn: Connection) -> None:
    """Bring the rollups up to date, the flavour's own way."""
    conn.commit()
    if place.flavour == "plain":
        while upkeep.roll_up(conn):
            pass
        return
    conn.autocommit = True
    for table in ("reading_1m", "reading_1h"):
        conn.execute(
            "CALL refresh_continuous_aggregate(%s::regclass, %s::timestamptz, %s::timestamptz)",
            (table, base() - 100 * HOUR, base() + 100 * HOUR),
        )
    conn.autocommit = False


def rolled(conn: Connection, table: str) -> list[tuple[object, ...]]:
    query = f"SELECT bucket, signal_id, n, total, low, high FROM {table} ORDER BY 1, 2"  # noqa: S608 — a test's own
    return conn.execute(query.encode()).fetchall()


def test_migrating_twice_is_a_no_op(place: Place) -> None:
    assert migrate(place.url, place.schema) == []
    with place.connect() as conn:
        assert flavour(conn) == place.flavour


def test_every_table_has_the_same_columns(place: Place, database_url: str) -> None:
    query = (
        "SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns"
        " WHERE table_schema = current_schema() AND table_name !~ '(_default|_\\d+)$'"
        " AND table_name NOT IN ('rollup_position', 'reading_1m', 'reading_1h') ORDER BY 1, 2"
    )
    with place.connect() as conn, connect(database_url) as plain:
        assert conn.execute(query.encode()).fetchall() == plain.execute(query.encode()).fetchall()


def test_rollups_take_late_readings_in(place: Place) -> None:
    with place.connect() as conn:
        describe(conn)
        measure(conn, base(), 120)
        roll_up(place, conn)
        minutes = [(base(), 1, 60, 1770.0, 0.0, 59.0), (base() + HOUR / 60, 1, 60, 5370.0, 60.0, 119.0)]
        assert rolled(conn, "reading_1m") == minutes
        assert rolled(conn, "reading_1h") == [(base(), 1, 120, 7140.0, 0.0, 119.0)]
        conn.execute("INSERT INTO reading VALUES (%s, 1, 0, -5, 121), (%s, 1, 3, 99, 122)", (base(), base()))
        flow_to(conn, 122)
        roll_up(place, conn)
        assert rolled(conn, "reading_1m")[0] == (base(), 1, 61, 1765.0, -5.0, 59.0)
        assert rolled(conn, "reading_1h") == [(base(), 1, 121, 7135.0, -5.0, 119.0)]


@pytest.mark.parametrize(("hours", "source"), [(1, "raw"), (10, "1m"), (300, "1h")])
async def test_series_are_answered_from_each_source(place: Place, hours: int, source: str) -> None:
    with place.connect() as conn:
        describe(conn)
        measure(conn, base(), 600)
        roll_up(place, conn)
    start = from_datetime(base())
    span = Span(start, start + hours * 3_600_000_000)
    async with await connect_async(place.url, schema=place.schema) as aconn:
        found = await readings.series(aconn, "pump", ["temp"], span, 100)
    assert found.source == source
    assert (min(found.series[0].value), max(found.series[0].value)) == (0, 599)


async def test_scores_and_the_books_are_read(place: Place) -> None:
    with place.connect() as conn:
        describe(conn)
        conn.execute("INSERT INTO score VALUES (%s, 1, 0.5, 80, 'A', '[]', 'm', 1)", (base(),))
        assert accounting.books(conn).faults == []
    start = from_datetime(base())
    async with await connect_async(place.url, schema=place.schema) as aconn:
        found = await scores.series(aconn, "pump", Span(start, start + 60_000_000), 10)
    assert found.score == [0.5]


def test_old_days_go_and_newer_ones_stay(place: Place) -> None:
    now = datetime.now(tz=UTC)
    with place.connect() as conn:
        for n, days in enumerate((0, 10, 40)):
            conn.execute("INSERT INTO reading VALUES (%s, 1, 0, 1, %s)", (now - timedelta(days), n))
        conn.commit()
        if place.flavour == "plain":
            upkeep.make_partitions(conn, from_datetime(now), Keep())
            upkeep.drop_series(conn, from_datetime(now), Keep(series_days=15))
        else:
            assert upkeep.set_policies(conn, Keep(series_days=15)) == len(SERIES)
            assert upkeep.set_policies(conn, Keep(series_days=15)) == 0
            jobs = conn.execute(
                "SELECT job_id FROM timescaledb_information.jobs WHERE proc_name = 'policy_retention'"
                " AND hypertable_schema = current_schema() AND hypertable_name = 'reading'"
            ).fetchall()
            conn.commit()
            conn.autocommit = True
            conn.execute("CALL run_job(%s)", jobs[0])
            conn.autocommit = False
        assert conn.execute("SELECT array_agg(pos ORDER BY pos) FROM reading").fetchone() == ([0, 1],)


@pytest.mark.timescale
def test_timescale_keeps_every_series_in_columns_and_by_policy(timescale_url: str) -> None:
    schema = next(_schemas)
    migrate(timescale_url, schema)
    with connect(timescale_url, schema=schema) as conn:
        policies = conn.execute(
            "SELECT hypertable_name, proc_name FROM timescaledb_information.jobs"
            " WHERE hypertable_schema = current_schema()"
        ).fetchall()
        for series in SERIES:
            assert {what for name, what in policies if name == series} == {
                "policy_compression",
                "policy_retention",
            }
        # rows written, put into columns, and read again are the same
        measure(conn, base(), 1000)
        before = conn.execute("SELECT * FROM reading ORDER BY ts").fetchall()
        conn.execute("SELECT compress_chunk(chunk) FROM show_chunks('reading') AS chunk")
        assert conn.execute("SELECT * FROM reading ORDER BY ts").fetchall() == before
        conn.execute("INSERT INTO reading VALUES (%s, 1, 0, 5, 5)", (base(),))  # a late one
        conn.commit()
        assert upkeep.settle_series(conn) == 0  # in order, but for the late one, which the policy takes in
        conn.execute(f"DROP SCHEMA {schema} CASCADE".encode())
