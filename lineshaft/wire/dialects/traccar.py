"""Traccar's forward over MQTT (`forward.type=mqtt`): 200 kinds of trackers behind one server.

Speed is in knots, times are ISO 8601 with a zone; `accuracy` 0 is unknown. `valid` false and `outdated` true
repeat where the vehicle was. Source: traccar, model/Position.java and forward/PositionForwarderMqtt.java.
"""

from lineshaft.wire.dialects.found import Found, Place
from lineshaft.wire.dialects.values import HDOP_M, KNOTS, known, written_us

ALARM = "alarm"
JAMMING = "jamming"


def read(found: Found, topic: str, value: object) -> None:
    """Gather one position, or one event with its position."""
    del topic
    position = value.get("position") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(position, dict):
        found.faults.add("shape", "expected an object with `position` and `device`", 0)
        return
    tracker = value.get("device")
    name = tracker.get("uniqueId") if isinstance(tracker, dict) else None
    device = found.device(name or str(position.get("deviceId") or ""))
    if device is None:
        return
    zone = found.door.timezone
    fixed_us = written_us(position.get("fixTime"), zone)
    said_us = written_us(position.get("deviceTime"), zone) or fixed_us
    said = position.get("attributes")
    attributes: dict[str, object] = said if isinstance(said, dict) else {}
    found.fix(device, fixed_us, _place(position, attributes))
    found.values(device, said_us, {key: one for key, one in attributes.items() if key != ALARM})
    if attributes.get(ALARM):
        found.event(device, said_us, "tracker.alarm", {"alarm": str(attributes[ALARM])[:200]})


def _place(position: dict[str, object], attributes: dict[str, object]) -> Place:
    speed, hdop = known(position.get("speed")), known(attributes.get("hdop"))
    accuracy = known(position.get("accuracy")) or None
    return Place(
        lat=position.get("latitude"),
        lon=position.get("longitude"),
        speed_ms=None if speed is None else speed * KNOTS,
        heading_deg=known(position.get("course")),
        accuracy_m=hdop * HDOP_M if accuracy is None and hdop else accuracy,
        ignition=attributes.get("ignition"),
        is_fix=position.get("valid") is not False and position.get("outdated") is not True,
        is_jammed=JAMMING in str(attributes.get(ALARM, "")),
    )
