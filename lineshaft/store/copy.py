"""Binary COPY straight from numpy columns: no loop over rows.

PostgreSQL's binary COPY is, for each row, a field count and for each field its length and big-endian
bytes. For columns of fixed width that is one packed structured dtype, so a block of rows is filled
column by column and written as it lies in memory. A NULL is a length of -1 and no bytes; rows with NULLs
are made in the same way, and the bytes of the missing fields are cut out at the end.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from psycopg import sql

from lineshaft.store.database import Cursor

Columns = Mapping[str, NDArray[Any]] | NDArray[np.void]
"""Column name → its values: a mapping of equally long arrays, or one structured array."""

EPOCH_US: Final = 946_684_800_000_000
"""2000-01-01 UTC, where PostgreSQL's timestamps start, in our microseconds."""

_DTYPES: Final = {
    "timestamptz": ">i8",  # microseconds, shifted by EPOCH_US
    "int2": ">i2",
    "int4": ">i4",
    "int8": ">i8",
    "float4": ">f4",
    "float8": ">f8",
    "boolean": "u1",
}
_HEADER: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER: Final = b"\xff\xff"


def copy_rows(
    cursor: Cursor,
    table: str,
    types: Mapping[str, str],
    columns: Columns,
    *,
    nan_is_null: Collection[str] = (),
) -> int:
    """Append rows to a table; the only work a row is inside numpy and PostgreSQL.

    Args:
        cursor: in the caller's transaction.
        table: its unqualified name.
        types: column name → PostgreSQL type (keys of the table above), in any order; instants in
            `timestamptz` columns are microseconds since 1970 UTC.
        columns: the values, one array a column.
        nan_is_null: float columns whose NaN is stored as NULL.

    Returns:
        How many rows were written.

    Raises:
        RowError: PostgreSQL refuses a value; nothing of the block is kept.
    """
    block = encode(types, columns, nan_is_null)
    if block is None:
        return 0
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, types))
    )
    with cursor.copy(statement) as copy:
        copy.write(block)
    return cursor.rowcount


def encode(types: Mapping[str, str], columns: Columns, nan_is_null: Collection[str] = ()) -> bytes | None:
    """The rows as one binary COPY stream; None where there are none."""
    count = len(columns[next(iter(types))])
    if count == 0:
        return None
    layout: list[tuple[str, str]] = [("fields", ">i2")]
    for name, kind in types.items():
        layout += [(f"{name}.length", ">i4"), (name, _DTYPES[kind])]
    rows = np.empty(count, np.dtype(layout))
    rows["fields"] = len(types)
    for name, kind in types.items():
        values = columns[name]
        rows[name] = values - EPOCH_US if kind == "timestamptz" else values
        rows[f"{name}.length"] = rows.dtype[name].itemsize
    missing = {name: np.isnan(columns[name]) for name in nan_is_null}
    missing = {name: rows_missing for name, rows_missing in missing.items() if rows_missing.any()}
    body = _without(rows, missing) if missing else rows.tobytes()
    return b"".join((_HEADER, body, _TRAILER))


def _without(rows: NDArray[np.void], missing: Mapping[str, NDArray[np.bool_]]) -> bytes:
    keep = np.ones((len(rows), rows.dtype.itemsize), np.bool_)
    for name, rows_missing in missing.items():
        rows[f"{name}.length"][rows_missing] = -1
        start = rows.dtype.fields[name][1]  # type: ignore[index]  # a structured dtype has fields
        keep[:, start : start + rows.dtype[name].itemsize] = ~rows_missing[:, None]
    return rows.view(np.uint8).reshape(keep.shape)[keep].tobytes()
