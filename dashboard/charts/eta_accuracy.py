"""How good arrival times were, as drawings: by hours out, and day by day."""

from collections.abc import Sequence
from typing import Any

from dashboard.charts.trend import FONT, GREY, Figure
from dashboard.i18n import Words
from dashboard.visit import Row

PALE = "rgba(128,138,146,0.45)"
MEANT = 0.8
"""Share of the arrivals that P10 to P90 is to cover."""
HEIGHT_PX = 260
GRID = "rgba(128,138,146,0.25)"
BAND = "rgba(128,138,146,0.18)"
FAIR = (0.75, 0.85)
"""Shares that are as good as meant, at one horizon."""


def by_hours(grades: Sequence[Row], words: Words) -> Figure:
    """Errors as bars (mean, and what nine of ten keep to), and the share within P10 to P90 as points."""
    groups = [words("accuracy.hours", band=one["group"].replace("-", "\N{EN DASH}")) for one in grades]
    return _figure(
        [
            _bars(groups, [one["mae_min"] for one in grades], words("accuracy.mae"), GREY),
            _bars(
                groups, [one["p90_min"] for one in grades], words("accuracy.p90"), "rgba(128,138,146,0.45)"
            ),
            _covered(groups, grades, words, mode="markers+text"),
        ],
        words,
        {"type": "category"},
    )


def by_day(grades: Sequence[Row], words: Words) -> Figure:
    """The mean error and the share within P10 to P90, a point a day."""
    days = [int(one["group"]) for one in grades]
    error = {
        "type": "scatter",
        "mode": "lines+markers",
        "x": days,
        "y": [one["mae_min"] for one in grades],
        "name": words("accuracy.mae"),
        "line": {"width": 1.5, "color": GREY},
        "hovertemplate": "%{y:.1f} min",
    }
    shares = _covered(days, grades, words, mode="lines+markers")
    return _figure([error, shares], words, {"type": "date", "tickformat": "%m-%d"})


def _bars(x: list[str], minutes: list[float], name: str, colour: str) -> Row:
    return {
        "type": "bar", "x": x, "y": minutes, "name": name, "marker": {"color": colour},
        "hovertemplate": "%{y:.1f} min",
    }  # fmt: skip


def _covered(x: Sequence[Any], grades: Sequence[Row], words: Words, mode: str) -> Row:
    shares = [one["coverage"] for one in grades]
    return {
        "type": "scatter",
        "mode": mode,
        "x": list(x),
        "y": shares,
        "yaxis": "y2",
        "xaxis": "x",
        "name": words("accuracy.coverage"),
        "text": [f"{share:.0%}" for share in shares],
        "textposition": "top center",
        "marker": {"symbol": "diamond", "size": 9, "color": GREY},
        "line": {"width": 1.5, "color": GREY, "dash": "dot"},
        "customdata": [[one["n"], one["trips"]] for one in grades],
        "hovertemplate": "%{y:.1%}, n = %{customdata[0]}",
    }


def _figure(traces: list[Row], words: Words, x_axis: Row) -> Figure:
    quiet = {"gridcolor": GRID, "zeroline": False, "fixedrange": True}
    fair = {
        "type": "rect", "xref": "paper", "x0": 0, "x1": 1, "yref": "y2", "y0": FAIR[0], "y1": FAIR[1],
        "line": {"width": 0}, "fillcolor": BAND, "layer": "below",
    }  # fmt: skip
    meant = {
        "type": "line", "xref": "paper", "x0": 0, "x1": 1, "yref": "y2", "y0": MEANT, "y1": MEANT,
        "line": {"width": 1, "color": GREY, "dash": "dash"},
    }  # fmt: skip
    layout = {
        "height": HEIGHT_PX,
        "margin": {"l": 52, "r": 8, "t": 8, "b": 28},
        "barmode": "group",
        "showlegend": False,
        "hovermode": "x unified",
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": FONT,
        "dragmode": False,
        "shapes": [fair, meant],
        "xaxis": quiet | x_axis | {"anchor": "y2", "showgrid": False},
        "yaxis": quiet
        | {"domain": [0.5, 1], "rangemode": "tozero", "title": {"text": words("accuracy.minutes")}},
        "yaxis2": quiet
        | {
            "domain": [0, 0.42],
            "range": [0, 1.15],
            "tickvals": [0, 0.5, 0.8, 1],
            "tickformat": ".0%",
            "title": {"text": words("accuracy.covered")},
        },
    }
    return {"data": traces, "layout": layout}
