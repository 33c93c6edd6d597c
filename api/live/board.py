"""What one topic shows now, and what became different: pure, no input or output."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

Row = Any
"""A row of the API: a dataclass, compared as a whole."""

LARGEST = 256 * 1024
"""Characters of one message; a client that needs more is told to fetch a snapshot."""


@dataclass(slots=True)
class Board:
    """The rows of a topic by id, in the order they were given; or one object, under the id ''."""

    topic: str
    id_of: Callable[[Row], str] | None
    """None: the topic is one object."""
    rows: dict[str, Row] = field(default_factory=dict)
    seq: int = 0
    """Rises by one with each delta."""
    loaded: bool = False

    def replace(self, rows: Sequence[Row]) -> "Change | None":
        """Take the whole state; what is not in it is gone."""
        fresh = {self._id(row): row for row in rows}
        gone = [key for key in self.rows if key not in fresh]
        return self._take(fresh, gone)

    def update(self, rows: Sequence[Row]) -> "Change | None":
        """Take some rows; the others stay as they are."""
        return self._take({**self.rows, **{self._id(row): row for row in rows}}, [])

    @property
    def shown(self) -> Row:
        """What a snapshot says: the rows, or the object."""
        if self.id_of:
            return list(self.rows.values())
        return self.rows.get("")

    def _id(self, row: Row) -> str:
        return self.id_of(row) if self.id_of else ""

    def _take(self, fresh: dict[str, Row], gone: list[str]) -> "Change | None":
        changed = [row for key, row in fresh.items() if key not in self.rows or self.rows[key] != row]
        first = not self.loaded
        self.rows, self.loaded = fresh, True
        if not (changed or gone or first):
            return None
        self.seq += 1
        return Change(self.topic, self.seq, changed, gone)


@dataclass(slots=True, frozen=True)
class Change:
    """From one seq of a topic to the next."""

    topic: str
    seq: int
    rows: list[Row]
    gone: list[str]


def delta(change: Change, epoch: str, now_ms: int) -> str:
    """The message that carries a change; `ts` is the server's clock now."""
    return _json(
        {
            "t": "delta",
            "topic": change.topic,
            "epoch": epoch,
            "seq": change.seq,
            "ts": now_ms,
            "rows": change.rows,
            "gone": change.gone,
        }
    )


def snapshot(board: Board, epoch: str, now_ms: int) -> str:
    """The message that carries everything a topic shows."""
    return _json(
        {
            "t": "snapshot",
            "topic": board.topic,
            "epoch": epoch,
            "seq": board.seq,
            "ts": now_ms,
            "data": board.shown,
        }
    )


def resync(topic: str, epoch: str, now_ms: int) -> str:
    """The message that says: too much for this line, `GET /api/live/snapshot?topic=…`."""
    return _json({"t": "resync", "topic": topic, "epoch": epoch, "ts": now_ms})


def heartbeat(now_ms: int, data_ts: int | None, *, database: bool) -> str:
    """The message that says: alive, and how fresh what it knows is."""
    return _json({"t": "hb", "ts": now_ms, "data_ts": data_ts, "db": database})


def _json(message: dict[str, Any]) -> str:
    return orjson.dumps(message).decode()
