"""All that the shard flow derives from a stretch of the journal, and what stands in it in small numbers."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from lineshaft.domain.forecasts import ForewarningRow
from lineshaft.domain.readings import DeviceKey, Event
from lineshaft.domain.results.books import Count, CountKey, Letter, Sample, SampleKey
from lineshaft.domain.results.columns import FixRows, ReadingRows, ReadRows
from lineshaft.domain.results.machines import MachineRow
from lineshaft.domain.results.vehicles import EtaRow, LegRow, TrackRow, VisitRow


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


class TextRow(NamedTuple):
    """A text reading to store."""

    series: int
    ts_us: int
    quality: int
    flags: int
    text: str
    pos: int


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
