"""Where a vehicle is: cleans its fixes, finds whether it moves or stands, and adds up its way."""

import math
from dataclasses import dataclass
from typing import NamedTuple

from lineshaft.domain.geometry import bearing_deg, distance_m

FASTEST_MS = 70.0
"""252 km/h: no truck; a fix that would need more is a jump."""
ACCURACY_M = 200.0
"""A fix that says it may be further off is a cell tower's guess."""
AGREEING_FIXES = 3
"""Suspect fixes in a row that fit one another are the truth, and what we believed was wrong."""
MOVING_MS, STANDING_MS = 2.0, 0.8
"""Speeds at which moving and standing begin; between them it goes on as it was."""
MOVED_M = 100.0
"""A standing vehicle this far from where it stopped moves, whatever its speed says (sparse fixes)."""
STANDING_US = 60_000_000
"""Below that, standing is a traffic light."""
HEADING_M = 15.0
"""Between fixes nearer to one another the direction is noise."""


class Fix(NamedTuple):
    """One fix of one vehicle; NaN is unknown."""

    ts_us: int
    lat: float
    lon: float
    speed_ms: float
    heading_deg: float
    accuracy_m: float


@dataclass(slots=True)
class Track:
    """What is known of a vehicle; `None` before its first good fix."""

    last: Fix
    state: str
    since_us: int
    odometer_m: float = 0.0
    stop_lat: float = 0.0
    stop_lon: float = 0.0
    slow_since_us: int = -1
    doubted: Fix | None = None
    doubts: int = 0


def start(fix: Fix) -> Track:
    """The track of a vehicle at its first good fix: standing until it is seen to move."""
    heading = 0.0 if math.isnan(fix.heading_deg) else fix.heading_deg
    speed = 0.0 if math.isnan(fix.speed_ms) else fix.speed_ms
    first = fix._replace(heading_deg=heading, speed_ms=speed)
    return Track(first, "STOPPED", fix.ts_us, stop_lat=fix.lat, stop_lon=fix.lon, slow_since_us=fix.ts_us)


def is_rough(fix: Fix) -> bool:
    """Whether the tracker itself says that the fix is no good."""
    return fix.accuracy_m > ACCURACY_M


def advance(track: Track, fix: Fix) -> bool:
    """Move the track on by a fix; False where the fix cannot be true or is not newer, and nothing moved."""
    seconds = (fix.ts_us - track.last.ts_us) / 1e6
    if seconds <= 0 or is_rough(fix):
        return False
    way_m = _between(track.last, fix)
    if way_m > FASTEST_MS * seconds + ACCURACY_M and not _is_confirmed(track, fix):
        return False
    jumped, track.doubted, track.doubts = track.doubts >= AGREEING_FIXES, None, 0
    fix = _complete(track.last, fix, 0.0 if jumped else way_m, seconds)
    was_moving = track.state == "MOVING"
    _turn(track, fix)
    if not jumped and (was_moving or track.state == "MOVING"):
        track.odometer_m += way_m
    track.last = fix
    return True


def _is_confirmed(track: Track, fix: Fix) -> bool:
    """Count a jump; True once enough fixes in a row agree on the new place."""
    doubted = track.doubted
    if doubted is not None:
        seconds = max((fix.ts_us - doubted.ts_us) / 1e6, 0.0)
        agrees = _between(doubted, fix) <= FASTEST_MS * seconds + ACCURACY_M
        track.doubts = track.doubts + 1 if agrees else 1
    else:
        track.doubts = 1
    track.doubted = fix
    return track.doubts >= AGREEING_FIXES


def _complete(last: Fix, fix: Fix, way_m: float, seconds: float) -> Fix:
    """Fill in speed and heading where the tracker does not say."""
    speed, heading = fix.speed_ms, fix.heading_deg
    if math.isnan(speed):
        speed = min(way_m / seconds, FASTEST_MS)
    if math.isnan(heading):
        moved = way_m >= HEADING_M
        heading = float(bearing_deg(last.lat, last.lon, fix.lat, fix.lon)) if moved else last.heading_deg
    return fix._replace(speed_ms=speed, heading_deg=heading)


def _turn(track: Track, fix: Fix) -> None:
    """The trip state, with hysteresis in speed, way and time."""
    if track.state == "STOPPED":
        away_m = float(distance_m(track.stop_lat, track.stop_lon, fix.lat, fix.lon))
        twice = fix.speed_ms >= MOVING_MS and track.last.speed_ms >= MOVING_MS
        if twice or away_m >= MOVED_M:
            track.state, track.since_us, track.slow_since_us = "MOVING", fix.ts_us, -1
        return
    if fix.speed_ms > STANDING_MS:
        if fix.speed_ms >= MOVING_MS:
            track.slow_since_us = -1
        return
    if track.slow_since_us < 0:
        track.slow_since_us, track.stop_lat, track.stop_lon = fix.ts_us, fix.lat, fix.lon
    elif fix.ts_us - track.slow_since_us >= STANDING_US:
        # It stands since it first stood, not since we were sure.
        track.state, track.since_us = "STOPPED", track.slow_since_us


def _between(one: Fix, other: Fix) -> float:
    return float(distance_m(one.lat, one.lon, other.lat, other.lon))
