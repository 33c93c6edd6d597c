"""Reading rows for the API: typed, with instants as epoch milliseconds, the way they go over the wire."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, LiteralString, TypeVar

from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.pq import Format
from psycopg.rows import class_row
from typing_extensions import TypedDict  # pydantic reads typing.TypedDict only from Python 3.12 on

from lineshaft.store.arrays import load_columns
from lineshaft.store.copy import EPOCH_US
from lineshaft.store.database import AsyncConnection

RowType = TypeVar("RowType")
Parameters = Sequence[Any] | Mapping[str, Any]

MILLIS_US: Final = 1000


class Names(TypedDict):
    """What people call a thing, in each language."""

    en: str
    zh: str


@dataclass(slots=True, frozen=True)
class Items(Generic[RowType]):
    """A list as the API gives it."""

    items: list[RowType]


class _Millis(Loader):
    """timestamptz → milliseconds since 1970 UTC, without a datetime between."""

    format = Format.BINARY

    def load(self, data: Buffer) -> int:
        return (int.from_bytes(data, "big", signed=True) + EPOCH_US) // MILLIS_US


async def fetch(
    conn: AsyncConnection, kind: type[RowType], query: LiteralString, parameters: Parameters = ()
) -> list[RowType]:
    """All rows of a query as objects of a class whose fields are its columns."""
    cursor = conn.cursor(binary=True, row_factory=class_row(kind))
    cursor.adapters.register_loader("timestamptz", _Millis)
    await cursor.execute(query, parameters)
    return await cursor.fetchall()


async def fetch_columns(
    conn: AsyncConnection, kind: type[RowType], query: LiteralString, parameters: Parameters = ()
) -> list[RowType]:
    """As `fetch`, with arrays as numpy columns; instants in them are microseconds since 1970 UTC."""
    cursor = conn.cursor(binary=True, row_factory=class_row(kind))
    load_columns(cursor)
    await cursor.execute(query, parameters)
    return await cursor.fetchall()


async def fetch_one(
    conn: AsyncConnection, kind: type[RowType], query: LiteralString, parameters: Parameters = ()
) -> RowType | None:
    """The first row of a query, or None."""
    cursor = conn.cursor(binary=True, row_factory=class_row(kind))
    cursor.adapters.register_loader("timestamptz", _Millis)
    await cursor.execute(query, parameters)
    return await cursor.fetchone()
