"""Writes what the plant flow found: bundle and position in one transaction, or neither.

The rows are the truth for alarms and items: they are read, changed by the domain's pure steps and written in
that transaction, so operators and the flow cannot talk past one another, and a restart needs no snapshot.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

import orjson
import structlog
from bytewax.outputs import FixedPartitionedSink, StatefulSinkPartition
from prometheus_client import Counter, Gauge, Histogram

from lineshaft.clock import SECOND_US, Clock
from lineshaft.domain.items import Item, Move, follow
from lineshaft.store import alarm_changes, causes, dead_letters, facts, items, parents, shipments
from lineshaft.store.database import Connection, ConnectionLost, RowError
from lineshaft.store.facts import Control
from stream import plant_past
from stream.plant_state import PlantBundle, Refused

log = structlog.get_logger()

RETRY_S = 1.0
QUIET_US = SECOND_US
"""Bundles without content are not worth a commit each: the position alone is written this often."""
BOOKKEEPING_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)

BUNDLES = Counter("lineshaft_plant_bundles_total", "Bundles with content that were committed")
ALARM_CHANGES = Counter("lineshaft_plant_alarm_changes_total", "Transitions of alarms that were committed")
REFUSED = Counter("lineshaft_plant_refused_total", "Facts and control rows that could not be used")
POSITION = Gauge("lineshaft_plant_position", "Journal position that the plant's tables reach")
LATENCY = Histogram(
    "lineshaft_plant_alarm_latency_seconds",
    "From when a condition became so to the commit of its alarm",
    buckets=BOOKKEEPING_BUCKETS,
)


class PositionError(Exception):
    """The plant's position is where this process never put it: another one writes."""


@dataclass(slots=True)
class PlantWriter:
    """One connection and the position it has written."""

    connect: Callable[[], Connection]
    clock: Clock
    written: int
    """The position the tables reach."""
    waiting: int = 0
    """The position they could be moved to, had there been content."""
    conn: Connection | None = None
    moved_us: int = 0
    should_stop: Callable[[], bool] = lambda: False
    """Asked while the database is away; what is given up then, the next process reads and writes again."""
    has_given_up: bool = False

    def write(self, bundle: PlantBundle) -> None:
        """Write a bundle; waits while the database is away."""
        if bundle.pos <= self.written or self.has_given_up:
            return
        if bundle.is_empty and self.clock() - self.moved_us < QUIET_US:
            self.waiting = bundle.pos
            return
        self._take(bundle)

    def settle(self) -> None:
        """Write down how far the flow came, for who waits for it: perhaps nothing follows for a while."""
        if self.waiting > self.written and not self.has_given_up:
            self._take(PlantBundle(self.written, self.waiting))

    def _take(self, bundle: PlantBundle) -> None:
        if not self._write_in_the_end(bundle):
            return
        self.written = self.waiting = bundle.pos
        self.moved_us = self.clock()
        POSITION.set(bundle.pos)
        self._observe(bundle)

    def close(self) -> None:
        """Write down how far the flow came, and hang up."""
        if self.conn and self.waiting > self.written:
            facts.move_plant_position(self.conn, self.written, self.waiting)
            self.conn.commit()
        self._hang_up()

    def _write_in_the_end(self, bundle: PlantBundle) -> bool:
        while not self.has_given_up:
            try:
                self._write(bundle)
            except ConnectionLost as error:
                log.warning("database_lost", part="sink", why=str(error))
                self._hang_up()
                self.has_given_up = self.should_stop()
                time.sleep(RETRY_S)
            else:
                return True
        return False

    def _hang_up(self) -> None:
        if self.conn:
            self.conn.close()
        self.conn = None

    def _write(self, bundle: PlantBundle) -> None:
        if self.conn is None or self.conn.closed:
            self.conn = self.connect()
        with self.conn.transaction():
            if not facts.move_plant_position(self.conn, self.written, bundle.pos):
                found = facts.plant_position(self.conn)
                if found == bundle.pos:
                    return  # the commit that was lost had arrived
                raise PositionError(f"expected {self.written}, found {found}")
            try:
                with self.conn.transaction():
                    _put(self.conn, bundle)
            except RowError as error:
                log.exception("bundle_refused", pos=bundle.pos, why=str(error))
                _put_singly(self.conn, bundle)
            if not bundle.is_empty:
                facts.tell_live(self.conn, bundle.pos)

    def _observe(self, bundle: PlantBundle) -> None:
        if bundle.is_empty:
            return
        BUNDLES.inc()
        REFUSED.inc(len(bundle.refused))
        now_us = self.clock()
        for change in bundle.alarms:
            ALARM_CHANGES.inc()
            LATENCY.observe(max(now_us - change.at_us, 0) / SECOND_US)


def _put(conn: Connection, bundle: PlantBundle) -> None:
    alarm_changes.apply(conn, bundle.alarms)
    causes.write(conn, bundle.together, bundle.pos)
    if bundle.down is not None:
        parents.keep(conn, bundle.down, bundle.pos)
    _put_items(conn, bundle)
    shipments.write(conn, bundle.shipments.values())
    shipments.deliver(conn, bundle.deliveries)
    dead_letters.insert_many(conn, map(_letter, bundle.refused))
    if bundle.state:
        plant_past.keep(conn, bundle.pos, bundle.state)


def _put_singly(conn: Connection, bundle: PlantBundle) -> None:
    """Each thing for itself, so that one that PostgreSQL refuses does not take the others with it."""
    for piece in bundle.pieces():
        try:
            with conn.transaction():
                _put(conn, piece)
        except RowError as error:
            REFUSED.inc()
            log.error("piece_refused", pos=bundle.pos, piece=repr(piece)[:500], why=str(error))  # noqa: TRY400


def _put_items(conn: Connection, bundle: PlantBundle) -> None:
    if not bundle.sightings:
        return
    known = items.of_epcs(conn, [sighting.epc for _, sighting in bundle.sightings])
    changed: dict[str, tuple[Item, int]] = {}
    moves: list[tuple[int, int, Move]] = []
    places: dict[int, int] = {}
    for pos, sighting in bundle.sightings:
        item, move = follow(known.get(sighting.epc), sighting)
        known[item.epc] = item
        changed[item.epc] = (item, pos)
        if move:
            moves.append((pos, places.get(pos, 0), move))
            places[pos] = places.get(pos, 0) + 1
    items.write(conn, changed.values(), moves)


def _letter(refused: Refused) -> dead_letters.Letter:
    row = refused.row
    topic = row.topic if isinstance(row, Control) else f"fact/{row.kind}/{row.source}"
    body = row.body if isinstance(row, Control) else orjson.dumps(row.body)
    return dead_letters.Letter(row.at_us, "plant", topic, "shape", refused.detail, body, row.pos)


class _Partition(StatefulSinkPartition[PlantBundle, None]):
    def __init__(self, writer: PlantWriter) -> None:
        self._writer = writer

    def write_batch(self, values: list[PlantBundle]) -> None:
        for bundle in values:
            self._writer.write(bundle)

    def snapshot(self) -> None:
        """See bytewax; it comes at the end of each epoch in which bundles came."""
        self._writer.settle()

    def close(self) -> None:
        self._writer.close()


class PlantSink(FixedPartitionedSink[PlantBundle, None]):
    """One partition: the plant is one."""

    def __init__(self, writer: PlantWriter) -> None:
        """Write through a writer that knows its position."""
        self._writer = writer

    def list_parts(self) -> list[str]:
        """See bytewax."""
        return ["plant"]

    def build_part(self, step_id: str, for_part: str, resume_state: None) -> _Partition:  # noqa: ARG002 - theirs
        """See bytewax. Where to resume is the database's word."""
        return _Partition(self._writer)
