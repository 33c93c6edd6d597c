"""Writes what has arrived into the journal, and knows how far every agent is committed.

One transaction holds the messages, the cursors they move, the books and the dead letters: they are all there
or none of them is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Event

import structlog

from lineshaft.broker.backoff import Backoff
from lineshaft.clock import SECOND_US, Clock, monotonic_clock, system_clock
from lineshaft.store import accounting, beats, bindings, cursors, dead_letters, journal
from lineshaft.store.database import Connection, ConnectionLost, ValueRefused, connect
from lineshaft.wire.rejected import Rejected
from stream import ingest_metrics
from stream.admission import admit, tick
from stream.ledger import Arrival, Ledger, Verdict
from stream.marking import Marking
from stream.settings import StreamSettings

PARTITION_CHECK = 250_000
"""Positions between two looks whether the journal has partitions ahead; a partition has a million."""

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Appender:
    """The journal's writer: one connection, made again when it is lost."""

    settings: StreamSettings
    stopping: Event
    started_us: int = 0
    """When this process started."""
    clock: Clock = system_clock
    ledger: Ledger = field(default_factory=Ledger)
    marking: Marking = field(default_factory=Marking)
    db: str = ""
    """The journal's id, told to agents in their marks."""
    pos: int = 0
    """The last position known."""
    _sampler: dead_letters.Sampler = field(default_factory=dead_letters.Sampler)
    _conn: Connection | None = None
    _checked_pos: int = 0
    _ticked_s: int = 0

    @property
    def is_connected(self) -> bool:
        """Whether the database was there at the last try."""
        return self._conn is not None

    def append(self, arrivals: list[Arrival]) -> bool:
        """Commit what has arrived, and a tick if a second has passed; tries until it is done.

        Returns:
            True once it is committed; False if the process stops first: then nothing may be acknowledged.
        """
        backoff = Backoff(base_s=0.2, cap_s=5)
        while True:
            try:
                self._try(arrivals)
            except (*ConnectionLost, cursors.CursorMovedError) as error:
                self.close()
                ingest_metrics.DATABASE_RETRIES.inc()
                _log.warning("not committed", error=str(error).strip(), waiting=len(arrivals))
                if self.stopping.wait(backoff.next_s()):
                    return False
            except ValueRefused as error:
                return self._append_apart(arrivals, error)
            else:
                return True

    def beat(self, detail: Mapping[str, object]) -> None:
        """Say that ingest is alive, if the database is; not over the word of one that started later."""
        if self._conn is not None:
            try:
                if journal.head(self._conn).db != self.db:
                    _log.warning("the journal has a new id: it was restored")
                    self.close()
                    return
                if not beats.is_superseded(self._conn, "ingest", self.started_us, self.clock()):
                    beats.beat(self._conn, "ingest", self.started_us, self.clock(), detail)
                self._conn.rollback()
            except ConnectionLost:
                self.close()

    def foreign_topics(self) -> bindings.Asked | None:
        """Which foreign topics to listen to; None where the database cannot be asked."""
        if self._conn is None:
            return None
        try:
            found = bindings.asked(self._conn)
            self._conn.rollback()
        except ConnectionLost:
            self.close()
            return None
        return found

    def close(self) -> None:
        """Let go of the connection; the next append makes a new one and reads the cursors again."""
        if self._conn is not None:
            self._conn.close()
            self._conn = None

    def _try(self, arrivals: list[Arrival]) -> None:
        conn = self._conn or self._open()
        with ingest_metrics.COMMIT_SECONDS.time():
            verdict = admit(self.ledger, arrivals)
            now_us = self.clock()
            second = now_us // SECOND_US
            if second != self._ticked_s:
                verdict.entries.append(tick(now_us))
            try:
                first = self._write(conn, verdict, now_us)
            except journal.JournalFullError:
                conn.rollback()
                self._make_partitions(conn)
                first = self._write(conn, verdict, now_us)
            conn.commit()
        self._ticked_s = second
        self.ledger.settle(verdict, now_us)
        self.marking.note(self.ledger, verdict, monotonic_clock())
        ingest_metrics.count(verdict)
        if verdict.entries:
            self.pos = first + len(verdict.entries) - 1
        if self.pos - self._checked_pos > PARTITION_CHECK:
            self._make_partitions(conn)

    def _write(self, conn: Connection, verdict: Verdict, now_us: int) -> int:
        """Write a verdict, uncommitted; gives its first entry's position.

        What is streamed comes first, while nothing is locked; the journal's lock comes last.
        """
        if verdict.entries:
            journal.stage(conn, verdict.entries)
        sampled = [self._sampler.sample(letter) for letter in verdict.letters]
        dead_letters.insert_many(conn, [letter for letter in sampled if letter is not None])
        cursors.move(conn, verdict.steps, now_us)
        cursors.book(conn, verdict.gaps, now_us)
        cursors.retain(conn, verdict.retained, now_us)
        accounting.count_messages(conn, verdict.tallies())
        return journal.append_staged(conn, verdict.entries) if verdict.entries else 0

    def _append_apart(self, arrivals: list[Arrival], error: Exception) -> bool:
        """Find the message that the database does not take, refuse it, and keep all others in their order."""
        if self._conn is not None:
            self._conn.rollback()
        if len(arrivals) > 1:
            middle = len(arrivals) // 2
            return self.append(arrivals[:middle]) and self.append(arrivals[middle:])
        if not arrivals or arrivals[0].fault is not None:
            raise error  # it is not the message's fault
        _log.error("the database refuses a message", topic=arrivals[0].message.topic, error=str(error))
        return self.append([arrivals[0]._replace(fault=Rejected("internal", str(error)[:300]))])

    def _open(self) -> Connection:
        conn = connect(
            self.settings.database_url,
            role=self.settings.database_role,
            schema=self.settings.database_schema,
            application="lineshaft ingest",
        )
        try:
            self.ledger = Ledger(
                cursors.load(conn), cursors.retained(conn), cursors.restored_us(conn),
                self.settings.ingest_rate, self.ledger.purses,
            )  # fmt: skip
            before, (self.db, self.pos) = self.db, journal.head(conn)
            if before not in {"", self.db}:  # agents have to hear it to go back
                self.marking.everyone(self.ledger, monotonic_clock())
            journal.make_stage(conn)
            self._make_partitions(conn)
        except BaseException:
            conn.close()
            raise
        self._conn = conn
        _log.info("database up", journal=self.db, pos=self.pos, lanes=len(self.ledger.cursors))
        return conn

    def _make_partitions(self, conn: Connection) -> None:
        journal.make_partitions(conn)
        conn.commit()
        self._checked_pos = self.pos
