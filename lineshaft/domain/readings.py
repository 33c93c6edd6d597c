"""What devices measured, as columns: one array a field, never an object a reading.

A `Batch` is made once, by decoding one message, and stays a batch until it is copied into the database.
"""

from dataclasses import dataclass, field
from enum import IntEnum, IntFlag
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints32 = NDArray[np.int32]
Ints64 = NDArray[np.int64]
Bytes8 = NDArray[np.uint8]
Floats = NDArray[np.float64]


class Quality(IntEnum):
    """How far a reading can be trusted, as its source says (wire contract `q`)."""

    GOOD = 0
    UNCERTAIN = 1
    BAD = 2
    STALE = 3


class Flag(IntFlag):
    """What the pipeline noticed about a reading."""

    LATE = 1
    """Came by the late lane or long after its time: stored, rolled up, raises no live alarm."""
    CLOCK_BAD = 2
    """Stamped more than 5 min ahead of its receipt: windowed by the time of receipt."""
    DUPLICATE_CONFLICT = 4
    """Same signal and time as an earlier reading, other value: counted, not stored."""
    SUSPECT = 8
    """A position that cannot be true beside its neighbours: stored, but the vehicle is not moved by it."""


class DeviceKey(NamedTuple):
    """Names a device for good: the agent that speaks for it and its own name there."""

    site: str
    agent: str
    device: str

    def __str__(self) -> str:
        return f"{self.site}/{self.agent}/{self.device}"


@dataclass(slots=True, frozen=True)
class Batch:
    """The readings of one message, all of one device; every array has one entry a reading.

    Numbers, booleans and integers are in `value`; a text reading has NaN there and its row and text in
    `text_row` and `texts`.
    """

    device: DeviceKey
    names: tuple[str, ...]
    """Signal names; `column` points into it."""
    column: Ints32
    ts_us: Ints64
    value: Floats
    quality: Bytes8
    flags: Bytes8
    text_row: Ints32 = field(default_factory=lambda: np.empty(0, np.int32))
    texts: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.ts_us)


@dataclass(slots=True, frozen=True)
class Reads:
    """The RFID reads of one message of one reader; a row is one or more sightings of a tag."""

    device: DeviceKey
    ts_us: Ints64
    epcs: tuple[str, ...]
    """EPC as upper-case hex, one a read."""
    antenna: Ints32
    """Antenna port, 0 where the reader does not say."""
    rssi_dbm: Floats
    """NaN where the reader does not say."""
    count: Ints32
    """Sightings folded into the row, at least 1."""
    flags: Bytes8

    def __len__(self) -> int:
        return len(self.ts_us)


@dataclass(slots=True, frozen=True)
class Fixes:
    """The GPS fixes of one message of one vehicle; WGS-84 degrees, metres, m/s, degrees from north."""

    device: DeviceKey
    ts_us: Ints64
    lat: Floats
    lon: Floats
    speed_ms: Floats
    """NaN where the tracker does not say; likewise heading and accuracy."""
    heading_deg: Floats
    accuracy_m: Floats
    ignition: Floats
    """1 where the engine is on, 0 where it is off."""
    flags: Bytes8

    def __len__(self) -> int:
        return len(self.ts_us)


@dataclass(slots=True, frozen=True)
class Event:
    """Something a device says once: an emergency stop, a shipment planned."""

    device: DeviceKey
    ts_us: int
    code: str
    severity: str
    text: str
    detail: dict[str, object]
    flags: int = 0


@dataclass(slots=True, frozen=True)
class Report:
    """A device's or agent's retained word about itself: kind `state` or `meta`, the body as it came."""

    device: DeviceKey
    kind: str
    ts_us: int
    body: dict[str, object]


class Identity(NamedTuple):
    """Tells a foreign message from all others of its device, where neither time nor envelope can."""

    device: DeviceKey
    text: str


Decoded = Batch | Reads | Fixes | Event | Report
"""One message decodes to a list of these."""
