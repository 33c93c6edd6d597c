"""Feeds the shard flow: one thread a process reads the journal for all shards it owns.

The thread is woken by ingest's commits and looks each second anyway. Each range it reads becomes a chunk for
every shard that has rows in it; the others get theirs a little later, so that all frontiers move on, and an
empty chunk does not cost its share of a commit each time. The flow's own thread only takes from queues, and
is never kept waiting.
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
AHEAD = 1
"""Ranges read ahead of the flow: the next one holds all that came while this one was derived, so that chunks
grow under load. With three, at 100,000 readings/s, they stayed small, and each waited behind two others."""
LINGER_S = 0.0025
"""Least time between two reads, for each shard that got rows: what a chunk costs however few they are. Under
load a chunk then holds many messages, and with few messages nothing waits."""
EMPTY_S = 0.1
"""How long a shard without rows may stand while others go on."""
AWAKE_S = 0.004
"""How often the flow looks into its empty queues while rows come; a common grid: all shards wake together."""
IDLE_AWAKE_S = 0.02
"""The same while no rows come."""
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
        """Of what has been read for each shard."""
        self._given: dict[int, int] = {}
        """Of what is in a chunk: it stays behind while the shard has no rows."""
        self._even_s = self._read_s = -1.0
        """When all shards were given all, and when there were rows; of the monotonic clock."""
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
    def is_busy(self) -> bool:
        """Whether rows came lately."""
        return time.monotonic() - self._read_s < POLL_S

    @property
    def is_alive(self) -> bool:
        """Whether chunks may still come."""
        return self._thread.is_alive()

    def own(self, shard: int, after_pos: int) -> None:
        """Read a shard too, from behind a position."""
        with self._changed:
            self._queues[shard] = deque()
            self._positions[shard] = self._given[shard] = after_pos
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
            busy = self._read(conn, after_pos, shards)
            wait_s = self._even_out(shards)
            if busy is not None:
                self._stop.wait(max(LINGER_S * busy - (time.monotonic() - begun), 0.0))
                continue
            # Nothing is lost between the read and the wait: notifications of a session are kept for it.
            for _ in listen(conn, ("journal",), wait_s):
                break

    def _read(self, conn: Connection, after_pos: int, shards: list[int]) -> int | None:
        """Queue the next range; gives how many shards have rows in it, None where there is none yet."""
        up_to = journal.head(conn).pos
        if up_to <= after_pos:
            conn.rollback()
            return None
        rows = journal.read(conn, after_pos, [*shards, journal.CONTROL_SHARD], ROWS, BYTES)
        conn.rollback()
        if len(rows) >= ROWS or sum(len(row.body) for row in rows) >= BYTES:
            up_to = min(up_to, rows[-1].pos)
        up_to = min([up_to, *(cut for cut in self._cuts if cut > after_pos)])
        if rows:
            self._read_s = time.monotonic()
        with self._changed:
            return sum([self._queue(shard, up_to, rows) for shard in shards])

    def _queue(self, shard: int, up_to: int, rows: list[journal.Row]) -> bool:
        """Queue a shard's rows of a range; whether there are any."""
        after_pos = self._positions[shard]
        if up_to <= after_pos:
            return False
        mine = [
            row
            for row in rows
            if after_pos < row.pos <= up_to and row.shard in {shard, journal.CONTROL_SHARD}
        ]
        self._positions[shard] = up_to
        if mine or up_to in self._cuts:
            self._give(shard, mine)
        return bool(mine)

    def _give(self, shard: int, rows: list[journal.Row]) -> None:
        up_to = self._positions[shard]
        self._queues[shard].append(Chunk(shard, self._given[shard] + 1, up_to, rows))
        self._given[shard] = up_to

    def _even_out(self, shards: list[int]) -> float:
        """Let shards that had no rows for a while follow the others; gives when to look again, in seconds."""
        now_s = time.monotonic()
        with self._changed:
            behind = [shard for shard in shards if self._given[shard] < self._positions[shard]]
            if behind and now_s - self._even_s < EMPTY_S:
                return self._even_s + EMPTY_S - now_s
            for shard in behind:
                self._give(shard, [])
            self._even_s = now_s
        return POLL_S


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
        step_us = round((AWAKE_S if self._reader.is_busy else IDLE_AWAKE_S) * SECOND_US)
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
