"""What a rule is given, what it gives back, and the delays that keep alarms from chattering.

The shard's step calls each rule of `RULES` for each *stretch* of the journal: the rows of a chunk up to and
with the next tick, or to the chunk's end. A rule must give the same changes however the rows are cut into
stretches, so it decides a sample at a time (the vectors only find the few samples that matter) or, where
the time itself is the event, at ticks only.

Rules keep their memory in themselves, a row at the place of the signal's or machine's row; they are part of
the shard's state and are pickled with it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
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


class Delays(NamedTuple):
    """How long a level must hold before it counts: a spike is no alarm, a dip does not end one."""

    on_samples: int
    on_s: float
    off_s: float


class Own(NamedTuple):
    """What holds of one machine or signal, after what settings rules say of it."""

    delays: Delays
    min_reraise_s: float = 0.0
    """After a raise none follows for so long; what still holds then is raised then."""
    deadband: float | None = None
    """Share of a limit; None: that of its quantity."""
    priority: int | None = None
    """Of the mildest level; None: the rule's."""
    off: bool = False
    """Nothing is raised."""

    def priority_of(self, level: int, usual: int) -> int:
        """The priority of a level: one worse than the mildest is a step above it."""
        return usual if self.priority is None else max(self.priority - abs(level) + 1, 1)


class Pending(NamedTuple):
    """A level that is waiting to count."""

    samples: int
    since_us: int
    level: int
    """What it will become: the mildest of the samples on the way to worse, the worst on the way to better."""


@dataclass(slots=True)
class Levels:
    """The level of each row after its delays; 0 is none, a sign tells two sides apart, a larger one is worse.

    Going to a worse level waits `on_samples` and `on_s`, going to a better one `off_s`. A sample at the held
    level, or one in the other direction, ends the waiting.
    """

    delays: Delays
    held: dict[int, int] = field(default_factory=dict)
    """Row → level, without the rows at 0."""
    pending: dict[int, Pending] = field(default_factory=dict)
    raised_us: dict[int, int] = field(default_factory=dict)
    """Row → when it was raised last, of rows that may not be raised again for a while."""

    def samples_that_matter(self, rows: Ints32, odd: Bools) -> list[int]:
        """Places of the samples to look at, in order: all of a row that has an odd one, or is not at rest."""
        at_work = self.held.keys() | self.pending.keys() | set(rows[odd].tolist())
        if not at_work:
            return []
        matter = np.isin(rows, np.fromiter(at_work, np.int32, len(at_work)))
        found: list[int] = np.flatnonzero(matter).tolist()
        return found

    def sample(self, row: int, ts_us: int, level: int, own: Own | None = None) -> int | None:
        """Take a sample; gives the new level where it has become that, else None."""
        own = own or Own(self.delays)
        held = self.held.get(row, 0)
        if level == held:
            self.pending.pop(row, None)
            return None
        worse = _is_worse(level, held)
        waiting = self.pending.get(row)
        if waiting is None or _is_worse(waiting.level, held) != worse or waiting.level * level < 0:
            waiting = Pending(0, ts_us, level)
        target = min(level, waiting.level, key=abs) if worse else max(level, waiting.level, key=abs)
        waiting = Pending(waiting.samples + 1, waiting.since_us, target)
        too_soon = not held and ts_us < self.raised_us.get(row, 0) + round(own.min_reraise_s * 1e6)
        if too_soon or not _has_lasted(waiting, ts_us, own.delays, worse=worse):
            self.pending[row] = waiting
            return None
        self.forget(row)
        if target:
            self.held[row] = target
            if not held and own.min_reraise_s:
                self.raised_us[row] = ts_us
        return target

    def end_off(
        self, raised: dict[int, Condition], is_off: Callable[[int], bool], stretch: Stretch
    ) -> list[Change]:
        """Ends what was raised where settings rules have turned the rule off."""
        changes = []
        for row in [row for row in raised if is_off(row)]:
            changes.append(ended_as_off(raised.pop(row), stretch))
            self.forget(row)
        return changes

    def end_moved(
        self, raised: dict[int, Condition], sources: Sequence[str], stretch: Stretch
    ) -> list[Change]:
        """Ends, at a tick, what was raised under a name that its row no longer has."""
        if not stretch.tick:
            return []
        moved = [row for row, condition in raised.items() if sources[row] != condition.source]
        changes = []
        for row in moved:
            over = replace(raised.pop(row), active=False, value=None)
            changes.append(Change(stretch.pos, stretch.now_us, over))
            self.forget(row)
        return changes

    def forget(self, row: int) -> None:
        """Take the row back to 0, as if nothing had been sampled."""
        self.held.pop(row, None)
        self.pending.pop(row, None)


def ended_as_off(condition: Condition, stretch: Stretch) -> Change:
    """The end, at a tick, of what was raised by a rule that is turned off there."""
    arguments = {**condition.arguments, "why": "rule.off"}
    return Change(
        stretch.pos, stretch.now_us, replace(condition, active=False, value=None, arguments=arguments)
    )


def _has_lasted(waiting: Pending, ts_us: int, delays: Delays, *, worse: bool) -> bool:
    lasted_s = (ts_us - waiting.since_us) / 1e6
    if worse:
        return waiting.samples >= delays.on_samples and lasted_s >= delays.on_s
    return lasted_s >= delays.off_s


def _is_worse(level: int, held: int) -> bool:
    return abs(level) > abs(held) or level * held < 0
