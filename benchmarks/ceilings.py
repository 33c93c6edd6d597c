"""How fast the parts are that nothing can outdo: journal, decoding and COPY, each alone in one process."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import bodies
from benchmarks.bare import bare
from benchmarks.load import DEVICE, SITE
from lineshaft.clock import system_clock
from lineshaft.store import journal
from lineshaft.store.copy import copy_rows
from lineshaft.store.database import Connection, connect, flavour
from lineshaft.store.migrate import migrate
from lineshaft.wire.codec import decode_many
from lineshaft.wire.topics import shard_of

BATCH_MESSAGES = 1_000
BATCH_ROWS = 100_000
SIGNALS = 1_000

_TYPES = {"ts": "timestamptz", "signal_id": "int4", "quality": "int2", "value": "float8", "pos": "int8"}


def measure(
    folder: Path, sizes: Sequence[int] = (1, 10, 100), seconds: float = 3.0, database_url: str = ""
) -> dict[str, Any]:
    """Each part for some seconds.

    Args:
        folder: an empty one.
        sizes: readings a message.
        seconds: of each part.
        database_url: a fresh database; default: an embedded one.
    """
    with bare(folder, database_url) as on:
        migrate(on.database_url)
        with connect(on.database_url, timeout_s=0) as conn:
            return {
                "database": flavour(conn),
                "journal": {str(size): _journal(conn, size, seconds) for size in sizes},
                "decode": {str(size): _decode(size, seconds / 2) for size in sizes},
                "copy": {order: _copy(conn, order, seconds) for order in ("time", "series")},
            }


def _rate(work: Callable[[], int], seconds: float) -> float:
    """How much of it is done a second."""
    work()  # once beforehand: caches, catalogues
    done, begin = 0, time.perf_counter()
    while (passed := time.perf_counter() - begin) < seconds:
        done += work()
    return done / passed


def _messages(size: int) -> list[tuple[str, bytes]]:
    """Topics and bodies, of many agents."""
    shape = bodies.shape_of(size)
    now_ms = system_clock() // 1000
    tails = bodies.tails(shape, spacing_ms=20)
    return [
        (f"lineshaft/v1/{SITE}/bench-{n % 100:03}/{DEVICE}/m", bodies.HEAD % now_ms + tails[n % len(tails)])
        for n in range(BATCH_MESSAGES)
    ]


def _journal(conn: Connection, size: int, seconds: float) -> dict[str, int]:
    now_us = system_clock()
    entries = []
    for n, (topic, body) in enumerate(_messages(size)):
        agent = topic.split("/")[3]
        entries.append(
            journal.Entry(shard_of(SITE, agent), now_us, SITE, agent, "b", 0, n + 1, topic, None, body)
        )

    def work() -> int:
        try:
            journal.append(conn, entries)
        except journal.JournalFullError:
            conn.rollback()
            journal.make_partitions(conn)
            conn.commit()
            return 0
        conn.commit()
        return len(entries)

    messages_s = _rate(work, seconds)
    return {"messages_s": round(messages_s), "readings_s": round(messages_s * size)}


def _decode(size: int, seconds: float) -> dict[str, int]:
    messages, now_us = _messages(size), system_clock()

    def work() -> int:
        decode_many([(topic, body, "", now_us) for topic, body in messages])
        return len(messages)

    messages_s = _rate(work, seconds)
    return {"messages_s": round(messages_s), "readings_s": round(messages_s * size)}


def _copy(conn: Connection, order: str, seconds: float) -> dict[str, int]:
    """Rows of today into the table of readings, in the order of time or of series."""
    each = BATCH_ROWS // SIGNALS
    at = np.tile(np.arange(each), SIGNALS)
    signal = np.repeat(np.arange(1, SIGNALS + 1, dtype=np.int32), each)
    if order == "time":
        sorted_ = np.argsort(at, kind="stable")
        at, signal = at[sorted_], signal[sorted_]
    begin_us = system_clock()
    value = 50 + np.random.default_rng(7).normal(size=BATCH_ROWS).round(2)
    quality, pos = np.zeros(BATCH_ROWS, np.int16), np.ones(BATCH_ROWS, np.int64)
    batch = 0

    def work() -> int:
        nonlocal batch
        ts = begin_us + (batch * each + at) * 1_000
        batch += 1
        columns: dict[str, Any] = {
            "ts": ts,
            "signal_id": signal,
            "quality": quality,
            "value": value,
            "pos": pos,
        }
        copy_rows(conn.cursor(), "reading", _TYPES, columns)
        conn.commit()
        return BATCH_ROWS

    return {"readings_s": round(_rate(work, seconds))}
