"""How many alarms called, as drawings with their tables: in ten minutes, in an hour, and the floods."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.charts.alarm_load import Bar, Level, bars, level, load
from dashboard.charts.trend import Figure
from dashboard.components.parts import aria, card, empty, plain_table
from dashboard.i18n import DASH, Words
from dashboard.visit import Row
from lineshaft.domain.floods import BUSY_HOUR, STARTS_ABOVE

HOUR_MS: Final = 3_600_000
MOST_BARS: Final = 1100
"""Of a drawing; what has more ten minutes is drawn by the worst of each hour."""
PLAIN: dcc.Graph.Config = {"displayModeBar": False, "responsive": True}


def cards(found: Row, timezone: str, now_ms: int, words: Words) -> list[Component]:
    """Drawings of the API's figures of a span, in a plant's own time."""
    if not found["count"]:
        return [card(words("performance.load"), empty(words("performance.actors.none")))]
    zone = ZoneInfo(timezone)
    gone = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(zone).utcoffset()
    offset_ms = int(gone.total_seconds() * 1000) if gone else 0
    figures = {one["key"]: one for one in found["figures"]}
    worst = len(found["periods"]) > MOST_BARS
    width = HOUR_MS if worst else found["period_ms"]
    small, large = bars(found, width, worst=worst), bars(found, HOUR_MS)
    flood = Level(STARTS_ABOVE, words("performance.level.flood", n=STARTS_ABOVE))
    busy = Level(BUSY_HOUR, words("performance.level.busy", n=BUSY_HOUR))
    by_period = load(small, width, found["floods"], [*level(figures["per_10_min"], words), flood], offset_ms)
    by_hour = load(large, HOUR_MS, found["floods"], [*level(figures["per_hour"], words), busy], offset_ms)
    title = "performance.worst" if worst else "performance.load"
    return [
        _drawn(title, by_period, small, zone, words),
        _drawn("performance.hours", by_hour, large, zone, words),
        card(words("performance.floods"), _floods(found["floods"], zone, words)),
    ]


def _drawn(title: str, figure: Figure, drawn: Sequence[Bar], zone: ZoneInfo, words: Words) -> Component:
    """A drawing, and all that stands in it as a table: for who cannot see it, or wants the numbers."""
    graph = dcc.Graph(id=title.replace(".", "-"), figure=figure, config=PLAIN, className="trend")
    rows = [(_moment(one.ts, zone), str(one.calls)) for one in drawn if one.calls]
    return card(
        words(title),
        html.P(words("performance.load.what"), className="quiet"),
        html.Div(graph, role="img", **aria(label=words("performance.load.label", title=words(title)))),
        html.Details(
            [html.Summary(words("performance.table")), plain_table(("from", "calls"), rows, words, title)]
        ),
    )


def _floods(floods: Sequence[Row], zone: ZoneInfo, words: Words) -> Component:
    if not floods:
        return empty(words("performance.floods.none"))
    rows = [
        (
            _moment(one["since"], zone),
            DASH if one["until"] is None else _moment(one["until"], zone),
            str(one["annunciations"]),
            str(one["peak"]),
        )
        for one in floods
    ]
    return plain_table(("from", "until", "calls", "peak"), rows, words, "performance.floods")


def _moment(ms: int, zone: ZoneInfo) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, UTC).astimezone(zone):%Y-%m-%d %H:%M}"
