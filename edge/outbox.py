"""The agent's memory on disk: each message from before it is first sent until it is committed at the server.

One SQLite file, owned by one thread. A message, its number and its source's position are one transaction,
written with `synchronous=FULL`; a message is read for sending only after that. Each lane is a table whose
key is the seq, so that appending is writing at the end of a tree.

Rows leave by the server's mark, and not at once: committed rows of the last 24 h or 64 MiB stay, for a
server that is restored from a backup. Over its caps the file lets go of whole messages, the oldest first,
and counts them; the server sees by `lo` that they will never come.
"""

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, Self

from edge import salvage
from edge.outbox_file import (
    AFTER,
    ASIDE,
    DELETE,
    INSERT,
    NEGATE,
    REPLACE,
    SHIFT,
    TOTAL,
    Row,
    connect,
    create,
    new_boot,
    size_of,
)
from lineshaft.clock import SECOND_US, Clock
from lineshaft.wire.envelope import Lane

REFUSED_KEPT = 1_000
"""Messages the broker refused, kept for a person to look at."""
STEP = 500
"""Rows looked at in one go when old ones are let go."""


class Limits(NamedTuple):
    """How much the file may keep."""

    max_bytes: int = 1024**3
    max_s: float = 72 * 3600
    ring_bytes: int = 64 * 1024**2
    """Of committed rows; likewise `ring_s`."""
    ring_s: float = 24 * 3600


class Depth(NamedTuple):
    """What waits to be committed."""

    messages: int
    bytes: int
    oldest_us: int | None
    dropped: int


class Outbox:
    """The open file. Not to be shared between threads."""

    def __init__(self, connection: sqlite3.Connection, limits: Limits, clock: Clock) -> None:
        self._connection = connection
        self._limits = limits
        self._clock = clock
        self.boot, self.run, self.db, self.salvaged = "", 0, "", 0
        self.issued: dict[Lane, int] = {}
        self.committed: dict[Lane, int] = {}
        self.dropped = 0
        """Messages given up before they were committed, since the file was made."""
        self.missing: int | None = None
        """Of a damaged file that was found now: how many messages could not be read."""
        self._total: dict[Lane, int] = {}
        self._lo: dict[Lane, int] = {}
        self._load()

    @classmethod
    def open(cls, path: Path, limits: Limits, clock: Clock, filler: tuple[str, bytes] | None = None) -> Self:
        """Open the file, or make it; one that is damaged is put aside and what can be read of it taken over.

        Args:
            path: the file.
            limits: how much it may keep.
            clock: for when messages were made.
            filler: topic and body of a message in place of one that cannot be read any more; without it, or
                without readable counters, what is taken over is numbered anew, as of a new boot.

        Raises:
            OSError: the folder cannot be written.
            sqlite3.Error: the file cannot be opened or made.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        rescued = None
        if path.exists() and not salvage.is_sound(path):
            rescued = salvage.rescue(path)
            salvage.put_aside(path, clock() // SECOND_US)
        connection = connect(path)
        with connection:
            if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'file'").fetchone():
                create(connection)
            connection.execute("UPDATE file SET run = run + 1")
        outbox = cls(connection, limits, clock)
        if rescued is not None:
            outbox._take_over(rescued, filler)
        return outbox

    @classmethod
    @contextlib.contextmanager
    def look(cls, path: Path, clock: Clock) -> Iterator[Self]:
        """The file for reading only, beside an agent that runs."""
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
        try:
            yield cls(connection, Limits(), clock)
        finally:
            connection.close()

    @property
    def now_ms(self) -> int:
        """The time by the clock that stamps its rows."""
        return self._clock() // 1000

    def close(self) -> None:
        """Close the file; nothing is lost if this never happens."""
        self._connection.close()

    def put(self, lane: Lane, messages: Iterable[tuple[str, bytes]], positions: Mapping[str, str]) -> None:
        """Keep messages for good, numbered in this order, and how far their sources had come.

        Args:
            lane: which queue.
            messages: topic and body of each.
            positions: source → where it goes on after these messages.

        Raises:
            sqlite3.OperationalError: the disk is full or failing; nothing is kept, and nothing has changed.
        """
        seq, total, now_us = self.issued[lane], self._total[lane], self._clock()
        rows = []
        for topic, body in messages:
            seq, total = seq + 1, total + size_of(topic, body)
            rows.append(Row(seq, now_us, total, topic, body))
        with self._connection:
            self._connection.executemany(INSERT[lane], rows)
            self._connection.execute("UPDATE lane SET issued = ? WHERE lane = ?", (seq, lane))
            self._connection.executemany("INSERT OR REPLACE INTO position VALUES (?, ?)", positions.items())
        self.issued[lane], self._total[lane] = seq, total

    def after(self, lane: Lane, seq: int, limit: int) -> list[Row]:
        """The next rows behind a seq, in order."""
        return [Row(*row) for row in self._connection.execute(AFTER[lane], (seq, limit))]

    def lo(self, lane: Lane) -> int:
        """The lowest seq still held; the next to be given where none is."""
        return self._lo[lane]

    def depth(self) -> Depth:
        """What waits to be committed."""
        first = {lane: self.after(lane, self.committed[lane], 1) for lane in Lane}
        waiting = [(lane, rows[0]) for lane, rows in first.items() if rows]
        return Depth(
            messages=sum(self.issued[lane] - row.seq + 1 for lane, row in waiting),
            bytes=sum(self._total[lane] - row.total + size_of(row.topic, row.body) for lane, row in waiting),
            oldest_us=min((row.made_us for _, row in waiting), default=None),
            dropped=self.dropped,
        )

    def position(self, source: str) -> str | None:
        """Where a source goes on, as it said with its last kept message."""
        row = self._connection.execute("SELECT at FROM position WHERE source = ?", (source,)).fetchone()
        return None if row is None else str(row[0])

    def note_mark(self, db: str, committed: Mapping[Lane, int]) -> None:
        """Keep what the server said is committed."""
        if db == self.db and committed == self.committed:
            return
        with self._connection:
            self._connection.execute("UPDATE file SET db = ?", (db,))
            self._connection.executemany(
                "UPDATE lane SET committed = ? WHERE lane = ?",
                [(seq, lane) for lane, seq in committed.items()],
            )
        self.db, self.committed = db, dict(committed)

    def replace(self, lane: Lane, seq: int, reason: int, message: tuple[str, bytes]) -> None:
        """Put a refused message aside and another in its place: a missing number would hold up all behind."""
        with self._connection:
            self._connection.execute(ASIDE[lane], (lane, reason, seq))
            self._connection.execute(
                "DELETE FROM refused WHERE rowid <= last_insert_rowid() - ?", (REFUSED_KEPT,)
            )
            self._connection.execute(REPLACE[lane], (*message, seq))

    def renew(self, committed: Mapping[Lane, int] | None = None) -> None:
        """Begin a new boot with what is not committed, numbered from 1 again.

        Args:
            committed: what is so beyond what this file was told; nothing more if it is not given.
        """
        for lane, seq in (committed or {}).items():
            self.committed[lane] = max(self.committed[lane], seq)
        with self._connection:
            self._connection.execute("UPDATE file SET boot = ?, db = ''", (new_boot(),))
            for lane in Lane:
                self._connection.execute(DELETE[lane], (self.committed[lane],))
                first = self.after(lane, 0, 1)
                offset = first[0].seq - 1 if first else self.issued[lane]
                self._connection.execute(
                    NEGATE[lane]
                )  # by way of negative numbers, so that no key is met twice
                self._connection.execute(SHIFT[lane], (offset,))
                self._connection.execute(
                    "UPDATE lane SET issued = issued - ?, committed = 0 WHERE lane = ?", (offset, lane)
                )
        self._load()

    def trim(self) -> int:
        """Let go of what may go: committed rows beyond the ring, and over the caps the oldest rows of all.

        Returns:
            How many messages were given up before they were committed.
        """
        now_us = self._clock()
        dropped = self.dropped
        with self._connection:
            for lane in Lane:
                ring = self._limits.ring_bytes // len(Lane)
                before_us = now_us - round(self._limits.ring_s * SECOND_US)
                while self._drop(lane, self._spare(lane) - ring, before_us, self.committed[lane]):
                    pass
                before_us = now_us - round(self._limits.max_s * SECOND_US)
                while self._drop(lane, 0, before_us, self.issued[lane]):
                    pass
            while (excess := self._bytes() - self._limits.max_bytes) > 0:
                oldest = min((rows[0].made_us, lane) for lane in Lane if (rows := self.after(lane, 0, 1)))
                self._drop(oldest[1], excess, 0, self.issued[oldest[1]])
        return self.dropped - dropped

    def _drop(self, lane: Lane, excess: int, before_us: int, last: int) -> bool:
        """Delete from the front what is over or too old, up to a seq; True where there may be more."""
        cut = 0
        rows = self.after(lane, 0, STEP)
        for row in rows:
            is_over = excess > 0
            if row.seq > last or not (is_over or row.made_us < before_us):
                break
            cut, excess = row.seq, excess - size_of(row.topic, row.body)
        if not cut:
            return False
        self._connection.execute(DELETE[lane], (cut,))
        self._lo[lane] = cut + 1
        lost = max(0, cut - max(self.committed[lane], rows[0].seq - 1))
        self.dropped += lost
        self._connection.execute("UPDATE lane SET dropped = dropped + ? WHERE lane = ?", (lost, lane))
        return cut == rows[-1].seq

    def _spare(self, lane: Lane) -> int:
        """Bytes of committed rows still kept."""
        first, next_ = self.after(lane, 0, 1), self.after(lane, self.committed[lane], 1)
        if not first or first[0].seq > self.committed[lane]:
            return 0
        before = first[0].total - size_of(first[0].topic, first[0].body)
        end = next_[0].total - size_of(next_[0].topic, next_[0].body) if next_ else self._total[lane]
        return end - before

    def _bytes(self) -> int:
        """Bytes of all rows."""
        firsts = [(lane, rows[0]) for lane in Lane if (rows := self.after(lane, 0, 1))]
        return sum(self._total[lane] - row.total + size_of(row.topic, row.body) for lane, row in firsts)

    def _load(self) -> None:
        """Read the counters of both lanes."""
        (self.boot, self.run, self.db, self.salvaged) = self._connection.execute(
            "SELECT boot, run, db, salvaged FROM file"
        ).fetchone()
        self.dropped = 0
        for number, issued, committed, dropped in self._connection.execute("SELECT * FROM lane").fetchall():
            lane = Lane(number)
            self.issued[lane], self.committed[lane] = issued, committed
            self.dropped += dropped
            first = self.after(lane, 0, 1)
            self._lo[lane] = first[0].seq if first else issued + 1
            (self._total[lane],) = self._connection.execute(TOTAL[lane]).fetchone()

    def _take_over(self, rescued: salvage.Rescued, filler: tuple[str, bytes] | None) -> None:
        """Keep what was read from a damaged file; its committed rows stay behind.

        The messages keep their numbers if these can be known: the server may have some, and its mark about
        them may not have been read yet. A filler for one that it has is a repeat, which it drops. What could
        not be read counts as given up.
        """
        messages = {lane: list(found.values()) for lane, found in rescued.messages.items()}
        stand = rescued.stand
        if stand is not None and filler is not None:
            for lane, found in rescued.messages.items():
                numbers = range(stand.committed[lane] + 1, stand.issued[lane] + 1)
                messages[lane] = [found.get(seq, filler) for seq in numbers]
            self._go_on(stand)
        for lane, rows in messages.items():
            self.put(lane, rows, rescued.positions)
        with self._connection:
            self._connection.execute("UPDATE file SET salvaged = 1")
            self._connection.executemany(
                "UPDATE lane SET dropped = dropped + ? WHERE lane = ?",
                [(missing, lane) for lane, missing in rescued.missing.items()],
            )
        self.salvaged, self.missing = 1, sum(rescued.missing.values())
        self.dropped += self.missing

    def _go_on(self, stand: salvage.Stand) -> None:
        """Be the file that this one replaces, up to what was committed."""
        with self._connection:
            self._connection.execute(
                "UPDATE file SET boot = ?, run = ?, db = ?", (stand.boot, stand.run + 1, stand.db)
            )
            self._connection.executemany(
                "UPDATE lane SET issued = ?, committed = ? WHERE lane = ?",
                [(seq, seq, lane) for lane, seq in stand.committed.items()],
            )
        self._load()
