"""10,000 alarms in 10 s over 10 areas: are all in the journal, how late, and does the page still answer.

    python -m benchmarks.alarm_storm [--alarms 10000] [--seconds 10] [--areas 10] [--json]

Conditions are written as shards write them; the plant flow's own reader, steps and writer take them in this
process, on a real database. Beside it the real web process answers an operator who asks for the list, its
second page, the counts and the live snapshot over and over, and opens the Alarms page: its HTML, the frame,
the page in it and the first rows and groups, one after the other, as a browser that has the scripts does.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from subprocess import Popen
from threading import Event, Thread

import httpx
import numpy as np
from psycopg.types.json import Jsonb

from benchmarks.bare import bare
from lineshaft import logs, passwords
from lineshaft.clock import system_clock, to_datetime
from lineshaft.domain.alarms import Condition
from lineshaft.runtime import ports
from lineshaft.store import facts, journal, people
from lineshaft.store.database import Connection, connect, connect_async
from lineshaft.store.migrate import migrate
from stream.plant import load
from stream.plant_sink import PlantWriter
from stream.plant_state import PlantChunk

PASSWORD = "storm and stress"  # noqa: S105 - of this run's own person
SHARD = 3
TOPIC = "lineshaft/v1/storm/gw"
PATHS = (
    "/api/v1/alarms?limit=500",
    "/api/v1/alarms?state=history&limit=500",
    "/api/v1/alarms/counts",
    "/api/live/snapshot?topic=alarms",
)


OPENED = ("/alarms", "/start.js", "/_dash-layout", "/_dash-dependencies")
DRAWN = {
    "output": "main.children",
    "outputs": {"id": "main", "property": "children"},
    "inputs": [
        {"id": "place", "property": "pathname", "value": "/alarms"},
        {"id": "place", "property": "search", "value": ""},
    ],
    "changedPropIds": ["place.pathname", "place.search"],
}
"""What Dash asks for to have the page drawn."""
FIRST = ("/api/live/snapshot?topic=alarms", "/api/live/snapshot?topic=groups")
PAGE = "the Alarms page: HTML to first rows"


@dataclass
class Answers:
    """How long each path took, in seconds; and what was no answer."""

    took_s: dict[str, list[float]] = field(default_factory=lambda: {path: [] for path in (*PATHS, PAGE)})
    failed: list[str] = field(default_factory=list)

    def check(self, path: str, answer: httpx.Response) -> None:
        """Keep what was no answer."""
        if not answer.is_success:
            self.failed.append(f"{path}: {answer.status_code}")


def tell(conn: Connection, sources: list[str]) -> int:
    """One condition a source becomes true, as a shard would tell it; gives the last one's position."""
    now_us = system_clock()
    rows = [
        journal.Entry(SHARD, now_us, "storm", "gw", "b", 0, n, f"{TOPIC}/{source}/m", None, b"{}")
        for n, source in enumerate(sources)
    ]
    first = journal.append(conn, rows)
    last = first + len(rows) - 1
    with (
        conn.cursor() as cursor,
        cursor.copy("COPY fact (pos, shard, n, ts, kind, source, body) FROM STDIN") as copy,
    ):
        for pos, source in enumerate(sources, first):
            condition = Condition(
                source,
                "threshold:temp",
                active=True,
                priority=1 + pos % 4,
                message="alarm.high",
                value=91.5,
                threshold=85.0,
                arguments={"signal": "temp", "unit": "Cel"},
            )
            body = Jsonb(condition.to_body())
            copy.write_row((pos, SHARD, 0, to_datetime(now_us), "condition", source, body))
    conn.cursor().executemany(
        "INSERT INTO sink_position (sink, shard, pos, updated) VALUES ('shard', %s, %s, now())"
        " ON CONFLICT (sink, shard) DO UPDATE SET pos = excluded.pos",
        [(shard, last) for shard in range(facts.SHARDS)],
    )
    conn.commit()
    return last


def flow(url: str, up_to: Event, ends: list[int], lags_s: list[float]) -> None:
    """The plant flow without its engine, until the storm is over and it has taken all of it."""
    with connect(url, role="lineshaft_stream") as conn:
        state = load(conn)
        writer = PlantWriter(partial(connect, url, role="lineshaft_stream"), system_clock, state.pos)
        while not (up_to.is_set() and state.pos >= ends[-1]):
            frontier = facts.frontier(conn)
            if frontier <= state.pos:
                conn.rollback()
                time.sleep(0.02)  # as the flow looks
                continue
            reach = facts.reach(conn, state.pos, frontier, 5_000)
            rows = facts.read(conn, state.pos, reach)
            conn.rollback()
            writer.write(state.step(PlantChunk(state.pos, reach, rows)))
            now_us = system_clock()
            lags_s.extend((now_us - row.at_us) / 1e6 for row in rows if isinstance(row, facts.Fact))
        writer.close()


def operator(url: str, stop: Event, answers: Answers) -> None:
    """Asks for everything the page asks for, over and over."""
    with httpx.Client(base_url=url, timeout=30) as client:
        client.post("/api/v1/login", json={"login": "op", "password": PASSWORD}).raise_for_status()
        while not stop.is_set():
            for path in PATHS:
                began = time.monotonic()
                answer = client.get(path)
                answers.took_s[path].append(time.monotonic() - began)
                answers.check(path, answer)
            began = time.monotonic()
            open_page(client, answers)
            answers.took_s[PAGE].append(time.monotonic() - began)
            stop.wait(0.2)


def open_page(client: httpx.Client, answers: Answers) -> None:
    """What a browser asks for from the address to the first rows; scripts and styles it has already."""
    for path in OPENED:
        answers.check(path, client.get(path))
    answers.check("the page's callback", client.post("/_dash-update-component", json=DRAWN))
    for path in FIRST:
        answers.check(path, client.get(path))


@contextmanager
def web(url: str, folder: Path) -> Iterator[str]:
    """The real web process."""
    port = ports.choose(["web"])["web"]
    environ = {
        **os.environ,
        "LINESHAFT_DATABASE_URL": url,
        "LINESHAFT_DATABASE_ROLE": "lineshaft_web",
        "LINESHAFT_WEB_PORT": str(port),
    }
    with (folder / "web.log").open("wb") as log:
        process = Popen([sys.executable, "-m", "dashboard"], env=environ, stdout=log, stderr=log)
    try:
        _wait_for(f"http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def _wait_for(url: str) -> None:
    until = time.monotonic() + 90
    while time.monotonic() < until:
        with suppress(httpx.HTTPError):
            if httpx.get(f"{url}/readyz", timeout=2).status_code == httpx.codes.OK:
                return
        time.sleep(0.2)
    raise RuntimeError("the web process does not answer")


async def _add_operator(url: str) -> None:
    async with await connect_async(url) as conn:
        person = people.Person("op", "Op", "operator", passwords.hashed(PASSWORD), "en", None)
        await people.add(conn, person, system_clock())


def measure(url: str, web_url: str, alarms: int, areas: int, seconds: float) -> dict[str, object]:
    """Let it storm, and say what came of it."""
    sources = [f"area-{n % areas}-machine-{n // areas}" for n in range(alarms)]
    answers, ends = Answers(), [0]
    lags_s: list[float] = []
    over, stop = Event(), Event()
    threads = [
        Thread(target=flow, args=(url, over, ends, lags_s)),
        Thread(target=operator, args=(web_url, stop, answers)),
    ]
    for thread in threads:
        thread.start()
    began = time.monotonic()
    each = max(1, round(alarms / seconds / 4))
    with connect(url) as conn:
        for n in range(0, alarms, each):
            time.sleep(max(0.0, began + n / alarms * seconds - time.monotonic()))
            ends.append(tell(conn, sources[n : n + each]))
        told_s = time.monotonic() - began
        over.set()
        threads[0].join()
        took_s = time.monotonic() - began
        time.sleep(3)  # what the page says of it afterwards counts as well
        stop.set()
        threads[1].join()
        lines, kept, messages = (
            conn.execute(query).fetchone()
            for query in (
                "SELECT count(*), count(DISTINCT alarm_id) FROM alarm_journal WHERE event = 'raise'",
                "SELECT count(*), count(DISTINCT (source, rule)) FROM alarm WHERE state = 'unacknowledged'",
                "SELECT count(*), 0 FROM notification",
            )
        )
    return {
        "alarms": alarms,
        "told_s": round(told_s, 2),
        "settled_s": round(took_s, 2),
        "journal_lines": lines and lines[0],
        "open_alarms": kept and kept[0],
        "outbox": messages and messages[0],
        "lag_p95_s": _p95(lags_s),
        "answers": {
            path: {"n": len(took), "p95_s": _p95(took), "max_s": round(max(took), 3)}
            for path, took in answers.took_s.items()
        },
        "failed": answers.failed[:5],
    }


def _p95(seconds: list[float]) -> float:
    return round(float(np.percentile(seconds, 95)), 3)


def main() -> None:
    """Measure, print, and fail where what was promised does not hold."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--alarms", type=int, default=10_000)
    parser.add_argument("--areas", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    logs.configure("benchmark", "WARNING")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        with bare(folder / "servers") as servers:
            migrate(servers.database_url)
            asyncio.run(_add_operator(servers.database_url))
            with web(servers.database_url, folder) as web_url:
                found = measure(servers.database_url, web_url, given.alarms, given.areas, given.seconds)
    print(json.dumps(found, indent=None if given.json else 2))
    held = found["journal_lines"] == found["open_alarms"] == given.alarms and not found["failed"]
    sys.exit(0 if held else 1)


if __name__ == "__main__":
    main()
