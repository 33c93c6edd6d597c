"""What is stored in large numbers, as columns: readings, RFID reads, GPS fixes."""

from dataclasses import dataclass, field

import numpy as np

from lineshaft.domain.readings import Bytes8, Floats, Ints32, Ints64

_INTS32, _INTS64 = np.empty(0, np.int32), np.empty(0, np.int64)
_FLOATS, _BYTES8 = np.empty(0, np.float64), np.empty(0, np.uint8)


def ints32() -> Ints32:
    """An empty column; there is but one, for a bundle has dozens of them."""
    return _INTS32


def ints64() -> Ints64:
    """An empty column."""
    return _INTS64


def floats() -> Floats:
    """An empty column."""
    return _FLOATS


def bytes8() -> Bytes8:
    """An empty column."""
    return _BYTES8


@dataclass(slots=True)
class ReadingRows:
    """Numeric readings to store, in the order they came."""

    series: Ints32 = field(default_factory=ints32)
    """Into `Bundle.series`."""
    ts_us: Ints64 = field(default_factory=ints64)
    value: Floats = field(default_factory=floats)
    quality: Bytes8 = field(default_factory=bytes8)
    flags: Bytes8 = field(default_factory=bytes8)
    pos: Ints64 = field(default_factory=ints64)

    def __len__(self) -> int:
        return len(self.ts_us)


@dataclass(slots=True)
class ReadRows:
    """RFID reads to store."""

    device: Ints32 = field(default_factory=ints32)
    ts_us: Ints64 = field(default_factory=ints64)
    antenna: Ints32 = field(default_factory=ints32)
    epcs: tuple[str, ...] = ()
    rssi_dbm: Floats = field(default_factory=floats)
    count: Ints32 = field(default_factory=ints32)
    pos: Ints64 = field(default_factory=ints64)

    def __len__(self) -> int:
        return len(self.ts_us)


@dataclass(slots=True)
class FixRows:
    """GPS fixes to store, those that cannot be true among them, flagged."""

    device: Ints32 = field(default_factory=ints32)
    ts_us: Ints64 = field(default_factory=ints64)
    lat: Floats = field(default_factory=floats)
    lon: Floats = field(default_factory=floats)
    speed_ms: Floats = field(default_factory=floats)
    heading_deg: Floats = field(default_factory=floats)
    accuracy_m: Floats = field(default_factory=floats)
    flags: Bytes8 = field(default_factory=bytes8)
    pos: Ints64 = field(default_factory=ints64)

    def __len__(self) -> int:
        return len(self.ts_us)
