"""Where a vehicle is and what it does: its fixes cleaned, whether it moves, its way, its trips and stops.

A fix that cannot be true is not believed, and the reason is said. One that contradicts where the vehicle was
is a jump; enough jumps in a row that fit one another are the truth (after a tunnel, a ferry, a reset).
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

from lineshaft.domain.geometry import EARTH_RADIUS_M

FASTEST_MS = 70.0
"""252 km/h: no truck; a fix that would need more is a jump."""
ACCURACY_M = 200.0
"""A fix that says it may be further off is a cell tower's guess (an HDOP of 40 at 5 m a unit)."""
AGREEING_FIXES = 3
"""Suspect fixes in a row that fit one another are the truth, and what we believed was wrong."""
MOVING_MS, STANDING_MS = 2.0, 0.8
"""Speeds at which moving and standing begin; between them it goes on as it was."""
MOVED_M = 100.0
"""A standing vehicle this far from where it stopped moves, whatever its speed says (sparse fixes)."""
STANDING_US = 60_000_000
"""Below that, standing is a traffic light."""
STOP_US = 180_000_000
"""Standing this long ends a trip: shorter ones are a barrier, a jam, a fuel card."""
SHORT_M = 100.0
"""A trip that went no further is a manoeuvre on a yard: the stop goes on."""
HEADING_M = 15.0
"""Between fixes nearer to one another the direction is noise."""
IDLE_GAP_US = 600_000_000
"""Of a longer silence nobody knows whether the engine ran."""
OFFLINE_INTERVALS, OFFLINE_US = 5, 300_000_000
"""Missed intervals, and the least time, after which a vehicle has no signal."""
OFF_M, BACK_M, OFF_US = 1_000.0, 500.0, 120_000_000
"""This far from its route for so long a vehicle is off it; nearer than the second it is back."""


class Fix(NamedTuple):
    """One fix of one vehicle; NaN is unknown."""

    ts_us: int
    lat: float
    lon: float
    speed_ms: float
    heading_deg: float
    accuracy_m: float
    ignition: float = math.nan
    """1: the engine is on, 0: off."""


class Leg(NamedTuple):
    """A trip or a stop that is over."""

    kind: str
    """`trip` or `stop`."""
    from_us: int
    to_us: int
    lat: float
    lon: float
    """Where it began; a stop: where it was."""
    end_lat: float
    end_lon: float
    way_m: float
    idle_s: float
    """Standing with the engine on; NaN where the tracker never said whether it is."""
    fastest_ms: float


@dataclass(slots=True)
class Course:
    """The trip or stop that goes on."""

    kind: str
    from_us: int
    lat: float
    lon: float
    odometer_m: float
    idle_us: float = math.nan
    fastest_ms: float = 0.0
    stop: Leg | None = None
    """Of a trip: the stop before it, which goes on if the trip turns out to be none."""


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
    slow_odometer_m: float = 0.0
    doubted: Fix | None = None
    doubts: int = 0
    course: Course | None = None


class Moved(NamedTuple):
    """What a fix did: nothing, for a reason, or it moved the vehicle, and may have ended a trip or stop."""

    fault: str = ""
    """`rough`, `fast`, `jump` or `old`; empty: it was believed."""
    ended: Leg | None = None


def start(fix: Fix) -> Track:
    """The track of a vehicle at its first good fix: standing until it is seen to move."""
    heading = 0.0 if math.isnan(fix.heading_deg) else fix.heading_deg
    speed = 0.0 if math.isnan(fix.speed_ms) else fix.speed_ms
    first = fix._replace(heading_deg=heading, speed_ms=speed)
    course = Course("stop", fix.ts_us, fix.lat, fix.lon, 0.0)
    track = Track(first, "STOPPED", fix.ts_us, stop_lat=fix.lat, stop_lon=fix.lon, course=course)
    track.slow_since_us = fix.ts_us
    return track


def doubt(fix: Fix) -> str:
    """Why a fix is not to be believed for itself: `rough` or `fast`; empty: it may be."""
    if fix.accuracy_m > ACCURACY_M:
        return "rough"
    return "fast" if fix.speed_ms > FASTEST_MS else ""


def advance(track: Track, fix: Fix) -> Moved:
    """Move the track on by a fix; where the fix cannot be true or is not newer, nothing moved."""
    seconds = (fix.ts_us - track.last.ts_us) / 1e6
    fault = "old" if seconds <= 0 else doubt(fix)
    if fault:
        return Moved(fault)
    way_m = between_m(track.last, fix)
    if way_m > FASTEST_MS * seconds + ACCURACY_M and not _is_confirmed(track, fix):
        return Moved("jump")
    jumped, track.doubted, track.doubts = track.doubts >= AGREEING_FIXES, None, 0
    before, fix = track.last, _complete(track.last, fix, 0.0 if jumped else way_m, seconds)
    was_moving = track.state == "MOVING"
    _turn(track, fix)
    if not jumped and (was_moving or track.state == "MOVING"):
        track.odometer_m += way_m
    track.last = fix
    return Moved(ended=_course(track, before))


def is_offline(heard_us: int, every_s: float, now_us: int) -> bool:
    """Whether a vehicle has no signal: silent for several of its intervals, and for minutes.

    >>> is_offline(0, 10.0, 299_000_000), is_offline(0, 10.0, 301_000_000), is_offline(0, 120.0, 301_000_000)
    (False, True, False)
    """
    return now_us - heard_us > max(OFFLINE_INTERVALS * every_s * 1e6, OFFLINE_US)


@dataclass(slots=True)
class Deviation:
    """Whether a vehicle is on the route it was to take."""

    is_off: bool = False
    since_us: int = -1
    """Since when it may be; -1: it is on it."""

    def follow(self, off_m: float, ts_us: int) -> bool | None:
        """Take in how far from its route it is; gives whether it is off it where that has changed, else None.

        >>> one = Deviation()
        >>> [one.follow(1_500.0, second * 60_000_000) for second in range(4)]
        [None, None, True, None]
        >>> one.follow(700.0, 5 * 60_000_000), one.follow(90.0, 6 * 60_000_000)
        (None, False)
        """
        if off_m <= (BACK_M if self.is_off else OFF_M):
            was_off, self.is_off, self.since_us = self.is_off, False, -1
            return False if was_off else None
        if self.since_us < 0:
            self.since_us = ts_us
        if self.is_off or ts_us - self.since_us < OFF_US:
            return None
        self.is_off = True
        return True


def between_m(one: Fix, other: Fix) -> float:
    """Metres between two fixes: flat, which within the reach of a vehicle between two fixes is exact enough.

    Far ones differ from the great circle, but any of them is a jump.
    """
    north = math.radians(other.lat - one.lat)
    turn = (other.lon - one.lon + 180.0) % 360.0 - 180.0
    east = math.radians(turn) * math.cos(math.radians((one.lat + other.lat) / 2))
    return math.hypot(north, east) * EARTH_RADIUS_M


def _is_confirmed(track: Track, fix: Fix) -> bool:
    """Count a jump; True once enough fixes in a row agree on the new place."""
    doubted = track.doubted
    if doubted is not None:
        seconds = max((fix.ts_us - doubted.ts_us) / 1e6, 0.0)
        agrees = between_m(doubted, fix) <= FASTEST_MS * seconds + ACCURACY_M
        track.doubts = track.doubts + 1 if agrees else 1
    else:
        track.doubts = 1
    track.doubted = fix
    return track.doubts >= AGREEING_FIXES


def _complete(last: Fix, fix: Fix, way_m: float, seconds: float) -> Fix:
    """Fill in speed, heading and ignition where the tracker does not say."""
    speed, heading = fix.speed_ms, fix.heading_deg
    if math.isnan(speed):
        speed = min(way_m / seconds, FASTEST_MS)
    if math.isnan(heading):
        heading = _bearing_deg(last, fix) if way_m >= HEADING_M else last.heading_deg
    ignition = last.ignition if math.isnan(fix.ignition) else fix.ignition
    return fix._replace(speed_ms=speed, heading_deg=heading, ignition=ignition)


def _bearing_deg(one: Fix, other: Fix) -> float:
    east = math.radians(other.lon - one.lon) * math.cos(math.radians((one.lat + other.lat) / 2))
    return math.degrees(math.atan2(east, math.radians(other.lat - one.lat))) % 360.0


def _turn(track: Track, fix: Fix) -> None:
    """The trip state, with hysteresis in speed, way and time."""
    if track.state == "STOPPED":
        away_m = between_m(fix._replace(lat=track.stop_lat, lon=track.stop_lon), fix)
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
        track.slow_odometer_m = track.odometer_m
    elif fix.ts_us - track.slow_since_us >= STANDING_US:
        # It stands since it first stood, not since we were sure.
        track.state, track.since_us = "STOPPED", track.slow_since_us


def _course(track: Track, before: Fix) -> Leg | None:
    """Carry the trip or stop on; gives it where it has ended."""
    course, fix = track.course, track.last
    if course is None:  # a track of an earlier version of the steps
        track.course = Course("stop", fix.ts_us, fix.lat, fix.lon, track.odometer_m)
        return None
    course.fastest_ms = max(course.fastest_ms, fix.speed_ms)
    _idle(course, before, fix)
    if course.kind == "stop" and track.state == "MOVING":
        leg = _leg(track, track.since_us, fix.lat, fix.lon, track.odometer_m)
        track.course = Course("trip", leg.to_us, course.lat, course.lon, course.odometer_m, stop=leg)
        return leg
    if course.kind == "trip" and track.state == "STOPPED" and fix.ts_us - track.since_us >= STOP_US:
        leg = _leg(track, track.since_us, track.stop_lat, track.stop_lon, track.slow_odometer_m)
        track.course = Course("stop", leg.to_us, track.stop_lat, track.stop_lon, track.odometer_m)
        if leg.way_m < SHORT_M and course.stop is not None:
            was = course.stop
            track.course = Course("stop", was.from_us, was.lat, was.lon, course.odometer_m, was.idle_s * 1e6)
            return None
        return leg
    return None


def _idle(course: Course, before: Fix, fix: Fix) -> None:
    if math.isnan(before.ignition):
        return
    seconds_us = fix.ts_us - before.ts_us
    stands = before.speed_ms <= STANDING_MS and fix.speed_ms <= STANDING_MS
    idles = stands and before.ignition > 0 and seconds_us <= IDLE_GAP_US
    course.idle_us = (0.0 if math.isnan(course.idle_us) else course.idle_us) + (seconds_us if idles else 0)


def _leg(track: Track, to_us: int, end_lat: float, end_lon: float, odometer_m: float) -> Leg:
    course = track.course
    assert course is not None  # noqa: S101 - the callers' own
    is_stop = course.kind == "stop"
    return Leg(
        course.kind, course.from_us, to_us, course.lat, course.lon,
        course.lat if is_stop else end_lat, course.lon if is_stop else end_lon,
        0.0 if is_stop else odometer_m - course.odometer_m,
        course.idle_us / 1e6, 0.0 if is_stop else course.fastest_ms,
    )  # fmt: skip
