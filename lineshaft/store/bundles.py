"""Writes what the shards derived: bundles and the position they reach in one transaction, or neither.

A bundle at or below its shard's stored position was written before and is dropped; that is what makes a
replay change nothing. Rows that PostgreSQL refuses are found by halving and set aside with their reason, so
that one bad row does not stop a plant.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any, Final, NamedTuple

import structlog

from lineshaft.domain.results import Bundle, Count, CountKey, Letter
from lineshaft.store import (
    arrays,
    result_forecasts,
    result_readings,
    result_scores,
    result_trips,
    result_words,
    results,
    snapshots,
)
from lineshaft.store.database import Connection, RowError, Unsupported
from lineshaft.store.result_ids import Ids
from lineshaft.store.result_rows import Placed
from lineshaft.store.snapshots import Snapshot

log = structlog.get_logger()

SINK: Final = "shard"

Write = Callable[[Connection, Sequence[Placed]], None]


class Section(NamedTuple):
    """A kind of rows: the bundle's field, who writes it, and whether it is counted in the books."""

    name: str
    writers: tuple[Write, ...]
    counted: bool = False


SECTIONS = (
    Section("readings", (result_readings.readings,), counted=True),
    Section("texts", (result_readings.texts,), counted=True),
    Section("reads", (results.reads,), counted=True),
    Section("fixes", (results.fixes,), counted=True),
    Section("machines", (result_scores.scores,)),
    Section("forewarnings", (result_forecasts.forewarnings,)),
    Section("presences", (results.presences,)),
    Section("tracks", (results.tracks,)),
    Section("legs", (result_trips.legs,)),
    Section("visits", (result_trips.visits,)),
    Section("etas", (results.etas,)),
    Section("events", (result_words.events,), counted=True),
    Section("facts", (result_words.facts,)),
    Section("heard", (result_words.heard,)),
    Section("reports", (result_words.reports,), counted=True),
)
"""In the order they are written: always the same, so that two writers cannot lock each other out."""

IN_COLUMNS = (SECTIONS[0]._replace(writers=(result_readings.readings_in_columns,)), *SECTIONS[1:])
"""The same, where the database takes readings into its columnstore at once."""

FEW_READINGS = 3_000
"""So many of a commit go in without COPY, whose two round trips cost as much as thousands of rows."""

KEYS = ("series", "device", "pos")
"""Columns that say whose row it is."""


class PositionError(Exception):
    """A bundle does not go on where its shard's stored position is.

    Either it straddles it, and cannot be split: the source cuts there when its process starts. Or something
    between is missing: the state is of another past than the tables, and must be derived again.
    """


class Written(NamedTuple):
    """What a call wrote."""

    bundles: int
    readings: int
    facts: int
    letters: int
    rejects: Counter[str]
    """Messages and parts of messages that could not be used, by reason."""


@dataclass(slots=True)
class Memory:
    """What a writer keeps between transactions."""

    ids: Ids = field(default_factory=Ids)
    sections: tuple[Section, ...] = ()
    """How this database is written; found out at the first call."""
    reached: dict[int, int] = field(default_factory=dict)
    """Where the shards stand, as the last commit left them. Not to be trusted: see `_finish`."""

    @property
    def gathers(self) -> bool:
        """Whether many rows of a series at once cost less than as many one after the other."""
        return self.sections is IN_COLUMNS

    def forget(self) -> None:
        """The transaction was rolled back, or nobody knows."""
        self.ids.forget()
        self.reached.clear()


def positions(conn: Connection) -> dict[int, int]:
    """Each shard's stored position; shards that never wrote are not in it."""
    found = conn.execute("SELECT shard, pos FROM sink_position WHERE sink = %s", (SINK,)).fetchall()
    return {int(shard): int(pos) for shard, pos in found}


def write(conn: Connection, bundles: Sequence[Bundle], memory: Memory, *, tell_live: bool = True) -> Written:
    """Write bundles in one transaction, and commit.

    Args:
        conn: not in a transaction.
        bundles: of any shards, each shard's in order.
        memory: the caller's, the same at each call.
        tell_live: whether to wake who shows what is latest.

    Raises:
        ConnectionLost: nothing was committed, or nobody knows: connect and call again.
        PositionError: see there.
    """
    try:
        return _write(conn, bundles, memory, tell_live=tell_live)
    except Unsupported as error:
        if not memory.gathers:
            raise
        log.warning("columns_refused", why=str(error))
        memory.sections = SECTIONS
        return _write(conn, bundles, memory, tell_live=tell_live)


def _write(conn: Connection, bundles: Sequence[Bundle], memory: Memory, *, tell_live: bool) -> Written:
    try:
        memory.sections = memory.sections or _sections(conn)
        try:
            stood, new = _unwritten(conn, bundles, memory)
            placed = _place(conn, new, memory)
            is_small = sum(len(bundle.readings) for bundle in new) <= FEW_READINGS
            _write_rows(conn, placed, memory.sections[is_small:])  # readings are the first
            with conn.pipeline():  # one round trip; neither COPY nor executemany is for it
                if is_small:
                    result_readings.few_readings(conn, placed)
                _write_latest(conn, placed)
                _finish(conn, stood, new, tell_live=tell_live)
                conn.commit()
        except RowError:
            conn.rollback()
            memory.forget()
            stood, unwritten = _unwritten(conn, bundles, memory)
            new = [_write_carefully(conn, bundle, memory) for bundle in unwritten]
            _keep_states(conn, new)
            _finish(conn, stood, new, tell_live=tell_live)
            conn.commit()
    except BaseException:
        memory.forget()
        if not conn.closed:
            conn.rollback()
        raise
    memory.ids.keep()
    memory.reached |= stood | {bundle.shard: bundle.last_pos for bundle in new}
    return Written(
        len(new),
        sum(len(bundle.readings) for bundle in new),
        sum(len(bundle.facts) for bundle in new),
        sum(len(bundle.letters) for bundle in new),
        sum((Counter(bundle.rejects) for bundle in new), Counter()),
    )


def _sections(conn: Connection) -> tuple[Section, ...]:
    return IN_COLUMNS if result_readings.takes_columns(conn) else SECTIONS


def _unwritten(
    conn: Connection, bundles: Sequence[Bundle], memory: Memory
) -> tuple[dict[int, int], list[Bundle]]:
    """Where their shards stand, and the bundles that are not written yet."""
    shards = sorted({bundle.shard for bundle in bundles})
    stood = {shard: memory.reached[shard] for shard in shards if shard in memory.reached}
    if len(stood) < len(shards):
        rows = conn.execute(
            "SELECT shard, pos FROM sink_position WHERE sink = %s AND shard = ANY(%s)"
            " ORDER BY shard FOR UPDATE",
            (SINK, shards),
        ).fetchall()
        stood = dict.fromkeys(shards, 0) | {int(shard): int(pos) for shard, pos in rows}
    reached = dict(stood)
    new = [bundle for bundle in bundles if bundle.last_pos > reached[bundle.shard]]
    for bundle in new:
        if bundle.first_pos != reached[bundle.shard] + 1:
            raise PositionError(
                f"shard {bundle.shard} stands at {reached[bundle.shard]}, expected a bundle from there,"
                f" got {bundle.first_pos} to {bundle.last_pos}"
            )
        reached[bundle.shard] = bundle.last_pos
    return stood, new


def _write_rows(conn: Connection, placed: Sequence[Placed], sections: Sequence[Section]) -> None:
    for section in sections:
        _write_section(conn, section, placed)
    result_words.letters(conn, placed)
    _keep_states(conn, [one.bundle for one in placed])


def _keep_states(conn: Connection, bundles: Sequence[Bundle]) -> None:
    kept = [Snapshot(SINK, one.shard, one.last_pos, *one.state) for one in bundles if one.state]
    snapshots.keep(conn, kept)


def _write_latest(conn: Connection, placed: Sequence[Placed]) -> None:
    result_readings.latest_readings(conn, [one for one in placed if one.bundle.readings or one.bundle.texts])
    result_words.counts(conn, placed)
    result_words.samples(conn, placed)


def _place(conn: Connection, bundles: Sequence[Bundle], memory: Memory) -> list[Placed]:
    ids = memory.ids.resolve(conn, bundles)
    return [Placed(bundle, *mine) for bundle, mine in zip(bundles, ids, strict=True)]


def _write_section(conn: Connection, section: Section, placed: Sequence[Placed]) -> None:
    mine = [one for one in placed if len(getattr(one.bundle, section.name))]
    if mine:
        for write_rows in section.writers:
            write_rows(conn, mine)


def _finish(conn: Connection, stood: dict[int, int], new: Sequence[Bundle], *, tell_live: bool) -> None:
    """Move the positions, and tell those who wait.

    It fails, as a serialisation does, where a shard stands elsewhere: somebody else has written meanwhile.
    """
    reached = {bundle.shard: bundle.last_pos for bundle in new}
    if reached:
        conn.execute(
            "SELECT sink_move(%s, %s, %s, %s)",
            (
                SINK,
                arrays.numbers("int2", list(reached)),
                arrays.numbers("int8", [stood[shard] for shard in reached]),
                arrays.numbers("int8", list(reached.values())),
            ),
        )
        conn.execute("NOTIFY facts")
    if tell_live and reached:
        last = max(reached.values())
        conn.execute("SELECT pg_notify('live', %s)", (f"{SINK}:{last}",))


def _write_carefully(conn: Connection, bundle: Bundle, memory: Memory) -> Bundle:
    """Write one bundle, its bad rows set aside; gives the bundle as it was written."""
    for section in SECTIONS:
        for letter in list(_try(conn, bundle, section, memory)):
            bundle = _set_aside(bundle, section, letter)
    placed = _place(conn, [bundle], memory)
    with conn.transaction():
        result_words.counts(conn, placed)
        result_words.samples(conn, placed)
        result_words.letters(conn, placed)
    _try_latest(conn, placed)
    return bundle


def _try(conn: Connection, bundle: Bundle, section: Section, memory: Memory) -> Iterator[Letter]:
    """Write a section's rows by halves until they go in; gives a letter for each that does not."""
    rows = getattr(bundle, section.name)
    if not len(rows):
        return
    try:
        with conn.transaction():
            _write_section(conn, section, _place(conn, [bundle], memory))
    except RowError as error:
        memory.ids.forget()
        if len(rows) == 1:
            yield _letter(bundle, section, error)
            return
        middle = len(rows) // 2
        for low, high in ((0, middle), (middle, len(rows))):
            part = replace(bundle, **{section.name: _slice(rows, low, high)})
            yield from _try(conn, part, section, memory)


def _try_latest(conn: Connection, placed: Sequence[Placed]) -> None:
    """The latest readings again come in a moment; not worth a search for the bad one."""
    try:
        with conn.transaction():
            result_readings.latest_readings(conn, placed)
    except RowError:
        return


def _slice(rows: Any, low: int, high: int) -> Any:
    if is_dataclass(rows) and not isinstance(rows, type):
        return type(rows)(**{one.name: getattr(rows, one.name)[low:high] for one in fields(rows)})
    return rows[low:high]


def _letter(bundle: Bundle, section: Section, error: Exception) -> Letter:
    """What is said of a section's only row; facts and arrival times name no device."""
    rows = getattr(bundle, section.name)
    row = _first(rows) if is_dataclass(rows) else rows[0]._asdict()
    number = bundle.series[row["series"]].device if "series" in row else row.get("device")
    site, agent, device = bundle.devices[number].key if number is not None else (None, None, None)
    detail = f"{section.name}: {type(error).__name__}: {error}".split("\n", 1)[0][:300]
    return Letter(
        row["pos"], bundle.received_us, section.name, device, site, agent, None, None, None,
        "internal", detail, int(section.counted), b"",
    )  # fmt: skip


def _first(columns: Any) -> dict[str, Any]:
    return {one.name: int(getattr(columns, one.name)[0]) for one in fields(columns) if one.name in KEYS}


def _set_aside(bundle: Bundle, section: Section, letter: Letter) -> Bundle:
    """The bundle with a letter more, and its books set right."""
    counts = dict(bundle.counts)
    if section.counted:
        for result, code, readings in (("stored", "", -1), ("rejected", "internal", 1)):
            key = CountKey(letter.site or "", letter.agent or "", result, code)
            old = counts.get(key, Count(0, 0))
            counts[key] = Count(old.messages, old.readings + readings)
    rejects = Counter(bundle.rejects) + Counter([letter.code])
    return replace(bundle, letters=[*bundle.letters, letter], counts=counts, rejects=dict(rejects))
