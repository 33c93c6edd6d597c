"""Kind `gps`: where a vehicle is."""

import msgspec
import numpy as np

from lineshaft.domain import gcj02
from lineshaft.domain.readings import DeviceKey, Fixes, Flag
from lineshaft.wire import times
from lineshaft.wire.door import GCJ02, WGS84
from lineshaft.wire.rejected import Rejected
from lineshaft.wire.rows import Rows

HDOP_M = 5.0
"""Metres of error for each unit of HDOP: the usual range error of a civil receiver under open sky."""


class _Fix(msgspec.Struct):
    lat: float
    lon: float
    spd: float | None = None
    hdg: float | None = None
    acc: float | None = None
    hdop: float | None = None
    ign: bool | None = None
    jam: bool | None = None
    crs: str | None = None
    """`gcj02` where it is that; WGS-84 where it is not said."""
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
            good.append((ts_us, _placed(fix)))
            if fix.jam:
                rows.faults.add("jammed", f"lat {fix.lat}, lon {fix.lon}", 0)
    fixes = _columns(device, good, received_us)
    return [*([fixes] if good else []), *rows.faults.rejected()]


def _fault_of(fix: _Fix) -> str:
    """Trackers say 0,0 until they have a fix; it is a place in the sea, where a ship with a fix may be."""
    if fix.lat == 0 and fix.lon == 0 and not fix.fix:
        return "no_fix"
    if fix.crs not in {None, WGS84, GCJ02}:
        return "shape"
    return "" if abs(fix.lat) <= 90 and abs(fix.lon) <= 180 else "position"


def _placed(fix: _Fix) -> _Fix:
    """The fix in WGS-84, with its error in metres."""
    if fix.acc is None and fix.hdop is not None:
        fix.acc = fix.hdop * HDOP_M
    if fix.crs == GCJ02:
        fix.lat, fix.lon = gcj02.to_wgs84(fix.lat, fix.lon)
    return fix


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
        ignition=np.array([fix.ign for _, fix in rows], np.float64),
        flags=times.flags_of(ts_us, received_us) | np.array([_flag(fix) for _, fix in rows], np.uint8),
    )


def _flag(fix: _Fix) -> int:
    return Flag.SUSPECT if fix.jam else 0


def encode(ts_ms: int, fixes: list[dict[str, object]]) -> bytes:
    """The body of a message of fixes, each `{"dt": ms, "lat": °, "lon": °, "spd": m/s, "hdg": °, …}`."""
    return msgspec.json.encode({"v": 1, "ts": ts_ms, "fixes": fixes})
