"""Collects what the steps derive while they go through a chunk, and makes the bundle of it.

Steps speak of devices and signals by their row in the shard; a bundle is read by others and lists the names
it needs, so rows are renumbered at the end.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from operator import attrgetter
from typing import Any, NamedTuple, TypeVar

import numpy as np

from lineshaft.domain.forecasts import ForewarningRow
from lineshaft.domain.readings import Fixes, Ints32, Ints64, Reads
from lineshaft.domain.results import (
    Bundle,
    Count,
    CountKey,
    Device,
    EtaRow,
    EventRow,
    Fact,
    FixRows,
    HeardRow,
    LegRow,
    Letter,
    MachineRow,
    PresenceRow,
    ReadingRows,
    ReadRows,
    ReportRow,
    Sample,
    SampleKey,
    Series,
    TextRow,
    TrackRow,
    VisitRow,
)
from stream.steps.names import Names

Row = TypeVar(
    "Row", MachineRow, ForewarningRow, PresenceRow, TrackRow, EventRow, HeardRow, ReportRow, LegRow, VisitRow
)


class TakenReads(NamedTuple):
    """The reads of one message."""

    device: int
    pos: int
    reads: Reads


class TakenFixes(NamedTuple):
    """The fixes of one message."""

    device: int
    pos: int
    fixes: Fixes


@dataclass(slots=True)
class Draft:
    """A bundle in the making; device and signal numbers are the shard's own rows."""

    readings: list[ReadingRows] = field(default_factory=list)
    texts: list[TextRow] = field(default_factory=list)
    reads: list[TakenReads] = field(default_factory=list)
    fixes: list[TakenFixes] = field(default_factory=list)
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
    rejects: list[Letter] = field(default_factory=list)
    """Letters of the present stretch, not sampled yet."""
    rejected: Counter[str] = field(default_factory=Counter)
    """All that were, by reason."""
    heard: list[HeardRow] = field(default_factory=list)
    reports: list[ReportRow] = field(default_factory=list)
    counts: dict[CountKey, list[int]] = field(default_factory=dict)
    samples: dict[SampleKey, Sample] = field(default_factory=dict)

    def count(self, key: CountKey, messages: int, readings: int) -> None:
        """Book messages and readings on a line of the books."""
        line = self.counts.setdefault(key, [0, 0])
        line[0] += messages
        line[1] += readings

    def add(self, part: "Draft") -> None:
        """Take over what was collected apart, in case it would fail."""
        for name in LISTS:
            getattr(self, name).extend(getattr(part, name))
        for key, (messages, readings) in part.counts.items():
            self.count(key, messages, readings)
        self.samples |= part.samples

    def fact(self, pos: int, ts_us: int, kind: str, source: str, body: dict[str, Any]) -> None:
        """Tell the plant flow."""
        self.facts.append(Fact(pos, 0, ts_us, kind, source, body))

    def finish(self, bundle: Bundle, names: Names, assets: Sequence[str | None]) -> Bundle:
        """Fill the bundle with what was collected, its devices and signals renumbered."""
        readings = joined(self.readings or [ReadingRows()])
        seen = np.zeros(len(names.signal_name), np.bool_)
        seen[readings.series] = True
        seen[[row.series for row in self.texts]] = True
        series = np.flatnonzero(seen)
        number = np.cumsum(seen) - 1
        devices = self._devices(names, series)
        place = {row: at for at, row in enumerate(devices)}
        bundle.devices = tuple(Device(names.devices[row], assets[row]) for row in devices)
        bundle.series = tuple(
            Series(place[names.signal_device[row]], names.signal_name[row]) for row in series.tolist()
        )
        bundle.readings = replace(readings, series=number[readings.series].astype(np.int32))
        bundle.texts = [row._replace(series=int(number[row.series])) for row in self.texts]
        bundle.reads, bundle.fixes = _read_rows(self.reads, place), _fix_rows(self.fixes, place)
        bundle.machines, bundle.presences = _placed(self.machines, place), _placed(self.presences, place)
        bundle.forewarnings = _placed(self.forewarnings, place)
        bundle.tracks, bundle.events = _placed(self.tracks, place), _placed(self.events, place)
        bundle.legs, bundle.visits = _placed(self.legs, place), _placed(self.visits, place)
        bundle.heard, bundle.reports = _placed(self.heard, place), _placed(self.reports, place)
        bundle.etas, bundle.facts = self.etas, _numbered(self.facts)
        bundle.letters = self.letters
        bundle.samples, bundle.rejects = self.samples, dict(self.rejected)
        bundle.counts = {key: Count(*line) for key, line in self.counts.items()}
        return bundle

    def _devices(self, names: Names, series: Ints64) -> list[int]:
        """Every device that something in the draft is about, in the order of rows."""
        rows = (self.reads, self.fixes, self.machines, self.presences, self.tracks, self.events, self.heard)
        used = {
            row.device
            for family in (*rows, self.reports, self.forewarnings, self.legs, self.visits)
            for row in family
        }
        used.update(names.signal_device[row] for row in series.tolist())
        return sorted(used)


LISTS = tuple(one.name for one in fields(Draft) if one.default_factory is list)


def _column(values: Iterable[int]) -> Ints32:
    return np.fromiter(values, np.int32)


def joined(parts: Sequence[ReadingRows]) -> ReadingRows:
    """Columns one after the other; at least one part."""
    if len(parts) == 1:
        return parts[0]
    names = ("series", "ts_us", "value", "quality", "flags", "pos")
    return ReadingRows(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})


def _placed(rows: list[Row], place: dict[int, int]) -> list[Row]:
    return [row._replace(device=place[row.device]) for row in rows]


def _numbered(facts: list[Fact]) -> list[Fact]:
    """In the order of positions, with their place within each; facts of one position keep their order."""
    numbered: list[Fact] = []
    for fact in sorted(facts, key=attrgetter("pos")):
        after = numbered[-1].n + 1 if numbered and numbered[-1].pos == fact.pos else 0
        numbered.append(fact._replace(n=after))
    return numbered


def _read_rows(taken: list[TakenReads], place: dict[int, int]) -> ReadRows:
    if not taken:
        return ReadRows()
    sizes = [len(one.reads) for one in taken]
    return ReadRows(
        device=np.repeat(_column(place[one.device] for one in taken), sizes),
        ts_us=np.concatenate([one.reads.ts_us for one in taken]),
        antenna=np.concatenate([one.reads.antenna for one in taken]),
        epcs=tuple(epc for one in taken for epc in one.reads.epcs),
        rssi_dbm=np.concatenate([one.reads.rssi_dbm for one in taken]),
        count=np.concatenate([one.reads.count for one in taken]),
        pos=np.repeat(np.array([one.pos for one in taken], np.int64), sizes),
    )


def _fix_rows(taken: list[TakenFixes], place: dict[int, int]) -> FixRows:
    if not taken:
        return FixRows()
    sizes = [len(one.fixes) for one in taken]
    names = ("ts_us", "lat", "lon", "speed_ms", "heading_deg", "accuracy_m", "flags")
    return FixRows(
        device=np.repeat(_column(place[one.device] for one in taken), sizes),
        pos=np.repeat(np.array([one.pos for one in taken], np.int64), sizes),
        **{name: np.concatenate([getattr(one.fixes, name) for one in taken]) for name in names},
    )
