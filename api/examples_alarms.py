"""Examples of alarms, as the document shows them."""

from api.examples import NAME, TS

ALARM = {
    "id": "0f0e6c3c-55a1-5a57-9f0e-2f6f6f3f1d11",
    "source": "pump-101",
    "source_name": NAME,
    "site": "hangzhou",
    "line": "line-1",
    "rule": "threshold:temp",
    "priority": 2,
    "state": "unacknowledged",
    "raised": TS - 360_000,
    "updated": TS - 360_000,
    "cleared": None,
    "acked": None,
    "acked_by": None,
    "comment": None,
    "value": 78.2,
    "threshold": 75.0,
    "message": "alarm.high",
    "arguments": {"signal": "temp", "unit": "Cel", "value": 78.2, "threshold": 75.0},
    "count": 1,
    "active": True,
    "latched": False,
    "suppressed": None,
    "shelved": None,
    "out_of_service": None,
    "seen_pos": 48_211_007,
    "cause": None,
    "group_key": None,
    "children": 0,
}

SHELVED = ALARM | {
    "state": "shelved",
    "shelved": {
        "until": TS + 3_600_000,
        "by": "chen",
        "why": "sensor is being replaced",
        "at": TS,
        "one_shot": False,
    },
}

ALARM_ENTRY = {
    "at": TS,
    "event": "raise",
    "from_state": "normal",
    "to_state": "unacknowledged",
    "by": "stream",
    "comment": None,
    "value": 78.2,
    "refused": None,
}

PAGE = {"items": [ALARM], "next": "2.1700000000000000.0f0e6c3c-55a1-5a57-9f0e-2f6f6f3f1d11"}

SOME = {
    "items": [ALARM | {"state": "acknowledged", "acked": TS, "acked_by": "chen"}],
    "refused": [{"id": "5a3f5e0e-9a51-5d7e-8a51-6f0a3f1c2b77", "why": "state"}],
}

COUNTS = {"critical": 0, "high": 1, "medium": 4, "low": 2, "unacked": 3, "hidden": 1}

GROUP = {
    "id": "4f0c7c0e-0d3a-5a1e-9d2f-0c6a3b1f7a11",
    "site": "hangzhou",
    "root": "air-1",
    "root_name": {"en": "Compressed air, machining", "zh": "机加工压缩空气"},
    "kind": "compressed_air",
    "since": 1_763_700_000_000,
    "named": 1_763_700_047_000,
    "updated": 1_763_700_090_000,
    "until": None,
    "children": 12,
    "active": 12,
    "shown": 12,
    "unseen": 9,
    "calling": 9,
    "priority": 2,
    "confidence": 0.99,
    "why": {"sources": 12, "of": 12, "within_s": 74, "expected": 0.025, "others": {"line-1": 0.01}},
    "alarms": ["0f0e6c3c-55a1-5a57-9f0e-2f6f6f3f1d11"],
}
PERFORMANCE = {
    "from_ts": 1_763_700_000_000,
    "to_ts": 1_763_728_800_000,
    "shift": None,
    "spans": [(1_763_700_000_000, 1_763_728_800_000)],
    "count": 42,
    "figures": [
        {
            "key": "per_10_min",
            "value": 0.9,
            "good": 1.0,
            "bad": 2.0,
            "unit": "",
            "standard": "EEMUA 191: about 1 in 10 min, 2 manageable",
            "verdict": "good",
        }
    ],
    "mix": [{"priorities": [1, 2], "share": 0.07, "target": 0.05}],
    "actors": [
        {
            "source": "pump-101",
            "rule": "threshold:temp",
            "count": 9,
            "share": 0.21,
            "chattering": 1,
            "fleeting": 4,
        }
    ],
    "floods": [{"since": 1_763_700_000_000, "until": None, "annunciations": 14, "peak": 14}],
    "period_ms": 600_000,
    "periods": [14, 3, 0],
    "precision": [{"rule": "anomaly", "true": 8, "false": 1, "no_fault_found": 1, "precision": 0.8}],
}

CALMING = {
    "source": "pump-101",
    "signal": "temp",
    "readings": 604_800,
    "from_ts": 1_763_123_200_000,
    "calls_before": 214,
    "calls_after": 6,
    "saved": 0.972,
    "true_alarms": 5,
    "delay_s": 15.0,
    "deadband_percent": 2.0,
    "on_s": 15.0,
    "off_s": 60.0,
    "document": {"kind": "settings", "id": "calm-pump-101-temp"},
}

GROUPS = {"items": [GROUP]}

CALMINGS = {"items": [CALMING]}
