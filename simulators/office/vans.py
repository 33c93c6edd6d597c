"""Four vans that drive what the plan gives them, and say where they are as common trackers do.

They go straight from stop to stop at the pace of a road with bends; one of them breaks down on its first way.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import cos, radians
from typing import Any, NamedTuple

import orjson

from lineshaft.domain.gcj02 import to_gcj02
from lineshaft.domain.geometry import bearing_deg, distance_m
from simulators import noise

SPEED_MS = 12.0
SERVICE_S = 480.0
KNOTS = 1.943_844_5
SECOND_US, MINUTE_US = 1_000_000, 60_000_000


class Halt(NamedTuple):
    """Where a van goes, and how long it stays."""

    lat: float
    lon: float
    stays_s: float = SERVICE_S


@dataclass(slots=True)
class Van:
    """One van on its round."""

    key: str
    lat: float
    lon: float
    halts: list[Halt] = field(default_factory=list)
    """Still to come; the last one is its depot."""
    now_us: int = 0
    stays_s: float = 0.0
    """Left at the halt it is at."""
    down_us: tuple[int, int] = (0, 0)
    """From when to when it stands by the road, broken down."""
    speed_ms: float = 0.0
    heading: float = 0.0

    @property
    def is_idle(self) -> bool:
        """Whether it waits at its depot for something to do."""
        return not self.halts and self.stays_s <= 0

    def step(self, now_us: int) -> None:
        """Drive on until now."""
        left_s = (now_us - self.now_us) / SECOND_US if self.now_us else 0.0
        self.now_us = now_us
        self.speed_ms = 0.0
        if self.down_us[0] <= now_us < self.down_us[1]:
            return
        while left_s > 0 and not self.is_idle:
            if self.stays_s > 0:
                stood_s = min(left_s, self.stays_s)
                self.stays_s, left_s = self.stays_s - stood_s, left_s - stood_s
            else:
                left_s = self._drive(left_s)

    def _drive(self, left_s: float) -> float:
        halt = self.halts[0]
        away_m = float(distance_m(self.lat, self.lon, halt.lat, halt.lon))
        speed = SPEED_MS * float(0.9 + 0.2 * noise.uniform(noise.key(0, self.key), self.now_us // MINUTE_US))
        if away_m <= speed * left_s:
            self.lat, self.lon, self.stays_s = halt.lat, halt.lon, halt.stays_s
            self.halts.pop(0)
            return left_s - away_m / speed
        self.heading = float(bearing_deg(self.lat, self.lon, halt.lat, halt.lon))
        share = speed * left_s / away_m
        self.lat += (halt.lat - self.lat) * share
        self.lon += (halt.lon - self.lon) * share
        self.speed_ms = speed
        return 0.0


def said(van: Van) -> tuple[str, bytes]:
    """Topic and body of a van's position, in its tracker's dialect (`dialects` of deploy/demo/plant.yaml)."""
    lat, lon = _shown(van)
    at = datetime.fromtimestamp(van.now_us / SECOND_US, UTC)
    kmh = round(van.speed_ms * 3.6)
    match van.key:
        case "van-1" | "van-2":
            body: dict[str, Any] = {
                "_type": "location", "lat": lat, "lon": lon, "tst": van.now_us // SECOND_US, "acc": 6,
                "vel": kmh, "cog": round(van.heading), "tid": van.key[-1], "t": "u", "conn": "m",
            }  # fmt: skip
            return f"owntracks/{van.key}/phone", orjson.dumps(body)
        case "van-3":
            position = {
                "protocol": "gt06", "serverTime": at.isoformat(), "deviceTime": at.isoformat(),
                "fixTime": at.isoformat(), "outdated": False, "valid": True, "latitude": lat,
                "longitude": lon, "altitude": 0, "speed": van.speed_ms * KNOTS, "course": van.heading,
                "accuracy": 0, "attributes": {},
            }  # fmt: skip
            body = {"position": position, "device": {"uniqueId": van.key, "status": "online"}}
            return "traccar/positions", orjson.dumps(body)
    # A phone with a Chinese map: its positions are shifted.
    lat, lon = to_gcj02(lat, lon)
    coords = {"latitude": lat, "longitude": lon, "accuracy": 8, "speed": van.speed_ms, "heading": van.heading}
    location = {"timestamp": at.strftime("%Y-%m-%dT%H:%M:%SZ"), "coords": coords, "is_moving": kmh > 0}
    return f"cn/{van.key}/pos", orjson.dumps({"location": location, "device_id": van.key})


def _shown(van: Van) -> tuple[float, float]:
    """Where a receiver puts it: some metres off."""
    place = noise.key(0, van.key)
    north, east = (2.0 * float(noise.normal(place ^ n, van.now_us)) / 111_195 for n in (1, 2))
    return round(van.lat + north, 6), round(van.lon + east / cos(radians(van.lat)), 6)
