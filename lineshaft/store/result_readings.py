"""Readings into their tables: numbers and texts as they came, and the newest of each signal.

On TimescaleDB a series of which a commit has many rows goes into the columnstore at once (direct compress):
twice as fast as rows with their index, and a tenth of their bytes. A batch of few rows is the worse of the
two, so sparse series go in as rows, and so does what came late: the columnstore's policy takes them in.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lineshaft.clock import SECOND_US, to_datetime
from lineshaft.domain.readings import Flag
from lineshaft.store import arrays
from lineshaft.store.copy import copy_rows
from lineshaft.store.database import Connection, flavour
from lineshaft.store.result_rows import Placed, as_columns, copy_tuples

DENSE: Final = 20
"""Rows of a series in one commit from which columns win: 5 cost 2.4 times as much as without, 20 half."""
LATE_US: Final = 24 * 3600 * SECOND_US
"""What is older on receipt finds its chunk compressed and in order, and must not open it for a few rows."""
FIRST_VERSION: Final = (2, 24)
"""Of TimescaleDB: before it, direct compress and continuous aggregates did not go together."""

_TYPES: Final = {
    "ts": "timestamptz", "signal_id": "int4", "quality": "int2", "value": "float8", "pos": "int8",
}  # fmt: skip


def takes_columns(conn: Connection) -> bool:
    """Whether this database can write into the columnstore at once."""
    if flavour(conn) != "timescaledb":
        return False
    row = conn.execute("SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'").fetchone()
    return row is not None and tuple(map(int, row[0].split("-")[0].split(".")[:2])) >= FIRST_VERSION


def readings(conn: Connection, placed: Sequence[Placed]) -> None:
    """Numbers into `reading` as rows, in the order of series: neighbours in the index come together."""
    copy_rows(conn.cursor(), "reading", _TYPES, _in_order(placed))


def few_readings(conn: Connection, placed: Sequence[Placed]) -> None:
    """Numbers into `reading` by a statement, which shares its round trip with others as COPY cannot."""
    mine = [one for one in placed if len(one.bundle.readings)]
    if mine:
        columns = _in_order(mine)
        conn.execute(
            "INSERT INTO reading (ts, signal_id, quality, value, pos)"
            " SELECT * FROM unnest(%s, %s, %s, %s, %s)",
            [arrays.numbers(_TYPES[name], columns[name]) for name in _TYPES],
        )


def readings_in_columns(conn: Connection, placed: Sequence[Placed]) -> None:
    """Numbers into `reading`: dense series into its columnstore, the others as rows."""
    columns = _in_order(placed)
    dense = _dense(columns["signal_id"])
    dense &= columns["ts"] >= max(one.bundle.received_us for one in placed) - LATE_US
    if not dense.all():
        copy_rows(
            conn.cursor(), "reading", _TYPES, {name: column[~dense] for name, column in columns.items()}
        )
    if dense.any():
        # They are in order here, but may lie between those of another commit: so the chunk must count as
        # unordered ("client_sorted" stays off), and sorting them once more would be for nothing.
        conn.execute(
            "SELECT set_config('timescaledb.enable_direct_compress_copy', 'on', true),"
            " set_config('timescaledb.enable_direct_compress_copy_sort_batches', 'off', true)"
        )
        copy_rows(conn.cursor(), "reading", _TYPES, {name: column[dense] for name, column in columns.items()})
        conn.execute("SELECT set_config('timescaledb.enable_direct_compress_copy', 'off', true)")


def texts(conn: Connection, placed: Sequence[Placed]) -> None:
    """Texts into `reading_text`."""
    rows = [
        (to_datetime(row.ts_us), int(one.signals[row.series]), row.quality, row.text, row.pos)
        for one in placed
        for row in one.bundle.texts
    ]
    copy_tuples(
        conn,
        "COPY reading_text (ts, signal_id, quality, value, pos) FROM STDIN (FORMAT BINARY)",
        ["timestamptz", "int4", "int2", "text", "int8"],
        rows,
    )


def latest_readings(conn: Connection, placed: Sequence[Placed]) -> None:
    """The newest reading of each signal; one from the future counts as of its receipt, or it would stay."""
    numbers = [one for one in placed if len(one.bundle.readings)]
    if numbers:
        _latest_numbers(conn, numbers)
    _latest_texts(conn, placed)


def _latest_numbers(conn: Connection, placed: Sequence[Placed]) -> None:
    columns = _joined(placed)
    sizes = [len(one.bundle.readings) for one in placed]
    received_us = np.repeat([one.bundle.received_us for one in placed], sizes)
    is_ahead = np.concatenate([one.bundle.readings.flags for one in placed]) & Flag.CLOCK_BAD != 0
    ts_us = np.where(is_ahead, np.minimum(columns["ts"], received_us), columns["ts"])
    order = np.lexsort((columns["pos"], ts_us, columns["signal_id"]))  # stable: of one message the last
    signal = columns["signal_id"][order]
    at = order[np.append(signal[1:] != signal[:-1], True)]
    conn.execute(
        "INSERT INTO latest_reading AS old (signal_id, ts, pos, value, quality)"
        " SELECT * FROM unnest(%s, %s, %s, %s, %s)"
        " ON CONFLICT (signal_id) DO UPDATE SET ts = excluded.ts, value = excluded.value,"
        " text = NULL, quality = excluded.quality, pos = excluded.pos"
        " WHERE (old.ts, old.pos) <= (excluded.ts, excluded.pos)",
        (
            arrays.numbers("int4", columns["signal_id"][at]),
            arrays.numbers("timestamptz", ts_us[at]),
            arrays.numbers("int8", columns["pos"][at]),
            arrays.numbers("float8", columns["value"][at]),
            arrays.numbers("int2", columns["quality"][at]),
        ),
    )


def _latest_texts(conn: Connection, placed: Sequence[Placed]) -> None:
    found: dict[int, tuple[int, int, str, int]] = {}
    for one in placed:
        received_us = one.bundle.received_us
        for row in one.bundle.texts:
            signal = int(one.signals[row.series])
            when = min(row.ts_us, received_us) if row.flags & Flag.CLOCK_BAD else row.ts_us
            if signal not in found or found[signal][:2] <= (when, row.pos):
                found[signal] = (when, row.pos, row.text, row.quality)
    if found:
        signal_id, ts_us, pos, text, quality = as_columns(
            (signal, *found[signal]) for signal in sorted(found)
        )
        conn.execute(
            "INSERT INTO latest_reading AS old (signal_id, ts, pos, text, quality)"
            " SELECT * FROM unnest(%s, %s, %s, %s, %s)"
            " ON CONFLICT (signal_id) DO UPDATE SET ts = excluded.ts, value = NULL,"
            " text = excluded.text, quality = excluded.quality, pos = excluded.pos"
            " WHERE (old.ts, old.pos) <= (excluded.ts, excluded.pos)",
            (
                arrays.numbers("int4", signal_id),
                arrays.numbers("timestamptz", ts_us),
                arrays.numbers("int8", pos),
                arrays.texts(text),
                arrays.numbers("int2", quality),
            ),
        )


def _joined(placed: Sequence[Placed]) -> dict[str, NDArray[Any]]:
    rows = [one.bundle.readings for one in placed]
    return {
        "ts": np.concatenate([one.ts_us for one in rows]),
        "signal_id": np.concatenate([one.signals[one.bundle.readings.series] for one in placed]),
        "quality": np.concatenate([one.quality for one in rows]),
        "value": np.concatenate([one.value for one in rows]),
        "pos": np.concatenate([one.pos for one in rows]),
    }


def _in_order(placed: Sequence[Placed]) -> dict[str, NDArray[Any]]:
    """The columns of `reading`, each series by itself and in the order of time."""
    columns = _joined(placed)
    order = np.lexsort((columns["ts"], columns["signal_id"]))
    return {name: column[order] for name, column in columns.items()}


def _dense(signal: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Which rows are of a series that has many; the column must be in order.

    >>> _dense(np.repeat(np.array([3, 4, 9], np.int32), [1, DENSE, 2])).sum() == DENSE
    np.True_
    """
    starts = np.flatnonzero(np.diff(signal, prepend=signal[0] - 1))
    sizes = np.diff(starts, append=len(signal))
    return np.repeat(sizes >= DENSE, sizes)
