"""What the writers of results share: bundles with their ids, and rows on their way to a statement."""

from collections.abc import Hashable, Iterable, Sequence
from typing import Any, NamedTuple, TypeVar

import orjson
from psycopg.types.json import Jsonb

from lineshaft.domain.readings import Ints32
from lineshaft.domain.results import Bundle
from lineshaft.store.database import Connection


class Placed(NamedTuple):
    """A bundle with the database ids of its devices and series."""

    bundle: Bundle
    devices: Ints32
    signals: Ints32


Row = TypeVar("Row")


def _dumps(value: object) -> bytes:
    return orjson.dumps(value)


def as_json(value: object) -> Jsonb:
    """A JSON value as PostgreSQL takes it."""
    return Jsonb(value, dumps=_dumps)


def as_columns(rows: Iterable[Sequence[Any]]) -> list[list[Any]]:
    """Rows turned into columns, as `unnest` takes them."""
    return [list(column) for column in zip(*rows, strict=True)]


def last_of_each(rows: Iterable[tuple[Hashable, Row]]) -> list[Row]:
    """The last row of each key, in the order of keys."""
    return [row for _, row in sorted(dict(rows).items(), key=lambda item: item[0])]  # type: ignore[arg-type,return-value] # keys of one call are alike


def copy_tuples(conn: Connection, statement: str, types: list[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Copy few rows of any types, one by one."""
    if not rows:
        return
    with conn.cursor().copy(statement.encode()) as copy:
        copy.set_types(types)
        for row in rows:
            copy.write_row(row)
