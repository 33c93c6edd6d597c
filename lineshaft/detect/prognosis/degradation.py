"""Remaining life of running machines, from an indicator of damage that grows towards the level of failure.

Each machine's indicator is followed by exponentially forgetting straight lines over several spans, from a
minute to eleven days, of the indicator itself (wear) and of its logarithm (growth that feeds on itself:
Gebraeel et al., IIE Transactions 37, 2005). A span counts if its line does not contradict those of shorter
ones (intersection of confidence intervals: Katkovnik, IEEE Trans. Signal Processing 47, 1999), and of those
the surest speaks, so a fault of minutes and wear of weeks need no setting; so it is with the two laws. The
time until the line meets the level of failure is the forecast.

The level of failure and how wrong forecasts were (real time over forecast, apart by how far ahead) are
learned from each failure of the same kind of machine; until then the level given and a doubt of half to
double stand in.
"""

import numpy as np
from numpy.typing import NDArray

from lineshaft.detect.prognosis.base import TENTH, Remaining
from lineshaft.domain.readings import Floats, Ints32, Ints64

SPANS_S = 60.0 * 4.0 ** np.arange(8)
"""Time constants of forgetting."""
LEAST_WINDOWS = 8.0
"""Weight a line needs before it is believed."""
CERTAIN = 4.5
"""Standard errors of the slope above 0 that count as degrading: by chance once in 300 000 looks."""
STILL = 3.0
"""… and to go on counting, so that a forecast does not flicker."""
AGREE = 2.0
"""Standard errors within which lines of two spans agree."""
ONSET = 0.1
"""Share of the level of failure below which nothing counts as damage."""
FLOOR = 0.05
"""Share of the level of failure added before taking logarithms: below it a value is noise."""
LONGEST_S = 90 * 86_400.0
"""A forecast beyond a quarter of a year is not made."""
EDGES_S = np.array([60.0, 600.0, 3_600.0, 36_000.0, 345_600.0])
"""Between the groups of how far ahead a forecast looks."""
MIDDLES_S = np.array([20.0, 190.0, 1_470.0, 11_400.0, 111_500.0, 1_500_000.0])
"""A typical forecast of each."""
DOUBT = np.log(2.0)
"""A tenth of the real times is expected beyond double, and a tenth below half, before any failure was
seen."""
KEPT = 64
"""Failures remembered of a kind, in each group."""
PRIOR_WEIGHT = 8.0
"""Failures after which what was learned counts as much as what was assumed."""


class Degradation:
    """Forecasts for many machines at once; a machine costs about a kilobyte.

    Rows belong to a kind (0 unless `join` says otherwise): what failures teach is shared by a kind.
    """

    model = "degradation-1"

    def __init__(self, level: float = 1.0) -> None:
        """Args: level: of the indicator at which a machine is taken to fail until failures have shown it."""
        spans = len(SPANS_S)
        self.level = level
        self.kind = np.zeros(0, np.int32)
        self.seen_us = np.zeros(0, np.int64)
        self.last = np.zeros((0, 2))
        # Weighted sums of 1, t, t², y, t·y, y², (y - y before)², t in spans and 0 at the newest window.
        self.sums = np.zeros((0, 7, 2, spans))
        self.degrading = np.zeros(0, np.bool_)
        self.made_us = np.zeros((0, len(EDGES_S) + 1), np.int64)
        self.made_s = np.zeros((0, len(EDGES_S) + 1))
        # By kind, NaN where nothing was seen yet; the oldest is overwritten.
        self.levels = np.full((1, KEPT), np.nan)
        self.ratios = np.full((1, len(EDGES_S) + 1, KEPT), np.nan)
        # What follows from them: level of failure; weight and quantiles of log(real time / forecast).
        self.level_of = np.full(1, level)
        self.taught = np.zeros((1, len(EDGES_S) + 1, 4))

    def grow(self, rows: int) -> None:
        """Make room for at least so many rows; called before a new row is used."""
        have = len(self.kind)
        if rows <= have:
            return
        more = max(rows, 2 * have, 16) - have
        for name in ("kind", "seen_us", "last", "sums", "degrading", "made_us", "made_s"):
            old = getattr(self, name)
            setattr(self, name, np.concatenate([old, np.zeros((more, *old.shape[1:]), old.dtype)]))

    def join(self, row: int, kind: int) -> None:
        """Say of what kind (a small number of the caller's) a row's machine is."""
        more = kind + 1 - len(self.levels)
        if more > 0:
            for name, fill in (
                ("levels", np.nan),
                ("ratios", np.nan),
                ("level_of", self.level),
                ("taught", 0.0),
            ):
                old = getattr(self, name)
                setattr(self, name, np.concatenate([old, np.full((more, *old.shape[1:]), fill)]))
        self.kind[row] = kind

    def update(self, row: Ints32, at_us: Ints64, indicator: Floats) -> Remaining:
        """Take in one window of each row, no row twice, in the order of time, and forecast.

        Args:
            row: the machines'.
            at_us: end of the window, microseconds.
            indicator: 0 as new, growing with damage; NaN is a window without one.
        """
        self._follow(row, at_us, indicator)
        slope, error, at, noise, weight = self._lines(row)
        level = self.failure_level(row)
        goal = np.stack([level, np.log(level * (1 + FLOOR))], axis=1)
        sureness = self._sureness(slope, error, weight)
        best = sureness.reshape(len(row), -1).argmax(axis=1)
        law, span = np.divmod(best, len(SPANS_S))
        here = np.arange(len(row))
        found = np.isfinite(sureness[here, law, span])
        slope, error, at, noise = (a[here, law, span] for a in (slope, error, at, noise))
        was = self.degrading[row]
        # A machine that went on growing until here and stays here has not recovered.
        arrived = was & (self.last[row, 0] >= level)
        sure = arrived | (slope > np.where(was, STILL, CERTAIN) * error)
        level_now = self.last[row, 0] >= ONSET * level
        p50 = np.maximum(goal[here, law] - at, 0.0) / np.maximum(slope, 1e-300)
        p50 = np.where(arrived, 0.0, p50)
        degrading = found & sure & level_now & (p50 <= LONGEST_S)
        self._note(row, at_us, p50, degrading)
        # Doubt of the slope and of where the line is now, as a factor.
        off = TENTH * np.hypot(
            error / np.maximum(slope, 1e-300), noise / np.maximum(goal[here, law] - at, noise)
        )
        return self._interval(row, np.where(degrading, p50, np.nan), off)

    def failed(self, row: int, at_us: int) -> None:
        """Learn that a machine failed: the level it failed at, and what its forecasts were worth."""
        kind = self.kind[row]
        if np.isfinite(self.last[row, 0]) and self.last[row, 0] >= ONSET * self.level:
            self.levels[kind] = np.append(self.levels[kind, 1:], self.last[row, 0])
            weight, (middle,) = _blend(self.levels[kind], [0.5])
            self.level_of[kind] = weight * middle + (1 - weight) * self.level
        for group in np.flatnonzero(self.made_us[row]):
            real_s = (at_us - self.made_us[row, group]) / 1e6
            ratio = np.log(max(real_s, 1.0) / max(self.made_s[row, group], 1.0))
            self.ratios[kind, group] = np.append(self.ratios[kind, group, 1:], ratio)
            self.taught[kind, group] = np.hstack(_blend(self.ratios[kind, group], [0.1, 0.5, 0.9]))
        self.repaired(row)

    def repaired(self, row: int) -> None:
        """Forget a machine's past: it is as new, or another one."""
        for name in ("seen_us", "last", "sums", "degrading", "made_us", "made_s"):
            getattr(self, name)[row] = 0

    def failure_level(self, row: Ints32) -> Floats:
        """The indicator's level at which machines of the rows' kinds fail."""
        return np.asarray(self.level_of[self.kind[row]])

    def _follow(self, row: Ints32, at_us: Ints64, indicator: Floats) -> None:
        known = np.isfinite(indicator)
        first = self.seen_us[row] == 0
        gap_s = np.where(first, 0.0, (at_us - self.seen_us[row]) / 1e6)
        gap = np.maximum(gap_s, 0.0)[:, None, None] / SPANS_S
        one, t, tt, y, ty, yy, jumps = np.moveaxis(self.sums[row], 1, 0)
        moved = np.stack(
            [one, t - gap * one, tt - gap * (2 * t - gap * one), y, ty - gap * y, yy, jumps], axis=1
        )
        moved *= np.exp(-gap)[:, None]
        value = np.where(known, indicator, 0.0)
        both = np.stack([value, np.log(np.maximum(value, 0.0) + FLOOR * self.failure_level(row))], axis=1)
        jump = np.where(moved[:, 0, :, -1] > 0, both - self.last[row], 0.0)
        zero = np.zeros_like(both)
        added = np.stack([zero + 1, zero, zero, both, zero, both**2, jump**2], axis=1)
        self.sums[row] = moved + np.where(known[:, None, None], added, 0.0)[..., None]
        self.last[row] = np.where(known[:, None], both, self.last[row])
        self.seen_us[row] = np.maximum(at_us, self.seen_us[row])

    def _lines(self, row: Ints32) -> tuple[Floats, Floats, Floats, Floats, Floats]:
        """Slope per second, its standard error, level now, noise and weight: (windows, laws, spans) each."""
        one, t, tt, y, ty, yy, jumps = np.moveaxis(self.sums[row], 1, 0)
        weight = np.maximum(one, 1e-12)
        spread = np.maximum(tt - t * t / weight, 1e-12)
        slope = (ty - t * y / weight) / spread
        at = (y - slope * t) / weight
        variance = np.maximum((yy - at * y - slope * ty) / weight, 1e-12)
        # Neighbours that resemble one another tell less: an AR(1) of that likeness (its variance of jumps).
        alike = np.clip(1.0 - jumps / (2.0 * variance * weight), 0.0, 0.99)
        error = np.sqrt(variance / spread * (1 + alike) / (1 - alike))
        noise = np.sqrt(variance / weight * (1 + alike) / (1 - alike))
        return slope / SPANS_S, error / SPANS_S, at, noise, one

    def _sureness(self, slope: Floats, error: Floats, weight: Floats) -> Floats:
        """Slope in standard errors, (windows, laws, spans); -inf where it contradicts a shorter span."""
        old = weight >= LEAST_WINDOWS
        low = np.where(old, slope - AGREE * error, -np.inf)
        high = np.where(old, slope + AGREE * error, np.inf)
        agree = np.maximum.accumulate(low, axis=2) <= np.minimum.accumulate(high, axis=2)
        return np.where(agree & old, slope / error, -np.inf)

    def _note(self, row: Ints32, at_us: Ints64, p50: Floats, degrading: NDArray[np.bool_]) -> None:
        """Keep the most typical forecast in each group of how far it looks: a failure is compared with it.

        Not the first one: that is made when chance makes a slope look steep.
        """
        self.degrading[row] = degrading
        group = np.searchsorted(EDGES_S, p50)
        off, before = (
            np.abs(np.log(np.maximum(s, 1.0) / MIDDLES_S[group])) for s in (p50, self.made_s[row, group])
        )
        new = degrading & ((self.made_us[row, group] == 0) | (off < before))
        self.made_us[row[new], group[new]] = at_us[new]
        self.made_s[row[new], group[new]] = p50[new]
        self.made_us[row[~degrading]] = 0

    def _interval(self, row: Ints32, p50: Floats, off: Floats) -> Remaining:
        """Quantiles: the fit's own doubt and ours, then what earlier failures showed."""
        taught = self.taught[self.kind[row], np.searchsorted(EDGES_S, p50)].T
        weight, learned = taught[0], taught[1:]
        assumed = np.hypot(np.minimum(off, 5.0), DOUBT) * np.array([-1.0, 0.0, 1.0])[:, None]
        factor = np.exp(weight * learned + (1 - weight) * assumed)
        return Remaining(*np.maximum(p50, 1.0) * factor)


def _blend(seen: Floats, shares: list[float]) -> tuple[float, Floats]:
    """Weight of what was seen against what was assumed, and its quantiles."""
    known = seen[np.isfinite(seen)]
    return len(known) / (len(known) + PRIOR_WEIGHT), np.quantile(known, shares)
