"""How long a map of many moving vehicles takes to draw: a real page in a real browser.

    python -m benchmarks.map [--vehicles 1000] [--seconds 40] [--json]

The shards' own steps and writer put fixes into a real database, one of each vehicle every five seconds; the
real web process pushes them. An update is timed in the page from being handed to the map until the frame
after it is drawn. Requests to any other host are counted.
"""

import argparse
import asyncio
import json
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from benchmarks import figures, fleet
from benchmarks.alarm_storm import PASSWORD, web
from benchmarks.bare import bare
from benchmarks.screenshots import CHROMIUM, FLAGS, log_in
from lineshaft import logs, passwords
from lineshaft.clock import system_clock
from lineshaft.store import bundles, people, plants
from lineshaft.store.database import connect, connect_async
from lineshaft.store.journal import CONTROL_SHARD
from lineshaft.store.migrate import migrate
from lineshaft.wire.topics import SHARDS
from stream.chunk import Chunk
from stream.steps.shard import ShardState

EVERY_S = 5
WATCH = """() => {
  window.took = [];
  const put = window.dash_clientside.set_props;
  window.dash_clientside.set_props = (id, props) => {
    const begun = performance.now();
    put(id, props);
    if (id === "map-vehicles")
      requestAnimationFrame(() => setTimeout(() =>
        window.took.push([props.data.features.length, performance.now() - begun])));
  };
}"""


async def prepare(url: str, vehicles: int) -> None:
    """The plant's vehicles, and somebody who looks."""
    async with await connect_async(url) as conn:
        person = people.Person("op", "Op", "operator", passwords.hashed(PASSWORD), "en", None)
        await people.add(conn, person, system_clock())
        await plants.apply(conn, fleet.plant_of(vehicles), "op", system_clock())
        await conn.commit()


class Drive:
    """The flow's steps and writer, a second of the journal at a time."""

    def __init__(self, url: str, vehicles: int, seconds: int) -> None:
        """The journal begins now."""
        self.conn, self.memory = connect(url), bundles.Memory()
        self.states = [ShardState(shard) for shard in range(SHARDS)]
        start_ms = system_clock() // 1000
        self.journal = fleet.journal(vehicles, EVERY_S, seconds, start_ms)

    def on(self) -> bool:
        """Go on by a second; False at the end."""
        rows = next(self.journal, None)
        if rows is None:
            return False
        first, last = rows[0].pos, rows[-1].pos
        made = [
            state.step(
                Chunk(
                    state.shard,
                    first,
                    last,
                    [row for row in rows if row.shard in {state.shard, CONTROL_SHARD}],
                )
            )
            for state in self.states
        ]
        bundles.write(self.conn, made, self.memory)
        return True


def watch(page: Page, drive: Drive) -> None:
    """Drive in real time while the page is open; it is timed once all have been heard."""
    begun, second = time.monotonic(), 0
    while drive.on():
        second += 1
        if second == 2 * EVERY_S:
            page.evaluate(WATCH)
        page.wait_for_timeout(max(begun + second - time.monotonic(), 0.001) * 1000)


def measure(vehicles: int, seconds: int) -> dict[str, Any]:
    """One run."""
    strangers: list[str] = []
    with tempfile.TemporaryDirectory(prefix="lineshaft-map-") as folder:
        Path(folder).chmod(0o711)  # the database may run under an account of its own
        with bare(Path(folder, "data")) as servers:
            migrate(servers.database_url)
            asyncio.run(prepare(servers.database_url, vehicles))
            drive = Drive(servers.database_url, vehicles, seconds)
            with web(servers.database_url, Path(folder)) as url, sync_playwright() as driver:
                browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
                context = browser.new_context(viewport={"width": 1920, "height": 1080})
                log_in(context, url, "op", PASSWORD)
                page = context.new_page()
                page.on("request", lambda one: strangers.append(one.url) if foreign(one.url, url) else None)
                page.goto(f"{url}/logistics")
                page.wait_for_selector("#link-state[data-state=live]", timeout=60_000)
                watch(page, drive)
                took = page.evaluate("window.took")
                browser.close()
    most = max((count for count, _ in took), default=0)
    times = [ms / 1000 for count, ms in took if count == most]
    return {"vehicles_drawn": most, **figures.percentiles(times), "requests_to_others": len(strangers)}


def foreign(asked: str, ours: str) -> bool:
    """Whether a request leaves the site."""
    return not asked.startswith((ours, ours.replace("http", "ws", 1), "data:", "blob:"))


def main() -> int:
    """Print the figures; 1 where an update takes more than 100 ms (p95), or anything leaves the site."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--vehicles", type=int, default=1_000)
    parser.add_argument("--seconds", type=int, default=40)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    logs.configure("benchmarks", "WARNING")
    found = measure(options.vehicles, options.seconds)
    print(json.dumps(found) if options.json else "\n".join(f"{what:20} {n}" for what, n in found.items()))
    return int(found["p95_ms"] > 100 or found["requests_to_others"] > 0)


if __name__ == "__main__":
    raise SystemExit(main())
