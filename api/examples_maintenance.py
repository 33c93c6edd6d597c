"""Examples of the answers about maintenance, for the OpenAPI document."""

from typing import Any

from api.examples import NAME, TS

ORDER: dict[str, Any] = {
    "id": "3fa85f64-5717-5562-b3fc-2c963f66afa6",
    "number": 17,
    "machine": "pump-101",
    "machine_name": NAME,
    "site": "hangzhou",
    "title": {"en": "", "zh": ""},
    "kind": "corrective",
    "origin": "alarm",
    "state": "in_progress",
    "since": TS - 600_000,
    "priority": 2,
    "due": TS + 86_400_000,
    "assignee": "ann",
    "team": "mechanics",
    "members": ["ann", "bo"],
    "estimate_h": 2.0,
    "created": TS - 3_600_000,
    "created_by": "sue",
    "started": TS - 600_000,
    "finished": None,
    "updated": TS - 600_000,
    "checks": 3,
    "checks_done": 1,
    "labour_h": 0.167,
    "running": ["ann"],
    "short": 0,
    "alarm": {
        "id": "0f0e6c3c-55a1-5a57-9f0e-2f6f6f3f1d11",
        "rule": "threshold:temp",
        "priority": 2,
        "raised": TS - 3_700_000,
        "value": 78.0,
        "threshold": 75.0,
        "message": "alarm.high",
        "arguments": {"signal": "temp"},
    },
    "verdict": None,
    "version": 3,
}

FILE: dict[str, Any] = {
    "id": "7b1d5a0c-2f0e-4bd0-9d3f-3a5c1c0b9e11",
    "name": "seal.jpg",
    "type": "image/jpeg",
    "size": 184_211,
    "by": "ann",
    "at": TS - 300_000,
}

ORDER_DETAIL: dict[str, Any] = ORDER | {
    "detail": "",
    "kind_of_machine": "pump",
    "evidence": {
        "alarm": ORDER["alarm"]
        | {"source": "pump-101", "state": "acknowledged", "cleared": None, "count": 1},
        "journal": [
            {
                "at": TS - 3_700_000,
                "event": "raise",
                "to_state": "unacknowledged",
                "by": "stream",
                "comment": None,
            }
        ],
        "score": {
            "ts": TS - 3_600_000,
            "score": 0.61,
            "health": 52.0,
            "state": "RUN",
            "anomaly": True,
            "p_fail_24h": 0.41,
            "rul_p50_s": 180_000.0,
            "contributors": [{"signal": "temp", "share": 0.7}],
            "diagnosis": [
                {
                    "mode": "overheating",
                    "likelihood": 0.7,
                    "evidence": [{"signal": "temp", "change": "up", "size": 5.2}],
                }
            ],
        },
        "advice": "check_cooling",
    },
    "request": None,
    "mode": None,
    "cause": None,
    "action": None,
    "found": "",
    "fault_from": TS - 3_700_000,
    "down_s": None,
    "closed_by": None,
    "cost_other": 0.0,
    "worked_s": 0.0,
    "check_lines": [
        {"n": 0, "text": {"en": "Lock out", "zh": "上锁挂牌"}, "done": TS - 500_000, "done_by": "ann"}
    ],
    "times": [{"login": "ann", "began": TS - 600_000, "ended": None, "note": ""}],
    "parts": [
        {
            "part": "seal-45",
            "name": {"en": "Shaft seal 45 mm", "zh": "轴封 45 mm"},
            "unit": "",
            "location": "A-03-2",
            "used": 1.0,
            "reserved": 0.0,
            "on_hand": 3.0,
            "cost": 42.0,
        }
    ],
    "files": [FILE],
    "entries": [
        {
            "at": TS - 600_000,
            "by": "ann",
            "what": "start",
            "from_state": "open",
            "to_state": "in_progress",
            "text": "",
        }
    ],
    "cost": {"labour": 20.0, "parts": 42.0, "other": 0.0, "total": 62.0, "currency": "CNY"},
}
