"""How the road goes: a lane's way as people import it or a routing server tells it.

A way is known by a key: the lane's name where somebody imported it (`hz-sh`, `dock-a>dock-b`), or the places
it calls at where a server was asked. What was imported comes before what a server says.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any, Final, NamedTuple

import numpy as np

from lineshaft.domain.geometry import EARTH_RADIUS_M, distance_m

Point = tuple[float, float]
"""Latitude and longitude, degrees."""

MOST_POINTS: Final = 1_000
"""Of a way that is kept; a position is compared with each leg of it."""
TOLERANCE_M: Final = 15.0
"""By how much a way may be simplified: a lane's width and a receiver's error."""
MOST_RAW: Final = 200_000
SHORTEST_M: Final = 200.0
FASTEST_MS: Final = 70.0
LONGEST_S: Final = 30 * 86_400.0


class WayError(ValueError):
    """This is no way that can be driven; the text says why."""


class Leg(NamedTuple):
    """Between two places that are called at."""

    metres: float
    drive_s: float


@dataclass(slots=True, frozen=True)
class RoadWay:
    """A way along roads."""

    key: str
    points: tuple[Point, ...]
    legs: tuple[Leg, ...] = ()
    """With the time each is driven in, from a routing server; empty: nobody said."""
    source: str = ""
    """`gpx`, `geojson`, `osrm` or `valhalla`."""

    @property
    def drive_s(self) -> float | None:
        """How long it is driven in all; None where nobody said."""
        return sum(leg.drive_s for leg in self.legs) if self.legs else None


def key_of(places: Sequence[Point]) -> str:
    """The key of a way that a server is asked for: the places, to a metre.

    >>> key_of([(30.27, 120.15), (31.23, 121.47)])
    '@30.27000,120.15000;31.23000,121.47000'
    """
    return "@" + ";".join(f"{lat:.5f},{lon:.5f}" for lat, lon in places)


def places_of(key: str) -> tuple[Point, ...]:
    """The places of `key_of`'s key.

    >>> places_of("@30.27000,120.15000;31.23000,121.47000")
    ((30.27, 120.15), (31.23, 121.47))
    """
    pairs = (pair.split(",") for pair in key.removeprefix("@").split(";"))
    return tuple((float(lat), float(lon)) for lat, lon in pairs)


def to_document(way: RoadWay) -> dict[str, Any]:
    """The way as JSON, as the journal carries it."""
    points = [[round(lat, 5), round(lon, 5)] for lat, lon in way.points]
    return asdict(way) | {"points": points, "legs": [list(leg) for leg in way.legs]}


def way_of(document: Mapping[str, Any]) -> RoadWay:
    """The way of a document.

    Raises:
        WayError: it is none.
    """
    try:
        points = tuple((float(lat), float(lon)) for lat, lon in document["points"])
        legs = tuple(Leg(float(metres), float(drive_s)) for metres, drive_s in document.get("legs") or ())
        key, source = str(document["key"]), str(document.get("source") or "")
    except (KeyError, TypeError, ValueError) as error:
        raise WayError(f"no way: {error}") from error
    if not key or len(key) > 4_000:
        raise WayError("it needs a key")
    return RoadWay(key, checked(points), _checked_legs(legs), source)


def checked(points: Sequence[Point]) -> tuple[Point, ...]:
    """Points that make a way.

    Raises:
        WayError: they are too few or too many, off the earth, or all in one place.
    """
    if not 2 <= len(points) <= MOST_RAW:
        raise WayError(f"{len(points)} points; expected 2 to {MOST_RAW}")
    where = np.array(points, np.float64)
    if not np.isfinite(where).all() or (np.abs(where) > (90.0, 180.0)).any():
        raise WayError("a point is not on the earth: latitudes go to 90, longitudes to 180")
    legs = distance_m(where[:-1, 0], where[:-1, 1], where[1:, 0], where[1:, 1])
    if float(legs.sum()) < SHORTEST_M:
        raise WayError(f"it is {legs.sum():.0f} m long; expected at least {SHORTEST_M:.0f}")
    return tuple(points)


def simplified(
    points: Sequence[Point], tolerance_m: float = TOLERANCE_M, most: int = MOST_POINTS
) -> tuple[Point, ...]:
    """The way with the fewest points that stay within a tolerance (Douglas and Peucker, 1973).

    The tolerance is doubled until at most so many are left.

    >>> simplified([(0.0, 0.0), (0.0, 0.001), (0.0, 0.002), (0.001, 0.002)])
    ((0.0, 0.0), (0.0, 0.002), (0.001, 0.002))
    """
    where = np.array(points, np.float64)
    scale = np.radians(1.0) * EARTH_RADIUS_M
    east = scale * np.cos(np.radians(where[:, 0].mean()))
    flat = np.column_stack([where[:, 1] * east, where[:, 0] * scale])
    while True:
        kept = _kept(flat, tolerance_m)
        if len(kept) <= most:
            return tuple(points[at] for at in kept)
        tolerance_m *= 2


def _kept(flat: np.ndarray[Any, np.dtype[np.float64]], tolerance_m: float) -> list[int]:
    keep = {0, len(flat) - 1}
    open_spans = [(0, len(flat) - 1)]
    while open_spans:
        first, last = open_spans.pop()
        if last - first < 2:
            continue
        way = flat[last] - flat[first]
        inner = flat[first + 1 : last] - flat[first]
        share = np.clip(inner @ way / max(float(way @ way), 1e-9), 0.0, 1.0)
        off = np.hypot(*(inner - share[:, None] * way).T)
        furthest = int(np.argmax(off))
        if off[furthest] > tolerance_m:
            at = first + 1 + furthest
            keep.add(at)
            open_spans += [(first, at), (at, last)]
    return sorted(keep)


def _checked_legs(legs: tuple[Leg, ...]) -> tuple[Leg, ...]:
    for leg in legs:
        fine = isfinite(leg.metres) and 0 <= leg.metres <= FASTEST_MS * max(leg.drive_s, 1.0)
        if not fine or not 0 <= leg.drive_s <= LONGEST_S:
            raise WayError(f"nobody drives {leg.metres:.0f} m in {leg.drive_s:.0f} s")
    if legs and sum(leg.drive_s for leg in legs) <= 0:
        raise WayError("it takes no time")
    return legs
