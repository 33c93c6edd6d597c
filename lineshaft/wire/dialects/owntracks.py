"""OwnTracks (`owntracks/user/device`): phones, and Queclink trackers through its gateway.

Times are seconds, `vel` is km/h, `alt`, `cog` and `vel` are left out where they are zero. Its apps retain the
last location: after a subscribe an old one comes again, told by (topic, tst).
Source: owntracks.org/booklet/tech/json.
"""

from lineshaft.wire.dialects.found import Found, Place
from lineshaft.wire.dialects.values import KMH, known, number, seconds_us

READINGS = {
    "batt": "battery_pct", "alt": "altitude_m", "ubatt": "tracker_battery_v", "uext": "supply_v",
    "odometer": "odometer_m", "ign": "ignition", "p": "pressure_kpa",
}  # fmt: skip
EVENTS = ("enter", "leave")


def read(found: Found, topic: str, value: object) -> None:
    """Gather one message."""
    if not isinstance(value, dict):
        found.faults.add("shape", f"a JSON {type(value).__name__}, expected an object with `_type`", 0)
        return
    device = found.device("-".join(topic.split("/")[1:3]))
    if device is None:
        return
    kind, ts_us = value.get("_type"), seconds_us(value.get("tst"))
    if kind == "location":
        found.fix(
            device,
            ts_us,
            Place(
                lat=value.get("lat"),
                lon=value.get("lon"),
                speed_ms=_scaled(value.get("vel", 0 if "cog" in value else None)),
                heading_deg=known(value.get("cog")),
                accuracy_m=known(value.get("acc")),
            ),
        )
        said = {name: number(value[key]) for key, name in READINGS.items() if key in value}
        found.values(device, ts_us, said)
    elif kind == "transition" and value.get("event") in EVENTS:
        detail: dict[str, object] = {"place": str(value.get("desc", ""))[:200]}
        found.event(device, ts_us, f"region.{value['event']}", detail)
    elif kind == "lwt":
        found.report(device, "state", {"v": 1, "online": False, "reason": "lwt"})
    else:
        found.faults.add("kind", f"_type {kind!r:.64}, expected location, transition or lwt", 0)


def _scaled(speed_kmh: object) -> float | None:
    speed = known(speed_kmh)
    return None if speed is None else speed * KMH
