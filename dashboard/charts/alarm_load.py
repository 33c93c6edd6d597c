"""How many alarms called, as bars against what a person can meet, with the floods behind them."""

from collections.abc import Sequence
from typing import NamedTuple

from dashboard.charts.trend import FONT, GREY, Figure
from dashboard.i18n import Words
from dashboard.visit import Row

HEIGHT_PX = 220
GRID = "rgba(128,138,146,0.25)"
FLOOD = "rgba(128,138,146,0.30)"


class Bar(NamedTuple):
    """Calls from an instant on; epoch milliseconds."""

    ts: int
    calls: int


class Level(NamedTuple):
    """A number of calls that the bars are held against, and what it is called."""

    calls: float
    words: str


def bars(found: Row, every_ms: int, *, worst: bool = False) -> list[Bar]:
    """The bars of the API's figures, of each span by itself.

    Args:
        found: `periods` of `period_ms` each from the beginning of each of `spans` on.
        every_ms: width of a bar, a multiple of a period.
        worst: the worst period of each bar instead of all in it.
    """
    width, each = found["period_ms"], every_ms // found["period_ms"]
    drawn, first = [], 0
    for begin, end in found["spans"]:
        periods = found["periods"][first : (first := first + max(1, -(-(end - begin) // width)))]
        for n in range(0, len(periods), each):
            some = periods[n : n + each]
            drawn.append(Bar(begin + n * width, max(some) if worst else sum(some)))
    return drawn


def load(
    drawn: Sequence[Bar], every_ms: int, floods: Sequence[Row], levels: Sequence[Level], offset_ms: int
) -> Figure:
    """The figure; `offset_ms` is how far the plant's own time is ahead of UTC, in which plotly draws."""
    shapes = [_line(level) for level in levels]
    names = [_name(level) for level in levels]
    end = drawn[-1].ts + every_ms if drawn else 0
    shapes += [_flood(one, end, offset_ms) for one in floods]
    most = max([*(one.calls for one in drawn), *(level.calls for level in levels[:2])], default=1)
    quiet = {"gridcolor": GRID, "zeroline": False, "fixedrange": True}
    trace = {
        "type": "bar",
        "x": [one.ts + offset_ms for one in drawn],
        "y": [one.calls for one in drawn],
        "width": every_ms,
        "offset": 0,
        "marker": {"color": GREY, "line": {"width": 0}},
        "hovertemplate": "%{x|%m-%d %H:%M}<br>%{y}<extra></extra>",
    }
    return {
        "data": [trace],
        "layout": {
            "height": HEIGHT_PX,
            "margin": {"l": 44, "r": 8, "t": 14, "b": 40},
            "showlegend": False,
            "bargap": 0,
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "font": FONT,
            "dragmode": False,
            "shapes": shapes,
            "annotations": names,
            "xaxis": quiet | {"type": "date", "showgrid": False},
            "yaxis": quiet | {"range": [0, most * 1.15], "tickformat": "d", "nticks": 6},
        },
    }


def level(figure: Row, words: Words) -> list[Level]:
    """What a figure should be at most, and from where on nobody can manage."""
    return [
        Level(figure["good"], words("performance.level.good", n=f"{figure['good']:g}")),
        Level(figure["bad"], words("performance.level.bad", n=f"{figure['bad']:g}")),
    ]


def _line(one: Level) -> Row:
    return {
        "type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": one.calls, "y1": one.calls,
        "line": {"width": 1, "color": GREY, "dash": "dash"},
    }  # fmt: skip


def _name(one: Level) -> Row:
    return {
        "xref": "paper", "x": 0, "xanchor": "left", "y": one.calls, "yanchor": "bottom", "showarrow": False,
        "text": one.words, "font": {"size": 12, "color": GREY},
    }  # fmt: skip


def _flood(one: Row, end: int, offset_ms: int) -> Row:
    until = end if one["until"] is None else one["until"]
    return {
        "type": "rect", "yref": "paper", "y0": 0, "y1": 1, "layer": "below", "fillcolor": FLOOD,
        "x0": one["since"] + offset_ms, "x1": until + offset_ms, "line": {"width": 1, "color": GREY},
    }  # fmt: skip
