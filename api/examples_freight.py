"""Examples of freight cost and plans for the OpenAPI document."""

from typing import Any

from api.examples import TS

TERMS: dict[str, Any] = {
    "currency": "CNY",
    "lanes": [
        {
            "origin": "works",
            "destination": "*",
            "breaks": [{"from_kg": "0", "per_100_kg": "62"}, {"from_kg": "1000", "per_100_kg": "48"}],
            "minimum": "180",
        }
    ],
    "fuel_percent": "12",
    "free_min": "120",
    "detention_unit_min": "30",
    "detention_per_unit": "80",
}
TARIFF: dict[str, Any] = {
    "id": 1,
    "carrier": "hangyun",
    "currency": "CNY",
    "from_day": "2026-01-01",
    "to_day": None,
    "terms": TERMS,
    "by": "ann",
    "at": TS,
}
TARIFF_TOLD: dict[str, Any] = {"from_day": "2026-01-01", "to_day": None, "terms": TERMS}
EVIDENCE: dict[str, Any] = {
    "weight_kg": 2400.0,
    "distance_km": 172.4,
    "way_measured": True,
    "waited_min": [22.0, 131.5],
    "waits_measured": True,
}
COST: dict[str, Any] = {
    "shipment": "SH-1042",
    "carrier": "hangyun",
    "arrived": TS,
    "currency": "CNY",
    "charges": [{"kind": "base", "amount": "1152.00"}, {"kind": "fuel", "amount": "138.24"}],
    "total": "1290.24",
    "problem": None,
    "invoice": None,
    "evidence": EVIDENCE,
    "co2e_kg": 51.811,
    "factor": {
        "kind": "truck",
        "assumed": False,
        "g_per_tkm": 125.22,
        "source": "UK Government GHG Conversion Factors for Company Reporting 2025: all HGVs, 101.63 + 23.59",
    },
}
INVOICE: dict[str, Any] = {
    "invoice": {
        "carrier": "hangyun",
        "number": "INV-2041",
        "currency": "CNY",
        "issued": TS,
        "lines": [{"line": "1", "shipment": "SH-1042", "charge": "detention", "amount": "240.00"}],
        "state": "received",
        "decided": None,
        "decided_by": None,
        "by": "ann",
        "at": TS,
    },
    "asked": "240.00",
    "over": "160.00",
    "findings": [
        {
            "line": "1",
            "shipment": "SH-1042",
            "charge": "detention",
            "reason": "detention",
            "asked": "240.00",
            "owed": "80.00",
            "over": "160.00",
            "proven": True,
            "evidence": EVIDENCE,
        }
    ],
}
