"""Trend charts of a machine: one row a signal, one time axis for all, limits drawn in.

Figures hold Python lists and epoch milliseconds only: the browser appends to them, which fails on arrays that
plotly encodes as base64. Their colours are the page's CSS, so that light and dark need no second figure.

They are what plotly.js reads, as dicts: graph objects took 200 ms to check what a test checks once.
"""

from itertools import pairwise
from typing import Any

from dashboard.i18n import Words
from dashboard.visit import Row

Figure = dict[str, Any]
"""What plotly.js is given: data and layout."""

ROW_PX = 112
TOP_PX = 8
BOTTOM_PX = 28
NAME_SHARE = 0.15
"""Of an ordinary row's height, for the name above a drawing."""
LIMITS = ("low_low", "low", "high", "high_high")
NOTHING: Row = {"ts": [], "value": []}
GREY = "#5b6770"
FONT = {"size": 12, "color": GREY}


def trend(series: list[Row], signals: list[Row], span_ms: tuple[int, int], words: Words) -> Figure:
    """The figure of some signals over a span.

    Args:
        series: {"signal", "ts", "value"} of each, times already in the plant's own time (see `in_plant_ms`).
        signals: the API's rows of the same signals, in the order to show. What has a "scale" keeps to it,
            what has "beside" shows those names on its axes too (see `charts.scores`), and "px" is its height.
        span_ms: from and to, in the plant's own time.
        words: the visitor's language.
    """
    found = {row["signal"]: row for row in series}
    rows = len(signals)
    heights = [signal.get("px", ROW_PX) for signal in signals] or [ROW_PX]
    traces, axes, shapes, names = [], {}, [], []
    for index, signal in enumerate(signals):
        suffix = str(index + 1) if index else ""
        drawn = [
            _trace(signal | one, found.get(one["name"], NOTHING), span_ms, suffix)
            for one in (*signal.get("beside", ()), {"name": signal["name"]})
        ]
        bottom, upper, top = _place(index, heights)
        traces += drawn
        axes[f"yaxis{suffix}"] = (
            _value_axis(signal, drawn[-1]["y"], (bottom, upper))
            | {"anchor": f"x{suffix}"}
            | signal.get("axis", {})
        )
        axes[f"xaxis{suffix}"] = _time_axis(
            span_ms, last=index == rows - 1, first=index == 0, anchor=f"y{suffix}"
        )
        shapes += [_limit(name, signal[name], suffix) for name in LIMITS if signal[name] is not None]
        names.append(_name(f"{words.of(signal['label'])}{unit_suffix(signal['unit'])}", top))
    layout = axes | {
        "shapes": shapes,
        "annotations": names,
        "height": TOP_PX + BOTTOM_PX + sum(heights),
        "margin": {"l": 52, "r": 8, "t": TOP_PX, "b": BOTTOM_PX},
        "showlegend": False,
        "hovermode": "x unified",
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": FONT,
        "uirevision": "keep",
        "dragmode": "pan",
    }
    return {"data": traces, "layout": layout}


def _trace(signal: Row, own: Row, span_ms: tuple[int, int], suffix: str) -> dict[str, Any]:
    gap_ms = 5 * (signal["every_ms"] or 1000)
    ts, value = with_gaps(own["ts"], own["value"], gap_ms, span_ms)
    unit = UNITS.get(signal["unit"], signal["unit"])
    drawn: dict[str, Any] = {
        "type": "scatter",
        "x": ts,
        "y": value,
        "mode": "lines",
        "name": signal["name"],
        "meta": gap_ms,  # the browser makes the holes in what it appends
        "line": {"width": 1.5, "color": GREY},
        "xaxis": f"x{suffix}",
        "yaxis": f"y{suffix}",
        "hovertemplate": f"%{{y:.{signal['decimals']}f}} {unit}<extra></extra>",
    }
    drawn |= own.get("drawn", {})
    drawn |= signal.get("drawn", {})
    return drawn


def _limit(name: str, value: float, suffix: str) -> dict[str, Any]:
    dash = "dash" if name in ("low", "high") else "solid"
    return {
        "type": "line",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "yref": f"y{suffix}",
        "y0": value,
        "y1": value,
        "line": {"color": GREY, "width": 1, "dash": dash},
    }


def _name(text: str, top: float) -> dict[str, Any]:
    return {
        "text": text,
        "xref": "paper",
        "x": 0,
        "xanchor": "left",
        "yref": "paper",
        "y": top,
        "yanchor": "top",
        "showarrow": False,
        "font": FONT,
    }


def _place(index: int, heights: list[int]) -> tuple[float, float, float]:
    """Lower and upper end of a row's drawing, and the top of its name above it, in shares of the figure.

    >>> _place(0, [112]), _place(1, [112, 112])
    ((0.0, 0.85, 1.0), (0.0, 0.425, 0.5))
    """
    whole = sum(heights)
    bottom = sum(heights[index + 1 :]) / whole
    top = bottom + heights[index] / whole
    return bottom, top - NAME_SHARE * ROW_PX / whole, top


UNITS = {"Cel": "°C", "r/min": "rpm", "m/s2": "m/s²", "kW.h": "kWh", "N.m": "N·m", "1": ""}


def unit_suffix(ucum: str) -> str:
    """A unit as people write it, after its signal's name.

    >>> unit_suffix("Cel"), unit_suffix("1"), unit_suffix("bar")
    (' (°C)', '', ' (bar)')
    """
    unit = UNITS.get(ucum, ucum)
    return f" ({unit})" if unit else ""


def with_gaps(
    ts: list[int], value: list[float | None], gap_ms: float, span_ms: tuple[int, int]
) -> tuple[list[int], list[float | None]]:
    """The points with a hole where nothing was heard for longer than `gap_ms`, so that no line hides it.

    Thinned points stand wider apart than readings do, so a hole is at least three points wide.

    >>> with_gaps([0, 1000, 90_000], [1.0, 2.0, 3.0], 5000, (0, 100_000))
    ([0, 1000, 1001, 90000], [1.0, 2.0, None, 3.0])
    """
    # The server gives up to 600 points over the span, whatever the signal's own interval.
    least = max(gap_ms, 3 * (span_ms[1] - span_ms[0]) / 600)
    holes = [index + 1 for index, (a, b) in enumerate(pairwise(ts)) if b - a > least]
    ts, value = list(ts), list(value)
    for index in reversed(holes):
        ts.insert(index, ts[index - 1] + 1)
        value.insert(index, None)
    return ts, value


def _value_axis(signal: Row, values: list[float | None], domain: tuple[float, float]) -> dict[str, Any]:
    """Fixed to data and limits: an axis that fits itself anew each second makes the line jump."""
    shown = [value for value in values if value is not None]
    # A limit far from the data would flatten the line; one near it belongs to the picture.
    if shown:
        low, high = min(shown), max(shown)
        reach = max(high - low, 0.25 * abs(high), 1e-6)
        shown += [
            signal[name]
            for name in LIMITS
            if signal[name] is not None and low - reach <= signal[name] <= high + reach
        ]
    low, high = signal.get("scale") or ((min(shown), max(shown)) if shown else (0.0, 1.0))
    room = 0.08 * (high - low) or 0.5
    return {
        "domain": domain,
        "range": [low - room, high + room],
        "nticks": 4,
        "automargin": True,
        "zeroline": False,
        "gridcolor": "rgba(128,138,146,0.25)",
        "fixedrange": True,
    }


def _time_axis(span_ms: tuple[int, int], *, last: bool, first: bool, anchor: str) -> dict[str, Any]:
    axis: dict[str, Any] = {
        "type": "date",
        "range": list(span_ms),
        "showticklabels": last,
        "tickformat": "%H:%M",
        "hoverformat": "%H:%M:%S",
        "gridcolor": "rgba(128,138,146,0.25)",
        "nticks": 9,
        "automargin": True,
        "zeroline": False,
        "anchor": anchor,
        "showspikes": True,
        "spikemode": "across",
        "spikethickness": 1,
        "spikecolor": GREY,
        "spikedash": "solid",
    }
    return axis if first else axis | {"matches": "x"}
