"""Kind `gps`: where a vehicle is."""

import msgspec
import numpy as np

from lineshaft.domain.readings import DeviceKey, Fixes
from lineshaft.wire import times
from lineshaft.wire.rejected import Rejected
from lineshaft.wire.rows import Rows


class _Fix(msgspec.Struct):
    lat: float
    lon: float
    spd: float | None = None
    hdg: float | None = None
    acc: float | None = None
    fix: int | None = None


def decode(device: DeviceKey, body: bytes, received_us: int) -> list[Fixes | Rejected]:
    """The fixes in a body, and what had to be set aside."""
    rows = Rows(_Fix, "fixes")
    found = rows.read(body)
    if isinstance(found, Rejected):
        return [found]
    good = []
    for ts_us, fix in found:
        fault = _fault_of(fix)
        if fault:
            rows.faults.add(fault, f"lat {fix.lat}, lon {fix.lon}, fix {fix.fix}")
        else:
            good.append((ts_us, fix))
    fixes = _columns(device, good, received_us)
    return [*([fixes] if good else []), *rows.faults.rejected()]


def _fault_of(fix: _Fix) -> str:
    """Trackers say 0,0 until they have a fix; it is a place in the sea, where a ship with a fix may be."""
    if fix.lat == 0 and fix.lon == 0 and not fix.fix:
        return "no_fix"
    return "" if abs(fix.lat) <= 90 and abs(fix.lon) <= 180 else "position"


def _columns(device: DeviceKey, rows: list[tuple[int, _Fix]], received_us: int) -> Fixes:
    ts_us = np.array([ts for ts, _ in rows], np.int64)
    return Fixes(
        device=device,
        ts_us=ts_us,
        lat=np.array([fix.lat for _, fix in rows], np.float64),
        lon=np.array([fix.lon for _, fix in rows], np.float64),
        speed_ms=np.array([fix.spd for _, fix in rows], np.float64),  # None → NaN
        heading_deg=np.array([fix.hdg for _, fix in rows], np.float64),
        accuracy_m=np.array([fix.acc for _, fix in rows], np.float64),
        flags=times.flags_of(ts_us, received_us),
    )


def encode(ts_ms: int, fixes: list[dict[str, object]]) -> bytes:
    """The body of a message of fixes, each `{"dt": ms, "lat": °, "lon": °, "spd": m/s, "hdg": °}`."""
    return msgspec.json.encode({"v": 1, "ts": ts_ms, "fixes": fixes})
