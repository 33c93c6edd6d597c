"""What a rule is given, and what it gives back.

The shard's step calls each rule of `RULES` for each *stretch* of the journal: the rows of a chunk up to and
with the next tick, or to the chunk's end. A rule must give the same changes however the rows are cut into
stretches, so it decides a sample at a time (the vectors only find the few samples that matter) or, where
the time itself is the event, at ticks only.

Rules keep their memory in themselves, a row at the place of the signal's or machine's row; they are part of
the shard's state and are pickled with it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from lineshaft.domain.alarms import Condition
from lineshaft.domain.plant import Machine, Plant
from lineshaft.domain.readings import Bytes8, DeviceKey, Floats, Ints32, Ints64
from lineshaft.domain.results import EventRow, SensorFault
from lineshaft.domain.rules.scoping import Place, places
from stream.rules.book import Rulebook

if TYPE_CHECKING:
    from stream.steps.intake import Said  # which imports this module

Bools = NDArray[np.bool_]


@dataclass(slots=True)
class Signals:
    """The shard's signals as columns. A signal keeps its row for good; rows are only added."""

    source: Sequence[str]
    """Key of the asset it belongs to, or `site/agent/device`; may change with the plant description."""
    name: Sequence[str]
    quantity: Sequence[str]
    """Key of `lineshaft.domain.signals.SIGNALS`, or empty."""
    unit: Sequence[str]
    limits: Floats
    """(rows, 4): low_low, low, high, high_high; NaN where none applies."""
    every_s: Floats
    """Expected seconds between readings; NaN where nobody said."""
    received_us: Ints64
    """The journal's time of the latest reading, text or number, on either lane; 0: never heard."""


@dataclass(slots=True)
class Readings:
    """Numeric readings of a stretch in the journal's order: live lane only, without bad or stale quality."""

    row: Ints32
    """Into `Signals`."""
    ts_us: Ints64
    """Its own time; the time of receipt where its clock is bad."""
    value: Floats
    pos: Ints64


@dataclass(slots=True)
class Scores:
    """Scores made in a stretch, in the journal's order: live lane only."""

    row: Ints32
    """Into `sources`; a machine keeps its row for good."""
    ts_us: Ints64
    score: Floats
    """0 normal … 1."""
    zone: Bytes8
    """Vibration zone: 0 not measured, 1 A … 4 D."""
    pos: Ints64
    contributors: Sequence[object]
    """JSON values: [{"signal": "vib", "share": 0.61}, …], largest first."""
    anomaly: Bools
    """Whether it is within an episode that is the machine's own, not a sensor's."""
    risk: Floats
    """P(fails within 24 h) over that that warrants a warning; NaN where nobody says, or but as advice."""
    remaining_s: Floats
    """What is left of its life, the median; NaN where it does not degrade."""
    failure_mode: Sequence[str]
    """The likeliest; empty where nothing is found."""
    sensor_faults: Sequence[tuple[SensorFault, ...]]
    sources: Sequence[str]
    """Asset key or `site/agent/device`, a row each."""
    others: Mapping[str, Floats] = field(default_factory=dict)
    """More columns that written rules may ask for, by name; NaN where nobody says."""

    def column(self, what: str) -> Floats:
        """What written rules compare, by its name in `lineshaft.domain.rules.document.SCORES`."""
        if what == "zone":
            return np.where(self.zone > 0, self.zone, np.nan)
        if what in {"score", "anomaly", "remaining_s"}:
            return np.asarray(getattr(self, what), np.float64)
        return self.others.get(what, np.full(len(self.row), np.nan))

    @classmethod
    def none(cls, sources: Sequence[str]) -> Self:
        """Those of a stretch in which no window was judged."""
        ints, floats = np.empty(0, np.int64), np.empty(0)
        return cls(
            row=ints.astype(np.int32), ts_us=ints, score=floats, zone=np.empty(0, np.uint8), pos=ints,
            contributors=(), sources=sources, anomaly=np.empty(0, np.bool_), risk=floats, remaining_s=floats,
            failure_mode=(), sensor_faults=(),
        )  # fmt: skip

    @classmethod
    def together(cls, parts: Sequence[Self]) -> Self:
        """Those of one tick, which were made in parts; at least one."""
        if len(parts) == 1:
            return parts[0]
        arrays = ("row", "ts_us", "score", "zone", "pos", "anomaly", "risk", "remaining_s")
        return cls(
            **{name: np.concatenate([getattr(part, name) for part in parts]) for name in arrays},
            contributors=[one for part in parts for one in part.contributors],
            failure_mode=[one for part in parts for one in part.failure_mode],
            sensor_faults=[one for part in parts for one in part.sensor_faults],
            sources=parts[0].sources,
            others={name: np.concatenate([part.others[name] for part in parts]) for name in parts[0].others},
        )


@dataclass(slots=True)
class Surroundings:
    """What written rules know of the shard beside readings and scores."""

    book: Rulebook
    plant: Plant
    applied: int
    """How often the plant was described."""
    devices: Sequence[DeviceKey]
    speaker: Sequence[str]
    """What facts call each device."""
    signal_name: Sequence[str]
    signals_of: Sequence[Mapping[str, int]]
    """Of each device: its signals' names and rows."""
    machine_of: Mapping[DeviceKey, Machine]
    said: "Sequence[Said]"
    """What machines said in words."""
    events: Sequence[EventRow]
    raised: "list[Change]" = field(default_factory=list)
    """What other rules found in this stretch."""

    @property
    def places(self) -> Mapping[str, Place]:
        """Machine key → where it stands."""
        return places(self.plant)


@dataclass(slots=True)
class Stretch:
    """What the journal's next rows brought."""

    pos: int
    """Of the last row."""
    now_us: int
    """The last row's time of receipt."""
    tick: bool
    """Whether that row is a tick: only then has time itself moved on."""
    signals: Signals
    readings: Readings
    scores: Scores
    around: Surroundings | None = None

    def quantity_of(self, source: str, signal: str) -> str:
        """As the plant describes a signal of a machine; empty where it says nothing."""
        described = self.around.plant.machines.get(source) if self.around else None
        return (
            next((one.quantity for one in described.signals if one.name == signal), "") if described else ""
        )


class Change(NamedTuple):
    """A condition that changed, and the place in the journal where it did: one fact."""

    pos: int
    ts_us: int
    condition: Condition


class Rule(Protocol):
    """One kind of condition, over all signals or machines of a shard."""

    name: str
    """The first word of the rule's key: `threshold` of `threshold:temp`."""

    def evaluate(self, stretch: Stretch) -> list[Change]:
        """The changes of a stretch, in any order; called once for each stretch, in the journal's order."""
