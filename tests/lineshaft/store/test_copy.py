import numpy as np
import pytest

from lineshaft.clock import from_datetime
from lineshaft.store.copy import copy_rows
from lineshaft.store.database import RowError, connect

pytestmark = pytest.mark.database

READING = {"ts": "timestamptz", "signal_id": "int4", "quality": "int2", "value": "float8", "pos": "int8"}
FIX = {
    "ts": "timestamptz", "device_id": "int4", "lat": "float8", "lon": "float8",
    "speed_ms": "float4", "heading_deg": "float4", "flags": "int2", "pos": "int8",
}  # fmt: skip


def test_columns_come_back_as_they_went_in(database_url: str) -> None:
    columns = {
        "ts": np.array([1_700_000_000_000_001, -1, 4_102_444_800_000_000]),
        "signal_id": np.array([1, 2**31 - 1, -5], np.int32),
        "quality": np.array([0, 1, 3], np.uint8),
        "value": np.array([21.5, -1e300, 5e-324]),
        "pos": np.array([1, 2**62, 3]),
    }
    with connect(database_url) as conn:
        assert copy_rows(conn.cursor(), "reading", READING, columns) == 3
        rows = conn.execute("SELECT ts, signal_id, quality, value, pos FROM reading ORDER BY pos").fetchall()
    by_pos = sorted(zip(*(column.tolist() for column in columns.values()), strict=True), key=lambda r: r[4])
    assert [(from_datetime(ts), *rest) for ts, *rest in rows] == by_pos


def test_a_structured_array_serves_as_well(database_url: str) -> None:
    array = np.zeros(
        2, [("ts", "i8"), ("signal_id", "i4"), ("quality", "u1"), ("value", "f8"), ("pos", "i8")]
    )
    with connect(database_url) as conn:
        assert copy_rows(conn.cursor(), "reading", READING, array) == 2


def test_nan_becomes_null_where_it_is_asked_for(database_url: str) -> None:
    nan = np.nan
    columns = {
        "ts": np.arange(3), "device_id": np.arange(3), "lat": np.full(3, 51.5), "lon": np.full(3, -0.1),
        "speed_ms": np.array([nan, 4.5, nan]), "heading_deg": np.array([nan, nan, 90.0]),
        "flags": np.zeros(3, int), "pos": np.arange(3),
    }  # fmt: skip
    with connect(database_url) as conn:
        copy_rows(conn.cursor(), "fix", FIX, columns, nan_is_null=("speed_ms", "heading_deg"))
        rows = conn.execute("SELECT speed_ms, heading_deg, lat FROM fix ORDER BY pos").fetchall()
    assert rows == [(None, None, 51.5), (4.5, None, 51.5), (None, 90.0, 51.5)]


def test_no_rows_write_nothing(database_url: str) -> None:
    empty = {name: np.empty(0) for name in READING}
    with connect(database_url) as conn:
        assert copy_rows(conn.cursor(), "reading", READING, empty) == 0


def test_a_refused_row_refuses_the_block(database_url: str) -> None:
    columns = {"only_row": np.array([True, True]), "pos": np.array([1, 2])}
    with connect(database_url) as conn, pytest.raises(RowError):
        copy_rows(conn.cursor(), "journal_head", {"only_row": "boolean", "pos": "int8"}, columns)
