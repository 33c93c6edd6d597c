"""A browser's line without the browser: logged in, on the pages' WebSocket, one machine on show each."""

import asyncio
import threading
import time
from dataclasses import dataclass, field
from typing import Self

import httpx
import orjson
from websockets.asyncio.client import connect

from benchmarks.bodies import SIGNALS
from benchmarks.system import System, machine_key
from benchmarks.watch import Made

BROWSERS = 5


@dataclass
class Browsers:
    """Some browsers that show a machine each; a context."""

    system: System
    machines: list[int]
    """The numbers of the generator's agents."""
    came: dict[int, list[tuple[int, float]]] = field(default_factory=dict)
    """Agent's number → time of a reading in epoch ms, and when it was here (epoch seconds)."""
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _thread: threading.Thread | None = None
    _task: asyncio.Task[None] | None = None
    _there: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._there.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        if self._task:
            self._loop.call_soon_threadsafe(self._task.cancel)
        if self._thread:
            self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._task = self._loop.create_task(self._all())
        try:
            self._loop.run_until_complete(self._task)
        except asyncio.CancelledError:
            pass
        finally:
            self._loop.close()

    async def _all(self) -> None:
        cookie = log_in(self.system)
        async with asyncio.TaskGroup() as tasks:
            for number in self.machines:
                tasks.create_task(self._show(number, cookie))

    async def _show(self, number: int, cookie: str) -> None:
        url = self.system.address.replace("http", "ws", 1) + "/api/live/ws"
        headers = {"Cookie": cookie, "Origin": self.system.address}
        async with connect(url, additional_headers=headers, max_size=None) as socket:
            topic = f"machine:{machine_key(number)}"
            await socket.send(orjson.dumps({"op": "sub", "topics": [topic]}).decode())
            self._there.set()
            async for text in socket:
                self._take(number, orjson.loads(text), time.time())

    def _take(self, number: int, message: dict[str, object], at_s: float) -> None:
        # A line that was slower than the changes gets the whole state, with the readings it has missed.
        said = message.get("rows") or message.get("data") or []
        came = self.came.setdefault(number, [])
        for row in said if isinstance(said, list) else [said]:
            newest = came[-1][0] if came else 0
            points = row.get("points", {}).get(SIGNALS[0], []) if isinstance(row, dict) else []
            came.extend((ts, at_s) for ts, _ in points if ts > newest)


def log_in(system: System) -> str:
    """The cookie of a session."""
    body = {"login": "admin", "password": system.password}
    answer = httpx.post(f"{system.address}/api/v1/login", json=body, headers={"Origin": system.address})
    answer.raise_for_status()
    return "; ".join(f"{name}={value}" for name, value in answer.cookies.items())


def browser_s(made: Made, browsers: Browsers) -> list[float]:
    """Made → in the browser, of each message's newest reading."""
    found = []
    for number, points in browsers.came.items():
        events = set(made.by_agent[f"bench-{number:03}"].tolist())
        found += [at_s - ts / 1000 for ts, at_s in points if ts in events]
    return found
