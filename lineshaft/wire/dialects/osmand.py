"""OsmAnd and Traccar Client: a JSON object, or the older query text `?id=…&lat=…&lon=…`.

In JSON speed is m/s and -1 is unknown; in the query it is knots, as Traccar reads it. Times are ISO 8601,
seconds or milliseconds; the query's may have no zone.
Source: traccar, protocol/OsmAndProtocolDecoder.java; traccar.org/osmand.
"""

from urllib.parse import parse_qsl

from lineshaft.wire.dialects.found import Found, Place
from lineshaft.wire.dialects.values import HDOP_M, KNOTS, known, number, written_us

NAMES = {
    "id", "deviceid", "timestamp", "lat", "lon", "location", "speed", "bearing", "heading", "accuracy",
    "hacc", "hdop", "valid", "cell", "wifi", "vacc",
}  # fmt: skip
"""Of the query, what is no reading."""
PAIRS = 200


def is_query(body: bytes) -> bool:
    """Whether a body is the query text: it begins with no bracket, and has an `=`."""
    return body.lstrip()[:1] not in {b"{", b"["} and b"=" in body[:1024]


def read(found: Found, topic: str, value: object) -> None:
    """Gather one message."""
    del topic
    if isinstance(value, str):
        _read_query(found, value)
        return
    location = value.get("location") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(location, dict):
        found.faults.add("shape", "expected an object with `location`", 0)
        return
    device = found.device(value.get("device_id"))
    if device is None:
        return
    ts_us = written_us(location.get("timestamp"), found.door.timezone)
    coords = location.get("coords")
    if isinstance(coords, dict):
        found.fix(device, ts_us, _place(coords))
    battery = location.get("battery")
    level = known(battery.get("level")) if isinstance(battery, dict) else None
    found.value(device, ts_us, "battery_pct", None if level is None else round(level * 100, 3))
    extras = location.get("extras")
    found.value(device, ts_us, "odometer_m", known(location.get("odometer")))
    found.values(device, ts_us, extras if isinstance(extras, dict) else {})


def _place(coords: dict[str, object]) -> Place:
    return Place(
        lat=coords.get("latitude"),
        lon=coords.get("longitude"),
        speed_ms=known(coords.get("speed")),
        heading_deg=known(coords.get("heading")),
        accuracy_m=known(coords.get("accuracy")),
    )


def _read_query(found: Found, text: str) -> None:
    try:
        said = dict(parse_qsl(text.strip().lstrip("/?"), max_num_fields=PAIRS))
    except ValueError:
        found.faults.add("too_many", f"more than {PAIRS} fields", 0)
        return
    device = found.device(said.get("id") or said.get("deviceid"))
    if device is None:
        return
    written = said.get("timestamp")
    ts_us = written_us(written, found.door.timezone) if written else found.received_us
    lat, _, lon = said.get("location", "").partition(",")
    if "lat" in said or lat:
        found.fix(device, ts_us, _of_query(said, said.get("lat", lat), said.get("lon", lon)))
    elif "cell" in said or "wifi" in said:
        found.faults.add("no_fix", "cells and networks only, no position")
    for key, value in said.items():
        if key not in NAMES:
            plain = number(value)
            found.value(device, ts_us, key, value if plain is None else plain)


def _of_query(said: dict[str, str], lat: str, lon: str) -> Place:
    speed, hdop = known(said.get("speed")), known(said.get("hdop"))
    accuracy = known(said.get("accuracy", said.get("hacc"))) or None
    return Place(
        lat=lat,
        lon=lon,
        speed_ms=None if speed is None else speed * KNOTS,
        heading_deg=known(said.get("bearing", said.get("heading"))),
        accuracy_m=hdop * HDOP_M if accuracy is None and hdop else accuracy,
        is_fix=said.get("valid", "true").lower() not in {"false", "0"},
    )
