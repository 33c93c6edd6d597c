"""Teltonika Codec JSON over MQTT (FMB and FMC): `{"state": {"reported": {…}}}`, the IMEI in the topic.

`ts` is ms, `sp` km/h, `latlng` a text; keys that are numbers are AVL ids. Until its first fix a tracker says
"0,0" and 2004-01-01; what it reads at its inputs is worth keeping even then. Numbers may come as text.
Source: wiki.teltonika-gps.com/view/Codec_JSON and the pages of AVL ids.
"""

from typing import Any

from lineshaft.wire.dialects.found import Found, Place
from lineshaft.wire.dialects.values import HDOP_M, KMH, known, millis_us, number

NAMED = ("ts", "pr", "latlng", "alt", "ang", "sat", "sp", "evt")
AVL: dict[str, tuple[str, float]] = {
    "1": ("din_1", 1.0), "9": ("ain_1_v", 0.001), "16": ("odometer_m", 1.0), "21": ("gsm_level", 1.0),
    "24": ("speed_kmh", 1.0), "66": ("supply_v", 0.001), "67": ("tracker_battery_v", 0.001),
    "68": ("tracker_battery_a", 0.001), "69": ("gnss_state", 1.0), "72": ("temperature_1", 0.1),
    "113": ("battery_pct", 1.0), "181": ("pdop", 0.1), "182": ("hdop", 0.1), "199": ("trip_odometer_m", 1.0),
    "239": ("ignition", 1.0), "240": ("movement", 1.0), "249": ("jamming", 1.0),
}  # fmt: skip
"""AVL id → the reading's name, and what its number is multiplied with."""
SIGNED_16 = frozenset(("17", "18", "19"))
"""Acceleration: some firmwares send these without their sign."""
IGNITION, JAMMING, HDOP = "239", "249", "182"
ODD = 65535
"""What HDOP says before the first fix."""


def read(found: Found, topic: str, value: object) -> None:
    """Gather one message: a record, or a list of them."""
    del topic
    state = value.get("state") if isinstance(value, dict) else None
    reported = state.get("reported") if isinstance(state, dict) else None
    records: list[Any] = reported if isinstance(reported, list) else [reported]
    if not all(isinstance(record, dict) for record in records):
        said = list(value)[:5] if isinstance(value, dict) else type(value).__name__
        found.faults.add("shape", f"expected {{state: {{reported: …}}}}, got {said!r:.100}", 0)
        return
    device = found.device("")
    for record in records if device else ():
        _read(found, record)


def _read(found: Found, record: dict[str, object]) -> None:
    device, ts_us = found.device(""), millis_us(record.get("ts"))
    if device is None:
        return
    if "ts" in record and ts_us is None:
        found.faults.add("bad_ts", f"ts is {record['ts']!r:.64}, expected ms, 2000 to 2100", 0)
    if "latlng" in record:
        found.fix(device, ts_us, _place(record))
    for key, value in record.items():
        if key not in NAMED:
            found.value(device, ts_us, *reading(key, value))
    if record.get("alt") is not None and number(record.get("sat")):
        found.value(device, ts_us, "altitude_m", number(record["alt"]))


def reading(key: str, value: object) -> tuple[str, object]:
    """The name and value of an AVL id.

    >>> reading("66", "11922"), reading("17", 65530), reading("500", 3)
    (('supply_v', 11.922), ('acceleration_17', -6.0), ('avl.500', 3.0))
    """
    found = number(value)
    if found is None:
        return f"avl.{key}", value
    if key in SIGNED_16:
        return f"acceleration_{key}", found - 65536 if found > 32767 else found
    name, scale = AVL.get(key, (f"avl.{key}", 1.0))
    return name, round(found * scale, 6)


def _place(record: dict[str, object]) -> Place:
    lat, _, lon = str(record["latlng"]).partition(",")
    speed, hdop = known(record.get("sp")), known(record.get(HDOP))
    return Place(
        lat=lat,
        lon=lon,
        speed_ms=None if speed is None else speed * KMH,
        heading_deg=known(record.get("ang")),
        accuracy_m=None if hdop is None or hdop >= ODD else hdop * 0.1 * HDOP_M,
        ignition=number(record.get(IGNITION)),
        is_fix=number(record.get("sat", 1)) != 0,
        is_jammed=bool(known(record.get(JAMMING))),
    )
