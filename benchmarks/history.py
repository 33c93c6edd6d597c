"""How soon the past is shown: `python -m benchmarks.history`, on 30 days of 1,000 signals each 30 s.

The rows (86 million) are made in the database, with their rollups as they would be after 30 days; needs about
15 GB on plain PostgreSQL for the time it runs. Then the API is asked as the pages ask it, over HTTP with a
login, while the generator sends nominal load: of one machine after another, so that nothing is asked twice.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psutil

from benchmarks import figures, ledger, tables
from benchmarks.bodies import SIGNALS
from benchmarks.browser import log_in
from benchmarks.phases import Wanted, flat_out, sending
from benchmarks.system import System, database_of_its_own, machine_key, running
from lineshaft.store.database import Connection, flavour

AGENTS = 100
EVERY_S = 30
SCORE_EVERY_S = 5
SCORE_DAYS = 2
BYTES_A_DAY = 600_000_000
"""On plain PostgreSQL: readings, their index, rollups and what the log holds meanwhile."""
DAY_MS = 86_400_000
Day = tuple[date, datetime, datetime]
"""A UTC day, and from when to when."""
Query = list[tuple[str, str | int | float | bool | None]]
NOMINAL = Wanted(100, 10_000.0)

# Time outside, signals inside: the order in which they would have come.
_READINGS = """
    SELECT at, signal_id, 0::smallint, 50 + 10 * sin(extract(epoch FROM at) / 13751) + random(), 0::bigint
    FROM generate_series(%s::timestamptz, %s::timestamptz - interval '1 s', %s * interval '1 s') AS at,
         unnest(%s::int[]) AS signal_id
"""
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


def fill(conn: Connection, span: Span, every_s: float = EVERY_S) -> int:
    """Make the past; gives how many readings it has."""
    signals = [row[0] for row in conn.execute("SELECT signal_id FROM signal ORDER BY signal_id").fetchall()]
    one_day = _plain_day if flavour(conn) == "plain" else _hyper_day
    rows = sum(one_day(conn, day, every_s, signals) for day in span.days())
    scored_since = max(span.begin, span.end - timedelta(SCORE_DAYS))
    conn.execute(_SCORES, (scored_since, span.end, SCORE_EVERY_S * every_s / EVERY_S))
    if flavour(conn) == "timescaledb":
        for view in ("reading_1m", "reading_1h"):
            conn.execute("CALL refresh_continuous_aggregate(%s, %s, %s)", (view, span.begin, span.end))
    rollups = ("reading_1m", "reading_1h") if flavour(conn) == "plain" else ()
    for table in ("reading", "score", *rollups):
        conn.execute(f"VACUUM (ANALYZE) {table}")
    if _may_checkpoint(conn):
        conn.execute("CHECKPOINT")
    return rows


def _may_checkpoint(conn: Connection) -> bool:
    (may,) = conn.execute("SELECT pg_has_role('pg_checkpoint', 'USAGE')").fetchone() or (False,)
    return bool(may)


def _plain_day(conn: Connection, of: Day, every_s: float, signals: list[int]) -> int:
    """One day into a partition of its own, whose indexes are built when it is full."""
    day, begin, end = of
    name, given = f"reading_{day:%Y%m%d}", (begin, end, every_s, signals)
    if conn.execute("SELECT to_regclass(%s)", (name,)).fetchone() != (None,):
        rows = conn.execute(
            "INSERT INTO reading (ts, signal_id, quality, value, pos)" + _READINGS, given
        ).rowcount
    else:
        conn.execute(f"CREATE TABLE {name} (LIKE reading INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
        filled = f"INSERT INTO {name} (ts, signal_id, quality, value, pos)" + _READINGS
        rows = conn.execute(filled, given).rowcount
        bounds = f"FROM ('{day}') TO ('{day + timedelta(1)}')"
        conn.execute(f"ALTER TABLE reading ATTACH PARTITION {name} FOR VALUES {bounds}")
    conn.execute(_MINUTES, (begin, end))
    conn.execute(_HOURS, (begin, end))
    return rows


def _hyper_day(conn: Connection, of: Day, every_s: float, signals: list[int]) -> int:
    """One day, into the columnstore once it is over."""
    _, begin, end = of
    rows = conn.execute(
        "INSERT INTO reading (ts, signal_id, quality, value, pos)" + _READINGS, (begin, end, every_s, signals)
    ).rowcount
    conn.execute(
        "SELECT compress_chunk(format('%%I.%%I', chunk_schema, chunk_name)::regclass, true)"
        " FROM timescaledb_information.chunks"
        " WHERE hypertable_name = 'reading' AND range_start >= %s - interval '1 day' AND range_end <= %s",
        (begin, end),
    )
    return rows


@dataclass(frozen=True)
class Asker:
    """Asks the API for one machine's past, and keeps how long each answer took."""

    http: httpx.Client
    took_s: dict[str, list[float]] = field(default_factory=dict)
    """What was asked → seconds until the whole answer was here."""

    def trend(self, what: str, machine: int, span_ms: int, signals: tuple[str, ...]) -> float:
        """Series of some signals."""
        now_ms = int(time.time() * 1000)
        query: Query = [("signal", name) for name in signals]
        query += [("from_ts", now_ms - span_ms), ("to_ts", now_ms), ("points", 600)]
        return self.get(what, f"assets/{machine_key(machine)}/series", query)

    def page(self, what: str, machine: int, span_ms: int) -> None:
        """All that the machine's page asks, one after the other, as it does."""
        key, now_ms = machine_key(machine), int(time.time() * 1000)
        span: Query = [("from_ts", now_ms - span_ms), ("to_ts", now_ms), ("points", 400)]
        took_s = sum(
            self.get(f"{what}: {name}", path, [])
            for name, path in (("machine", f"machines/{key}"), ("assets", "assets"), ("plant", "plant"))
        )
        took_s += self.trend(f"{what}: its signals", machine, span_ms, SIGNALS)
        took_s += self.get(f"{what}: its scores", f"assets/{key}/scores", span)
        self.took_s.setdefault(f"{what}: all of it", []).append(took_s)

    def get(self, what: str, path: str, query: Query) -> float:
        """One answer."""
        begin = time.perf_counter()
        answer = self.http.get(f"/api/v1/{path}", params=query)
        took_s = time.perf_counter() - begin
        answer.raise_for_status()
        self.took_s.setdefault(what, []).append(took_s)
        return took_s


def ask(asker: Asker, days: float, times: int) -> dict[str, dict[str, float]]:
    """Each question so many times, each time of another machine and signal."""
    spans = {f"{days:g} days": days, "7 days": 7.0, "24 hours": 1.0, "3 hours": 0.125}
    for turn in range(times):
        # 37 has no factor in common with 100: machines in an order of their own.
        machine, signal = 37 * turn % AGENTS, SIGNALS[turn % len(SIGNALS)]
        for name, length in spans.items():
            asker.trend(f"trend of one signal, {name}", machine, int(min(length, days) * DAY_MS), (signal,))
        for name, length in {"15 minutes": 1 / 96, "24 hours": 1.0}.items():
            asker.page(f"machine page, {name}", machine, int(length * DAY_MS))
    return {what: figures.percentiles(took_s) for what, took_s in asker.took_s.items()}


def measure(
    days: float, times: int, every_s: float = EVERY_S, *, database_url: str = "", broker_url: str = ""
) -> dict[str, Any]:
    """Fill, then ask while nominal load comes in.

    Raises:
        RuntimeError: the disk is too small for the past.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lineshaft-bench-")))
        free, needed = psutil.disk_usage(str(folder)).free, int(days * BYTES_A_DAY * EVERY_S / every_s)
        if free < 2 * needed:
            raise RuntimeError(
                f"{needed >> 30} GiB are needed, and as much to spare; {free >> 30} GiB are free"
            )
        folder.chmod(0o711)
        system = stack.enter_context(
            running(folder / "monitor", broker_url=broker_url, database_url=database_url, agents=AGENTS)
        )
        flat_out(system, Wanted(100, seconds=1.0, agents=AGENTS))  # the signals come to be known
        begin_s, end = time.monotonic(), datetime.now(UTC).replace(second=0, microsecond=0)
        with system.connect() as conn:
            before = figures.disk(conn)
            rows = fill(conn, Span(end - timedelta(days), end), every_s)
            filled_s = time.monotonic() - begin_s
            size = figures.disk(conn).since(before, rows)
            found: dict[str, Any] = {"database": flavour(conn)}
        asked = _under_load(system, days, times)
    return found | {
        "days": days,
        "readings": rows,
        "filled_in_s": round(filled_s),
        "bytes_a_reading": {name: size[name] for name in ("table", "index")},
        "asked": asked,
    }


def _under_load(system: System, days: float, times: int) -> dict[str, dict[str, float]]:
    wanted = Wanted(NOMINAL.per_message, NOMINAL.rate, seconds=3_600, agents=AGENTS)
    headers = {"Cookie": log_in(system)}
    with sending(system, wanted), httpx.Client(base_url=system.address, headers=headers, timeout=60) as http:
        time.sleep(min(3, times))
        ask(Asker(http), days, 3)  # pools and caches of the web process, as they are after a minute of use
        return ask(Asker(http), days, times)


def main(words: list[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.history", description=__doc__.split("\n")[0])
    parser.add_argument("--days", type=float, default=30)
    parser.add_argument("--every", type=float, default=EVERY_S, help="seconds between two readings")
    parser.add_argument("--times", type=int, default=100, help="each question")
    parser.add_argument("--database-url", default=os.environ.get("LINESHAFT_DATABASE_URL", ""))
    parser.add_argument("--only-given", action="store_true", help="not the embedded database")
    parser.add_argument("--json", action="store_true")
    parser.add_argument(
        "--write-docs", action="store_true", help="keep the figures, and put them into the docs"
    )
    wanted = parser.parse_args(words)
    broker_url = os.environ.get("LINESHAFT_BROKER_URL", "")
    given = [] if wanted.only_given and wanted.database_url else [""]
    systems = [measure(wanted.days, wanted.times, wanted.every, broker_url=broker_url) for _ in given]
    if wanted.database_url:
        with database_of_its_own(wanted.database_url) as own:
            again = measure(wanted.days, wanted.times, wanted.every, database_url=own, broker_url=broker_url)
        systems.append(again)
    found = ledger.part(history=systems)
    if wanted.write_docs:
        ledger.keep("history", found)
    print(json.dumps(found, indent=1) if wanted.json else tables.history(systems))
    return 0


if __name__ == "__main__":
    sys.exit(main())
