"""Meshtastic's JSON (`msh/REGION/2/json/CHANNEL/GATEWAY`): radios that several gateways hear at once.

The topic names the gateway, so the device is the packet's `from`; it was a signed number before firmware 2.2.
Each gateway publishes what it heard: a packet is told by (from, id). Positions are degrees times 10⁷.
Source: meshtastic.org/docs/software/integrations/mqtt.
"""

from dataclasses import replace

from lineshaft.domain.readings import Identity
from lineshaft.wire.dialects.found import Found, Place
from lineshaft.wire.dialects.values import HDOP_M, known, number, seconds_us

DEGREE = 1e7


def read(found: Found, topic: str, value: object) -> None:
    """Gather one packet."""
    del topic
    said = value.get("payload") if isinstance(value, dict) else None
    sender = number(value.get("from")) if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(said, dict) or sender is None:
        found.faults.add("shape", "expected an object with `from`, `type` and `payload`, an object", 0)
        return
    found.door = found.door._replace(device="")  # what the topic names is the gateway
    device = found.device(f"{int(sender) & 0xFFFFFFFF:08x}")
    if device is None:
        return
    packet = number(value.get("id"))
    if packet is not None:
        found.others.append(Identity(device, str(int(packet) & 0xFFFFFFFF)))
    said_us = seconds_us(value.get("timestamp"))
    match value.get("type"):
        case "position":
            fixed_us = seconds_us(said.get("time")) or said_us or found.received_us
            found.fix(device, fixed_us, _place(said))
        case "telemetry":
            ts_us = seconds_us(said.get("time")) or said_us
            found.values(device, ts_us, {key: one for key, one in said.items() if key != "time"})
        case "nodeinfo":
            body: dict[str, object] = {"v": 1, "device": str(said.get("longname", ""))[:100]}
            found.report(device, "meta", {**body, "model": str(said.get("hardware", ""))[:100], "sig": {}})
        case kind:
            found.faults.add("kind", f"type {kind!r:.64}, expected position, telemetry or nodeinfo", 0)


def _place(said: dict[str, object]) -> Place:
    lat, lon, hdop = (number(said.get(key)) for key in ("latitude_i", "longitude_i", "HDOP"))
    place = Place(
        lat=None if lat is None else lat / DEGREE,
        lon=None if lon is None else lon / DEGREE,
        speed_ms=known(said.get("ground_speed")),
        accuracy_m=hdop / 100 * HDOP_M if hdop else None,
    )
    track = known(said.get("ground_track"))  # degrees times 10⁵
    return place if track is None else replace(place, heading_deg=track / 1e5 % 360)
