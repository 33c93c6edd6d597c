"""Operating regimes found in rows of run-to-failure history, and the rows freed of them.

A turbofan at altitude and one on the ground differ more than a new one and a worn one. Where rows fall into
a few tight groups that a machine visits throughout its life, each column is measured against its usual value
and spread in that group; a group that only comes with age is wear, and stays.
"""

from typing import Final, NamedTuple

import numpy as np
from sklearn.cluster import KMeans

from lineshaft.domain.readings import Floats, Ints64

MOST: Final = 12
"""Regimes looked for."""
HALVES: Final = 0.5
"""One group more must leave at most this share of what the groups before left unexplained."""
TIGHT: Final = 0.1
"""… and all groups together at most this share of everything."""
SHIFT: Final = 0.3
"""Total variation between the groups of the first and of the last half of lives, above which groups are
wear."""
SAMPLE: Final = 4_000
"""Rows that the groups are looked for in."""
FRESH: Final = 0.3
"""First part of a life that tells what is usual."""
LEAST_ROWS: Final = 30
STILL: Final = 1e-7
"""A spread below this share of a column's own size is rounding: the column says nothing."""
FAR: Final = 12.0
"""Deviations are cut here: one broken reading must not drown all others."""


class Regimes(NamedTuple):
    """What is usual in each regime; all are sums and products of numbers, so they are kept as arrays."""

    location: Floats
    """(columns,) of the scaling that distances are measured in."""
    scale: Floats
    centre: Floats
    """(regimes, columns), scaled."""
    usual: Floats
    """(regimes, columns): mean while fresh."""
    spread: Floats
    """(regimes, columns): standard deviation while fresh; infinite where a column is still."""

    def of(self, x: Floats) -> Ints64:
        """Index of each row's regime."""
        if len(self.centre) == 1:
            return np.zeros(len(x), np.int64)
        scaled = np.where(np.isfinite(x), (x - self.location) / self.scale, 0.0)
        distance = [np.square(scaled - centre).sum(axis=1) for centre in self.centre]
        return np.asarray(np.argmin(distance, axis=0))

    def deviation(self, x: Floats) -> Floats:
        """Rows in units of what is usual in their regime; NaN stays."""
        regime = self.of(x)
        return np.clip((x - self.usual[regime]) / self.spread[regime], -FAR, FAR)


def find(x: Floats, life: Floats, seed: int) -> Regimes:
    """The regimes of rows.

    Args:
        x: (rows, columns); NaN is missing.
        life: of each row, how much of its machine's life was over, 0 … 1.
        seed: of the search.
    """
    location = np.nanmean(x, axis=0)
    size = np.abs(location)
    spread = np.nanstd(x, axis=0)
    scale = np.where(spread > STILL * np.maximum(size, 1e-12), spread, np.inf)
    centre = _centres(np.where(np.isfinite(x), (x - location) / scale, 0.0), life, seed)
    found = Regimes(location, scale, centre, centre, centre)
    regime, fresh = found.of(x), life <= FRESH
    usual, around = np.empty_like(centre), np.empty_like(centre)
    for one in range(len(centre)):
        mine = regime == one
        rows = x[mine & fresh] if (mine & fresh).sum() >= LEAST_ROWS else x[mine]
        usual[one], around[one] = np.nanmean(rows, axis=0), np.nanstd(rows, axis=0)
    still = around <= STILL * np.maximum(np.abs(usual), 1e-12)
    return found._replace(usual=usual, spread=np.where(still, np.inf, around))


def _centres(scaled: Floats, life: Floats, seed: int) -> Floats:
    """(regimes, columns): one centre, the mean, where rows do not fall into regimes."""
    rng = np.random.default_rng(seed)
    pick = rng.choice(len(scaled), min(len(scaled), SAMPLE), replace=False)
    rows, old = scaled[pick], life[pick] > 0.5
    best = rows.mean(axis=0, keepdims=True)
    total = before = float(np.square(rows - best).sum())
    distinct = len(np.unique(rows.round(9), axis=0))
    for count in range(2, min(MOST, len(rows) // LEAST_ROWS, distinct - 1) + 1):
        groups = KMeans(count, n_init=10, random_state=seed).fit(rows)
        left = float(groups.inertia_)
        share = [
            np.bincount(groups.labels_[half], minlength=count) / max(half.sum(), 1) for half in (old, ~old)
        ]
        by_age = 0.5 * float(np.abs(share[0] - share[1]).sum())
        if left <= HALVES * before and left <= TIGHT * total and by_age <= SHIFT:
            best = groups.cluster_centers_
        before = left
    return np.asarray(best, float)
