"""An example of a plan for the OpenAPI document."""

from typing import Any

from api.examples import TS

_VISIT = {
    "shipment": "SH-1042",
    "arrive": TS + 7_200_000,
    "depart": TS + 9_000_000,
    "late_ms": 0,
    "way_m": 48_200.0,
    "stops": [{"stop": "dc-north", "arrive": TS + 7_200_000, "late_ms": 0}],
}
_TOURS: dict[str, Any] = {
    "tours": [
        {
            "vehicle": "truck-01",
            "leave": TS + 3_700_000,
            "back": TS + 12_500_000,
            "way_m": 96_400.0,
            "load_kg": 2400,
            "capacity_kg": 12_000,
            "visits": [_VISIT],
        }
    ],
    "way_m": 96_400.0,
    "late": 0,
    "left_out": [],
}
PLAN: dict[str, Any] = {
    "id": "5f3c1a52-7c7e-5d0e-9d6b-0d6a4f1d2a11",
    "asked": {
        "from_ms": TS,
        "to_ms": TS + 43_200_000,
        "vehicles": [{"vehicle": "truck-01", "capacity_kg": 12_000}],
        "shipments": None,
        "seconds": 3.0,
        "detour": 1.3,
        "pace_kmh": 50.0,
        "service_min": 30.0,
    },
    "found": {
        "present": _TOURS,
        "proposed": _TOURS,
        "saved_m": 0.0,
        "bound_m": 96_400.0,
        "gap": 0.0,
        "feasible": True,
        "underway": [],
        "free": {},
        "skipped": [],
        "depots": [(30.25, 120.17)],
    },
    "by": "ann",
    "at": TS,
    "accepted": None,
    "accepted_by": None,
}
