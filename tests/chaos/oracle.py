"""Judges a run by what the loads said and what the database holds; nothing in between is asked.

Ground truth are the loads' own logs, synced before anything was said. The system's counters only tell when
it is at rest. A system that lost, doubled or made up anything cannot pass, whatever its counters say.
"""

import contextlib
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psycopg

from lineshaft.store import accounting

Connection = psycopg.Connection[Any]
POLLS = 5
POLL_S = 0.5


@dataclass(frozen=True)
class Verdict:
    """What the comparison says; all lists are the first few."""

    issued: int
    """Readings that were said."""
    stored: int
    lost: int
    duplicated: int
    invented: int
    excused: int
    """Lost with a file that was destroyed, and counted by the product."""
    faults: list[str]
    examples: dict[str, list[int]]

    def document(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Excuse:
    """Readings that may be lost because a fault destroyed the file that held them."""

    why: str
    messages: list[range]
    """The numbers of each message that was destroyed with it, or may have been."""
    counted: Callable[[], int]
    """How many messages the product itself says are gone, asked when all is at rest."""


def excused(excuses: Iterable[Excuse], lost: set[int]) -> tuple[set[int], list[str]]:
    """Which lost numbers have an excuse; and whether the product counted just as many messages."""
    taken: set[int] = set()
    faults = []
    for excuse in excuses:
        gone = [message for message in excuse.messages if message[0] in lost]
        taken.update(number for message in gone for number in message)
        counted = excuse.counted()
        if len(gone) > counted:
            faults.append(f"{excuse.why}: {len(gone)} messages are lost, {counted} were counted")
    return taken, faults


def issued(logs: Iterable[Path]) -> dict[int, set[str]]:
    """Every number the loads logged → the devices it was said of (of two, where it was said again)."""
    found: dict[int, set[str]] = {}
    alone: dict[str, set[str]] = {}  # one set for all readings of a device: there are millions
    for log in logs:
        for line in log.read_text(encoding="utf-8").splitlines():
            first, last, device = line.split()
            one = alone.setdefault(device, {device})
            for number in range(int(first), int(last) + 1):
                found[number] = found[number] | one if number in found else one
    return found


def compare(
    said: dict[int, set[str]], rows: Iterable[tuple[str, float, int]], excuses: Iterable[Excuse] = ()
) -> Verdict:
    """Hold what was said against rows of (device, value, how often it is stored)."""
    times: Counter[int] = Counter()
    invented: list[int] = []
    stored = 0
    for device, value, count in rows:
        stored += count
        number = int(value)
        if value != number or device not in said.get(number, ()):
            invented.append(number)
        times[number] += count
    gone = set(said) - set(times)
    taken, faults = excused(excuses, gone)
    lost = sorted(gone - taken)
    doubled = {number: count - 1 for number, count in times.items() if count > 1}
    return Verdict(
        issued=len(said),
        stored=stored,
        lost=len(lost),
        duplicated=sum(doubled.values()),
        invented=len(invented),
        excused=len(gone & taken),
        faults=faults,
        examples={"lost": lost[:10], "duplicated": sorted(doubled)[:10], "invented": sorted(invented)[:10]},
    )


def stored(conn: Connection, site: str) -> Iterable[tuple[str, float, int]]:
    """What the database holds of a site, whatever the signal is called."""
    return conn.execute(
        "SELECT d.device, r.value, count(*) FROM reading r JOIN signal s USING (signal_id)"
        " JOIN device d USING (device_id) WHERE d.site = %s GROUP BY d.agent, d.device, r.value",
        (site,),
    ).fetchall()


def journal_faults(conn: Connection) -> list[str]:
    """Whether each lane's messages stand in the journal once, in order, without a hole."""
    rows = conn.execute(
        "SELECT agent, boot, lane, count(*), count(DISTINCT seq), min(seq), max(seq),"
        " bool_and(seq > before OR before IS NULL), (SELECT coalesce(sum(last_seq - first_seq + 1), 0)"
        "   FROM gap WHERE (gap.agent, gap.boot, gap.lane) = (j.agent, j.boot, j.lane))"
        " FROM (SELECT agent, boot, lane, seq,"
        " lag(seq) OVER (PARTITION BY agent, boot, lane ORDER BY pos) AS before FROM journal"
        " WHERE seq IS NOT NULL) AS j GROUP BY agent, boot, lane"
    ).fetchall()
    return [
        f"{agent} {boot} lane {lane}: {count} rows, {unique} seqs, {least} to {most}, in order: {in_order}"
        for agent, boot, lane, count, unique, least, most, in_order, gone in rows
        if not (count == unique == most - gone and (least == 1 or gone) and in_order)
    ]


def book_faults(conn: Connection, excuses: Iterable[Excuse] = ()) -> list[str]:
    """Whether the books balance, and nothing is under way, refused, rejected, or lost without an excuse."""
    books = accounting.books(conn)
    faults = list(books.faults)
    readings, messages = books.readings, books.messages
    unwanted = ("duplicate_same", "duplicate_conflict", "rejected", "dropped")
    faults += [f"{readings[what]} readings are {what}; none should be" for what in unwanted if readings[what]]
    if messages["refused"] or (books.gaps and not list(excuses)):
        faults.append(f"{messages['refused']} messages refused, gaps: {books.gaps}")
    if messages["received"] != sum(messages[what] for what in ("journaled", "duplicate", "ahead", "refused")):
        faults.append(f"received is not journaled + duplicate + ahead + refused: {messages}")
    return faults


def waiting(outbox: Path) -> tuple[int, int]:
    """Of an agent's file: messages ever numbered, and those the agent does not know to be committed."""
    with looking(outbox) as conn:
        (numbered, committed) = conn.execute("SELECT sum(issued), sum(committed) FROM lane").fetchone()
    return int(numbered), int(numbered - committed)


def boot(outbox: Path) -> str:
    """The id of an agent's file."""
    with looking(outbox) as conn:
        return str(conn.execute("SELECT boot FROM file").fetchone()[0])


@contextlib.contextmanager
def looking(outbox: Path) -> Iterator[sqlite3.Connection]:
    """An agent's file for reading, beside the agent."""
    conn = sqlite3.connect(f"file:{outbox}?mode=ro", uri=True, timeout=5)
    try:
        yield conn
    finally:
        conn.close()


def counters(conn: Connection, outboxes: Iterable[Path]) -> tuple[bool, tuple[int, ...]]:
    """Whether everything has arrived everywhere, and the counters that say so."""
    files = list(outboxes)
    numbered, uncommitted = (sum(column) for column in zip(*map(waiting, files), strict=True))
    row = conn.execute(
        "SELECT (SELECT coalesce(sum(seq), 0) FROM cursor WHERE boot = ANY(%s)),"
        " (SELECT max(pos) FROM journal WHERE shard >= 0),"
        " (SELECT min(pos) FROM sink_position WHERE sink = 'shard'),"
        " (SELECT count(*) FROM sink_position WHERE sink = 'shard'),"
        " (SELECT min(pos) FROM sink_position WHERE sink = 'plant'),"
        " (SELECT sum(messages) FROM ingest_count WHERE result = 'journaled')",
        ([boot(file) for file in files],),
    ).fetchone()
    assert row is not None
    journaled, last, flow, shards, plant, counted = (int(cell or 0) for cell in row)
    behind = max(0, last - flow), max(0, last - plant)
    at_rest = numbered == journaled and not uncommitted and shards == 16 and behind == (0, 0)
    return at_rest, (numbered, uncommitted, journaled, last, counted, *behind)


def quiesce(connect: Callable[[], Connection], outboxes: list[Path], within_s: float) -> float:
    """Wait until everything has arrived and the counters have stood still over five polls; how long it took.

    Raises:
        AssertionError: not in time; with the counters as they were.
    """
    begun = time.monotonic()
    still, before = 0, None
    while still < POLLS:
        assert time.monotonic() - begun < within_s, f"not at rest within {within_s:g} s: {before}"
        time.sleep(POLL_S)
        try:
            with connect() as conn:
                at_rest, now = counters(conn, outboxes)
        except (psycopg.OperationalError, sqlite3.OperationalError):
            at_rest, now = False, None
        still = still + 1 if at_rest and now == before else 0
        before = now
    return round(time.monotonic() - begun - POLLS * POLL_S, 1)
