"""Several messages of a target as one."""

from typing import Any

from lineshaft.domain.delivery.message import MOST_ALARMS
from lineshaft.store.notifications import Notification


def merged(those: list[Notification]) -> Notification:
    """One message of all; it keeps the first one's id."""
    if len(those) == 1:
        return those[0]
    first = those[0]
    alarms: dict[str, Any] = {}
    for one in those:  # the latest word on an alarm stands
        alarms.update({alarm["id"]: alarm for alarm in one.body.get("alarms") or []})
    body = first.body | {
        "kind": "digest",
        "alarms": list(alarms.values())[:MOST_ALARMS],
        "count": sum(int(one.body.get("count", 0)) for one in those),
        "ts": max(int(one.body.get("ts", 0)) for one in those),
    }
    body.pop("place", None)
    return first._replace(body=body)
