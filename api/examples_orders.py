"""Examples of orders and what they put at risk for the OpenAPI document."""

from typing import Any

from api.examples import TS

ORDER: dict[str, Any] = {
    "id": "SO-4711",
    "customer": "Harbour Foods",
    "promised": TS + 8_400_000,
    "currency": "CNY",
    "value": "86400.00",
    "penalty": {"grace_min": 15, "per_hour": "250", "cap": "4000"},
    "lines": [{"line": "1", "item": "pump housing", "quantity": "24", "made": "8", "machine": "press-1"}],
    "closed": None,
}
LOAD: dict[str, Any] = {
    "order": "SO-4711",
    "shipment": "SH-1042",
    "vehicle": "truck-01",
    "carrier": "hangyun",
    "state": "underway",
    "promised": TS + 8_400_000,
    "arrived": None,
    "eta_p10": TS + 6_900_000,
    "eta_p50": TS + 7_500_000,
    "eta_p90": TS + 8_600_000,
    "eta_ts": TS,
    "pallets": ["376104250021234569"],
}
STAKE: dict[str, Any] = {
    "order": ORDER,
    "late_p": 0.08,
    "expected": "21.40",
    "bad": "0.00",
    "most": "4000.00",
    "unknown": [],
    "loads": [LOAD],
}
MAKER: dict[str, Any] = {
    "key": "press-1",
    "name": {"en": "Press 1", "zh": "压机 1"},
    "line": "line-1",
    "state": "RUN",
    "health": 71.0,
    "p_fail_24h": 0.18,
    "ts": TS,
    "alarms": 1,
}
TOTAL: dict[str, Any] = {
    "currency": "CNY",
    "orders": 1,
    "value": "86400.00",
    "expected": "21.40",
    "most": "4000.00",
    "unknown": 0,
    "uncapped": 0,
}
AT_RISK: dict[str, Any] = {"ts": TS, "machine": MAKER, "totals": [TOTAL], "orders": [STAKE]}
MACHINE_AT_RISK: dict[str, Any] = {"ts": TS, "machine": MAKER, "totals": [TOTAL], "orders": ["SO-4711"]}
DANGER: dict[str, Any] = {
    "id": "0f0e6c3c-55a1-5a57-9f0e-2f6f6f3f1d11",
    "source": "press-1",
    "rule": "threshold:temp",
    "priority": 2,
    "state": "unacknowledged",
    "raised": TS - 60_000,
    "shipment": None,
}
ORDER_DETAIL: dict[str, Any] = {"ts": TS, "stake": STAKE, "machines": [MAKER], "alarms": [DANGER]}
SHEET: dict[str, Any] = {
    "written": ["SO-4711"],
    "mistakes": [{"row": 3, "column": "quantity", "message": "expected an amount, got 'many'"}],
}
