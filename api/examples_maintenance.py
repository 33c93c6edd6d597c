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

REQUEST: dict[str, Any] = {
    "id": "0d9a4c5e-8a0e-4a52-a4c1-5f5b53c7f0a2",
    "number": 4,
    "machine": "pump-101",
    "machine_name": NAME,
    "text": "It squeals when it starts.",
    "priority": 3,
    "alarm_id": None,
    "by": "ann",
    "at": TS - 7_200_000,
    "state": "accepted",
    "answered": TS - 3_600_000,
    "answered_by": "sue",
    "answer": "",
    "order_id": ORDER["id"],
    "order": 17,
    "order_state": "in_progress",
}
TEAM: dict[str, Any] = {
    "team": "mechanics",
    "name": {"en": "Mechanics", "zh": "机械组"},
    "members": ["ann", "bo"],
    "hours_week": 60.0,
    "rate_hour": 120.0,
}
TERMS: dict[str, Any] = {"currency": "CNY", "rate_hour": 120.0}
PART: dict[str, Any] = {
    "part": "seal-45",
    "name": {"en": "Shaft seal 45 mm", "zh": "轴封 45 mm"},
    "unit": "",
    "location": "A-03-2",
    "minimum": 4.0,
    "unit_cost": 42.0,
    "kinds": ["pump"],
    "on_hand": 3.0,
    "reserved": 1.0,
    "used": 9.0,
    "short": 2.0,
}
MOVEMENT: dict[str, Any] = {
    "id": "f2c5b3d0-9b1c-4b4e-a6b9-2a0d6b7c1e55",
    "part": "seal-45",
    "at": TS - 300_000,
    "by": "ann",
    "what": "use",
    "hand": -1.0,
    "held": -1.0,
    "order": 17,
    "note": "",
}
PLAN: dict[str, Any] = {
    "id": "5c1a0f7e-4d1b-4f0c-8b1b-0d8d8c1f9a10",
    "machine": "pump-101",
    "machine_name": NAME,
    "title": {"en": "Grease the bearings", "zh": "轴承加脂"},
    "detail": "",
    "priority": 3,
    "team": "mechanics",
    "assignee": None,
    "estimate_h": 0.5,
    "checks": [{"text": "Lock out", "text_zh": "上锁挂牌"}],
    "parts": [{"part": "grease", "amount": 0.2}],
    "lead_days": 2.0,
    "way": "calendar",
    "every": 4.0,
    "unit": "week",
    "starts": "2026-11-02",
    "at_min": 480,
    "zone": "Asia/Shanghai",
    "signal": None,
    "above": 0.0,
    "meter_total": 0.0,
    "active": True,
    "orders": 3,
    "unfinished": None,
    "version": 1,
    "next": [TS + 86_400_000],
    "left": None,
}
CODES: dict[str, Any] = {
    "modes": [{"key": "bearing", "code": "VIB-BRG", "name": {"en": "Bearing damage", "zh": "轴承损坏"}}],
    "causes": [{"key": "lubrication", "code": "OPM-LUB", "name": {"en": "Lubrication", "zh": "润滑不良"}}],
    "actions": [{"key": "replaced", "code": "REPLACE", "name": {"en": "Part replaced", "zh": "更换零件"}}],
}
_RULE: dict[str, Any] = {
    "rule": "",
    "alarms": 9,
    "confirmed": 3,
    "refuted": 1,
    "waiting": 5,
    "precision": 0.75,
    "low": 0.301,
    "high": 0.954,
}
TRUST: dict[str, Any] = {
    "machine": "pump-101",
    "days": 180,
    "rules": [_RULE, _RULE | {"rule": "threshold:temp"}],
}
_RANGE = {"value": 245.0, "low": 95.7, "high": 899.2, "n": 4}
_FIGURES: dict[str, Any] = {
    "key": "pump-101",
    "name": NAME,
    "machines": 1,
    "tally": {
        "observed_h": 1000.0,
        "failures": 4,
        "down_h": 20.0,
        "repairs": 4,
        "repair_h": 8.0,
        "corrective_h": 11.0,
        "preventive_h": 6.0,
        "due": 6,
        "on_time": 5,
        "cost": 2310.0,
    },
    "figures": {
        "mtbf_h": _RANGE,
        "mttr_h": {"value": 2.0, "low": 0.91, "high": 7.34, "n": 4},
        "availability": 0.98,
        "inherent": 0.9919,
        "planned_share": 0.353,
        "compliance": {"value": 0.833, "low": 0.436, "high": 0.97, "n": 6},
    },
}
FIGURES: dict[str, Any] = {
    "from_ts": TS - 2_592_000_000,
    "to_ts": TS,
    "currency": "CNY",
    "plant": _FIGURES | {"key": "", "name": {"en": "", "zh": ""}},
    "rows": [_FIGURES],
    "backlog": {
        "orders": 7,
        "overdue": 2,
        "hours": 18.5,
        "unestimated": 1,
        "hours_week": 60.0,
        "weeks": 0.308,
    },
}
