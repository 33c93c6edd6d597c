"""Feeds the shard flow: one thread a process reads the journal for all shards it owns.

The thread is woken by ingest's commits and looks each second anyway. Each range it reads becomes a chunk for
every shard, so that all frontiers move together; the flow's own thread only takes from queues, and is never
kept waiting.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from types import TracebackType
from typing import Self

import structlog
from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition

from lineshaft.clock import SECOND_US, system_clock, to_datetime
from lineshaft.store import journal
from lineshaft.store.database import Connection, ConnectionLost, listen
from stream.chunk import Chunk
from stream.cluster import key_of, shard_of_key, shards_of

log = structlog.get_logger()

ROWS = 2_000
BYTES = 8 << 20
"""Read at once, at most."""
AHEAD = 3
"""Ranges read ahead of the flow."""
LINGER_S = 0.02
"""Least time between two reads: under load a commit then holds many messages, and costs the same."""
AWAKE_S = 0.02
"""How often an idle flow looks into its queues; a common grid, so that all shards wake together."""
POLL_S = 1.0
"""How long a lost notification may delay us."""
RETRY_S = 1.0

KeyedChunk = tuple[str, Chunk]


class JournalReader:
    """Reads chunks in the background, from entering the context to leaving it."""

    def __init__(self, connect: Callable[[], Connection], cuts: Iterable[int]) -> None:
        """Nothing happens before the context is entered.

        Args:
            connect: gives a new connection.
            cuts: positions at which a chunk must end: those the sinks have stored, so that each bundle made
                again is either wholly written or wholly new.
        """
        self._connect = connect
        self._cuts = sorted(set(cuts))
        self._stop = threading.Event()
        self._changed = threading.Condition()
        self._queues: dict[int, deque[Chunk]] = {}
        self._positions: dict[int, int] = {}
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        with self._changed:
            self._changed.notify_all()
        self._thread.join()

    @property
    def is_owned(self) -> bool:
        """Whether the dataflow runs: in a cluster it begins once all processes are there."""
        return bool(self._positions)

    @property
    def is_alive(self) -> bool:
        """Whether chunks may still come."""
        return self._thread.is_alive()

    def own(self, shard: int, after_pos: int) -> None:
        """Read a shard too, from behind a position."""
        with self._changed:
            self._queues[shard] = deque()
            self._positions[shard] = after_pos
            self._changed.notify_all()

    def take(self, shard: int) -> Chunk | None:
        """The shard's next chunk, if there is one."""
        queue = self._queues[shard]
        if not queue:
            return None
        with self._changed:
            self._changed.notify_all()
            return queue.popleft()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with self._connect() as conn:
                    self._follow(conn)
            except ConnectionLost as error:
                log.warning("database_lost", part="journal", why=str(error))
                self._stop.wait(RETRY_S)

    def _follow(self, conn: Connection) -> None:
        while not self._stop.is_set():
            with self._changed:
                if not self._positions or any(len(queue) >= AHEAD for queue in self._queues.values()):
                    self._changed.wait(0.2)
                    continue
                after_pos, shards = min(self._positions.values()), [*self._positions]
            begun = time.monotonic()
            if self._read(conn, after_pos, shards):
                self._stop.wait(max(LINGER_S - (time.monotonic() - begun), 0.0))
                continue
            # Nothing is lost between the read and the wait: notifications of a session are kept for it.
            for _ in listen(conn, ("journal",), POLL_S):
                break

    def _read(self, conn: Connection, after_pos: int, shards: list[int]) -> bool:
        """Queue the next range; False where there is none yet."""
        up_to = journal.head(conn).pos
        if up_to <= after_pos:
            conn.rollback()
            return False
        rows = journal.read(conn, after_pos, [*shards, journal.CONTROL_SHARD], ROWS, BYTES)
        conn.rollback()
        if len(rows) >= ROWS or sum(len(row.body) for row in rows) >= BYTES:
            up_to = min(up_to, rows[-1].pos)
        up_to = min([up_to, *(cut for cut in self._cuts if cut > after_pos)])
        with self._changed:
            for shard in shards:
                self._queue(shard, up_to, rows)
        return True

    def _queue(self, shard: int, up_to: int, rows: list[journal.Row]) -> None:
        after_pos = self._positions[shard]
        if up_to > after_pos:
            mine = [
                row
                for row in rows
                if after_pos < row.pos <= up_to and row.shard in {shard, journal.CONTROL_SHARD}
            ]
            self._queues[shard].append(Chunk(shard, after_pos + 1, up_to, mine))
            self._positions[shard] = up_to


class _Partition(StatefulSourcePartition[KeyedChunk, int]):
    def __init__(
        self, reader: JournalReader, key: str, after_pos: int, should_stop: Callable[[], bool]
    ) -> None:
        self._reader = reader
        self._key = key
        self._shard = shard_of_key(key)
        self._pos = after_pos
        self._should_stop = should_stop
        self._is_idle = False
        reader.own(self._shard, after_pos)

    def next_batch(self) -> Iterable[KeyedChunk]:
        if self._should_stop():
            raise StopIteration
        chunk = self._reader.take(self._shard)
        self._is_idle = chunk is None
        if chunk is None:
            if not self._reader.is_alive:
                raise RuntimeError("the journal's reader has ended; its log has the trace")
            return []
        self._pos = chunk.last_pos
        return [(self._key, chunk)]

    def next_awake(self) -> datetime | None:
        if not self._is_idle:
            return None
        step_us = round(AWAKE_S * SECOND_US)
        return to_datetime((system_clock() // step_us + 1) * step_us)

    def snapshot(self) -> int:
        return self._pos


class JournalSource(FixedPartitionedSource[KeyedChunk, int]):
    """The journal, a partition a shard; its state is the position of the last chunk given."""

    def __init__(
        self,
        reader: JournalReader,
        should_stop: Callable[[], bool],
        reached: Mapping[int, int],
        process: int = 0,
        processes: int = 1,
    ) -> None:
        """Take chunks from a running reader until `should_stop`.

        Args:
            reader: not used by another source.
            should_stop: asked before each chunk.
            reached: by shard, where the state stands that the steps begin with; else at the beginning.
            process: this one's number in a cluster.
            processes: how many there are.
        """
        self._reader = reader
        self._should_stop = should_stop
        self._reached = reached
        self._keys = [key_of(shard, processes) for shard in shards_of(process, processes)]

    def list_parts(self) -> list[str]:
        """See bytewax: the shards that this process looks after."""
        return self._keys

    def build_part(self, step_id: str, for_part: str, resume_state: int | None) -> _Partition:  # noqa: ARG002 - theirs
        """See bytewax. Without a state all is derived anew, from the nearest kept state."""
        after_pos = self._reached.get(shard_of_key(for_part), 0) if resume_state is None else resume_state
        return _Partition(self._reader, for_part, after_pos, self._should_stop)
