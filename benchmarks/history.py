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
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
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
from benchmarks.phases import Wanted, flat_out, sending, stored
from benchmarks.system import System, database_of_its_own, machine_key, running
from lineshaft.store.database import flavour

AGENTS = 100
BYTES_A_DAY = 600_000_000
"""On plain PostgreSQL: readings, their index, rollups and what the log holds meanwhile."""
DAY_MS = 86_400_000
FILLED = "filled.json"
"""In a kept folder: what its database was filled with."""
OLDEST_S = 6 * 3600
"""A past that ended longer ago would have nothing of the last hours."""
Query = list[tuple[str, str | int | float | bool | None]]
NOMINAL = Wanted(100, 10_000.0)
LEAST_SHARE = 0.9
"""Of the nominal load, to be stored while it is asked."""
FEW = 10
"""Fewer questions take no time in which a rate could be told."""


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
        """All that the machine's page asks, as it does: machine and scores at once, then its signals."""
        key, now_ms = machine_key(machine), int(time.time() * 1000)
        span: Query = [("from_ts", now_ms - span_ms), ("to_ts", now_ms), ("points", 400)]
        begin = time.perf_counter()
        with ThreadPoolExecutor(1) as beside:
            scores = beside.submit(self.get, f"{what}: its scores", f"assets/{key}/scores", span)
            self.get(f"{what}: machine", f"machines/{key}", [])
            scores.result()
        self.trend(f"{what}: its signals", machine, span_ms, SIGNALS)
        self.took_s.setdefault(f"{what}: all of it", []).append(time.perf_counter() - begin)

    def drawn(self, what: str, machine: int, chosen: str) -> None:
        """The page itself, from its address to what the browser is to show, queries and chart included."""
        place = {"pathname": f"/machines/{machine_key(machine)}", "search": f"?range={chosen}"}
        body = {
            "output": "main.children",
            "outputs": {"id": "main", "property": "children"},
            "inputs": [{"id": "place", "property": name, "value": value} for name, value in place.items()],
            "changedPropIds": ["place.pathname"],
        }
        begin = time.perf_counter()
        answer = self.http.post("/_dash-update-component", json=body)
        took_s = time.perf_counter() - begin
        if SIGNALS[0] not in answer.raise_for_status().text:
            raise RuntimeError("the page was not drawn")
        self.took_s.setdefault(what, []).append(took_s)

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
        for name, chosen, length in (("15 minutes", "15m", 1 / 96), ("24 hours", "24h", 1.0)):
            asker.page(f"machine page, {name}", machine, int(length * DAY_MS))
            # Of another machine, half the plant away: what was just asked for is at hand.
            asker.drawn(f"machine page, {name}: drawn", (machine + AGENTS // 2) % AGENTS, chosen)
    return {what: figures.percentiles(took_s) for what, took_s in asker.took_s.items()}


@dataclass(frozen=True)
class Place:
    """Where it is measured."""

    database_url: str = ""
    """An empty database; "" for the embedded one."""
    broker_url: str = ""
    kept: Path | None = None
    """The system's folder, which stays. Where an earlier run filled one, it is only asked."""


def measure(days: float, times: int, every_s: float = EVERY_S, place: Place | None = None) -> dict[str, Any]:
    """Fill, then ask while nominal load comes in.

    Raises:
        RuntimeError: the disk is too small for the past, or the kept one is too old.
    """
    place = place or Place()
    with ExitStack() as stack:
        folder = place.kept or Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="lineshaft-bench-"))
        )
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o711)
        note = folder / FILLED
        past = json.loads(note.read_text(encoding="utf-8")) if note.exists() else None
        _check(folder, past, int(days * BYTES_A_DAY * EVERY_S / every_s))
        system = stack.enter_context(
            running(
                folder / "monitor",
                broker_url=place.broker_url,
                database_url=place.database_url,
                agents=AGENTS,
            )
        )
        if past is None:
            past = _filled(system, days, every_s)
            note.write_text(json.dumps(past), encoding="utf-8")
        return past | {"asked": _under_load(system, past["days"], times)}


def _check(folder: Path, past: dict[str, Any] | None, needed: int) -> None:
    if past is not None:
        if time.time() - past["end_s"] > OLDEST_S:
            raise RuntimeError(f"the past in {folder} ended hours ago: take another folder")
        return
    free = psutil.disk_usage(str(folder)).free
    if free < 2 * needed:
        raise RuntimeError(f"{needed >> 30} GiB are needed, and as much to spare; {free >> 30} GiB are free")


def _filled(system: System, days: float, every_s: float) -> dict[str, Any]:
    flat_out(system, Wanted(100, seconds=1.0, agents=AGENTS))  # the signals come to be known
    begin_s, end = time.monotonic(), datetime.now(UTC).replace(second=0, microsecond=0)
    with system.connect() as conn:
        before = figures.disk(conn)
        rows = fill(system.connect, Span(end - timedelta(days), end), every_s)
        filled_s = time.monotonic() - begin_s
        size = figures.disk(conn).since(before, rows)
        return {
            "database": flavour(conn),
            "days": days,
            "end_s": end.timestamp(),
            "readings": rows,
            "filled_in_s": round(filled_s),
            "bytes_a_reading": {name: size[name] for name in ("table", "index")},
        }


def _under_load(system: System, days: float, times: int) -> dict[str, dict[str, float]]:
    """Ask while nominal load comes in.

    Raises:
        RuntimeError: the load was not stored, so the figures would be of an idle system.
    """
    wanted = Wanted(NOMINAL.per_message, NOMINAL.rate, seconds=3_600, agents=AGENTS)
    headers = {"Cookie": log_in(system), "Origin": system.address}
    with (
        sending(system, wanted),
        httpx.Client(base_url=system.address, headers=headers, timeout=60) as http,
        system.connect() as conn,
    ):
        time.sleep(min(3, times))
        ask(Asker(http), days, 3)  # pools and caches of the web process, as they are after a minute of use
        before, begin_s = stored(conn), time.monotonic()
        asked = ask(Asker(http), days, times)
        rate = (stored(conn) - before) / (time.monotonic() - begin_s)
    if times >= FEW and rate < LEAST_SHARE * NOMINAL.rate:
        raise RuntimeError(f"only {rate:,.0f} readings/s were stored meanwhile; see the logs of the flow")
    return asked


def _systems(wanted: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """What was found, of the embedded database and of the given one."""
    broker_url = os.environ.get("LINESHAFT_BROKER_URL", "")
    if not (wanted.only_given and wanted.database_url):
        place = Place(broker_url=broker_url, kept=wanted.kept and wanted.kept / "embedded")
        yield measure(wanted.days, wanted.times, wanted.every, place)
    if wanted.database_url and wanted.kept:
        place = Place(wanted.database_url, broker_url, wanted.kept / "given")
        yield measure(wanted.days, wanted.times, wanted.every, place)
    elif wanted.database_url:
        with database_of_its_own(wanted.database_url) as own:
            yield measure(wanted.days, wanted.times, wanted.every, Place(own, broker_url))


def main(words: list[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.history", description=__doc__.split("\n")[0])
    parser.add_argument("--days", type=float, default=30)
    parser.add_argument("--every", type=float, default=EVERY_S, help="seconds between two readings")
    parser.add_argument("--times", type=int, default=100, help="each question")
    parser.add_argument("--database-url", default=os.environ.get("LINESHAFT_DATABASE_URL", ""))
    parser.add_argument("--only-given", action="store_true", help="not the embedded database")
    parser.add_argument("--kept", type=Path, help="a folder that keeps the past, for the next runs")
    parser.add_argument("--json", action="store_true")
    parser.add_argument(
        "--write-docs", action="store_true", help="keep the figures, and put them into the docs"
    )
    wanted = parser.parse_args(words)
    systems = list(_systems(wanted))
    found = ledger.part(history=systems)
    if wanted.write_docs:
        ledger.keep("history", found)
    print(json.dumps(found, indent=1) if wanted.json else tables.history(systems))
    return 0


if __name__ == "__main__":
    sys.exit(main())
