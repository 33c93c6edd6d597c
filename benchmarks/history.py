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
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psutil

from benchmarks import figures, ledger, tables
from benchmarks.bodies import SIGNALS
from benchmarks.browser import log_in
from benchmarks.past import EVERY_S, Span, fill
from benchmarks.phases import Wanted, flat_out, sending
from benchmarks.system import System, database_of_its_own, machine_key, running
from lineshaft.store.database import flavour

AGENTS = 100
BYTES_A_DAY = 600_000_000
"""On plain PostgreSQL: readings, their index, rollups and what the log holds meanwhile."""
DAY_MS = 86_400_000
Query = list[tuple[str, str | int | float | bool | None]]
NOMINAL = Wanted(100, 10_000.0)


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
            rows = fill(system.connect, Span(end - timedelta(days), end), every_s)
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
