"""What is to be expected of a shard's machines (ISO 13374 PA): how long they last, and P(failure)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lineshaft.detect.prognosis.base import Remaining, fail_within
from lineshaft.detect.prognosis.degradation import Degradation
from lineshaft.detect.prognosis.indicators import QUANTITIES, Seen
from lineshaft.detect.prognosis.wear import Wear
from lineshaft.detect.state.rows import some
from lineshaft.domain.readings import Floats, Ints32, Ints64
from stream.steps.columns import Columns, column
from stream.steps.forecasts import Forecasts
from stream.steps.judging import STANDING, WORKING, Judged
from stream.steps.models import DAY_S, NO_MODEL, WEEK_S
from stream.steps.profiles import NO_ROW, SIGNALS, Profiles
from stream.steps.windows import WINDOW_US

EACH = 3
"""Windows of which one is looked at for the remaining life."""
LIKELY = 0.5
"""P(fails within 24 h), as the remaining life has it, from which it warns."""


class Foreseen(NamedTuple):
    """What is foreseen of machines, one row each; NaN where nobody says."""

    remaining: Remaining
    p_24h: Floats
    p_7d: Floats
    by: NDArray[np.object_]
    """Who says how likely a failure is."""
    risk: Floats
    """P within 24 h over that from which a warning is due; NaN where the word is but advice."""


@dataclass(slots=True)
class Prospects(Columns):
    """One row a machine."""

    wear: Wear = field(default_factory=lambda: Wear(SIGNALS))
    degradation: Degradation = field(default_factory=Degradation)
    forecasts: Forecasts = field(default_factory=Forecasts)
    numbers: dict[str, int] = field(default_factory=lambda: {"": 0})
    """Machine kind → its number among those that learn of failures together."""
    remaining_s: Floats = column(np.float64, np.nan, 3)
    """Of each machine, as it was looked at last: P10, P50, P90."""
    joined: list[str] = field(default_factory=list)
    """The kind that each machine's failures teach."""

    def make_room(self, kinds: Sequence[str]) -> None:
        """For machines of these kinds."""
        if self.joined == kinds:
            return
        self.grow(len(kinds))
        for part in (self.wear, self.degradation, self.forecasts):
            part.grow(len(kinds))
        for machine, kind in enumerate(kinds):
            if machine == len(self.joined):
                self.joined.append("")
            if kind != self.joined[machine]:
                self.joined[machine] = kind
                self.degradation.join(machine, self.numbers.setdefault(kind, len(self.numbers)))

    def take(self, judged: Judged, profiles: Profiles, pos: int) -> Foreseen:
        """Look ahead from one window of each of some machines, and learn it."""
        row, mode, level = judged.machine, judged.mode, judged.level
        works = judged.settled & np.where(judged.said, mode == WORKING, mode != STANDING)
        width = level.shape[1]
        usual = np.abs(self.wear.usual[row, mode][:, :width])
        matters = np.fmax(some(profiles.share, row, width) * usual, some(profiles.least, row, width))
        way = self.wear.way(row, mode, level, _with_zones(profiles, row, width), matters)
        self.wear.learn(row, mode, level, judged.well)
        remaining = self._last(row, judged.at_us, np.where(works, way, np.nan))
        zone = np.where(judged.zone > 0, judged.zone.astype(np.float64), np.nan)
        seen = Seen(
            judged.score, judged.health, zone, judged.beyond.astype(np.float64), works.astype(np.float64),
            _by_quantity(level, some(profiles.quantity, row, width)),
        )  # fmt: skip
        self.forecasts.see(row, judged.at_us, seen, profiles.kinds, pos)
        return self._likely(judged, remaining)

    def _last(self, row: Ints32, at_us: Ints64, way: Floats) -> Remaining:
        """How long machines last: looked at in every third window, for that is slow."""
        due = np.flatnonzero(at_us // WINDOW_US % EACH == 0)
        if len(due):
            found = self.degradation.update(row[due], at_us[due], way[due])
            self.remaining_s[row[due]] = np.stack(found, axis=1)
        return Remaining(*self.remaining_s[row].T)

    def mended(self, machine: int, at_us: int) -> None:
        """A fault was found in a machine, and mended: it is as new, and what was forecast can be graded."""
        self.degradation.failed(machine, at_us)
        self.wear.forget(machine)
        self.remaining_s[machine] = np.nan

    def _likely(self, judged: Judged, remaining: Remaining) -> Foreseen:
        """How likely a failure is: as learned models have it, else as the remaining life lets expect."""
        row, models = judged.machine, self.forecasts
        p_24h, p_7d, by = models.p_24h[row], models.p_7d[row], models.model[row]
        held = models.models.held
        limit = np.full(len(row), np.nan)
        if held:
            limit = np.array([held[one].told.threshold if one in held else np.nan for one in by.tolist()])
            limit[models.is_advisory[row]] = np.nan
        alone = (by == NO_MODEL) & np.isfinite(remaining.p50_s)
        if alone.any():
            its = Remaining(*(column[alone] for column in remaining))
            p_24h[alone], p_7d[alone] = fail_within(its, DAY_S), fail_within(its, WEEK_S)
            by[alone] = self.degradation.model
            # A trend alone may be the day's work: it warns of a machine that is odd as well.
            limit[alone & judged.episode] = LIKELY
        return Foreseen(remaining, p_24h, p_7d, by, p_24h / limit)


def _with_zones(profiles: Profiles, row: Ints32, width: int) -> Floats:
    """Limits, that of the damaging zone among them where a vibration has none of its own."""
    limits, shakes = some(profiles.limits, row, width), some(profiles.shakes, row, width)
    damaging = np.where(shakes, profiles.zone_limits[row, 2][:, None], np.nan)
    limits[..., 3] = np.where(np.isnan(limits[..., 3]), damaging, limits[..., 3])
    return limits


def _by_quantity(level: Floats, quantity: NDArray[np.int8]) -> Floats:
    """(windows, `QUANTITIES`): the mean of the signals of each; NaN where there is none."""
    window, place = np.nonzero(np.isfinite(level) & (quantity != NO_ROW))
    shape = (len(level), len(QUANTITIES))
    at, size = window * shape[1] + quantity[window, place], shape[0] * shape[1]
    total, count = np.bincount(at, level[window, place], size), np.bincount(at, minlength=size)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan).reshape(shape)
