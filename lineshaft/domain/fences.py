"""Geofences: circles, polygons and corridors, and who visits them.

A fence is entered at its edge and left a margin further out, so that noise at the edge is neither. A visit
needs more than being inside: to stay for the dwell time, and to have stood. Who drives by has crossed it.
Between sparse fixes the way is taken as straight, and the edge is crossed where that way crosses it.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

from lineshaft.domain.geometry import EARTH_RADIUS_M

KINDS = ("circle", "polygon", "corridor")
LEAST_RADIUS_M = 50.0
"""Twice the error of a fair fix: below it, entering and leaving are noise."""
LEAST_MARGIN_M, MARGIN_SHARE = 30.0, 0.1
"""How much further out than its edge a fence is left: a share of its radius, at least so much."""
DWELL_S = 180.0
"""Less is a barrier, a turn, a red light inside."""
STANDS_MS = 2.0
"""A visit has been slower than that."""
STEP_M = 50.0
"""How finely a straight way between sparse fixes is looked along for the edge."""
MOST_STEPS = 400
SPARSE_US = 3_600_000_000
"""Of a longer silence nobody knows the way."""
CELL_DEG = 0.05
"""Of the index: a fix is compared with the fences that reach its cell only."""
MOST_POINTS = 500
WIDEST_DEG = 5.0
"""Of a polygon, or of one leg of a corridor."""

Point = tuple[float, float]
"""Latitude and longitude, degrees."""


class FenceError(ValueError):
    """A fence's description cannot be used."""


@dataclass(slots=True, frozen=True)
class Fence:
    """A place on the map with an inside."""

    key: str
    name: str
    kind: str
    points: tuple[Point, ...]
    """A circle's centre, a polygon's corners, a corridor's line."""
    radius_m: float = 0.0
    """Of a circle; of a corridor, to each side; a polygon has none."""
    dwell_s: float = DWELL_S
    margin_m: float = LEAST_MARGIN_M
    version: int = 1

    def outside_m(self, lat: float, lon: float) -> float:
        """How far outside a point is; negative inside. Flat, around the point."""
        if self.kind == "circle":
            north, east = _offset_m(lat, lon, self.points[0])
            return math.hypot(north, east) - self.radius_m
        corners = [_offset_m(lat, lon, point) for point in self.points]
        if self.kind == "corridor":
            return min(_to_leg_m(one, other) for one, other in _legs(corners)) - self.radius_m
        edge_m = min(_to_leg_m(one, other) for one, other in _legs([*corners, corners[0]]))
        return -edge_m if _holds_origin(corners) else edge_m


class Spot(NamedTuple):
    """A vehicle at an instant, as fences need it."""

    ts_us: int
    lat: float
    lon: float
    speed_ms: float


class Crossing(NamedTuple):
    """A vehicle and a fence: what has just become true."""

    kind: str
    """`enter`, `dwell` (it is a visit) or `leave`."""
    fence: Fence
    at_us: int
    entered_us: int
    visited: bool
    """Of `leave`: whether it was a visit."""


@dataclass(slots=True)
class Inside:
    """A vehicle inside a fence."""

    entered_us: int
    has_stood: bool = False
    visited: bool = False


@dataclass(slots=True)
class Fences:
    """All fences, found by place, and the vehicles inside them."""

    fences: dict[str, Fence] = field(default_factory=dict)
    cells: dict[tuple[int, int], list[str]] = field(default_factory=dict)
    inside: dict[str, dict[str, Inside]] = field(default_factory=dict)
    """Vehicle → fence → since when."""
    last: dict[str, Spot] = field(default_factory=dict)

    def put(self, fence: Fence) -> None:
        """Take a fence in, or its new version; who was inside stays so as far as the new one allows."""
        self.remove(fence.key, stays=True)
        self.fences[fence.key] = fence
        for cell in _cells_of(fence):
            self.cells.setdefault(cell, []).append(fence.key)

    def remove(self, key: str, *, stays: bool = False) -> None:
        """Forget a fence."""
        if self.fences.pop(key, None) is None:
            return
        for cell in [cell for cell, keys in self.cells.items() if key in keys]:
            self.cells[cell].remove(key)
        if not stays:
            for mine in self.inside.values():
                mine.pop(key, None)

    def follow(self, vehicle: str, spot: Spot) -> list[Crossing]:
        """What a vehicle's next believed fix means, in the order it happened."""
        before, self.last[vehicle] = self.last.get(vehicle), spot
        mine = self.inside.setdefault(vehicle, {})
        keys = set(mine) | set(self.cells.get(_cell(spot.lat, spot.lon), ()))
        if before is not None and spot.ts_us - before.ts_us <= SPARSE_US:
            for cell in _between(before, spot):
                keys.update(self.cells.get(cell, ()))
        else:
            before = None
        found: list[Crossing] = []
        for key in sorted(keys):
            found += self._look(self.fences[key], mine, before, spot)
        return sorted(found, key=lambda one: one.at_us)

    def _look(self, fence: Fence, mine: dict[str, Inside], before: Spot | None, spot: Spot) -> list[Crossing]:
        off_m = fence.outside_m(spot.lat, spot.lon)
        held = mine.get(fence.key)
        if held is None:
            return self._outside(fence, mine, before, spot, is_in=off_m <= 0)
        if off_m > fence.margin_m:
            return self._leave(fence, mine, held, before, spot)
        held.has_stood |= spot.speed_ms < STANDS_MS
        return _dwell(fence, held, spot.ts_us)

    def _outside(
        self, fence: Fence, mine: dict[str, Inside], before: Spot | None, spot: Spot, *, is_in: bool
    ) -> list[Crossing]:
        """A vehicle that was outside: it is in now, or crossed the fence between two fixes, or neither."""
        if is_in:
            at_us = spot.ts_us if before is None else _edges(fence, before, spot)[0]
            held = mine[fence.key] = Inside(at_us, spot.speed_ms < STANDS_MS)
            enter = Crossing("enter", fence, at_us, at_us, visited=False)
            return [enter, *_dwell(fence, held, spot.ts_us)]
        if before is None:
            return []
        first_us, last_us, crossed = _edges(fence, before, spot)
        if not crossed:
            return []
        enter = Crossing("enter", fence, first_us, first_us, visited=False)
        return [enter, Crossing("leave", fence, last_us, first_us, visited=False)]

    def _leave(
        self, fence: Fence, mine: dict[str, Inside], held: Inside, before: Spot | None, spot: Spot
    ) -> list[Crossing]:
        del mine[fence.key]
        at_us = spot.ts_us if before is None else max(_edges(fence, before, spot)[1], held.entered_us)
        return [*_dwell(fence, held, at_us), Crossing("leave", fence, at_us, held.entered_us, held.visited)]


def _dwell(fence: Fence, held: Inside, at_us: int) -> list[Crossing]:
    lasted_s = (at_us - held.entered_us) / 1e6
    if held.visited or not held.has_stood or lasted_s < fence.dwell_s:
        return []
    held.visited = True
    return [Crossing("dwell", fence, at_us, held.entered_us, visited=True)]


def _edges(fence: Fence, before: Spot, spot: Spot) -> tuple[int, int, bool]:
    """When a straight way is first and last inside (else its end and its end), and whether it is at all."""
    north, east = _offset_m(before.lat, before.lon, (spot.lat, spot.lon))
    steps = min(max(math.ceil(math.hypot(north, east) / STEP_M), 1), MOST_STEPS)
    first = last = None
    for step in range(steps + 1):
        share = step / steps
        lat = before.lat + share * (spot.lat - before.lat)
        lon = before.lon + share * (spot.lon - before.lon)
        if fence.outside_m(lat, lon) <= 0:
            last = share
            first = share if first is None else first
    if first is None or last is None:
        return spot.ts_us, spot.ts_us, False
    took_us = spot.ts_us - before.ts_us
    return before.ts_us + round(first * took_us), before.ts_us + round(last * took_us), True


def fence_of(said: dict[str, Any]) -> Fence:
    """The fence of a description: key, name, kind, points, radius_m, dwell_s, margin_m, version.

    Raises:
        FenceError: with what was expected, in words.
    """
    kind, key, name = said.get("kind"), said.get("key"), said.get("name")
    if kind not in KINDS:
        raise FenceError(f"kind is {kind!r:.40}, expected one of {', '.join(KINDS)}")
    if not isinstance(key, str) or not key or not isinstance(name, str) or not name:
        raise FenceError("expected a key and a name, texts that are not empty")
    points = _points(said.get("points"))
    least = {"circle": 1, "polygon": 3, "corridor": 2}[kind]
    if len(points) < least or (kind == "circle" and len(points) > 1) or len(points) > MOST_POINTS:
        raise FenceError(f"a {kind} has {least if kind == 'circle' else f'{least} to {MOST_POINTS}'} points")
    pieces = list(_legs(list(points))) if kind == "corridor" else [points]
    if any(max(part) - min(part) > WIDEST_DEG for piece in pieces for part in zip(*piece, strict=True)):
        raise FenceError(f"a polygon, or a leg of a corridor, is at most {WIDEST_DEG:g} degrees wide")
    radius_m = _number(said, "radius_m", 0.0)
    if kind != "polygon" and not LEAST_RADIUS_M <= radius_m <= 200_000:
        raise FenceError(f"radius_m is {radius_m:g}, expected {LEAST_RADIUS_M:g} to 200000: below is noise")
    usual = max(LEAST_MARGIN_M, MARGIN_SHARE * radius_m)
    margin_m, dwell_s = _number(said, "margin_m", usual), _number(said, "dwell_s", DWELL_S)
    if not 10 <= margin_m <= 50_000 or not 0 <= dwell_s <= 86_400:
        raise FenceError("expected margin_m of 10 to 50000 and dwell_s of 0 to 86400")
    return Fence(
        key, name, kind, points, 0.0 if kind == "polygon" else radius_m, dwell_s, margin_m,
        int(said.get("version", 1)),
    )  # fmt: skip


def _points(said: object) -> tuple[Point, ...]:
    if not isinstance(said, list | tuple):
        raise FenceError("points: expected a list of [latitude, longitude]")
    found = []
    for point in said:
        if not isinstance(point, list | tuple) or len(point) != 2 or not all(map(_is_number, point)):
            raise FenceError(f"point {point!r:.60}: expected [latitude, longitude]")
        lat, lon = float(point[0]), float(point[1])
        if not (abs(lat) <= 90 and abs(lon) <= 180):
            raise FenceError(f"point {point!r:.60}: out of range")
        found.append((lat, lon))
    return tuple(found)


def _number(said: dict[str, Any], key: str, usual: float) -> float:
    value = said.get(key)
    if value is None:
        return usual
    if not _is_number(value) or not math.isfinite(value):
        raise FenceError(f"{key} is {value!r:.40}, expected a number")
    return float(value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _offset_m(lat: float, lon: float, point: Point) -> Point:
    """Metres north and east of (lat, lon) that a point is, on a flat earth around both."""
    north = math.radians(point[0] - lat) * EARTH_RADIUS_M
    turn = (point[1] - lon + 180.0) % 360.0 - 180.0
    return north, math.radians(turn) * math.cos(math.radians((point[0] + lat) / 2)) * EARTH_RADIUS_M


def _legs(points: list[Point]) -> Iterator[tuple[Point, Point]]:
    return pairwise(points)


def _to_leg_m(one: Point, other: Point) -> float:
    """Metres from the origin to the leg between two points in metres."""
    north, east = other[0] - one[0], other[1] - one[1]
    squared = max(north * north + east * east, 1e-9)
    share = min(max(-(one[0] * north + one[1] * east) / squared, 0.0), 1.0)
    return math.hypot(one[0] + share * north, one[1] + share * east)


def _holds_origin(corners: list[Point]) -> bool:
    """Whether the origin is in a polygon: a ray to the east crosses its edges an odd number of times."""
    inside = False
    for (north, east), (next_north, next_east) in _legs([*corners, corners[0]]):
        if (north > 0) != (next_north > 0):
            inside ^= east - north * (next_east - east) / (next_north - north) > 0
    return inside


def _cell(lat: float, lon: float) -> tuple[int, int]:
    return math.floor(lat / CELL_DEG), math.floor(lon / CELL_DEG)


def _between(before: Spot, spot: Spot) -> list[tuple[int, int]]:
    """The cells that a straight way may pass; none where both ends share one."""
    (row, column), (to_row, to_column) = _cell(before.lat, before.lon), _cell(spot.lat, spot.lon)
    if (row, column) == (to_row, to_column):
        return []
    steps = 2 * max(abs(to_row - row), abs(to_column - column))
    return [
        _cell(
            before.lat + n / steps * (spot.lat - before.lat), before.lon + n / steps * (spot.lon - before.lon)
        )
        for n in range(steps + 1)
    ]


def _cells_of(fence: Fence) -> set[tuple[int, int]]:
    """Every cell within a fence's bounding box, with its margin: of a corridor, leg by leg."""
    reach_m = fence.radius_m + fence.margin_m
    pieces = [list(leg) for leg in _legs(list(fence.points))] if fence.kind == "corridor" else [fence.points]
    found: set[tuple[int, int]] = set()
    for points in pieces:
        lats, lons = [lat for lat, _ in points], [lon for _, lon in points]
        tall = math.degrees(reach_m / EARTH_RADIUS_M)
        wide = tall / max(math.cos(math.radians(max(map(abs, lats)))), 0.01)
        low, high = _cell(min(lats) - tall, min(lons) - wide), _cell(max(lats) + tall, max(lons) + wide)
        found |= {(row, col) for row in range(low[0], high[0] + 1) for col in range(low[1], high[1] + 1)}
    return found
