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
