"""Intervals that keep their promise: errors on machines not seen before say how far to trust a forecast.

Split conformal prediction (Vovk, Gammerman and Shafer, 2005; by groups of the forecast, "Mondrian"), with
signed errors so that each side keeps its own share, and weights for how likely a moment of a life is to be
asked about. Where what can come is bounded, as a capped life is, most of a new machine's forecasts cannot be
wrong on that side: the shares are chosen so that all in all as many come true as promised.
"""

from typing import Final, NamedTuple

import numpy as np

from lineshaft.domain.readings import Floats

GROUPS: Final = 12
"""Of forecasts, equally heavy."""
PROMISED: Final = 0.8
"""Between P10 and P90."""


class Band(NamedTuple):
    """How far below and above a forecast its P10 and P90 lie, in groups of forecasts."""

    start: Floats
    """Where each group begins, ascending; below the first is the first."""
    below: Floats
    above: Floats
    top: float
    """What comes is between 0 and this."""

    def around(self, forecast: Floats) -> tuple[Floats, Floats]:
        """P10 and P90 of forecasts; the forecast itself, brought between 0 and the top, is never outside.

        >>> low, high = Band(np.array([0.0, 50.0]), np.array([-1, -9]), np.array([2, 8]), 125.0).around(
        ...     np.array([30.0, 60.0, 120.0])
        ... )
        >>> low.tolist(), high.tolist()
        ([29.0, 51.0, 111.0], [32.0, 68.0, 125.0])
        """
        group = np.maximum(np.searchsorted(self.start, forecast, side="right") - 1, 0)
        low, high = forecast + self.below[group], forecast + self.above[group]
        return np.clip(np.minimum(low, forecast), 0, self.top), np.clip(
            np.maximum(high, forecast), 0, self.top
        )


def band(forecast: Floats, real: Floats, weight: Floats, top: float) -> Band:
    """The band that would have kept its promise.

    Args:
        forecast: made without having seen the machine.
        real: what came, 0 … top.
        weight: how much a forecast counts.
        top: the most that can come.
    """
    low, high = 0.0, 0.5
    for _ in range(12):  # halving: a thousandth of a share is far below what samples tell
        middle = (low + high) / 2
        if covered(_grouped(forecast, real, weight, middle, top), forecast, real, weight) > PROMISED:
            low = middle
        else:
            high = middle
    return _grouped(forecast, real, weight, low, top)


def covered(found: Band, forecast: Floats, real: Floats, weight: Floats) -> float:
    """Share of the weight that came between P10 and P90."""
    low, high = found.around(forecast)
    return float(np.average((low <= real) & (real <= high), weights=weight))


def _grouped(forecast: Floats, real: Floats, weight: Floats, share: float, top: float) -> Band:
    """The band that leaves such a share of each group on either side."""
    order = np.argsort(forecast, kind="stable")
    total = np.cumsum(weight[order])
    group = np.minimum((total / total[-1] * GROUPS).astype(int), GROUPS - 1)
    rows = []
    for one in np.unique(group):
        mine = order[group == one]
        off = real[mine] - forecast[mine]
        ends = (quantile(off, weight[mine], at) for at in (share, 1 - share))
        rows.append((forecast[mine[0]], *ends))
    start, below, above = np.array(rows).T
    return Band(start, below, above, top)


def quantile(values: Floats, weight: Floats, share: float) -> float:
    """The least value with at least so much of the weight at or below it.

    >>> quantile(np.array([3.0, 1.0, 2.0]), np.ones(3), 0.5)
    2.0
    """
    order = np.argsort(values, kind="stable")
    total = np.cumsum(weight[order])
    return float(values[order[min(int(np.searchsorted(total, share * total[-1] - 1e-12)), len(order) - 1)]])
