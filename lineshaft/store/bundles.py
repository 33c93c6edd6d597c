"""Writes what the shards derived: bundles and the position they reach in one transaction, or neither.

A bundle at or below its shard's stored position was written before and is dropped; that is what makes a
replay change nothing. Rows that PostgreSQL refuses are found by halving and set aside with their reason, so
that one bad row does not stop a plant.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any, Final, NamedTuple

from lineshaft.domain.results import Bundle, Count, CountKey, Letter
from lineshaft.store import (
    result_forecasts,
    result_readings,
    result_scores,
    result_words,
    results,
    snapshots,
)
from lineshaft.store.database import Connection, RowError
from lineshaft.store.result_ids import Ids
from lineshaft.store.result_rows import Placed
from lineshaft.store.snapshots import Snapshot

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
    Section("etas", (results.etas,)),
    Section("events", (result_words.events,), counted=True),
    Section("facts", (result_words.facts,)),
    Section("heard", (result_words.heard,)),
    Section("reports", (result_words.reports,), counted=True),
)
"""In the order they are written: always the same, so that two writers cannot lock each other out."""

IN_COLUMNS = (SECTIONS[0]._replace(writers=(result_readings.readings_in_columns,)), *SECTIONS[1:])
"""The same, where the database takes readings into its columnstore at once."""

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


@dataclass(slots=True)
class Memory:
    """What a writer keeps between transactions."""

    ids: Ids = field(default_factory=Ids)
    sections: tuple[Section, ...] = ()
    """How this database is written; found out at the first call."""


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
        memory.sections = memory.sections or _sections(conn)
        try:
            new = _unwritten(conn, bundles)
            placed = _write_rows(conn, new, memory)
            with conn.pipeline():  # one round trip; neither COPY nor executemany is for it
                _write_latest(conn, placed)
                _finish(conn, bundles, new, tell_live=tell_live)
        except RowError:
            conn.rollback()
            memory.ids.forget()
            new = [_write_carefully(conn, bundle, memory) for bundle in _unwritten(conn, bundles)]
            _keep_states(conn, new)
            _finish(conn, bundles, new, tell_live=tell_live)
        conn.commit()
    except BaseException:
        memory.ids.forget()
        if not conn.closed:
            conn.rollback()
        raise
    memory.ids.keep()
    return Written(
        len(new),
        sum(len(bundle.readings) for bundle in new),
        sum(len(bundle.facts) for bundle in new),
        sum(len(bundle.letters) for bundle in new),
    )


def _sections(conn: Connection) -> tuple[Section, ...]:
    return IN_COLUMNS if result_readings.takes_columns(conn) else SECTIONS


def _unwritten(conn: Connection, bundles: Sequence[Bundle]) -> list[Bundle]:
    """The bundles that are not written yet; their shards' positions stay locked until the commit."""
    shards = sorted({bundle.shard for bundle in bundles})
    rows = conn.execute(
        "SELECT shard, pos FROM sink_position WHERE sink = %s AND shard = ANY(%s) ORDER BY shard FOR UPDATE",
        (SINK, shards),
    ).fetchall()
    stored = {int(shard): int(pos) for shard, pos in rows}
    new = [bundle for bundle in bundles if bundle.last_pos > stored.get(bundle.shard, 0)]
    for bundle in new:
        if bundle.first_pos != stored.get(bundle.shard, 0) + 1:
            raise PositionError(
                f"shard {bundle.shard} stands at {stored.get(bundle.shard, 0)}, expected a bundle from there,"
                f" got {bundle.first_pos} to {bundle.last_pos}"
            )
        stored[bundle.shard] = bundle.last_pos
    return new


def _write_rows(conn: Connection, bundles: Sequence[Bundle], memory: Memory) -> list[Placed]:
    placed = _place(conn, bundles, memory)
    for section in memory.sections:
        _write_section(conn, section, placed)
    result_words.letters(conn, placed)
    _keep_states(conn, bundles)
    return placed


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


def _finish(conn: Connection, bundles: Sequence[Bundle], new: Sequence[Bundle], *, tell_live: bool) -> None:
    """Move the positions, and tell those who wait."""
    reached = {bundle.shard: bundle.last_pos for bundle in new}
    if reached:
        conn.execute(
            "INSERT INTO sink_position (sink, shard, pos, updated)"
            " SELECT %s, shard, pos, now() FROM unnest(%s::smallint[], %s::bigint[]) AS w (shard, pos)"
            " ON CONFLICT (sink, shard) DO UPDATE SET pos = excluded.pos, updated = excluded.updated",
            (SINK, sorted(reached), [reached[shard] for shard in sorted(reached)]),
        )
        conn.execute("NOTIFY facts")
    if tell_live and bundles:
        last = max(bundle.last_pos for bundle in bundles)
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
    return replace(bundle, letters=[*bundle.letters, letter], counts=counts)
