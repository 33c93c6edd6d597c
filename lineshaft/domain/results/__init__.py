"""What the shard flow derives from a stretch of the journal: one bundle, written in one transaction.

A bundle names devices and signals by name, never by database id: so results do not depend on ids, and a
replay makes equal bundles. High-volume kinds are columns, the rest are rows. `pos` is always the journal
position a row came by.
"""

from lineshaft.domain.results.books import Count, CountKey, Letter, Sample, SampleKey
from lineshaft.domain.results.bundle import (
    Bundle,
    Device,
    EventRow,
    Fact,
    HeardRow,
    Kept,
    PresenceRow,
    ReportRow,
    Series,
    TextRow,
)
from lineshaft.domain.results.columns import FixRows, ReadingRows, ReadRows, bytes8, floats, ints32, ints64
from lineshaft.domain.results.machines import Evidence, Finding, MachineRow, Outlook, SensorFault, Share
from lineshaft.domain.results.vehicles import EtaRow, LegRow, TrackRow, VisitRow

__all__ = [
    "Bundle",
    "Count",
    "CountKey",
    "Device",
    "EtaRow",
    "EventRow",
    "Evidence",
    "Fact",
    "Finding",
    "FixRows",
    "HeardRow",
    "Kept",
    "LegRow",
    "Letter",
    "MachineRow",
    "Outlook",
    "PresenceRow",
    "ReadRows",
    "ReadingRows",
    "ReportRow",
    "Sample",
    "SampleKey",
    "SensorFault",
    "Series",
    "Share",
    "TextRow",
    "TrackRow",
    "VisitRow",
    "bytes8",
    "floats",
    "ints32",
    "ints64",
]
