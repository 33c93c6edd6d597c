"""A value shown on its limits: its place in the normal band says at a glance what a number does not."""

from typing import NamedTuple

from dash import html
from dash.development.base_component import Component

from dashboard.components.parts import aria, data
from dashboard.visit import Row


class Scale(NamedTuple):
    """The stretch a bar shows."""

    low: float
    high: float

    def percent(self, value: float) -> float:
        """Where a value stands on the bar; outside it, at its end.

        >>> Scale(0, 200).percent(50), Scale(0, 200).percent(900)
        (25.0, 100.0)
        """
        return min(100.0, max(0.0, 100 * (value - self.low) / (self.high - self.low)))


def scale(signal: Row) -> Scale | None:
    """The stretch that shows a signal's limits with room around them; None where it has none.

    >>> scale({"low_low": None, "low": None, "high": 80.0, "high_high": 90.0})
    Scale(low=0.0, high=103.5)
    >>> scale({"low_low": None, "low": None, "high": None, "high_high": None}) is None
    True
    """
    lows = [signal[name] for name in ("low_low", "low") if signal[name] is not None]
    highs = [signal[name] for name in ("high", "high_high") if signal[name] is not None]
    if not lows and not highs:
        return None
    # One-sided limits: nothing is known of the other side but that most quantities start at nought.
    low = min(lows) if lows else min(0.0, *highs)
    high = max(highs) if highs else max(lows) * 2 or 1.0
    room = 0.15 * (high - low or 1.0)
    return Scale(low - room if lows else low, high + room)


def limits(signal: Row) -> Component | None:
    """The bar: band = normal, ticks = limits, pointer = now (the browser moves it)."""
    stretch = scale(signal)
    if stretch is None:
        return None
    low, high = signal["low"], signal["high"]
    left = stretch.percent(stretch.low if low is None else low)
    right = stretch.percent(stretch.high if high is None else high)
    ticks = [
        html.I(
            className="tick",
            style={"left": f"{stretch.percent(signal[name]):.1f}%"},
            title=f"{signal[name]:g}",
        )
        for name in ("low_low", "low", "high", "high_high")
        if signal[name] is not None
    ]
    return html.Div(
        [
            html.I(className="band", style={"left": f"{left:.1f}%", "width": f"{right - left:.1f}%"}),
            *ticks,
            html.I(className="now", hidden=True),
        ],
        className="limits",
        **data(slot="limits", scale=f"{stretch.low:g} {stretch.high:g}"),
        **aria(hidden="true"),
    )
