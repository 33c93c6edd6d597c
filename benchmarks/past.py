"""Makes a past in the database: readings, their rollups as they would be by now, and scores."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import psycopg

from lineshaft.store.database import Connection, flavour

EVERY_S = 30
SCORE_EVERY_S = 5
SCORE_DAYS = 2
CHUNK_HOURS = 6
CHUNK = timedelta(hours=CHUNK_HOURS)
Day = tuple[date, datetime, datetime]
"""A UTC day, and from when to when."""

# At each instant the same for all signals but for a random part: a sine a row took as long as all else.
_WAVE = """
    (SELECT at, 50 + 10 * sin(extract(epoch FROM at)::float8 / 13751) AS wave
     FROM generate_series(%(begin)s::timestamptz, %(end)s::timestamptz - interval '1 s',
                          %(every_s)s * interval '1 s') AS at OFFSET 0) AS wave
"""
_EACH = "unnest(%(signals)s::int[]) AS signal_id"
_ROWS = "SELECT at, signal_id, 0::smallint, wave + random(), 0::bigint "
_BY_TIME = _ROWS + f"FROM {_WAVE}, {_EACH}"
"""The order in which they would have come."""
_BY_SIGNAL = _ROWS + f"FROM {_EACH}, {_WAVE}"
"""The order in which columns keep them."""
_INTO = "INSERT INTO {} (ts, signal_id, quality, value, pos)"
_MINUTES = """
    INSERT INTO reading_1m (bucket, signal_id, n, total, low, high)
    SELECT date_bin('1 minute', ts, '2000-01-01 00:00:00+00') AS bucket, signal_id,
           count(*), sum(value), min(value), max(value)
    FROM reading WHERE ts >= %s AND ts < %s AND pos = 0 GROUP BY 2, 1 ORDER BY 2, 1
    ON CONFLICT DO NOTHING
"""
_HOURS = """
    INSERT INTO reading_1h (bucket, signal_id, n, total, low, high)
    SELECT date_bin('1 hour', bucket, '2000-01-01 00:00:00+00') AS bucket, signal_id,
           sum(n), sum(total), min(low), max(high)
    FROM reading_1m WHERE bucket >= %s AND bucket < %s GROUP BY 2, 1 ORDER BY 2, 1
    ON CONFLICT DO NOTHING
"""
_SCORES = """
    INSERT INTO score (ts, device_id, score, health, zone, contributors, model, pos)
    SELECT at, device_id, random() * 0.3, 90, 'A', '[]', 'adaptive', 0
    FROM generate_series(%s::timestamptz, %s::timestamptz - interval '1 s', %s * interval '1 s') AS at,
         (SELECT device_id FROM device WHERE asset_id IS NOT NULL) AS machine
"""
_POLICIES = """
    SELECT alter_job(job_id, scheduled => %s) FROM timescaledb_information.jobs
    WHERE proc_name = 'policy_refresh_continuous_aggregate'
"""
# Where the server cannot insert columns.
_TO_COLUMNS = """
    SELECT compress_chunk(format('%%I.%%I', chunk_schema, chunk_name)::regclass, true)
    FROM timescaledb_information.chunks
    WHERE hypertable_name = 'reading' AND range_start >= %s AND range_end <= %s AND NOT is_compressed
"""


@dataclass(frozen=True)
class Span:
    """From one instant to another."""

    begin: datetime
    end: datetime

    def days(self) -> list[Day]:
        """Each UTC day in it, with the part of it that is in the span."""
        found, at = [], self.begin
        while at < self.end:
            midnight = datetime.combine(at.date() + timedelta(1), datetime.min.time(), UTC)
            found.append((at.date(), at, min(midnight, self.end)))
            at = midnight
        return found


def fill(connect: Callable[[], Connection], span: Span, every_s: float = EVERY_S) -> int:
    """Make the past, two days at a time; gives how many readings it has."""
    with connect() as conn:
        signals = [
            row[0] for row in conn.execute("SELECT signal_id FROM signal ORDER BY signal_id").fetchall()
        ]
        one_day = _plain_day if flavour(conn) == "plain" else _hyper_day
        if flavour(conn) == "timescaledb":
            conn.execute(_POLICIES, (False,))
    scored_since = max(span.begin, span.end - timedelta(SCORE_DAYS))
    with ThreadPoolExecutor(2) as pool:
        scores = pool.submit(
            _scores, connect, Span(scored_since, span.end), SCORE_EVERY_S * every_s / EVERY_S
        )
        rows = sum(pool.map(lambda day: one_day(connect, day, every_s, signals), span.days()))
        scores.result()
    with _bulk(connect) as conn:
        if flavour(conn) == "timescaledb":
            _refresh(conn, "reading_1h", span.begin, span.end)
            conn.execute(_POLICIES, (True,))
        for table in ("score", "reading_1m", "reading_1h"):
            conn.execute(f"VACUUM (ANALYZE) {table}")
        conn.execute("ANALYZE reading")
        if _may_checkpoint(conn):
            conn.execute("CHECKPOINT")
    return rows


@contextmanager
def _bulk(connect: Callable[[], Connection]) -> Iterator[Connection]:
    """A connection that sorts in memory, waits for no disk, and on TimescaleDB writes columns at once."""
    with connect() as conn:
        conn.execute(
            "SELECT set_config(name, wanted.value, false) FROM pg_settings JOIN (VALUES"
            " ('work_mem', '256MB'), ('maintenance_work_mem', '512MB'), ('synchronous_commit', 'off'),"
            " ('timescaledb.enable_direct_compress_insert', 'on'),"
            " ('timescaledb.enable_direct_compress_insert_client_sorted', 'on')"
            ") AS wanted (name, value) USING (name)"
        )
        yield conn


def _scores(connect: Callable[[], Connection], span: Span, every_s: float) -> None:
    with (
        connect() as conn
    ):  # as the product writes them: rows, and by time, of which columns would be of one row
        conn.execute(_SCORES, (span.begin, span.end, every_s))


def _may_checkpoint(conn: Connection) -> bool:
    (may,) = conn.execute("SELECT pg_has_role('pg_checkpoint', 'USAGE')").fetchone() or (False,)
    return bool(may)


def _plain_day(connect: Callable[[], Connection], of: Day, every_s: float, signals: list[int]) -> int:
    """One day into a partition of its own, whose indexes are built when it is full."""
    day, begin, end = of
    name = f"reading_{day:%Y%m%d}"
    given = {"begin": begin, "end": end, "every_s": every_s, "signals": signals}
    with _bulk(connect) as conn:
        is_there = conn.execute("SELECT to_regclass(%s)", (name,)).fetchone() != (None,)
        if not is_there:
            conn.execute(f"CREATE TABLE {name} (LIKE reading INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
        rows = conn.execute(_INTO.format(name) + _BY_TIME, given).rowcount
        if not is_there:
            bounds = f"FROM ('{day}') TO ('{day + timedelta(1)}')"
            conn.execute(f"ALTER TABLE reading ATTACH PARTITION {name} FOR VALUES {bounds}")
        conn.execute(_MINUTES, (begin, end))
        conn.execute(_HOURS, (begin, end))
        conn.execute(f"VACUUM {name}")
    return rows


def _hyper_day(connect: Callable[[], Connection], of: Day, every_s: float, signals: list[int]) -> int:
    """One day into the columnstore, a chunk at a time."""
    _, begin, end = of
    given = {"every_s": every_s, "signals": signals}
    rows, at = 0, begin
    with _bulk(connect) as conn:
        while at < end:
            last = min(end, at.replace(hour=at.hour // CHUNK_HOURS * CHUNK_HOURS, minute=0) + CHUNK)
            query = _INTO.format("reading") + _BY_SIGNAL
            rows += conn.execute(query, given | {"begin": at, "end": last}).rowcount
            at = last
        conn.execute(_TO_COLUMNS, (begin, end))
        # In order, not as hashed: rows that lie together in the index are put into it together.
        conn.execute("SET enable_hashagg = off")
        _refresh(conn, "reading_1m", begin, end)
    return rows


def _refresh(conn: Connection, rollup: str, begin: datetime, end: datetime) -> None:
    """Bring a rollup up to date; its policy may still be at it."""
    while True:
        with suppress(psycopg.errors.LockNotAvailable):
            conn.execute("CALL refresh_continuous_aggregate(%s::regclass, %s, %s)", (rollup, begin, end))
            return
        time.sleep(1)
