"""Damaged outbox files: found out, put aside, and what can be read of them taken out."""

import contextlib
import sqlite3
from pathlib import Path
from typing import NamedTuple

from edge.outbox_file import AFTER, BEFORE, connect
from lineshaft.wire.envelope import Lane


class Rescued(NamedTuple):
    """What was read from a damaged file."""

    messages: dict[Lane, list[tuple[str, bytes]]]
    """Topic and body of what was not known to be committed, in order."""
    positions: dict[str, str]
    missing: dict[Lane, int]
    """How many are not among them, as far as it can be told: where even the counters cannot be read, only
    those between two that were."""


def is_sound(path: Path) -> bool:
    """Whether the whole file can be read as it was written."""
    try:
        connection = connect(path)
        try:
            return bool(connection.execute("PRAGMA integrity_check(1)").fetchone() == ("ok",))
        finally:
            connection.close()
    except sqlite3.DatabaseError:
        return False


def put_aside(path: Path, now_s: int) -> None:
    """Give the file another name, for a person to look at."""
    aside = path.with_suffix(f".damaged-{now_s}")
    for suffix in ("", "-wal", "-shm"):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(aside.with_name(aside.name + suffix))


def rescue(path: Path) -> Rescued:
    """Read from a damaged file what can be read: each lane from its front, and from its end to the damage."""
    rescued = Rescued({lane: [] for lane in Lane}, {}, {})
    connection = sqlite3.connect(path)
    issued: dict[int, int] = {}
    committed: dict[int, int] = dict.fromkeys(Lane, 0)
    with contextlib.suppress(sqlite3.DatabaseError):
        committed.update(connection.execute("SELECT lane, committed FROM lane"))
        issued.update(connection.execute("SELECT lane, issued FROM lane"))
    with contextlib.suppress(sqlite3.DatabaseError):
        rescued.positions.update(connection.execute("SELECT source, at FROM position"))
    for lane in Lane:
        found: dict[int, tuple[str, bytes]] = {}
        for sql in (AFTER[lane], BEFORE[lane]):
            with contextlib.suppress(sqlite3.DatabaseError):
                for seq, _, _, topic, body in connection.execute(sql, (committed[lane], -1)):
                    found[seq] = (topic, body)
        rescued.messages[lane].extend(message for _, message in sorted(found.items()))
        first, last = min(found, default=1), max(found, default=0)
        wanted = issued[lane] - committed[lane] if lane in issued else last - first + 1
        rescued.missing[lane] = max(0, wanted - len(found))
    connection.close()
    return rescued
