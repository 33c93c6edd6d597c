"""Feeds the plant flow: a thread reads facts and control rows as far as all shards have come.

The thread is woken by the shards' commits and looks each second anyway; the flow's own thread only takes from
a queue, and is never kept waiting.
"""

import queue
import threading
from collections.abc import Callable, Iterable
from datetime import datetime
from types import TracebackType
from typing import Self

import structlog
from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition

from lineshaft.clock import system_clock, to_datetime
from lineshaft.store import facts
from lineshaft.store.database import Connection, ConnectionLost, listen
from stream.plant_state import PlantChunk

log = structlog.get_logger()

POLL_S = 1.0
"""How long a lost notification may delay us."""
RETRY_S = 1.0
FACTS = 5_000
"""Read at once, about."""
POSITIONS = 50_000
"""Read at once at most: control rows are found by passing over the messages between them."""
WAITING = 4
"""Chunks read ahead."""
AWAKE_US = 20_000
"""How often an idle flow looks into the queue: little beside the second that an alarm may take."""
PARTITION = "plant"


class FactReader:
    """Reads chunks in the background, from entering the context to leaving it."""

    def __init__(self, connect: Callable[[], Connection], after_pos: int) -> None:
        """Nothing happens before the context is entered.

        Args:
            connect: gives a new connection.
            after_pos: what the plant's tables hold already.
        """
        self.chunks: queue.Queue[PlantChunk] = queue.Queue(WAITING)
        self._connect = connect
        self._pos = after_pos
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="facts", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    @property
    def is_alive(self) -> bool:
        """Whether chunks may still come."""
        return self._thread.is_alive()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with self._connect() as conn:
                    self._follow(conn)
            except ConnectionLost as error:
                log.warning("database_lost", part="facts", why=str(error))
                self._stop.wait(RETRY_S)

    def _follow(self, conn: Connection) -> None:
        while not self._stop.is_set():
            if self._read(conn):
                continue
            # Nothing is lost between the read and the wait: notifications of a session are kept for it.
            for _ in listen(conn, ("facts",), POLL_S):
                break

    def _read(self, conn: Connection) -> bool:
        """Queue the next chunk; False where there is none yet."""
        frontier = facts.frontier(conn)
        if frontier <= self._pos:
            conn.rollback()
            return False
        up_to = facts.reach(conn, self._pos, min(frontier, self._pos + POSITIONS), FACTS)
        chunk = PlantChunk(self._pos, up_to, facts.read(conn, self._pos, up_to))
        conn.rollback()
        while not self._stop.is_set():
            try:
                self.chunks.put(chunk, timeout=0.2)
            except queue.Full:
                continue
            self._pos = up_to
            break
        return True


class _Partition(StatefulSourcePartition[PlantChunk, int]):
    def __init__(self, reader: FactReader, should_stop: Callable[[], bool]) -> None:
        self._reader = reader
        self._should_stop = should_stop
        self._pos = 0
        self._is_idle = False

    def next_batch(self) -> Iterable[PlantChunk]:
        if self._should_stop():
            raise StopIteration
        try:
            chunk = self._reader.chunks.get_nowait()
        except queue.Empty:
            if not self._reader.is_alive:
                raise RuntimeError("the facts' reader has ended; its log has the trace") from None
            self._is_idle = True
            return []
        self._is_idle = False
        self._pos = chunk.pos
        return [chunk]

    def next_awake(self) -> datetime | None:
        return to_datetime(system_clock() + AWAKE_US) if self._is_idle else None

    def snapshot(self) -> int:
        return self._pos


class PlantSource(FixedPartitionedSource[PlantChunk, int]):
    """One partition: the plant is one."""

    def __init__(self, reader: FactReader, should_stop: Callable[[], bool]) -> None:
        """Take chunks from a running reader until `should_stop`."""
        self._reader = reader
        self._should_stop = should_stop

    def list_parts(self) -> list[str]:
        """See bytewax."""
        return [PARTITION]

    def build_part(self, step_id: str, for_part: str, resume_state: int | None) -> _Partition:  # noqa: ARG002 - theirs
        """See bytewax. Where to resume is the database's word: it is in the reader."""
        return _Partition(self._reader, self._should_stop)
