"""Kind `rfid`: the tags a reader saw."""

import re
from typing import Annotated

import msgspec
import numpy as np

from lineshaft.domain.readings import DeviceKey, Reads
from lineshaft.wire import times
from lineshaft.wire.rejected import Rejected
from lineshaft.wire.rows import Rows

EPC = re.compile(r"(?:[0-9A-Fa-f]{2}){4,64}")

PORT_MAX = 2**31 - 1


class _Read(msgspec.Struct):
    epc: str
    ant: Annotated[int, msgspec.Meta(ge=0, le=PORT_MAX)] | None = None
    rssi: float | None = None
    n: Annotated[int, msgspec.Meta(ge=1, le=PORT_MAX)] | None = None


def decode(device: DeviceKey, body: bytes, received_us: int) -> list[Reads | Rejected]:
    """The reads in a body, and what had to be set aside."""
    rows = Rows(_Read, "reads")
    found = rows.read(body)
    if isinstance(found, Rejected):
        return [found]
    good = []
    for ts_us, read in found:
        if EPC.fullmatch(read.epc):
            good.append((ts_us, read))
        else:
            rows.faults.add("epc", f"{read.epc!r:.140}, expected 8 to 128 hex digits of even number")
    reads = _columns(device, good, received_us)
    return [*([reads] if good else []), *rows.faults.rejected()]


def _columns(device: DeviceKey, rows: list[tuple[int, _Read]], received_us: int) -> Reads:
    ts_us = np.array([ts for ts, _ in rows], np.int64)
    return Reads(
        device=device,
        ts_us=ts_us,
        epcs=tuple(read.epc.upper() for _, read in rows),
        antenna=np.array([read.ant or 0 for _, read in rows], np.int32),
        rssi_dbm=np.array([read.rssi for _, read in rows], np.float64),  # None → NaN
        count=np.array([read.n or 1 for _, read in rows], np.int32),
        flags=times.flags_of(ts_us, received_us),
    )


def encode(ts_ms: int, reads: list[dict[str, object]]) -> bytes:
    """The body of a message of reads, each `{"dt": ms, "epc": hex, "ant": port, "rssi": dBm, "n": count}`."""
    return msgspec.json.encode({"v": 1, "ts": ts_ms, "reads": reads})
