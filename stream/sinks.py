"""Writes what the shards derived: one sink a process, so that bundles of several shards share a commit."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog
from bytewax.outputs import FixedPartitionedSink, StatefulSinkPartition
from prometheus_client import Counter, Gauge, Histogram

from lineshaft.clock import SECOND_US, Clock
from lineshaft.domain.results import Bundle
from lineshaft.store import bundles
from lineshaft.store.database import Connection, ConnectionLost
from stream.cluster import process_of, shard_of_key
from stream.commits import Commits
from stream.latency import EVENT_TO_COMMIT
from stream.refusals import DEAD_LETTERS

log = structlog.get_logger()

RETRY_S = 1.0
LIVE_US = SECOND_US // 10
"""Who shows what is latest is woken this often at the most; it looks by itself each second."""

COMMITS = Counter("lineshaft_flow_commits_total", "Transactions that wrote bundles")
READINGS = Counter("lineshaft_flow_readings_total", "Numeric readings that were committed")
FACTS = Counter("lineshaft_flow_facts_total", "Facts that were committed")
POSITION = Gauge("lineshaft_flow_position", "Journal position of the last bundle committed")
COMMIT_S = Histogram("lineshaft_flow_commit_seconds", "Time that a transaction took")
LATENCY = Histogram(
    "lineshaft_flow_latency_seconds",
    "From the receipt of a bundle's last row to its commit",
    buckets=(0.01, 0.02, 0.03, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 5.0, 60.0),
)


@dataclass(slots=True)
class BundleWriter:
    """One connection, opened when it is needed, and what is remembered between transactions."""

    connect: Callable[[], Connection]
    clock: Clock
    should_stop: Callable[[], bool]
    memory: bundles.Memory = field(default_factory=bundles.Memory)
    conn: Connection | None = None
    told_us: int = 0
    pos: int = 0
    readings: int = 0
    gave_up: bool = False
    is_astray: bool = False

    def write(self, values: list[Bundle]) -> None:
        """Write bundles in one transaction; waits while the database is away.

        Raises:
            ConnectionLost: the process must stop, and `gave_up` says so. No snapshot of the state may follow,
                or a restart would go on behind what was not written; so it must not end quietly.
            PositionError: the state does not fit the tables, and `is_astray` says so.
        """
        while True:
            try:
                self._write(values)
            except ConnectionLost as error:
                log.warning("database_lost", part="sink", why=str(error))
                self.close()
                self.gave_up = self.should_stop()
                if self.gave_up:
                    raise
                time.sleep(RETRY_S)
            except bundles.PositionError:
                self.is_astray = True
                raise
            else:
                return

    def close(self) -> None:
        """Hang up."""
        if self.conn:
            self.conn.close()
            self.conn = None

    def _write(self, values: list[Bundle]) -> None:
        if self.conn is None:
            self.conn = self.connect()
        tell_live = self.clock() - self.told_us >= LIVE_US
        begun = time.monotonic()
        written = bundles.write(self.conn, values, self.memory, tell_live=tell_live)
        COMMIT_S.observe(time.monotonic() - begun)
        if tell_live:
            self.told_us = self.clock()
        self._observe(values, written)

    def _observe(self, values: list[Bundle], written: bundles.Written) -> None:
        COMMITS.inc()
        READINGS.inc(written.readings)
        FACTS.inc(written.facts)
        for reason, times in written.rejects.items():
            DEAD_LETTERS.labels(reason).inc(times)
        self.readings += written.readings
        self.pos = max(self.pos, *(bundle.last_pos for bundle in values))
        POSITION.set(self.pos)
        now_us = self.clock()
        if written.bundles == len(values):  # what was written before was counted before
            EVENT_TO_COMMIT.committed(values, now_us)
        for bundle in values:
            if written.readings and len(bundle.readings):
                LATENCY.observe(max(now_us - bundle.received_us, 0) / SECOND_US)


class _Partition(StatefulSinkPartition[Bundle, None]):
    def __init__(self, writer: BundleWriter) -> None:
        self._writer = writer
        self._commits = Commits(writer.write, lambda: writer.memory.gathers)

    def write_batch(self, values: list[Bundle]) -> None:
        self._commits.put(values)

    def snapshot(self) -> None:
        """All before it is committed: a state that was kept must not be ahead of the tables."""
        self._commits.finish()

    def close(self) -> None:
        self._commits.finish()
        self._writer.close()


class TableSink(FixedPartitionedSink[Bundle, None]):
    """One partition a process, which writes what its shards derived."""

    def __init__(self, writer: BundleWriter, process: int = 0, processes: int = 1) -> None:
        """Write through a writer; `process` is this one's number in a cluster of so many."""
        self._writer = writer
        self._process = process
        self._processes = processes

    def list_parts(self) -> list[str]:
        """See bytewax; as texts they are in the order of their numbers."""
        return [f"process-{self._process:02}"]

    def part_fn(self, item_key: str) -> int:
        """See bytewax: a shard's bundles stay in the process that derived them."""
        return process_of(shard_of_key(item_key), self._processes)

    def build_part(self, step_id: str, for_part: str, resume_state: None) -> _Partition:  # noqa: ARG002 - theirs
        """See bytewax. What is written already is the database's word."""
        return _Partition(self._writer)
