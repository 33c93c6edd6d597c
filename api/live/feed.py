"""Reads what is new out of the database for the topics that somebody looks at, and tells the hub."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, fields
from typing import Any

import structlog

from api.live import kpi
from api.live.board import Change
from api.live.hub import MACHINE, Hub
from api.live.vitals import Vitals
from api.settings import ApiSettings
from lineshaft.clock import SECOND_US, Clock, monotonic_clock
from lineshaft.store import (
    alarm_groups,
    alarms,
    beats,
    items,
    live,
    machines,
    readings,
    shipments,
    system,
    vehicles,
)
from lineshaft.store.database import AsyncConnection, ConnectionLost, Pool

_log = structlog.get_logger(__name__)

EVERY_US = {
    "machines": SECOND_US // 2,
    "alarms": SECOND_US // 2,
    "groups": SECOND_US // 2,
    "vehicles": SECOND_US // 2,
    "shipments": SECOND_US,
    "moves": SECOND_US,
    "zones": 2 * SECOND_US,
    "kpi": SECOND_US // 2,
    "system": 2 * SECOND_US,
}
"""Topic → how often it is read at most."""
MACHINE_EVERY_US = SECOND_US // 5
OF_KPI = ("machines", "alarms", "vehicles", "shipments")
"""What the head figures are counted from."""
WHOLE_EVERY_US = 5 * SECOND_US
"""Between two looks at all machines; else only at those in which something came."""

FALLBACK_S = 1.0
"""A look without any notice: notices can be lost."""
HEARTBEAT_S = 5.0
RECENT_POINTS = 300
"""Points of a signal that a newly opened machine begins with."""
NEWEST_POINTS = 500
"""Points of a signal in one message."""


@dataclass(slots=True)
class Feed:
    """One a process. `run` never ends by itself; a lost database only makes it wait."""

    hub: Hub
    vitals: Vitals
    pool: Pool
    settings: ApiSettings
    clock: Clock
    monotonic: Clock = monotonic_clock
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock)
    _read_us: dict[str, int] = field(default_factory=dict)
    _told_us: int = 0
    """When the last notice came."""
    _whole_us: int | None = None
    _seen_pos: int = 0
    _present: tuple[int, int] | None = None
    """When the items in sight were counted, and how many."""
    _points: dict[str, dict[str, deque[tuple[int, float]]]] = field(default_factory=dict)
    """Topic → signal → its newest points."""

    async def run(self) -> None:
        """Read, beat and listen until cancelled."""
        self.hub.wanted = self._news.set
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._listen(), name="live listen")
            tasks.create_task(self._read_on(), name="live read")
            tasks.create_task(self._beat_on(), name="live heartbeat")
            tasks.create_task(self._sample_on(), name="web beat")

    async def fresh(self, topic: str) -> bool:
        """Have a topic read that was not read within the last second; False where there is no such topic."""
        board = self.hub.board(topic)
        if board is None:
            return False
        if not board.loaded or self.monotonic() - self._read_us.get(topic, 0) > SECOND_US:
            async with self._reading, self.pool.connection() as conn:
                await self._read(conn, {topic} | (set(OF_KPI) if topic == "kpi" else set()))
        return board.loaded

    async def refresh(self) -> None:
        """Read the topics that are looked at and due, and publish what changed."""
        due = self._due(self.hub.shown())
        if due:
            async with self._reading, self.pool.connection() as conn:
                await self._read(conn, due)
        self.hub.database = True

    def _due(self, shown: frozenset[str]) -> set[str]:
        now_us = self.monotonic()
        wanted = shown | set(OF_KPI) if "kpi" in shown else set(shown)
        return {
            topic
            for topic in wanted
            if now_us - self._read_us.get(topic, -SECOND_US * 60) >= EVERY_US.get(topic, MACHINE_EVERY_US)
        }

    async def _read(self, conn: AsyncConnection, topics: set[str]) -> None:
        positions = await system.positions(conn)  # before the rows: what comes in between is read twice
        self.hub.data_ts = positions.data_ts
        order = ["machines", "alarms", "groups", "shipments", "vehicles", "zones", "moves", "system"]
        for topic in [*(one for one in order if one in topics), *(one for one in topics if one not in order)]:
            if topic != "kpi":
                began_us = self.monotonic()  # what a notice tells of from here on may be missing
                await self._reader(topic)(conn)
                self._read_us[topic] = began_us
        if "machines" in topics:
            self._seen_pos = min(positions.shard_pos, positions.plant_pos)
        if "kpi" in topics:
            began_us = self.monotonic()
            await self._read_kpi(conn)
            self._read_us["kpi"] = began_us

    def _reader(self, topic: str) -> Callable[[AsyncConnection], Awaitable[None]]:
        found = MACHINE.fullmatch(topic)
        if found:
            return lambda conn: self._read_machine(conn, topic, found[1])
        readers: dict[str, Callable[[AsyncConnection], Awaitable[None]]] = {
            "machines": self._read_machines,
            "alarms": self._read_alarms,
            "groups": self._read_groups,
            "shipments": self._read_shipments,
            "vehicles": self._read_vehicles,
            "zones": self._read_zones,
            "moves": self._read_moves,
            "system": self._read_system,
        }
        return readers[topic]

    def _put(self, topic: str, rows: list[Any]) -> None:
        board = self.hub.board(topic)
        if board:
            self.hub.publish(board.replace(rows))

    async def _read_machines(self, conn: AsyncConnection) -> None:
        now_us = self.monotonic()
        if self._whole_us is None or now_us - self._whole_us >= WHOLE_EVERY_US:
            self._whole_us = now_us
            self._put("machines", await machines.machines(conn))
            return
        # Shards commit on their own: only below the slowest one's position was everything seen.
        rows = await machines.machines(conn, after_pos=self._seen_pos)
        board = self.hub.board("machines")
        if board and rows:
            self.hub.publish(board.update(rows))

    async def _read_alarms(self, conn: AsyncConnection) -> None:
        self._put("alarms", await alarms.listing(conn, "active"))

    async def _read_groups(self, conn: AsyncConnection) -> None:
        self._put("groups", await alarm_groups.lines(conn))

    async def _read_shipments(self, conn: AsyncConnection) -> None:
        self._put("shipments", await shipments.listing(conn, self.clock()))

    async def _read_vehicles(self, conn: AsyncConnection) -> None:
        self._put("vehicles", await vehicles.listing(conn, await shipments.listing(conn, self.clock())))

    async def _read_zones(self, conn: AsyncConnection) -> None:
        self._put("zones", await items.zones(conn))

    async def _read_moves(self, conn: AsyncConnection) -> None:
        self._put("moves", await items.moves(conn, limit=50))

    async def _read_system(self, conn: AsyncConnection) -> None:
        self._put("system", [await self.vitals.row(conn)])

    async def _read_kpi(self, conn: AsyncConnection) -> None:
        now_us = self.monotonic()
        if self._present is None or now_us - self._present[0] >= EVERY_US["zones"]:
            self._present = (now_us, await items.present(conn))
        shown = {topic: list(self.hub.boards[topic].rows.values()) for topic in OF_KPI}
        figures = kpi.Kpi(
            machines=kpi.machine_figures(shown["machines"]),
            alarms=kpi.alarm_figures(await alarms.counts(conn)),
            vehicles=kpi.vehicle_figures(shown["vehicles"], self.clock() // 1000),
            shipments=kpi.shipment_figures(shown["shipments"]),
            items=kpi.ItemFigures(present=self._present[1]),
            readings_s=self.vitals.rates.readings_in_s,
        )
        self._put("kpi", [figures])

    async def _read_machine(self, conn: AsyncConnection, topic: str, key: str) -> None:
        board = self.hub.board(topic)
        found = await machines.machine(conn, key)
        if board is None or found is None:
            return
        recent = self._points.setdefault(topic, {})
        fresh = await self._new_points(conn, found, recent)
        row = {one.name: getattr(found, one.name) for one in fields(found)}
        change = board.replace([row | {"points": {name: list(points) for name, points in recent.items()}}])
        if change:  # the snapshot has the recent points, a change only the new ones
            self.hub.publish(Change(topic, change.seq, [row | {"points": fresh}], []))
        for gone in [one for one in self._points if one not in self.hub.boards]:
            del self._points[gone]

    async def _new_points(
        self, conn: AsyncConnection, machine: machines.Machine, recent: dict[str, deque[tuple[int, float]]]
    ) -> dict[str, list[tuple[int, float]]]:
        since = {}
        for signal in machine.signals:
            if signal.ts is not None and signal.value is not None:
                points = recent.setdefault(signal.name, deque(maxlen=RECENT_POINTS))
                since[signal.name] = points[-1][0] if points else signal.ts - 60_000
        fresh: dict[str, list[tuple[int, float]]] = {}
        for point in await readings.newest(conn, machine.key, since, NEWEST_POINTS):
            recent[point.name].append((point.ts, point.value))
            fresh.setdefault(point.name, []).append((point.ts, point.value))
        return fresh

    async def _read_on(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                # not wait_for: before Python 3.12 it can lose a cancellation
                async with asyncio.timeout(FALLBACK_S):
                    await self._news.wait()
            self._news.clear()
            try:
                await self.refresh()
                if self._is_behind():  # a notice came before a topic was due again: it is not forgotten
                    self._news.set()
            except ConnectionLost as error:
                self._lose(error)
            except Exception:  # noqa: BLE001 - a run loop, and the trace is logged
                # A fault in one topic must not freeze every screen for good.
                _log.exception("live read failed")
            await asyncio.sleep(MACHINE_EVERY_US / SECOND_US)

    def _is_behind(self) -> bool:
        """Whether something that is shown was last read before the last notice came."""
        shown = self.hub.shown() & EVERY_US.keys()
        return any(self._read_us.get(topic, self._told_us) < self._told_us for topic in shown)

    async def _listen(self) -> None:
        while True:
            try:
                said = live.notices(
                    self.settings.database_url,
                    role=self.settings.database_role,
                    schema=self.settings.database_schema,
                )
                async for _ in said:
                    self._told_us = self.monotonic()
                    self._news.set()
            except ConnectionLost as error:
                self._lose(error)
            await asyncio.sleep(FALLBACK_S)

    async def _beat_on(self) -> None:
        while True:
            self.hub.beat()
            await asyncio.sleep(HEARTBEAT_S)

    async def _sample_on(self) -> None:
        started_us = self.clock()
        while True:
            try:
                async with self.pool.connection() as conn:
                    await self.vitals.sample(conn)
                    detail = {"browsers": len(self.hub.clients), "topics": len(self.hub.shown())}
                    await beats.beat_async(conn, "web", started_us, self.clock(), detail)
                self.hub.database = True
            except ConnectionLost as error:
                self._lose(error)
            await asyncio.sleep(beats.EVERY_S)

    def _lose(self, error: Exception) -> None:
        if self.hub.database:
            _log.warning("database away; screens show what was last known", error=str(error))
            self.hub.database = False
            self.hub.beat()
