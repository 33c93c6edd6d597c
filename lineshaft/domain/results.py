"""What the shard flow derives from a stretch of the journal: one bundle, written in one transaction.

A bundle names devices and signals by name, never by database id: so results do not depend on ids, and a
replay makes equal bundles. High-volume kinds are columns, the rest are rows. `pos` is always the journal
position a row came by.
"""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from lineshaft.domain.forecasts import ForewarningRow
from lineshaft.domain.readings import Bytes8, DeviceKey, Event, Floats, Ints32, Ints64
from lineshaft.domain.trips import Leg


class Device(NamedTuple):
    """A device that the bundle speaks of."""

    key: DeviceKey
    asset: str | None
    """The asset it speaks for, None while nobody described it."""


class Series(NamedTuple):
    """One signal of one device."""

    device: int
    """Into `Bundle.devices`."""
    name: str


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


class TextRow(NamedTuple):
    """A text reading to store."""

    series: int
    ts_us: int
    quality: int
    flags: int
    text: str
    pos: int


class Share(NamedTuple):
    """How much of a score comes from one signal."""

    signal: str
    share: float


class Evidence(NamedTuple):
    """One thing that speaks for a failure mode."""

    signal: str
    change: str
    """What it did: up, down, wide, narrow, …, as the diagnosis has it."""
    size: float
    """In units of what is usual."""


class Finding(NamedTuple):
    """A failure mode that may be behind what is seen."""

    mode: str
    likelihood: float
    evidence: tuple[Evidence, ...]


class SensorFault(NamedTuple):
    """A signal that is not to be believed."""

    signal: str
    fault: str
    since_us: int


class Outlook(NamedTuple):
    """What is to be expected of a machine; None where no model says, or nothing degrades."""

    p_fail_24h: float | None = None
    p_fail_7d: float | None = None
    rul_p10_s: float | None = None
    rul_p50_s: float | None = None
    rul_p90_s: float | None = None


class MachineRow(NamedTuple):
    """How a machine is: to `latest_score`, and to `score` where a window was judged."""

    device: int
    ts_us: int
    score: float
    health: float
    zone: str | None
    state: str
    state_since_us: int
    contributors: tuple[Share, ...]
    model: str
    pos: int
    judged: bool
    """Whether a new window stands behind it; else only its state changed."""
    probability: float | None = None
    """Conformal p of such a window under "normal"; None while it is not known."""
    anomaly: bool = False
    """Whether it is within an episode that is one."""
    mode: str | None = None
    """What it was doing, said or found."""
    basis: str | None = None
    """Who judged its health: limits, peers or own."""
    outlook: Outlook = Outlook()
    diagnosis: tuple[Finding, ...] = ()
    """Likeliest first."""
    advice: str | None = None
    """Key of a text."""
    sensor_faults: tuple[SensorFault, ...] = ()
    evidence_from_us: int | None = None
    """Where the span begins that this rests on; it ends at `ts_us`."""
    models: tuple[tuple[str, str], ...] = ()
    """What speaks of what: ("state", "ensemble-1"), …"""


class PresenceRow(NamedTuple):
    """A tag at a reader's zone, smoothed."""

    device: int
    zone: str
    epc: str
    since_us: int
    last_seen_us: int
    reads: int
    present: bool
    pos: int


class TrackRow(NamedTuple):
    """Where a vehicle is and how it moves."""

    device: int
    ts_us: int
    lat: float
    lon: float
    speed_ms: float
    heading_deg: float
    accuracy_m: float
    trip_state: str
    state_since_us: int
    odometer_m: float
    pos: int


class LegRow(NamedTuple):
    """A vehicle's trip or stop that is over."""

    device: int
    pos: int
    leg: Leg


class VisitRow(NamedTuple):
    """A vehicle's visit of a geofence; it goes on while nobody has left."""

    device: int
    fence: str
    version: int
    """Of the fence."""
    entered_us: int
    left_us: int | None
    pos: int


class EtaRow(NamedTuple):
    """When a shipment will arrive, as seen at one fix."""

    shipment_id: str
    ts_us: int
    p10_us: int
    p50_us: int
    p90_us: int
    remaining_m: float
    pace_ms: float
    model: str
    pos: int
    detail: dict[str, Any] | None = None
    """`reason` of a change by much (code, values); `stops`: [id, p10, p50, p90] of those before the last."""


class EventRow(NamedTuple):
    """An event and its place within its message."""

    device: int
    pos: int
    n: int
    event: Event


class Fact(NamedTuple):
    """What the shard tells the plant flow."""

    pos: int
    n: int
    """Place among the facts of this position and shard."""
    ts_us: int
    kind: str
    source: str
    body: dict[str, Any]


class Letter(NamedTuple):
    """A message, or a part of one, that could not be used."""

    pos: int
    received_us: int
    topic: str
    device: str | None
    site: str | None
    agent: str | None
    boot: str | None
    lane: int | None
    seq: int | None
    code: str
    detail: str
    readings: int
    body: bytes
    properties: dict[str, Any] | None = None
    """What the message carried beside its envelope."""
    sampled: bool = True
    """Whether the body is kept."""


class SampleKey(NamedTuple):
    """What samples are kept by: the newest of each class of an agent."""

    site: str
    agent: str
    kind: str
    """duplicate_conflict, late or clock_bad."""


class Sample(NamedTuple):
    """A reading that stands for its class in the books."""

    device: str
    signal: str
    ts_us: int
    value: float | None
    """None for a text."""
    earlier: float | None
    """Of a conflict: the value that came first, and stays."""
    received_us: int
    pos: int


class CountKey(NamedTuple):
    """A line of the flow's books."""

    site: str
    agent: str
    result: str
    code: str


class Count(NamedTuple):
    """What is booked on it."""

    messages: int
    readings: int


class HeardRow(NamedTuple):
    """When a device was heard last."""

    device: int
    received_us: int


class ReportRow(NamedTuple):
    """A device's retained word about itself."""

    device: int
    kind: str
    ts_us: int
    body: dict[str, Any]


class Kept(NamedTuple):
    """What a flow remembers at a position, to be kept with that position's rows."""

    code: str
    """The version of the steps: others cannot read it, or must not."""
    taken_us: int
    """The journal's time."""
    packed: bytes


@dataclass(slots=True)
class Bundle:
    """All that one shard derives from the journal's positions `first_pos` to `last_pos`."""

    shard: int
    first_pos: int
    last_pos: int
    received_us: int = 0
    """The journal's time of the last row; 0 where the shard had none."""
    devices: tuple[Device, ...] = ()
    series: tuple[Series, ...] = ()
    readings: ReadingRows = field(default_factory=ReadingRows)
    texts: list[TextRow] = field(default_factory=list)
    reads: ReadRows = field(default_factory=ReadRows)
    fixes: FixRows = field(default_factory=FixRows)
    machines: list[MachineRow] = field(default_factory=list)
    forewarnings: list[ForewarningRow] = field(default_factory=list)
    presences: list[PresenceRow] = field(default_factory=list)
    tracks: list[TrackRow] = field(default_factory=list)
    legs: list[LegRow] = field(default_factory=list)
    visits: list[VisitRow] = field(default_factory=list)
    etas: list[EtaRow] = field(default_factory=list)
    events: list[EventRow] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)
    heard: list[HeardRow] = field(default_factory=list)
    reports: list[ReportRow] = field(default_factory=list)
    counts: dict[CountKey, Count] = field(default_factory=dict)
    state: Kept | None = None
    """What the shard remembers behind `last_pos`, where it is to be kept."""
    samples: dict[SampleKey, Sample] = field(default_factory=dict)
    rejects: dict[str, int] = field(default_factory=dict)
    """Messages and parts of messages that were set aside, by reason; `letters` holds samples of them."""
