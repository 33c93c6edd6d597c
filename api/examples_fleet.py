"""Answers of the fleet's routes as the document shows them."""

from typing import Any

from api.examples import TS

FENCE: dict[str, Any] = {
    "key": "yard-hz",
    "name": "Hangzhou yard",
    "kind": "circle",
    "points": [[30.27, 120.15]],
    "radius_m": 400.0,
    "dwell_s": 180.0,
    "margin_m": 40.0,
    "version": 2,
    "by": "ann",
    "at": TS,
}

LANE = {
    "key": "dock-a>dock-b",
    "source": "gpx",
    "points": [[30.27, 120.15], [30.75, 120.76], [31.23, 121.47]],
    "length_m": 169_400.0,
    "drive_s": None,
    "by": "ann",
    "at": TS,
}

VISIT = {
    "vehicle": "truck-01",
    "fence": "yard-hz",
    "name": "Hangzhou yard",
    "entered": TS - 3_600_000,
    "departed": TS - 1_200_000,
}

WAY = {
    "ts": [TS - 5000, TS],
    "lat": [30.749, 30.75],
    "lon": [120.748, 120.75],
    "speed_ms": [20.8, 21.4],
    "heading_deg": [46.0, 47.0],
}

LEG = {
    "kind": "trip",
    "began": TS - 7_200_000,
    "ended": TS - 3_600_000,
    "lat": 30.27,
    "lon": 120.15,
    "end_lat": 31.23,
    "end_lon": 121.47,
    "way_m": 176_400.0,
    "idle_s": 240.0,
    "fastest_ms": 24.6,
}

WORD = {"name": "battery_pct", "ts": TS, "value": 87.0, "text": None}
