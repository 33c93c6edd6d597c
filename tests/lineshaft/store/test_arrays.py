"""Columns as binary arrays, as PostgreSQL reads them."""

from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np
import pytest

from lineshaft.store import arrays
from lineshaft.store.database import Connection, connect

pytestmark = pytest.mark.database


@pytest.fixture
def conn(database_url: str) -> Iterator[Connection]:
    with connect(database_url) as connection:
        yield connection


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("int2", [-3, 0, 32_767]),
        ("int4", [-(2**31), 2**31 - 1]),
        ("int8", [2**62, -1]),
        ("float8", [0.1, -1e300, float("inf")]),
    ],
)
def test_numbers_arrive_as_they_are(conn: Connection, kind: str, values: list[float]) -> None:
    rows = conn.execute("SELECT unnest(%s)", (arrays.numbers(kind, np.array(values)),)).fetchall()
    assert [value for (value,) in rows] == values


def test_instants_arrive_to_the_microsecond(conn: Connection) -> None:
    rows = conn.execute(
        "SELECT unnest(%s)", (arrays.numbers("timestamptz", [1_700_000_000_123_456]),)
    ).fetchall()
    assert rows == [(datetime(2023, 11, 14, 22, 13, 20, 123_456, tzinfo=UTC),)]


def test_texts_arrive_whatever_they_hold(conn: Connection) -> None:
    values = ["", "NULL", '{"a",\\', "泵", "🙂\n"]
    rows = conn.execute("SELECT unnest(%s)", (arrays.texts(values),)).fetchall()
    assert [value for (value,) in rows] == values


def test_an_empty_column_has_no_rows(conn: Connection) -> None:
    assert conn.execute("SELECT unnest(%s)", (arrays.numbers("int4", []),)).fetchall() == []
    assert conn.execute("SELECT unnest(%s)", (arrays.texts([]),)).fetchall() == []


def test_columns_of_several_types_fit_one_statement_again_and_again(conn: Connection) -> None:
    for n in range(8):  # past the number of calls after which a statement is prepared
        columns = (arrays.numbers("int4", [n]), arrays.texts([str(n)]), arrays.numbers("float8", [n / 2]))
        assert conn.execute("SELECT * FROM unnest(%s, %s, %s)", columns).fetchall() == [(n, str(n), n / 2)]


@pytest.mark.parametrize("kind", ["int2", "int4", "int8", "float4", "float8", "timestamptz"])
def test_columns_come_back_as_they_went(conn: Connection, kind: str) -> None:
    with conn.cursor(binary=True) as cursor:
        arrays.load_columns(cursor)
        values = np.array([1, -2, 3])
        row = cursor.execute("SELECT %s, (%s)[1:0]", [arrays.numbers(kind, values)] * 2).fetchone()
    assert row is not None
    assert row[0].tolist() == [1, -2, 3]
    assert row[0].dtype.isnative
    assert row[1].tolist() == []
