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
