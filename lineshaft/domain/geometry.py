"""Distances on the earth, along a route, and onto it. WGS-84 degrees in, metres out; arrays or numbers.

A sphere of the mean radius is within 0.6 % of the ellipsoid: less than what a road's bends add.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

EARTH_RADIUS_M = 6_371_008.8
"""IUGG mean radius."""

Floats = NDArray[np.float64]


def distance_m(lat1: ArrayLike, lon1: ArrayLike, lat2: ArrayLike, lon2: ArrayLike) -> Floats:
    """Great-circle distance by the haversine formula; broadcasts.

    >>> round(float(distance_m(30.27, 120.15, 31.23, 121.47)) / 1000)
    165
    """
    phi1, phi2 = np.radians(lat1), np.radians(lat2)
    half_lat, half_lon = (phi2 - phi1) / 2, (np.radians(lon2) - np.radians(lon1)) / 2
    chord = np.sin(half_lat) ** 2 + np.cos(phi1) * np.cos(phi2) * np.sin(half_lon) ** 2
    return np.asarray(2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(chord, 1.0))))


def bearing_deg(lat1: ArrayLike, lon1: ArrayLike, lat2: ArrayLike, lon2: ArrayLike) -> Floats:
    """Initial course from the first point to the second, degrees clockwise from north, 0 to below 360.

    >>> float(bearing_deg(0.0, 0.0, 0.0, 1.0))
    90.0
    """
    phi1, phi2 = np.radians(lat1), np.radians(lat2)
    turn = np.radians(lon2) - np.radians(lon1)
    east = np.sin(turn) * np.cos(phi2)
    north = np.cos(phi1) * np.sin(phi2) - np.sin(phi1) * np.cos(phi2) * np.cos(turn)
    return np.asarray(np.degrees(np.arctan2(east, north)) % 360.0)


@dataclass(frozen=True)
class Polyline:
    """A path of at least two points on the earth."""

    lat: tuple[float, ...]
    lon: tuple[float, ...]

    @cached_property
    def along_m(self) -> Floats:
        """Distance from the start to each point, along the path."""
        lat, lon = np.array(self.lat), np.array(self.lon)
        legs = distance_m(lat[:-1], lon[:-1], lat[1:], lon[1:])
        return np.concatenate([[0.0], np.cumsum(legs)])

    @property
    def length_m(self) -> float:
        """Length of the whole path."""
        return float(self.along_m[-1])

    def project(self, lat: float, lon: float, *, from_m: float = 0.0) -> tuple[float, float]:
        """The place on the path nearest to a point.

        Args:
            lat: the point.
            lon: the point.
            from_m: only legs that end at or beyond this distance from the start count, so that a path which
                comes back past itself does not pull a vehicle back.

        Returns:
            Metres from the start along the path, and metres from the point to the path.

        >>> line = Polyline((0.0, 0.0), (0.0, 1.0))
        >>> along, off = line.project(0.01, 0.5)
        >>> round(along), round(off)
        (55598, 1112)
        """
        lats, lons, along = np.array(self.lat), np.array(self.lon), self.along_m
        # Flat around the point: exact enough within the tens of kilometres where the nearest leg is decided.
        shrink = np.cos(np.radians(lat))
        x, y = np.radians(lons - lon) * shrink * EARTH_RADIUS_M, np.radians(lats - lat) * EARTH_RADIUS_M
        leg_x, leg_y = np.diff(x), np.diff(y)
        squared = np.maximum(leg_x**2 + leg_y**2, 1e-9)
        share = np.clip(-(x[:-1] * leg_x + y[:-1] * leg_y) / squared, 0.0, 1.0)
        off = np.hypot(x[:-1] + share * leg_x, y[:-1] + share * leg_y)
        off = np.where(along[1:] >= min(from_m, along[-1]), off, np.inf)
        leg = int(np.argmin(off))
        return float(along[leg] + share[leg] * (along[leg + 1] - along[leg])), float(off[leg])
