"""Examples of shipments, orders and carriers for the OpenAPI document."""

from typing import Any

from typing_extensions import TypedDict  # pydantic reads typing.TypedDict only from Python 3.12 on

from api.examples import SHIPMENT, TS


class Told(TypedDict):
    """The flows were told; the change shows when they have come to this position of the journal."""

    pos: int


TOLD = {"pos": 184_211}

STOP = {
    "id": "dc-north",
    "lat": 31.23,
    "lon": 121.47,
    "name": "North depot",
    "name_zh": "北仓",
    "facility": "dc-north",
    "radius_m": 500.0,
    "service_min": 40.0,
    "free_min": 120.0,
    "kind": "delivery",
    "from_ms": TS + 6_600_000,
    "to_ms": TS + 8_400_000,
    "planned_arrive_ms": None,
    "planned_depart_ms": None,
    "arrived_ms": None,
    "departed_ms": None,
}
JOURNEY: dict[str, Any] = {
    "shipment": SHIPMENT,
    "stops": [STOP],
    "cargo": [
        {
            "sscc": "376104250021234569",
            "quantity": 24.0,
            "unit": "pallet",
            "weight_kg": 480.0,
            "volume_m3": 1.4,
            "epc": "3176104250021234569A0000",
            "order": "SO-4711",
        }
    ],
    "limits": [{"signal": "temperature", "low": 2.0, "high": 8.0, "for_s": 60.0}],
    "proof": None,
    "milestones": [
        {
            "stop": "dc-north",
            "kind": "arrive",
            "planned": TS + 8_400_000,
            "estimated": TS + 7_500_000,
            "actual": None,
        }
    ],
    "etas": [{"ts": TS, "p10": TS + 6_900_000, "p50": TS + 7_500_000, "p90": TS + 8_600_000}],
    "eta_changes": [
        {
            "ts": TS,
            "p50": TS + 7_500_000,
            "code": "eta.stood",
            "minutes": 18,
            "for_min": 25,
            "lat": 30.75,
            "lon": 120.76,
            "place": {"en": "Jiaxing", "zh": "\u5609\u5174"},
        }
    ],
    "items": [
        {"epc": "3176104250021234569A0000", "zone": "dock-1", "since": TS - 3_600_000, "present": False}
    ],
    "alarms": [],
    "conditions": [
        {
            "signal": "temperature",
            "unit": "Cel",
            "low": 2.0,
            "high": 8.0,
            "for_s": 60.0,
            "ts": [TS - 60_000, TS],
            "value": [4.2, 4.4],
        }
    ],
    "complaints": [{"what": "two cartons crushed", "by": "warehouse", "at": TS}],
}
LINK = {
    "id": "0b6f2f9c-5d9b-4f0e-9d35-6a6b6a1c0f11",
    "path": "/t/C28vnF2bTw6dNWpraxwPEQ3xZk0hYp1uQm9sV7b2c4E",
    "expires": TS + 604_800_000,
    "revoked": None,
    "by": "planner",
    "at": TS,
}
SHEET = {
    "planned": ["SH-1042"],
    "known": [],
    "mistakes": [{"row": 3, "column": "lat", "message": "expected a number, got 'north'"}],
}
FILE = {"key": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}
_SHARE = {"n": 9, "of": 10, "share": 0.9, "low": 0.596, "high": 0.982, "drawn": 0.92}
CARRIER = {
    "carrier": "hangyun",
    "name": "Hangyun Freight",
    "name_zh": "杭运物流",
    "logins": [],
    "active": True,
}
SCORECARD = {
    "carrier": "hangyun",
    "loads": 10,
    **dict.fromkeys(("on_time", "in_full", "undamaged", "without_complaint", "tracked", "otif"), _SHARE),
    "late_min": 22.5,
    "dwell_min": 48.0,
    "dwell_drawn_min": 46.0,
}
LOAD = {
    "shipment_id": "SH-1042",
    "carrier": "hangyun",
    "late_ms": -240_000,
    "grace_ms": 0,
    "received": 24.0,
    "shipped": 24.0,
    "damaged": 0.0,
    "complaint": False,
    "tracked": True,
    "dwell_min": 48.0,
    "arrived": TS,
}
