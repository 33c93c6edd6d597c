"""When a shipment's vehicle will be at its stops, and why that changed."""

from dataclasses import dataclass, field
from math import exp, log
from typing import Any, Final

import numpy as np

from lineshaft.detect.eta.dwell import Dwells
from lineshaft.detect.eta.live import BEFORE, MODEL, POINTS, Arrivals, Checkpoint, Interval, Way, group_of
from lineshaft.detect.eta.neighbours import local_hour
from lineshaft.domain.driving_rules import RULES, DriverHours, stops_s
from lineshaft.domain.geometry import Polyline
from lineshaft.domain.plant import RouteStop
from lineshaft.domain.readings import Floats
from lineshaft.domain.results import EtaRow
from lineshaft.domain.stops import Stop
from lineshaft.domain.trips import Fix
from lineshaft.domain.ways import Leg

PLACES: Final = np.linspace(0.0, 1.0, POINTS + 1)
CRUISE_MS: Final = 18.0
"""Pace where the plan gives no times: 65 km/h, short halts included."""
DETOUR: Final = 1.25
"""Road over straight way, where nobody said how the road goes."""
GATE_S: Final = 120.0
"""A delay is looked at beyond what leaving a gate takes."""
LEAST_LEFT_S: Final = 30.0
STILL_MS: Final = 1.0
TOLD_S: Final = 600.0
"""A change by so much has its reason told."""
SEEN_SHARE: Final = 0.05
"""Who was not followed from about its start teaches nothing of a whole trip."""


@dataclass(slots=True)
class Progress:
    """How a trip went until now."""

    departed_us: int = 0
    began_m: float = 0.0
    course: list[float] = field(default_factory=list)
    checkpoints: dict[int, tuple[int, tuple[Checkpoint, ...]]] = field(default_factory=dict)
    """Group of arrival times → how many there were, and two of them, to learn from when it has arrived."""
    hours: DriverHours = field(default_factory=DriverHours)
    stood_s: float = 0.0
    """Since the arrival time was last explained."""
    stood_at: tuple[float, float] = (0.0, 0.0)
    rest_s: float = 0.0
    """Breaks and rests still to come, as last explained."""
    explained_us: int = 0
    """The median that was last explained; 0: none."""

    def remember(self, one: Checkpoint) -> None:
        """Keep the first of each group, and one from the later half: trips with more fixes weigh no more."""
        group = group_of(one.told.p50_s, one.share)
        count, kept = self.checkpoints.get(group, (0, ()))
        if count & (count - 1) == 0:  # 0, 1, 2, 4, 8 …
            kept = (*kept[:1], one)
        self.checkpoints[group] = count + 1, kept


@dataclass(slots=True, frozen=True)
class Purpose:
    """What a trip is to do; all that its arrival time is reckoned from."""

    shipment_id: str
    line: Polyline
    lane: str
    carrier: str
    rule: str
    departure_us: int | None
    arrival_us: int | None
    between: tuple[tuple[Stop, float], ...]
    """Stops on the way, and where along it."""
    destination: RouteStop
    detour: float = 1.0
    """Road over the way's length: more than 1 where it is but straight legs."""
    legs: tuple[Leg, ...] = ()
    """With their time of driving, where a routing server told it."""

    def way(self, at_us: int) -> Way:
        """What learned effects depend on."""
        hour = local_hour(np.array([at_us / 1e6]), np.array([self.line.lon[0]]))[0]
        return Way(self.lane, int(hour) % 24, self.carrier)

    @property
    def plain(self) -> Floats:
        """Share of the time that is over at equal shares of the way, before the lane was ever driven."""
        if not sum(leg.metres for leg in self.legs):
            return PLACES
        metres, seconds = (np.cumsum((0.0, *column)) for column in zip(*self.legs, strict=True))
        return np.asarray(np.interp(PLACES, metres / metres[-1], seconds / seconds[-1]))


@dataclass(slots=True)
class Expected:
    """What past arrivals and visits say."""

    arrivals: Arrivals = field(default_factory=Arrivals)
    dwells: Dwells = field(default_factory=Dwells)

    def row(self, trip: Purpose, done: Progress, along_m: float, fix: Fix, pos: int) -> EtaRow:
        """The arrival time as of a fix."""
        underway = done.departed_us > 0
        start_us = fix.ts_us if underway else max(fix.ts_us, trip.departure_us or fix.ts_us)
        whole_s = self.planned_s(trip, done) * self.arrivals.factor(trip.way(done.departed_us or start_us))
        course = self.arrivals.course(trip.lane, trip.plain)
        share = _over(course, along_m / max(trip.line.length_m, 1.0))
        own = delay = 0.0
        began = done.began_m / max(trip.line.length_m, 1.0)
        if underway:
            pace, shown = self.arrivals.paces.note(
                trip.shipment_id, done.course, whole_s * course, int(began * POINTS) + 1
            )
        fleet = self.arrivals.paces.fleet()
        if underway:
            own = (pace - fleet) * shown
            elapsed_s, expected_s = (
                (fix.ts_us - done.departed_us) / 1e6,
                whole_s * (share - _over(course, began)),
            )
            delay = log((elapsed_s + GATE_S) / (max(expected_s, 0.0) + GATE_S)) - fleet - own
        plain_s = max(whole_s * (1 - share), LEAST_LEFT_S) * exp(fleet)
        rule, rest_s = RULES.get(trip.rule), 0.0
        if rule:
            rest_s = stops_s(rule, done.hours, plain_s)
        gone = share if underway else BEFORE
        told = self.arrivals.left(plain_s + rest_s, own, delay, gone)
        done.remember(Checkpoint(start_us, plain_s + rest_s, own, delay, gone, told))
        p10, p50, p90 = (start_us + round(s * 1e6) for s in told)
        detail = _stops(trip, (along_m, share, course), told, start_us)
        reason = _reason(done, p50, rest_s)
        if reason:
            detail["reason"] = reason
        left_m = max(trip.line.length_m - along_m, 0.0)
        pace = left_m / told.p50_s
        return EtaRow(trip.shipment_id, fix.ts_us, p10, p50, p90, left_m, pace, MODEL, pos, detail or None)

    def planned_s(self, trip: Purpose, done: Progress) -> float:
        """How long the whole trip is to take, before anything was learned of it.

        A routing server's driving comes first (a plan holds promises and slack), then the plan, then the way.
        """
        if (
            not trip.legs
            and trip.departure_us is not None
            and trip.arrival_us is not None
            and trip.arrival_us > trip.departure_us
        ):
            return (trip.arrival_us - trip.departure_us) / 1e6
        hour = trip.way(done.departed_us or trip.departure_us or 0).hour
        dwell_s = sum(
            self.dwells.usual_s(place_of(stop), hour, stop.service_min and stop.service_min * 60)
            for stop, _ in trip.between
        )
        drive_s = sum(leg.drive_s for leg in trip.legs)
        return (drive_s or trip.line.length_m * trip.detour / CRUISE_MS) + dwell_s

    def learn(self, trip: Purpose, done: Progress, arrived_us: int) -> None:
        """Take in an arrival."""
        self.arrivals.paces.learn(trip.shipment_id)
        if not done.departed_us or done.began_m > SEEN_SHARE * trip.line.length_m:
            return
        real_s = (arrived_us - done.departed_us) / 1e6
        course = [*done.course, *[real_s] * (POINTS - len(done.course))]
        kept = sorted(
            (one for _, each in done.checkpoints.values() for one in each), key=lambda one: one.at_us
        )
        told = [(one, (arrived_us - one.at_us) / 1e6) for one in kept if one.at_us < arrived_us]
        self.arrivals.learn(trip.way(done.departed_us), self.planned_s(trip, done), real_s, course, told)


def place_of(stop: Stop) -> str:
    """What dwell is learned by."""
    return stop.facility or stop.id


def move(done: Progress, trip: Purpose, way_m: float, seconds: float, fix: Fix) -> None:
    """Time has passed and way was made between two fixes."""
    moving = way_m > STILL_MS * seconds
    rule = RULES.get(trip.rule)
    if rule:
        done.hours.move(seconds, driving=moving, rule=rule)
    if not moving:
        done.stood_s += seconds
        done.stood_at = (fix.lat, fix.lon)


def note_course(done: Progress, trip: Purpose, before: tuple[float, int], now: tuple[float, int]) -> None:
    """Write down when equal shares of the way were reached, evenly between two fixes (metres, instant)."""
    scale = POINTS / max(trip.line.length_m, 1.0)
    reached = min(int(now[0] * scale), POINTS)
    if reached > len(done.course):
        places = np.arange(len(done.course) + 1, reached + 1)
        at_us = np.interp(places, (before[0] * scale, now[0] * scale), (before[1], now[1]))
        done.course += ((at_us - done.departed_us) / 1e6).tolist()


def _stops(
    trip: Purpose, where: tuple[float, float, Floats], told: Interval, start_us: int
) -> dict[str, Any]:
    """The stops still to come before the last, each with its own interval."""
    along_m, share, course = where
    found = []
    for stop, at_m in trip.between:
        if at_m <= along_m:
            continue
        part = (_over(course, at_m / max(trip.line.length_m, 1.0)) - share) / max(1 - share, 1e-6)
        found.append([stop.id, *(start_us + round(s * part * 1e6) for s in told)])
    return {"stops": found} if found else {}


def _over(course: Floats, share_m: float) -> float:
    """Share of the time that is over at a share of the way."""
    return float(np.interp(share_m, PLACES, course))


def _reason(done: Progress, p50_us: int, rest_s: float) -> dict[str, Any] | None:
    """Why the arrival time changed by much since it was last explained, as a message with its values."""
    if done.explained_us == 0:
        done.explained_us, done.rest_s = p50_us, rest_s
        return None
    change_s = (p50_us - done.explained_us) / 1e6
    if abs(change_s) < TOLD_S:
        return None
    minutes = round(change_s / 60)
    found: dict[str, Any] = {"code": "eta.slower" if change_s > 0 else "eta.faster", "minutes": minutes}
    if change_s > 0 and done.stood_s > change_s / 2:
        lat, lon = done.stood_at
        found |= {"code": "eta.stood", "stood_min": round(done.stood_s / 60), "lat": lat, "lon": lon}
    elif abs(rest_s - done.rest_s) > abs(change_s) / 2:
        found |= {"code": "eta.rest", "rest_min": round((rest_s - done.rest_s) / 60)}
    done.explained_us, done.rest_s, done.stood_s = p50_us, rest_s, 0.0
    return found
