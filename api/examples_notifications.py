"""Examples of who is told of what, and of what became of it."""

from typing import Any

from api.examples import TS

ID = "5b3c6b0e-0d3f-5c3e-9a63-1f3f3a0f6c11"
BODY: dict[str, Any] = {"v": 1, "kind": "firing", "count": 1, "worst": 2, "ts": TS, "alarms": []}
COUNT = {"count": 1}
SENT = {"id": ID}
NOTIFICATION: dict[str, Any] = {
    "id": ID, "channel": "email", "target": "li-mail", "name": "Li Wei", "policy": "default",
    "kind": "firing", "count": 1, "worst": 2, "alarm_id": None, "created": TS, "next_try": TS, "attempts": 1,
    "delivered": TS + 800, "dead": None, "error": None,
}  # fmt: skip
CIRCUIT = {
    "channel": "webhook", "target": "erp", "failures": 4, "opened": TS, "probe": TS + 30_000,
    "why": "erp.plant.example: timed out",
}  # fmt: skip
ON_CALL = {"rota": "maintenance", "person": "li", "start": TS, "end": TS + 86_400_000}
PERSON = {"login": "li", "name": "Li Wei", "role": "maintainer"}
SILENCE: dict[str, Any] = {
    "id": 1, "matchers": {"rule": ["threshold:*"]}, "assets": ["line-1"], "begins": TS,
    "ends": TS + 3_600_000, "reason": "belt is changed", "by": "ann", "created": TS, "ended_by": None,
}  # fmt: skip
INBOX: dict[str, Any] = {"id": ID, "at": TS, "body": BODY, "seen": None}


def _setting(kind: str, key: str, document: dict[str, Any]) -> dict[str, Any]:
    return {"kind": kind, "key": key, "document": document, "updated": TS, "by": "ann"}


SETTING = _setting(
    "policy", "night", {"name": "Line 1 at night", "to": [{"kind": "rota", "key": "maintenance"}]}
)
ROTA = _setting(
    "rota",
    "maintenance",
    {
        "name": "On call",
        "timezone": "Asia/Shanghai",
        "layers": [{"people": ["li", "ann"], "start": "2026-11-02", "turn_days": 7, "handover_min": 480}],
    },
)
TEAM = _setting("team", "mechanics", {"name": "Mechanics", "people": ["li", "ann"]})
INHIBITION = _setting(
    "inhibition",
    "line-down",
    {"source": {"family": ["down"]}, "target": {"priority": ["3", "4"]}, "equal": ["line"]},
)
PREFERENCE = _setting("preference", "ann", {"channels": {"email": 2}, "quiet": [], "timezone": "UTC"})
NETWORK = _setting("network", "allowed", {"entries": ["10.0.0.0/8", "*.plant.local"]})
CONTACT = {
    "key": "chat", "channel": "apprise", "owner": None, "name": "Maintenance chat", "language": "zh-CN",
    "shown": "dingtalk://…", "updated": TS, "by": "admin",
}  # fmt: skip
CONTACT_OUT = {"key": "erp", "shown": "https://erp.plant.example/…", "secret": "whsec_…"}
