"""Trips for the benchmark of arrival times: Cabspotting's files or one's own, split by time, and questions.

Cabspotting: "lat lon occupied time" a line, newest first, one gzipped file a cab; a run of occupied fixes is
a trip (Piorkowski, Sarafijanovic-Djukic and Grossglauser, CRAWDAD epfl/mobility, 2009).
"""

import csv
import gzip
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from lineshaft.detect.eta.tracks import Bools, Tracks, course, gathered
from lineshaft.domain.geometry import distance_m
from lineshaft.domain.readings import Floats, Ints64

AFTER_MIN: Final = (0, 2, 5, 10, 15, 25)
"""When a trip is asked about, minutes after its start."""
LEARNED: Final = 0.7
"""Share of the time span whose trips are learned from."""
LONGEST_GAP_S: Final = 300.0
"""A cab unseen for longer may have ended one trip and begun another."""


class Shape(NamedTuple):
    """What of trips can be told once they are over."""

    lasts_s: Floats
    straight_m: Floats
    driven_m: Floats
    gap_s: Floats


class Questions(NamedTuple):
    """What is asked, with the answers."""

    trip: Ints64
    after_min: Ints64
    ts: Floats
    lat: Floats
    lon: Floats
    dest_lat: Floats
    dest_lon: Floats
    left_s: Floats


KINDS: Final[dict[str, tuple[str, Callable[[Shape], Bools]]]] = {
    "direct": (
        "3 to 60 min, at least 2 km apart, driven at most twice the straight way, no gap over 5 min",
        lambda of: (
            (of.lasts_s >= 180) & (of.lasts_s <= 3600) & (of.straight_m >= 2000)
            & (of.driven_m <= 2 * of.straight_m) & (of.gap_s <= LONGEST_GAP_S)
        ),
    ),
    "every": (
        "2 to 90 min, at least 300 m apart, no gap over 5 min: round trips and tours too",
        lambda of: (
            (of.lasts_s >= 120) & (of.lasts_s <= 5400) & (of.straight_m >= 300) & (of.gap_s <= LONGEST_GAP_S)
        ),
    ),
}  # fmt: skip
"""Which trips are learned from and asked about. A delivery goes to its destination: `direct` is that case."""


def cabs(folder: Path) -> Tracks:
    """The trips of all cabs in a folder.

    Raises:
        FileNotFoundError: there is no file of a cab; the text says where to get them.
    """
    files = sorted(folder.glob("*.gz")) or sorted(folder.glob("new_*.txt"))
    if not files:
        raise FileNotFoundError(
            f"no files of cabs in {folder}; get them from CRAWDAD epfl/mobility (free for research)"
        )
    names: list[str] = []
    columns: list[Floats] = []
    for file in files:
        with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as lines:
            rows = np.loadtxt(lines, ndmin=2)
        rows = rows[np.argsort(rows[:, 3], kind="stable")]
        taken = rows[:, 2] > 0
        number = np.cumsum(np.diff(taken.astype(int), prepend=0) == 1)[taken]
        names += [f"{file.name.partition('.')[0]}/{one}" for one in number.tolist()]
        columns.append(rows[taken][:, [3, 0, 1]])
    return gathered(names, *np.concatenate(columns).T)


def shape(tracks: Tracks) -> Shape:
    """What can be told of whole trips."""
    begin, end = tracks.start[:-1], tracks.start[1:] - 1
    gaps = np.where(np.diff(tracks.trip) == 0, np.diff(tracks.ts), 0.0)
    return Shape(
        tracks.ts[end] - tracks.ts[begin],
        distance_m(tracks.lat[begin], tracks.lon[begin], tracks.lat[end], tracks.lon[end]),
        course(tracks).driven_m[end],
        np.maximum.reduceat(np.append(gaps, 0.0), begin) if len(begin) else np.empty(0),
    )


def split(tracks: Tracks, kind: str) -> tuple[Tracks, Tracks]:
    """Trips that end in the first 70 % of the time span, and those that begin in the rest."""
    begin, end = tracks.ts[tracks.start[:-1]], tracks.ts[tracks.start[1:] - 1]
    cut = begin.min() + LEARNED * (end.max() - begin.min())
    fits = KINDS[kind][1](shape(tracks))
    return tracks.only(fits & (end <= cut)), tracks.only(fits & (begin > cut))


def questions(tracks: Tracks, after_min: Iterable[int] = AFTER_MIN) -> Questions:
    """Each trip asked about while it lasts, from its last fix, with its last fix as destination."""
    begin, end = tracks.start[:-1], tracks.start[1:] - 1
    lasts = tracks.ts[end] - tracks.ts[begin]
    which = [(np.flatnonzero(lasts > 60 * minutes), minutes) for minutes in after_min]
    trip = np.concatenate([one for one, _ in which])
    after = np.concatenate([np.full(len(one), minutes) for one, minutes in which])
    ts = tracks.ts[begin[trip]] + 60.0 * after
    at = np.array(
        [
            np.searchsorted(tracks.ts[b : e + 1], t, side="right") + b - 1
            for b, e, t in zip(begin[trip].tolist(), end[trip].tolist(), ts.tolist(), strict=True)
        ]
    )
    last = end[trip]
    return Questions(
        trip, after, ts, tracks.lat[at], tracks.lon[at], tracks.lat[last], tracks.lon[last],
        tracks.ts[last] - ts,
    )  # fmt: skip


def write_tracks(file: Path, tracks: Tracks, until: Floats | None = None) -> None:
    """The fixes as a CSV; with `until` of each trip only those up to then."""
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(("trip_id", "ts", "lat", "lon"))
        for trip, ts, lat, lon in zip(
            tracks.trip.tolist(), tracks.ts.tolist(), tracks.lat.tolist(), tracks.lon.tolist(), strict=True
        ):
            if until is None or ts <= until[trip]:
                writer.writerow((tracks.names[trip], f"{ts:.3f}", f"{lat:.6f}", f"{lon:.6f}"))


def write_questions(file: Path, asked: Questions, tracks: Tracks) -> None:
    """The questions as a CSV, without their answers."""
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(("query_id", "trip_id", "ts", "lat", "lon", "dest_lat", "dest_lon"))
        for number, (trip, _, ts, *places, _) in enumerate(zip(*(c.tolist() for c in asked), strict=True)):
            writer.writerow((number, tracks.names[trip], f"{ts:.3f}", *(f"{one:.6f}" for one in places)))
