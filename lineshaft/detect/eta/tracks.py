"""Tracks of trips as columns, freed of what cannot be true, and what is known of a trip at a moment.

Every question about a trip is answered from its fixes up to that moment and no later one: a fix is kept or
dropped by what came before it, so that learning sees what a live question sees.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lineshaft.domain.geometry import distance_m
from lineshaft.domain.readings import Floats, Ints64

Bools = NDArray[np.bool_]

FASTEST_MS: Final = 70.0
"""252 km/h: a fix further from the one before it is a jump, not a road vehicle."""
JUMPS: Final = 3
"""Fixes in a row that lie off make a new place: the ones before were wrong."""
GRAIN_S: Final = 20.0
"""Way is summed between fixes about this far apart: at 1 Hz the noise of a standing receiver adds up."""
RECENT_S: Final = (120.0, 300.0)
"""Windows over which a vehicle's own pace is taken."""


class Tracks(NamedTuple):
    """Fixes of trips, each trip's together and in order of time."""

    names: tuple[str, ...]
    start: Ints64
    """(trips + 1,): where each trip's fixes begin, and the end of the last one's."""
    ts: Floats
    """Seconds since 1970."""
    lat: Floats
    lon: Floats

    @property
    def trip(self) -> Ints64:
        """The trip of each fix."""
        return np.repeat(np.arange(len(self.names)), np.diff(self.start))

    def only(self, which: Bools) -> "Tracks":
        """Some of the trips, (trips,)."""
        kept = np.repeat(which, np.diff(self.start))
        sizes = np.diff(self.start)[which]
        names = tuple(name for name, one in zip(self.names, which, strict=True) if one)
        start = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        return Tracks(names, start, self.ts[kept], self.lat[kept], self.lon[kept])


class Course(NamedTuple):
    """Tracks with the way driven."""

    tracks: Tracks
    driven_m: Floats
    """Along the fixes from the trip's start, at each fix."""
    key: Ints64
    """Ascending over all fixes: the trip's number before the time, so that one search finds any moment."""
    origin_s: float


class Moments(NamedTuple):
    """What is known of trips at some instants; an element a question. Metres, seconds, degrees."""

    ts: Floats
    lat: Floats
    lon: Floats
    dest_lat: Floats
    dest_lon: Floats
    start_lat: Floats
    start_lon: Floats
    elapsed_s: Floats
    """Since the trip's first fix."""
    stale_s: Floats
    """Since the vehicle was at the place it is asked from."""
    driven_m: Floats
    recent_m: Floats
    """(questions, windows): driven in each of `RECENT_S`; NaN where the trip is younger."""
    recent_s: Floats
    """Over how much time; windows end at fixes."""
    net_m: Floats
    """Straight way within the first window."""
    heading_lat: Floats
    heading_lon: Floats
    """Where it was one fix earlier; NaN at the start."""


def gathered(trip: Sequence[str], ts: Floats, lat: Floats, lon: Floats) -> Tracks:
    """Rows in any order as tracks; of two at one time the later row counts, what cannot be true is left out.

    Args:
        trip: the trip's name, of each row.
        ts: seconds.
        lat: degrees; out of range, missing or at 0, 0 is no position.
        lon: likewise.
    """
    place: dict[str, int] = {}
    which = np.array([place.setdefault(name, len(place)) for name in trip], np.int64)
    sound = np.isfinite(ts) & (np.abs(lat) <= 90) & (np.abs(lon) <= 180) & ((lat != 0) | (lon != 0))
    rows = np.flatnonzero(sound)
    rows = rows[np.lexsort((rows, ts[rows], which[rows]))]
    if len(rows):
        last = np.append((np.diff(which[rows]) != 0) | (np.diff(ts[rows]) != 0), np.True_)
        rows = rows[last]
    rows = rows[_without_jumps(which[rows], ts[rows], lat[rows], lon[rows])]
    counts = np.bincount(which[rows], minlength=len(place))
    start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return Tracks(tuple(place), start, ts[rows], lat[rows], lon[rows]).only(counts > 0)


def _without_jumps(trip: Ints64, ts: Floats, lat: Floats, lon: Floats) -> Bools:
    kept = np.ones(len(ts), np.bool_)
    if len(ts) < 2:
        return kept
    same = np.diff(trip) == 0
    off = same & (
        distance_m(lat[:-1], lon[:-1], lat[1:], lon[1:]) > FASTEST_MS * np.maximum(np.diff(ts), 1.0)
    )
    for one in np.unique(trip[1:][off]).tolist():  # few trips have any
        begin, end = np.searchsorted(trip, [one, one + 1]).tolist()
        last, wrong = begin, 0
        for at in range(begin + 1, end):
            way = float(distance_m(lat[last], lon[last], lat[at], lon[at]))
            kept[at] = way <= FASTEST_MS * max(ts[at] - ts[last], 1.0) or wrong + 1 >= JUMPS
            last, wrong = (at, 0) if kept[at] else (last, wrong + 1)
    return kept


def course(tracks: Tracks) -> Course:
    """The tracks with the way driven, summed between fixes of different `GRAIN_S`."""
    trip, first = tracks.trip, tracks.ts[tracks.start[:-1]]
    grain = np.floor((tracks.ts - first[trip]) / GRAIN_S)
    counts = np.ones(len(trip), np.bool_)
    counts[1:] = (np.diff(trip) != 0) | (np.diff(grain) != 0)
    at = np.flatnonzero(counts)
    way = np.zeros(len(trip))
    if len(at) > 1:
        leg = distance_m(tracks.lat[at[:-1]], tracks.lon[at[:-1]], tracks.lat[at[1:]], tracks.lon[at[1:]])
        way[at[1:]] = np.where(np.diff(trip[at]) == 0, leg, 0.0)
    total = np.cumsum(way)
    origin = float(tracks.ts.min()) if len(tracks.ts) else 0.0
    return Course(tracks, total - total[tracks.start[:-1]][trip], _key(trip, tracks.ts - origin), origin)


def _key(trip: Ints64, seconds: Floats) -> Ints64:
    """Trip before milliseconds; 2^41 ms are 69 years."""
    ms = np.clip(np.round(seconds * 1000), -(1 << 20), (1 << 41) - 1).astype(np.int64)
    return np.asarray((trip.astype(np.int64) << 42) + (1 << 20) + ms)


def fix_at(found: Course, trip: Ints64, ts: Floats) -> Ints64:
    """The last fix of a trip at or before an instant; below the trip's start where there is none."""
    at = np.searchsorted(found.key, _key(trip, ts - found.origin_s), side="right") - 1
    return np.where(at >= found.tracks.start[trip], at, -1)


def moments(
    found: Course,
    trip: Ints64,
    ts: Floats,
    dest: tuple[Floats, Floats],
    place: tuple[Floats, Floats] | None = None,
) -> Moments:
    """What is known of trips at instants.

    Args:
        found: the fixes.
        trip: of each question, its number there; -1 where nothing is known of it.
        ts: seconds.
        dest: latitude and longitude of where it goes.
        place: where it is; None takes its last fix.
    """
    tracks = found.tracks
    at = np.full(len(ts), -1) if not len(tracks.ts) else fix_at(found, np.maximum(trip, 0), ts)
    at = np.where(trip >= 0, at, -1)
    known = at >= 0
    if not len(tracks.ts):
        tracks = Tracks(("",), np.array([0, 1]), np.zeros(1), np.zeros(1), np.zeros(1))
        found = Course(tracks, np.zeros(1), np.zeros(1, np.int64), 0.0)
    i, begin = np.maximum(at, 0), tracks.start[np.maximum(trip, 0)]
    last_lat, last_lon = tracks.lat[i], tracks.lon[i]
    lat, lon = place if place is not None else (last_lat, last_lon)
    ahead = np.where(known, distance_m(last_lat, last_lon, lat, lon), 0.0)
    stale = np.where(known & (ahead < 1.0), ts - tracks.ts[i], 0.0)
    windows = [np.maximum(fix_at(found, np.maximum(trip, 0), ts - one), begin) for one in RECENT_S]
    moved = known & (i > begin)

    def seen(values: Floats, where: Bools) -> Floats:
        return np.where(where, values, np.nan)

    return Moments(
        ts=ts, lat=lat, lon=lon, dest_lat=dest[0], dest_lon=dest[1],
        start_lat=np.where(known, tracks.lat[begin], lat), start_lon=np.where(known, tracks.lon[begin], lon),
        elapsed_s=np.where(known, ts - tracks.ts[begin], 0.0), stale_s=stale,
        driven_m=np.where(known, found.driven_m[i] + ahead, 0.0),
        recent_m=np.column_stack([seen(found.driven_m[i] - found.driven_m[w], moved) for w in windows]),
        recent_s=np.column_stack([seen(tracks.ts[i] - tracks.ts[w], moved) for w in windows]),
        net_m=seen(distance_m(tracks.lat[windows[0]], tracks.lon[windows[0]], last_lat, last_lon), moved),
        heading_lat=seen(tracks.lat[np.maximum(i - 1, 0)], moved),
        heading_lon=seen(tracks.lon[np.maximum(i - 1, 0)], moved),
    )  # fmt: skip
