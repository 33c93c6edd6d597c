"""Histories of machines from CSV: which machine, its cycle or time, and columns of numbers.

Read once, at the border, with what is wrong said by line: what others export has semicolons, decimal commas,
words among numbers, empty cells and rows in any order.
"""

import csv
import io
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from lineshaft.domain.readings import Floats, Ints64


class HistoryError(ValueError):
    """The file cannot be used; the text says why, and where."""


class History(NamedTuple):
    """Rows by machine and cycle, with their place in the file."""

    columns: tuple[str, ...]
    names: tuple[str, ...]
    """Of the machines, as the file has them."""
    unit: Ints64
    """Index into `names`, ascending."""
    cycle: Floats
    cycle_text: tuple[str, ...]
    """As the file has them."""
    x: Floats
    """(rows, columns); NaN is missing."""
    place: Ints64
    """Of each row among the rows of the file."""


MISSING = frozenset({"", "na", "nan", "null", "none", "-", "n/a", "?"})


def read(
    file: Path, unit: str, cycle: str, columns: Sequence[str] | None = None, *, drop: Sequence[str] = ()
) -> History:
    """A history from a file.

    Args:
        file: CSV with a header; comma, semicolon, tab or bar between cells.
        unit: column that names the machine.
        cycle: column that orders its rows: a number.
        columns: those wanted, all of which must be there; None takes every other column that holds numbers.
        drop: columns left out.

    Raises:
        HistoryError: it cannot be understood.
        OSError: it cannot be read.
    """
    header, rows = _cells(file)
    for wanted in (unit, cycle, *(columns or ()), *drop):
        if wanted not in header:
            raise HistoryError(f"{file}: no column {wanted!r}; it has {', '.join(header)}")
    if not rows:
        raise HistoryError(f"{file}: no rows")
    number = _number(rows, header)
    cycles = [row[header.index(cycle)] for row in rows]
    when = np.array([number(text) for text in cycles])
    if not np.isfinite(when).all():
        line = int(np.argmin(np.isfinite(when)))
        raise HistoryError(f"{file}, row {line + 1}: {cycle} is {cycles[line]!r}, expected a number")
    kept = columns or [name for name in header if name not in {unit, cycle, *drop}]
    found = {name: _column(rows, header.index(name), number) for name in kept}
    if columns is None:
        found = {name: values for name, values in found.items() if np.isfinite(values).any()}
    if not found:
        raise HistoryError(f"{file}: no column of numbers but {unit} and {cycle}")
    machines = [row[header.index(unit)] for row in rows]
    names = tuple(dict.fromkeys(machines))
    index = {name: at for at, name in enumerate(names)}
    which = np.array([index[name] for name in machines], np.int64)
    place = np.lexsort((when, which)).astype(np.int64)
    _refuse_twice(file, place, which, when, machines)
    return History(
        columns=tuple(found),
        names=names,
        unit=which[place],
        cycle=when[place],
        cycle_text=tuple(cycles[at] for at in place),
        x=np.column_stack(list(found.values()))[place],
        place=place,
    )


def _refuse_twice(file: Path, place: Ints64, which: Ints64, when: Floats, machines: list[str]) -> None:
    """Two rows of one machine at one time have no order."""
    twice = (np.diff(which[place]) == 0) & (np.diff(when[place]) == 0)
    if twice.any():
        row = int(place[1:][twice][0])
        raise HistoryError(f"{file}, row {row + 1}: machine {machines[row]} has two rows at {when[row]:g}")


def _cells(file: Path) -> tuple[list[str], list[list[str]]]:
    """Header and rows of text, blank lines left out."""
    try:
        text = file.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise HistoryError(f"{file}: not UTF-8 text: {error.reason} at byte {error.start}") from error
    first = "\n".join(islice(text.splitlines(), 1))
    mark = max(",;\t|", key=first.count)
    try:
        lines = [row for row in csv.reader(io.StringIO(text), delimiter=mark) if any(map(str.strip, row))]
    except csv.Error as error:
        raise HistoryError(f"{file}: no CSV: {error}") from error
    if not lines:
        raise HistoryError(f"{file}: empty")
    header = [name.strip() for name in lines[0]]
    if len(set(header)) < len(header):
        raise HistoryError(f"{file}: a column's name stands twice in its header")
    for at, row in enumerate(lines[1:], 1):
        if len(row) != len(header):
            raise HistoryError(f"{file}, row {at}: {len(row)} cells, the header has {len(header)}")
    return header, [[cell.strip() for cell in row] for row in lines[1:]]


def _number(rows: list[list[str]], header: list[str]) -> Callable[[str], float]:
    """Reads a cell; decimal commas only where no cell has a point beside digits."""
    comma = any("," in cell for row in rows[:200] for cell in row) and len(header) > 1
    comma = comma and not any("." in cell and _is_number(cell) for row in rows[:200] for cell in row)

    def number(cell: str) -> float:
        if cell.lower() in MISSING:
            return np.nan
        text = cell.replace(",", ".") if comma else cell
        return float(text) if _is_number(text) else np.nan

    return number


def _is_number(text: str) -> bool:
    try:
        return bool(np.isfinite(float(text)))
    except ValueError:
        return False


def _column(rows: list[list[str]], at: int, number: Callable[[str], float]) -> Floats:
    return np.array([number(row[at]) for row in rows])
