"""Columns as PostgreSQL's binary arrays: numpy columns to `unnest` and from `array_agg`, no loop over them.

psycopg writes a list as the text of an array, each element escaped for itself; at a thousand rows a commit
that was more work than all the rest of the commit.
"""

import struct
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg.abc import AdaptContext
from psycopg.adapt import Buffer, Dumper, Loader, PyFormat
from psycopg.pq import Format

from lineshaft.store.copy import EPOCH_US


class Array(NamedTuple):
    """A parameter: an array as PostgreSQL reads it."""

    oid: int
    body: bytes


class _Kind(NamedTuple):
    oid: int
    array_oid: int
    dtype: str


_KINDS: Final = {
    "int2": _Kind(21, 1005, ">i2"),
    "int4": _Kind(23, 1007, ">i4"),
    "int8": _Kind(20, 1016, ">i8"),
    "float4": _Kind(700, 1021, ">f4"),
    "float8": _Kind(701, 1022, ">f8"),
    "timestamptz": _Kind(1184, 1185, ">i8"),
}
_DTYPES: Final = {kind.oid: kind.dtype for kind in _KINDS.values()}
_HEADER_BYTES: Final = 20
_TEXT: Final = 25
_TEXT_ARRAY: Final = 1009


def numbers(kind: str, values: NDArray[Any] | Sequence[float]) -> Array:
    """A column of numbers or instants, none of them null.

    Args:
        kind: int2, int4, int8, float4, float8 or timestamptz (microseconds since 1970 UTC).
        values: the column.
    """
    oid, array_oid, dtype = _KINDS[kind]
    column = np.asarray(values)
    elements = np.empty(len(column), [("length", ">i4"), ("value", dtype)])
    elements["length"] = elements.dtype["value"].itemsize
    elements["value"] = column - EPOCH_US if kind == "timestamptz" else column
    return Array(array_oid, _header(oid, len(column)) + elements.tobytes())


def texts(values: Sequence[str]) -> Array:
    """A column of texts, none of them null."""
    parts = [_header(_TEXT, len(values))]
    for value in values:
        encoded = value.encode()
        parts += (len(encoded).to_bytes(4), encoded)
    return Array(_TEXT_ARRAY, b"".join(parts))


def _header(oid: int, count: int) -> bytes:
    """Dimensions, whether there are nulls, the elements' type, how many, the first one's number."""
    return struct.pack(">iiIii", 1, 0, oid, count, 1) if count else struct.pack(">iiI", 0, 0, oid)


class _ArrayDumper(Dumper):
    """Hands an array's bytes over, under the type it names."""

    format = Format.BINARY

    def get_key(self, obj: Array, format: PyFormat) -> tuple[type, int]:  # type: ignore[override]  # noqa: A002, ARG002 - theirs
        return (self.cls, obj.oid)

    def upgrade(self, obj: Array, format: PyFormat) -> "_ArrayDumper":  # noqa: A002, ARG002 - theirs
        found = type(self)(self.cls)
        found.oid = obj.oid
        return found

    def dump(self, obj: Array) -> Buffer:
        return obj.body


class _ArrayLoader(Loader):
    """A numpy column of an array of numbers or instants, none of them null."""

    format = Format.BINARY

    def load(self, data: Buffer) -> NDArray[Any]:
        oid = int.from_bytes(bytes(data[8:12]), "big")
        elements = np.dtype([("length", ">i4"), ("value", _DTYPES[oid])])
        if len(data) <= _HEADER_BYTES:
            return np.empty(0, elements["value"].newbyteorder("="))
        column = np.frombuffer(data, elements, offset=_HEADER_BYTES)["value"]
        column = column.astype(column.dtype.newbyteorder("="))
        return column + EPOCH_US if oid == _KINDS["timestamptz"].oid else column


def load_columns(context: AdaptContext) -> None:
    """Give a cursor's arrays of numbers as numpy columns; instants as microseconds since 1970 UTC."""
    if context.adapters is not None:
        for kind in _KINDS.values():
            context.adapters.register_loader(kind.array_oid, _ArrayLoader)


psycopg.adapters.register_dumper(Array, _ArrayDumper)
