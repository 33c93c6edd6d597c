"""One example of each answer, for the OpenAPI document; a test reads them with the routes' own models."""

from typing import Any

TS = 1_795_300_000_000
NAME = {"en": "Coolant pump 1", "zh": "冷却泵1"}

ME = {"login": "ann", "name": "Ann Li", "role": "operator", "language": "zh-CN"}

MACHINE: dict[str, Any] = {
    "key": "pump-101",
    "name": NAME,
    "kind": "pump",
    "site": "hangzhou",
    "area": "machining",
    "line": "line-1",
    "state": "RUN",
    "state_since": TS - 3_600_000,
    "health": 87.5,
    "score": 0.12,
    "zone": "B",
    "anomaly": True,
    "basis": "own",
    "p_fail_24h": 0.03,
    "p_fail_7d": 0.41,
    "rul_p10_s": 400_000.0,
    "rul_p50_s": 700_000.0,
    "rul_p90_s": 1_500_000.0,
    "failure_mode": "bearing",
    "advice": "bearing",
    "ts": TS,
    "every_ms": 1000.0,
    "alarms": {"priority": 2, "count": 1},
}

SIGNAL = {
    "name": "temp",
    "label": {"en": "Temperature", "zh": "温度"},
    "unit": "Cel",
    "quantity": "temperature",
    "decimals": 1,
    "every_ms": 1000.0,
    "low_low": None,
    "low": None,
    "high": 75.0,
    "high_high": 85.0,
    "ts": TS,
    "value": 61.4,
    "text": None,
    "quality": 0,
}

MACHINE_DETAIL = MACHINE | {
    "line_name": {"en": "Line 1", "zh": "一号线"},
    "timezone": "Asia/Shanghai",
    "mode": "RUN",
    "probability": 0.0004,
    "contributors": [{"signal": "vib", "share": 0.61}, {"signal": "temp", "share": 0.24}],
    "diagnosis": [
        {
            "mode": "bearing",
            "likelihood": 0.71,
            "evidence": [{"signal": "vib", "change": "up", "size": 6.1}],
        }
    ],
    "sensor_faults": [{"signal": "flow", "fault": "frozen", "since": TS - 600_000}],
    "evidence_from": TS - 3_600_000,
    "model": "ensemble-1",
    "models": {"state": "ensemble-1", "remaining": "degradation-1"},
    "signals": [SIGNAL],
}

PAST = {
    "episodes": [
        {
            "machine": "pump-102",
            "name": NAME,
            "from_ts": TS - 30 * 86_400_000,
            "to_ts": TS - 29 * 86_400_000,
            "warned": True,
            "mode": "bearing",
            "contributors": [{"signal": "vib", "share": 0.58}],
            "verdict": "true",
            "reference": "WO-1990",
            "likeness": 0.98,
        }
    ],
    "trust": {
        "alarms": 14,
        "confirmed": 8,
        "refuted": 2,
        "precision": 0.8,
        "lead_s": 61_200.0,
        "machine_weeks": 77.1,
        "false_alarms_week": 0.026,
    },
}

USUAL = {
    "mode": "RUN",
    "from_ts": TS - 86_400_000,
    "to_ts": TS,
    "signals": [{"signal": "temp", "low": 58.2, "high": 63.9, "minutes": 1210}],
}

MODEL: dict[str, Any] = {
    "id": 3,
    "name": "failure",
    "kind": "pump",
    "version": 2,
    "label": "failure-pump-2",
    "role": "champion",
    "since": TS - 86_400_000,
    "trained": TS - 14 * 86_400_000,
    "span_from": TS - 104 * 86_400_000,
    "span_to": TS - 14 * 86_400_000,
    "metrics": {"precision": 0.83, "recall": 0.71, "lead_s": 61_200.0, "false_alarms_week": 0.04},
    "threshold": 0.41,
    "target": 0.7,
    "sha256": "5b1f0c…",
    "bytes": 81_230,
    "standing": {
        "forewarnings": 9,
        "confirmed": 5,
        "refuted": 1,
        "precision": 0.833,
        "found": 5,
        "missed": 2,
        "recall": 0.714,
        "lead_s": 57_600.0,
        "machine_weeks": 48.0,
        "false_alarms_week": 0.021,
        "recent": 6,
        "recent_precision": 0.833,
    },
}

MODEL_DETAIL = MODEL | {
    "features": ["score_10m", "score_1h", "vibration_trend"],
    "events": [
        {
            "at": TS - 86_400_000,
            "from_role": "challenger",
            "to_role": "champion",
            "by": "ann",
            "why": "fewer false alarms in the shadow for two weeks",
        }
    ],
}

LABEL = {
    "id": 12,
    "machine": "pump-101",
    "from_ts": TS - 7_200_000,
    "to_ts": TS,
    "mode": "bearing",
    "verdict": "true",
    "source": "work_order",
    "reference": "WO-2041",
    "by": "ann",
    "at": TS,
    "withdrawn": None,
}

ASSET = {
    "key": "hangzhou",
    "level": "site",
    "kind": "",
    "name": {"en": "Hangzhou works", "zh": "杭州工厂"},
    "children": [
        {
            "key": "machining",
            "level": "area",
            "kind": "",
            "name": {"en": "Machining", "zh": "机加工"},
            "children": [],
        }
    ],
}

SERIES = {
    "from_ts": TS - 60_000,
    "to_ts": TS,
    "source": "raw",
    "series": [{"signal": "temp", "ts": [TS - 2000, TS - 1000], "value": [61.2, 61.4]}],
}

SCORES: dict[str, Any] = {
    "ts": [TS - 10_000, TS - 5000],
    "score": [0.11, 0.12],
    "health": [87.6, 87.5],
    "probability": [0.31, 0.29],
    "anomaly": [False, False],
    "mode": ["RUN", "RUN"],
    "basis": ["own", "own"],
    "p_fail_24h": [None, 0.03],
    "p_fail_7d": [None, 0.41],
    "rul_p10_s": [None, 400_000.0],
    "rul_p50_s": [None, 700_000.0],
    "rul_p90_s": [None, 1_500_000.0],
}

DEVICE = {
    "id": 7,
    "site": "hangzhou",
    "agent": "plant-1",
    "device": "pump-109",
    "asset": None,
    "first_seen": TS - 60_000,
    "last_seen": TS,
    "signals": ["flow", "temp", "vib"],
    "online": True,
    "report": {"online": True, "sw": "1.4.0"},
}

ZONE = {
    "key": "dock-1",
    "name": {"en": "Dock 1", "zh": "一号码头"},
    "area": "warehouse",
    "capacity": 200,
    "present": 37,
    "last_ts": TS,
}

ITEM = {
    "epc": "30396062C3BEB14000000001",
    "zone": "dock-1",
    "since": TS - 9000,
    "last_seen": TS,
    "present": True,
}

MOVE = {
    "id": "81204-0",
    "ts": TS,
    "epc": "30396062C3BEB14000000001",
    "from_zone": "store-1",
    "to_zone": "dock-1",
}

SHIPMENT: dict[str, Any] = {
    "id": "SH-1042",
    "vehicle": "truck-01",
    "route": "hz-sh",
    "reference": "order 4711",
    "customer": "Harbour Foods",
    "state": "underway",
    "planned_departure": TS - 3_600_000,
    "planned_arrival": TS + 7_200_000,
    "departed": TS - 3_500_000,
    "arrived": None,
    "eta_p10": TS + 6_900_000,
    "eta_p50": TS + 7_500_000,
    "eta_p90": TS + 8_600_000,
    "eta_ts": TS,
    "remaining_m": 118_000.0,
    "late_ms": 300_000,
    "carrier": "hangyun",
    "driver": None,
    "orders": ["SO-4711"],
    "promised": TS + 7_200_000,
    "grace_ms": 900_000,
    "late_p": 0.24,
    "stops_done": 1,
    "stops": 2,
}

VEHICLE = {
    "key": "truck-01",
    "name": {"en": "Truck 1", "zh": "卡车1"},
    "kind": "truck",
    "ts": TS,
    "lat": 30.75,
    "lon": 120.75,
    "speed_ms": 21.4,
    "heading_deg": 47.0,
    "trip_state": "MOVING",
    "state_since": TS - 3_500_000,
    "odometer_m": 81_200.0,
    "every_ms": 5000.0,
    "shipment": SHIPMENT,
}

TRAIL = {"ts": [TS - 5000, TS], "lat": [30.749, 30.75], "lon": [120.748, 120.75]}

ROUTE = {
    "id": "hz-sh",
    "name": {"en": "Hangzhou to Shanghai", "zh": "杭州到上海"},
    "stops": [
        {"name": {"en": "Hangzhou", "zh": "杭州"}, "lat": 30.27, "lon": 120.15, "radius_m": 800.0},
        {"name": {"en": "Shanghai", "zh": "上海"}, "lat": 31.23, "lon": 121.47, "radius_m": 800.0},
    ],
    "path": [[30.27, 120.15], [30.75, 120.75], [31.23, 121.47]],
}


def items(row: Any) -> dict[str, Any]:
    """A list with one example row."""
    return {"items": [row]}
