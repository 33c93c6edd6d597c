"""What the server says about an alarm on MQTT, retained while it is open (wire contract `alert`)."""

from typing import Any
from urllib.parse import quote

from lineshaft.domain.alarm_states import HIDDEN, UNSEEN, State
from lineshaft.domain.alarms import Alarm
from lineshaft.wire.topics import alert_topic

SEVERITY = {1: "crit", 2: "high", 3: "med", 4: "low"}


def topic_of(alarm: Alarm) -> str:
    """The alarm's topic: source and rule as one level each, whatever characters they hold.

    Characters that mean something in topics are written as in URLs: `%2F` for the slash of a signal's name.
    """
    return alert_topic(alarm.site or "-", quote(alarm.source, safe=""), quote(alarm.rule, safe=":"))


def body_of(alarm: Alarm) -> dict[str, Any]:
    """The alarm as the contract's JSON; `st` is `closed` once it is normal again.

    What is shelved, suppressed or out of service is `ack`, so that no panel shouts; `hidden` says why.
    """
    open_word = "open" if alarm.state in UNSEEN else "ack"
    return {
        "v": 1,
        "id": str(alarm.alarm_id),
        "rule": alarm.rule,
        "asset": alarm.source,
        "site": alarm.site,
        "sev": SEVERITY[alarm.priority],
        "st": "closed" if alarm.state is State.NORMAL else open_word,
        "active": alarm.active,
        "ts": alarm.updated_us // 1000,
        "since": alarm.raised_us // 1000,
        "value": alarm.value,
        "limit": alarm.threshold,
        "msg": alarm.message,
        "ctx": alarm.arguments,
        **({"hidden": alarm.state} if alarm.state in HIDDEN else {}),
    }
