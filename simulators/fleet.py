"""Forty trucks between real cities: loads, stops, traffic, lost signal and fixes that are a bit off."""

from dataclasses import dataclass

import numpy as np

from lineshaft.domain.geometry import bearing_deg
from simulators import freight, noise, strays
from simulators.base import SECOND_US, Message, ticks
from simulators.modes import HOUR_US
from simulators.routes import WAYS, back_of
from simulators.trips import LATEST_S, Order, Trip, Values, drive, planned_s

TRUCKS = 40
FIX_EVERY_US = 5 * SECOND_US
LOADED_BEFORE_US = 12 * 60 * SECOND_US
"""A load is assigned this long before the planned departure."""
TURN_ROUND_US = 15 * 60 * SECOND_US
FIRST_ARRIVALS_S = (150, 270, 400, 560, 740)
"""These trucks are about to arrive when the world begins, so that whoever looks sees an arrival."""
METRES_A_DEGREE = 111_195.0
FAR_M = 8_000.0
"""A detour keeps away from stops: what is there is to be seen."""
CUSTOMERS = (
    "Yongda Motors",
    "Huarui Tools",
    "Jiangnan Pumps",
    "Donghai Marine",
    "Qiantang Foods",
    "Wusong Steel",
)

LOST_SPAN_US = 20 * 60 * SECOND_US
LOST_CHANCE = 0.18
LOST_S = (40.0, 300.0)
KEPT_CHANCE = 0.75
"""The tracker keeps what it could not send; the others forget it."""


@dataclass(frozen=True)
class Timetable:
    """A truck's trips: out with even numbers, back with odd ones, a fixed half period apart.

    Half a period is the longest a trip can take and the turn-round, so trips never overlap and each is a
    function of its number alone.
    """

    seed: int
    truck: int
    start_us: int
    out: str
    half_us: int
    first_us: int
    """Planned departure of trip 0, before the start."""

    def trip(self, number: int) -> Trip:
        """A trip by its number, which may be negative."""
        return drive(self.order(number))

    def order(self, number: int) -> Order:
        """What is planned for a trip."""
        way = WAYS[self.out if number % 2 == 0 else back_of(self.out)]
        place = noise.key(self.seed, "trip", self.truck, number)
        return Order(way, self.first_us + number * self.half_us, place)

    def number(self, at_us: int) -> int:
        """The trip whose load is on the truck, or was the last to be."""
        return (at_us + LOADED_BEFORE_US - self.first_us) // self.half_us

    def is_loaded(self, number: int) -> bool:
        """Out always; back only when somebody there had freight."""
        return number % 2 == 0 or float(noise.uniform(noise.key(self.seed, "back", self.truck), number)) < 0.5


def timetable(seed: int, truck: int, start_us: int) -> Timetable:
    """The timetable of a truck: on its way somewhere when the world begins."""
    outs = [key for key in WAYS if key.startswith("hz-")]
    out = outs[truck % len(outs)]
    longest_s = max(planned_s(WAYS[out], start_us + h * HOUR_US) for h in range(24))
    half_us = int((longest_s * 1.1 + LATEST_S) * SECOND_US) + TURN_ROUND_US
    if truck < len(FIRST_ARRIVALS_S):
        guess = Timetable(seed, truck, start_us, out, half_us, start_us - int(longest_s) * SECOND_US)
        lasts_us = guess.trip(0).arrives_us - guess.first_us
        return Timetable(
            seed, truck, start_us, out, half_us, start_us + FIRST_ARRIVALS_S[truck] * SECOND_US - lasts_us
        )
    share = (truck + float(noise.uniform(noise.key(seed, "stagger"), truck))) / TRUCKS
    return Timetable(seed, truck, start_us, out, half_us, start_us - int(2 * half_us * (share * 7 % 1)))


class Fleet:
    """The fleet's world."""

    def __init__(self, seed: int, start_us: int, from_us: int) -> None:
        self._seed = seed
        self._done_us = from_us
        self._tables = [timetable(seed, truck, start_us) for truck in range(TRUCKS)]
        self._trips: dict[tuple[int, int], Trip] = {}
        self._told = False

    def step(self, now_us: int) -> list[Message]:
        """Fixes every 5 s a truck, what a tracker held back, and loads as they are assigned."""
        messages: list[Message] = []
        for table in self._tables:
            messages += self._loads(table, now_us)
            messages += self._fixes(table, now_us)
            messages += self._cold(table, now_us)
        self._done_us, self._told = max(self._done_us, now_us), True
        return sorted(messages, key=lambda message: (message.sent_us, message.device, message.kind))

    def trip(self, table: Timetable, at_us: int) -> Trip:
        """The trip a truck is on, or has last been on, at an instant."""
        number = table.number(at_us)
        found = self._trips.get((table.truck, number))
        if found is None:
            found = self._trips[table.truck, number] = table.trip(number)
            self._trips.pop((table.truck, number - 2), None)
        return found

    def _loads(self, table: Timetable, now_us: int) -> list[Message]:
        found = []
        first, last = table.number(self._done_us), table.number(now_us)
        if (
            not self._told
            and table.is_loaded(first)
            and self.trip(table, self._done_us).arrives_us > self._done_us
        ):
            # A tracker that starts says what it has on board.
            found.append(_load(table, first, self._done_us))
        for number in range(first + 1, last + 1):
            if table.is_loaded(number):
                assigned_us = table.first_us + number * table.half_us - LOADED_BEFORE_US
                found.append(_load(table, number, assigned_us))
        return found

    def _fixes(self, table: Timetable, now_us: int) -> list[Message]:
        phase_us = table.truck * FIX_EVERY_US // TRUCKS
        due = ticks(self._done_us, now_us, FIX_EVERY_US, phase_us)
        heard = [at_us for at_us in due if not _lost(self._seed, table.truck, at_us)]
        found = [_message(table, at_us, [at_us], self._fix(table, [at_us])) for at_us in heard]
        for span in range(self._done_us // LOST_SPAN_US, now_us // LOST_SPAN_US + 1):
            begin_us, end_us, kept = _gap(self._seed, table.truck, span)
            held = list(ticks(begin_us - 1, end_us - 1, FIX_EVERY_US, phase_us))
            if kept and held and self._done_us < end_us <= now_us:
                found.append(_message(table, end_us, held, self._fix(table, held)))
        return found

    def _cold(self, table: Timetable, now_us: int) -> list[Message]:
        if not freight.is_reefer(table.truck):
            return []
        due = np.array(ticks(self._done_us, now_us, freight.COLD_EVERY_US, 0), np.int64)
        due = np.array([at_us for at_us in due if not _lost(self._seed, table.truck, int(at_us))], np.int64)
        found = freight.temperature(self._seed, table.truck, due.astype(np.float64))
        return [_cold(table.truck, int(at_us), float(one)) for at_us, one in zip(due, found, strict=True)]

    def _fix(self, table: Timetable, instants: list[int]) -> list[dict[str, object]]:
        trip = self.trip(table, instants[0])
        at_us = np.array(instants, np.float64)
        place = noise.key(self._seed, "gps", table.truck)
        lat, lon = position(trip, at_us, place)
        lat_on, lon_on = position(trip, at_us + 2 * SECOND_US, place)
        speed = (trip.at_m(at_us + SECOND_US) - trip.at_m(at_us - SECOND_US)) / 2.0
        shown = np.where(speed > 0.3, np.abs(speed + 0.25 * noise.normal(place ^ 1, at_us)), 0.0)
        heading = bearing_deg(lat, lon, lat_on, lon_on)
        accuracy = 4.0 + 3.0 * noise.uniform(place ^ 2, at_us)
        north = 2.2 * noise.wander(place ^ 3, at_us, 60.0 * SECOND_US) + 0.6 * noise.normal(place ^ 4, at_us)
        east = 2.2 * noise.wander(place ^ 5, at_us, 60.0 * SECOND_US) + 0.6 * noise.normal(place ^ 6, at_us)
        shrink = np.cos(np.radians(lat))
        fixes: list[dict[str, object]] = [
            {
                "dt": (instants[i] - instants[0]) // 1000,
                "lat": round(float(lat[i] + north[i] / METRES_A_DEGREE), 6),
                "lon": round(float(lon[i] + east[i] / METRES_A_DEGREE / shrink[i]), 6),
                "spd": round(float(shown[i]), 2),
                "hdg": round(float(heading[i]), 1) if shown[i] > 0 else None,
                "acc": round(float(accuracy[i]), 1),
                "fix": 3,
                "ign": bool(shown[i] > 0) or _idles(trip, at_us[i]),
            }
            for i in range(len(instants))
        ]
        for fix, instant in zip(fixes, instants, strict=True):
            self._stray(table.truck, trip, instant, fix)
        return fixes

    def _stray(self, truck: int, trip: Trip, at_us: int, fix: dict[str, object]) -> None:
        """What is astray at an instant, in the fix."""
        found = strays.stray(self._seed, truck, at_us // strays.SPAN_US)
        if found is None or not found.begin_us <= at_us < found.end_us:
            return
        lat = float(str(fix["lat"]))
        if found.kind == "jam":
            fix["jam"] = True
        elif found.kind == "jump":
            fix["lat"] = round(lat + found.side * strays.JUMP_DEGREES, 6)
        elif is_far(trip, found.begin_us) and is_far(trip, found.end_us):
            fix["lat"] = round(lat + strays.offset_m(found, at_us) / METRES_A_DEGREE, 6)


def is_far(trip: Trip, at_us: int) -> bool:
    """Whether a truck is on the open road: away from both ends and from every stop."""
    metres = float(trip.at_m(np.array([at_us], np.float64))[0])
    return all(abs(metres - stop) > FAR_M for stop in trip.order.way.stops_m)


def _idles(trip: Trip, at_us: float) -> bool:
    """Whether the engine runs while the truck stands; at its docks it does not."""
    metres = float(trip.at_m(np.array([at_us]))[0])
    ends = trip.order.way.line.length_m
    return 1_000.0 < metres < ends - 1_000.0 and strays.idles(trip.order.place, metres)


def position(trip: Trip, at_us: Values, place: int) -> tuple[Values, Values]:
    """Latitude and longitude on the way; near its ends each truck has a dock of its own."""
    line, metres = trip.order.way.line, trip.at_m(at_us)
    lat = np.interp(metres, line.along_m, line.lat)
    lon = np.interp(metres, line.along_m, line.lon)
    near = np.clip(1.0 - np.minimum(metres, line.length_m - metres) / 1_000.0, 0.0, 1.0)
    dock = (noise.uniform(place, np.arange(2)) - 0.5) * 500.0 / METRES_A_DEGREE
    return lat + near * dock[0], lon + near * dock[1]


def _gap(seed: int, truck: int, span: int) -> tuple[int, int, bool]:
    """Begin and end of the lost signal in a span of 20 min (equal: none), and whether fixes are kept."""
    happens, begins, lasts, keeps = noise.uniform(noise.key(seed, "lost", truck), span * 4 + np.arange(4))
    low, high = LOST_S
    is_lost = happens < LOST_CHANCE and truck >= len(FIRST_ARRIVALS_S)  # those are there to be seen
    length_us = int((low + (high - low) * lasts) * SECOND_US) if is_lost else 0
    begin_us = span * LOST_SPAN_US + int(begins * (LOST_SPAN_US - length_us))
    return begin_us, begin_us + length_us, bool(keeps < KEPT_CHANCE)


def _lost(seed: int, truck: int, at_us: int) -> bool:
    begin_us, end_us, _ = _gap(seed, truck, at_us // LOST_SPAN_US)
    return begin_us <= at_us < end_us


def _message(table: Timetable, sent_us: int, instants: list[int], fixes: list[dict[str, object]]) -> Message:
    body: dict[str, object] = {"v": 1, "ts": instants[0] // 1000, "fixes": fixes}
    return Message(sent_us, device(table.truck), "gps", body)


def _cold(truck: int, at_us: int, celsius: float) -> Message:
    body: dict[str, object] = {
        "v": 1,
        "ts": at_us // 1000,
        "n": ["temperature"],
        "r": [[0, round(celsius, 1)]],
    }
    return Message(at_us, device(truck), "m", body)


def device(truck: int) -> str:
    """The device name of a truck, by its index.

    >>> device(0)
    'truck-01'
    """
    return f"truck-{truck + 1:02}"


def load_of(table: Timetable, number: int) -> dict[str, object]:
    """A trip's load as a shipment's document."""
    order = table.order(number)
    planned_ms = order.planned_us // 1000
    allowed_s = planned_s(order.way, order.planned_us)
    customer = CUSTOMERS[int(noise.uniform(order.place, 20) * len(CUSTOMERS))]
    identity = f"{order.planned_us // 60 // SECOND_US % 10_000_000:07}"
    detail: dict[str, object] = {
        "id": f"SH-{table.truck + 1:02}-{identity}",
        "route": order.way.key,
        "reference": f"PO-{order.place % 1_000_000:06}",
        "customer": customer,
        "planned_departure_ms": planned_ms,
        "planned_arrival_ms": planned_ms + int(allowed_s * 1000),
    }
    return detail | freight.detail(table.truck, order, planned_ms + int(allowed_s * 1000))


def _load(table: Timetable, number: int, sent_us: int) -> Message:
    detail = load_of(table, number)
    event = {"dt": 0, "code": "shipment.planned", "sev": "info", "text": "", "data": detail}
    body: dict[str, object] = {"v": 1, "ts": sent_us // 1000, "events": [event]}
    return Message(sent_us, device(table.truck), "evt", body)
