"""Reads recorded tables: CSV or columns apart by blanks, plain or gzip, one file or many."""

import csv
import glob
import gzip
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import IO, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from lineshaft.clock import SECOND_US, from_datetime

FACTORS = {"s": SECOND_US, "ms": 1_000, "us": 1}


class Time(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """When a row was recorded."""

    column: str
    format: str = "iso"
    """`iso`, `s`, `ms`, `us` (numbers since 1970, or since the start), or a strptime pattern."""
    timezone: str = "UTC"
    """Of times that say none themselves."""

    def reader(self) -> Callable[[str], int]:
        """From a cell to µs since 1970; raises ValueError where it is no time."""
        if self.format in FACTORS:
            factor = FACTORS[self.format]
            return lambda cell: round(float(cell) * factor) if "." in cell else int(cell) * factor
        zone = UTC if self.timezone == "UTC" else ZoneInfo(self.timezone)
        parse = datetime.fromisoformat if self.format == "iso" else self._parse

        def read(cell: str) -> int:
            instant = parse(cell)
            return from_datetime(instant if instant.tzinfo else instant.replace(tzinfo=zone))

        return read

    def _parse(self, cell: str) -> datetime:
        return datetime.strptime(cell, self.format)  # noqa: DTZ007 — the zone is put in by the caller


class Layout(NamedTuple):
    """How the files are laid out."""

    separator: str
    """One character; `blank` is any run of blanks."""
    fields: tuple[str, ...]
    """The columns' names where no file says them; empty: the first line of each does."""
    time: Time
    where: Mapping[str, tuple[str, ...]]
    """Only rows whose cells are one of these."""


class Row(NamedTuple):
    """A row that has a time and was asked for."""

    ts_us: int
    cells: Mapping[str, str]


class Table:
    """Files as one table, in the order of their first rows' times."""

    def __init__(self, files: list[Path], layout: Layout) -> None:
        """Opens nothing yet.

        Args:
            files: CSV, `.gz` or not.
            layout: how they are laid out.
        """
        self._files = files
        self._layout = layout
        self.unreadable = 0
        """Rows set aside so far in this pass: no time, or too few cells."""

    def rows(self) -> Iterator[Row]:
        """All rows, file by file.

        Raises:
            OSError: a file cannot be read.
        """
        self.unreadable = 0
        return chain.from_iterable(self._read(file) for file in self._in_order())

    def _in_order(self) -> list[Path]:
        if len(self._files) == 1:
            return self._files
        firsts = [(next((row.ts_us for row in self._read(file)), 0), file) for file in self._files]
        return [file for _, file in sorted(firsts)]

    def _read(self, file: Path) -> Iterator[Row]:
        column, where = self._layout.time.column, self._layout.where
        when = self._layout.time.reader()
        with _open(file) as lines:
            for cells in self._cells(lines):
                try:
                    ts_us = when(cells[column].strip())
                except (ValueError, KeyError, OverflowError):
                    self.unreadable += 1
                    continue
                if all(cells.get(name) in wanted for name, wanted in where.items()):
                    yield Row(ts_us, cells)

    def header(self) -> tuple[str, ...]:
        """The names in the first line of the first file."""
        with _open(self._files[0]) as lines:
            return tuple(name.strip() for name in next(self._split(lines), []))

    def _split(self, lines: IO[str]) -> Iterator[list[str]]:
        separator = self._layout.separator
        return map(str.split, lines) if separator == "blank" else csv.reader(lines, delimiter=separator)

    def _cells(self, lines: IO[str]) -> Iterator[Mapping[str, str]]:
        names = self._layout.fields
        for row in self._split(lines):
            if not names:
                names = tuple(name.strip() for name in row)
            elif len(row) >= len(names):
                yield dict(zip(names, row, strict=False))
            elif row:
                self.unreadable += 1


def find(pattern: str, folder: Path) -> list[Path]:
    """The files a pattern names, beside `folder` unless it is absolute."""
    return [Path(name) for name in sorted(glob.glob(str(folder / pattern), recursive=True))]  # noqa: PTH207 — Path.glob takes no absolute pattern


def _open(file: Path) -> IO[str]:
    if file.suffix == ".gz":
        return gzip.open(file, "rt", encoding="utf-8-sig", newline="")
    return file.open(encoding="utf-8-sig", newline="")
