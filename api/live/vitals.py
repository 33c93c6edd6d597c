"""How the system fares: counters sampled every two seconds, and seldom what is slow to count."""

from dataclasses import dataclass, field
from typing import Any

from typing_extensions import TypedDict  # pydantic reads typing.TypedDict only from Python 3.12 on

from api.live.rates import Meter, Rates
from lineshaft import __version__
from lineshaft.clock import SECOND_US, Clock, monotonic_clock
from lineshaft.store import beats, letters, system
from lineshaft.store.database import AsyncConnection

STALE_MS = beats.STALE_S * 1000
DOWN_MS = 3 * STALE_MS
SIZES_EVERY_US = 30 * SECOND_US


class ServiceRow(TypedDict):
    """A service by its own last word."""

    service: str
    state: str
    """up, stale or down."""
    seen: int
    started: int
    version: str
    detail: dict[str, Any]


class JournalRow(TypedDict):
    """How far the journal goes, and how far the flows have come."""

    head: int
    shard_pos: int
    plant_pos: int


class DatabaseRow(TypedDict):
    """What kind of database and how large."""

    flavour: str
    bytes: int


@dataclass(slots=True, frozen=True)
class SystemRow:
    """What topic `system` and `GET /api/v1/system` show."""

    services: list[ServiceRow]
    rates: Rates
    journal: JournalRow
    database: DatabaseRow
    dead_letters: int
    version: str


@dataclass(slots=True)
class Vitals:
    """Remembers the counters for rates, and what is slow to count."""

    clock: Clock
    monotonic: Clock = monotonic_clock
    rates: Rates = field(default_factory=Rates)
    _meter: Meter = field(default_factory=Meter)
    _sized_us: int | None = None
    _database: DatabaseRow = field(default_factory=lambda: DatabaseRow(flavour="plain", bytes=0))
    _dead_letters: int = 0

    async def sample(self, conn: AsyncConnection) -> None:
        """Take the counters; every two seconds gives good rates."""
        now_us = self.monotonic()
        self.rates = self._meter.add(now_us, await system.counters(conn))
        if self._sized_us is None or now_us - self._sized_us > SIZES_EVERY_US:
            self._sized_us = now_us
            self._database = DatabaseRow(
                flavour=await system.flavour(conn), bytes=await system.database_bytes(conn)
            )
            self._dead_letters = (await letters.totals(conn)).waiting

    async def row(self, conn: AsyncConnection) -> SystemRow:
        """How everything is now."""
        if self._sized_us is None:
            await self.sample(conn)
        now_ms = self.clock() // 1000
        positions = await system.positions(conn)
        return SystemRow(
            services=[_service(beat, now_ms) for beat in await beats.every(conn)],
            rates=self.rates,
            journal=JournalRow(
                head=positions.head, shard_pos=positions.shard_pos, plant_pos=positions.plant_pos
            ),
            database=self._database,
            dead_letters=self._dead_letters,
            version=__version__,
        )


def state_of(age_ms: int) -> str:
    """What a service's silence means; services speak every two seconds.

    >>> [state_of(age_ms) for age_ms in (2_000, 12_000, 60_000)]
    ['up', 'stale', 'down']
    """
    if age_ms <= STALE_MS:
        return "up"
    return "stale" if age_ms <= DOWN_MS else "down"


def _service(beat: beats.Beat, now_ms: int) -> ServiceRow:
    seen_ms = beat.seen_us // 1000
    return ServiceRow(
        service=beat.service,
        state=state_of(now_ms - seen_ms),
        seen=seen_ms,
        started=beat.started_us // 1000,
        version=beat.version,
        detail=beat.detail,
    )
