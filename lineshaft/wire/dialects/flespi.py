"""Flespi: a list of flat objects, keys with dots (`position.latitude`), times in seconds with a fraction.

`position.speed` is km/h. Source: flespi.com/kb/messages-basic-information-units.
"""

from lineshaft.wire import limits
from lineshaft.wire.dialects.found import Found, Place
from lineshaft.wire.dialects.values import HDOP_M, KMH, known, seconds_us

OWN = frozenset(("timestamp", "server.timestamp", "ident", "position.latitude", "position.longitude",
                 "position.speed", "position.direction", "position.valid", "peer", "protocol.id",
                 "device.id", "device.name", "channel.id"))  # fmt: skip
JAMMING = ("gnss.jamming.status", "gsm.jamming.status")


def read(found: Found, topic: str, value: object) -> None:
    """Gather one message: an object, or a list of them."""
    del topic
    rows = value if isinstance(value, list) else [value]
    if len(rows) > limits.ROWS:
        found.faults.add("too_many", f"{len(rows)} rows, at most {limits.ROWS}", len(rows))
        return
    for row in rows:
        if isinstance(row, dict):
            _read(found, row)
        else:
            found.faults.add("shape", f"a row is a JSON {type(row).__name__}, expected an object")


def _read(found: Found, row: dict[str, object]) -> None:
    device = found.device(row.get("ident"))
    if device is None:
        return
    ts_us = seconds_us(row.get("timestamp"))
    if "position.latitude" in row:
        found.fix(device, ts_us, _place(row))
    found.values(device, ts_us, {key: value for key, value in row.items() if key not in OWN})


def _place(row: dict[str, object]) -> Place:
    speed, hdop = known(row.get("position.speed")), known(row.get("position.hdop"))
    return Place(
        lat=row.get("position.latitude"),
        lon=row.get("position.longitude"),
        speed_ms=None if speed is None else speed * KMH,
        heading_deg=known(row.get("position.direction")),
        accuracy_m=hdop * HDOP_M if hdop else None,
        ignition=row.get("engine.ignition.status"),
        is_fix=row.get("position.valid") is not False,
        is_jammed=any(row.get(key) is True for key in JAMMING),
    )
