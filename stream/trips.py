"""Trips, tracks and questions about them from CSV: read once, at the border, with what is wrong said by row.

What others export has semicolons, decimal commas, times in seconds, milliseconds or words, and rows in any
order. A position that is missing or cannot be true costs its row and is counted; a time that cannot be read,
or a missing column, ends the reading: there the file is not what it was taken for.
"""

import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from lineshaft.detect.eta.tracks import Tracks, gathered
from lineshaft.domain.readings import Floats

TRIP: Final = ("trip_id", "ts", "lat", "lon")
QUERY: Final = ("query_id", "trip_id", "ts", "lat", "lon", "dest_lat", "dest_lon")
SEPARATORS: Final = ",;\t|"
MS_FROM: Final = 1e11
"""A greater number is milliseconds (as seconds it would be the year 5138), from 1e14 on microseconds."""
US_FROM: Final = 1e14


class TripsError(ValueError):
    """The file cannot be used; the text says why, and where."""


class Questions(NamedTuple):
    """What is asked, in the order of the file."""

    names: tuple[str, ...]
    trips: tuple[str, ...]
    ts: Floats
    lat: Floats
    """NaN where the question does not say where it is."""
    lon: Floats
    dest_lat: Floats
    dest_lon: Floats


class Trips(NamedTuple):
    """Tracks from a file."""

    tracks: Tracks
    rows: int
    left_out: int
    """Rows whose position cannot be true, or that say one time twice."""


def read_trips(file: Path, *, legs: bool = True) -> Trips:
    """Tracks; with a column `stop` and `legs`, each way from stop to stop is a trip too, beside the whole.

    Raises:
        TripsError: it cannot be understood.
        OSError: it cannot be read.
    """
    header, rows = _cells(file, TRIP)
    if not rows:
        raise TripsError(f"{file}: no rows below the header")
    columns = _columns(file, header, rows, TRIP[1:])
    names = _texts(header, rows, "trip_id")
    if legs and "stop" in header:
        stops = _texts(header, rows, "stop")
        names, columns = _with_legs(names, stops, columns)
    tracks = gathered(names, *columns)
    return Trips(tracks, len(names), len(names) - len(tracks.ts))


def read_questions(file: Path) -> Questions:
    """Questions about trips.

    Raises:
        TripsError: it cannot be understood, or a destination is no place.
        OSError: it cannot be read.
    """
    header, rows = _cells(file, QUERY)
    ts, lat, lon, dest_lat, dest_lon = _columns(file, header, rows, QUERY[2:])
    wrong = ~((np.abs(dest_lat) <= 90) & (np.abs(dest_lon) <= 180))
    if wrong.any():
        at = int(np.argmax(wrong))
        raise TripsError(f"{file}, row {at + 1}: dest_lat, dest_lon are no place on earth")
    off = ~((np.abs(lat) <= 90) & (np.abs(lon) <= 180)) | ((lat == 0) & (lon == 0))
    lat, lon = np.where(off, np.nan, lat), np.where(off, np.nan, lon)
    names, trips = (tuple(_texts(header, rows, name)) for name in ("query_id", "trip_id"))
    return Questions(names, trips, ts, lat, lon, dest_lat, dest_lon)


def seconds(text: str) -> float:
    """Seconds since 1970 of a time as others write it; without a zone it is UTC.

    >>> seconds("1211033602"), seconds("1211033602000"), seconds("2008-05-17T14:13:22Z")
    (1211033602.0, 1211033602.0, 1211033602.0)

    Raises:
        ValueError: it is no time.
    """
    try:
        number = float(text)
    except ValueError:
        when = datetime.fromisoformat(text)
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
    if not np.isfinite(number):
        raise ValueError(f"{text!r} is no time")
    if abs(number) >= US_FROM:
        return number / 1e6
    return number / 1e3 if abs(number) >= MS_FROM else number


def _with_legs(
    names: Sequence[str], stops: Sequence[str], columns: tuple[Floats, ...]
) -> tuple[list[str], tuple[Floats, ...]]:
    """The rows, and again those of each leg: from the last fix at one stop to the first at the next."""
    mine: dict[str, list[int]] = {}
    for at in np.argsort(columns[0], kind="stable").tolist():
        mine.setdefault(names[at], []).append(at)
    places, legs = list(range(len(names))), list(names)
    for name, rows in mine.items():
        at_stop = [n for n, row in enumerate(rows) if stops[row]]
        borders = [
            (one, two)
            for one, two in pairwise(at_stop)
            if two > one + 1 or stops[rows[one]] != stops[rows[two]]
        ]
        if at_stop and at_stop[0] > 0:
            borders.insert(0, (0, at_stop[0]))
        for number, (begin, end) in enumerate(borders):
            if (begin, end) != (0, len(rows) - 1):
                places += rows[begin : end + 1]
                legs += [f"{name}\n{number}"] * (end + 1 - begin)
    return legs, tuple(column[places] for column in columns)


def _cells(file: Path, wanted: Sequence[str]) -> tuple[list[str], list[list[str]]]:
    try:
        text = file.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TripsError(f"{file}: not UTF-8 text: {error.reason} at byte {error.start}") from error
    mark = max(SEPARATORS, key=text.partition("\n")[0].count)
    try:
        rows = [row for row in csv.reader(io.StringIO(text), delimiter=mark) if any(map(str.strip, row))]
    except csv.Error as error:
        raise TripsError(f"{file}: no CSV: {error}") from error
    if not rows:
        raise TripsError(f"{file}: empty")
    header = [name.strip().lower() for name in rows[0]]
    missing = [name for name in wanted if name not in header]
    if missing:
        raise TripsError(f"{file}: no column {', '.join(missing)}; it has {', '.join(header)}")
    for at, row in enumerate(rows[1:], 1):
        if len(row) != len(header):
            raise TripsError(f"{file}, row {at}: {len(row)} cells, the header has {len(header)}")
    return header, rows[1:]


def _texts(header: list[str], rows: list[list[str]], name: str) -> list[str]:
    at = header.index(name)
    return [row[at].strip() for row in rows]


def _columns(
    file: Path, header: list[str], rows: list[list[str]], names: Sequence[str]
) -> tuple[Floats, ...]:
    """Times in seconds, then numbers, NaN for what is none."""
    times = np.empty(len(rows))
    for at, text in enumerate(_texts(header, rows, names[0])):
        try:
            times[at] = seconds(text)
        except ValueError as error:
            raise TripsError(
                f"{file}, row {at + 1}: ts is {text!r}, expected seconds, milliseconds or ISO 8601"
            ) from error
    return times, *(np.array([_number(text) for text in _texts(header, rows, name)]) for name in names[1:])


def _number(text: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return np.nan
