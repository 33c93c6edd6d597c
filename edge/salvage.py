"""Damaged outbox files: found out, put aside, and what can be read of them taken out."""

import contextlib
import sqlite3
from pathlib import Path
from typing import NamedTuple

from edge.outbox_file import AFTER, BEFORE, connect
from lineshaft.wire.envelope import Lane

MOST_MISSING = 100_000
"""More than that is no hole in a file, but a wrong number."""


class Stand(NamedTuple):
    """Who a file was, and how far."""

    boot: str
    run: int
    db: str
    issued: dict[Lane, int]
    committed: dict[Lane, int]


class Rescued(NamedTuple):
    """What was read from a damaged file."""

    messages: dict[Lane, dict[int, tuple[str, bytes]]]
    """Topic and body, by seq and in order, of what was not known to be committed."""
    positions: dict[str, str]
    missing: dict[Lane, int]
    """How many are not among them, as far as it can be told: where even the counters cannot be read, only
    those between two that were."""
    stand: Stand | None = None
    """None where it cannot be read, or cannot be true."""


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
    rescued = Rescued({lane: {} for lane in Lane}, {}, {})
    connection = sqlite3.connect(path)
    issued: dict[Lane, int] = {}
    committed: dict[Lane, int] = dict.fromkeys(Lane, 0)
    file: tuple[str, int, str] | None = None
    with contextlib.suppress(sqlite3.DatabaseError):
        committed.update(connection.execute("SELECT lane, committed FROM lane"))
        issued.update(connection.execute("SELECT lane, issued FROM lane"))
        file = connection.execute("SELECT boot, run, db FROM file").fetchone()
    with contextlib.suppress(sqlite3.DatabaseError):
        rescued.positions.update(connection.execute("SELECT source, at FROM position"))
    for lane in Lane:
        found: dict[int, tuple[str, bytes]] = {}
        for sql in (AFTER[lane], BEFORE[lane]):
            with contextlib.suppress(sqlite3.DatabaseError):
                for seq, _, _, topic, body in connection.execute(sql, (committed[lane], -1)):
                    found[seq] = (topic, body)
        rescued.messages[lane].update(sorted(found.items()))
        first, last = min(found, default=1), max(found, default=0)
        wanted = issued[lane] - committed[lane] if lane in issued else last - first + 1
        rescued.missing[lane] = max(0, wanted - len(found))
    connection.close()
    if file is None or len(issued) < len(Lane):
        return rescued
    stand = Stand(*file, issued, committed)
    return rescued._replace(stand=stand if _can_be_true(stand, rescued) else None)


def _can_be_true(stand: Stand, rescued: Rescued) -> bool:
    """Whether counters fit what was read; pages have no checksum."""
    return all(
        0 <= stand.committed[lane] <= stand.issued[lane]
        and max(rescued.messages[lane], default=0) <= stand.issued[lane]
        and rescued.missing[lane] <= MOST_MISSING
        for lane in Lane
    )
