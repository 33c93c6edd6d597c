"""One machine: what to do and why, its signals on their limits, its trends, its alarms, and its like past."""

from asyncio import gather
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.charts.scores import judged_rows, judged_series, ribbon_row
from dashboard.charts.trend import UNITS, trend
from dashboard.components.limits import limits
from dashboard.components.money import at_risk
from dashboard.components.parts import aria, card, data, empty, icon, slot
from dashboard.components.upkeep import upkeep
from dashboard.components.verdict import before, reasons, verdict
from dashboard.i18n import DASH, Words
from dashboard.visit import Row, Visit

PATH = "/machines/{key}"
TITLE = "nav.machine"
ICON = ""

RANGES = {"15m": 900_000, "1h": 3_600_000, "8h": 28_800_000, "24h": 86_400_000}
NO_CLOUD: Any = {
    "displaylogo": False,  # no way to upload plant figures anywhere
    "modeBarButtonsToRemove": ["toImage", "sendDataToCloud", "lasso2d", "select2d", "autoScale2d"],
    "responsive": True,
    "scrollZoom": False,
}


async def layout(visit: Visit) -> Component:
    """The machine of the address over the range of the address."""
    words, client = visit.words, visit.client
    chosen = visit.query.get("range", "")
    chosen = chosen if chosen in RANGES else "15m"
    span = (visit.now_ms - RANGES[chosen], visit.now_ms)
    machine, scores, stakes = await gather(
        client.machine(visit.key),
        client.scores(visit.key, *span),
        client.get(f"machines/{quote(visit.key, safe='')}/at-risk"),
    )
    numeric = [row for row in machine["signals"] if row["quantity"] != "state"]
    series: list[Row] = []  # nothing where nothing is measured
    if numeric:
        measured = await client.series(visit.key, [row["name"] for row in numeric], *span)
        series = [*measured["series"], *judged_series(scores, words)]
    offset = offset_ms(machine["timezone"], visit.now_ms)
    return html.Div(
        [
            _header(machine, words),
            verdict(words),
            html.Div(
                [
                    html.Div(
                        [
                            card(
                                words("machine.signals"), _signals(machine["signals"], words), name="signals"
                            ),
                            _alarms(words),
                        ],
                        className="machine-left",
                    ),
                    _trends(
                        _rows(numeric, scores, words),
                        in_plant_ms(series, offset),
                        (span[0] + offset, span[1] + offset),
                        visit,
                    ),
                    html.Div(
                        [
                            reasons(words),
                            upkeep(words),
                            at_risk(stakes, words, ZoneInfo(machine["timezone"])),
                            before(words),
                        ],
                        className="machine-side",
                    ),
                ],
                className="machine",
            ),
        ],
        **data(
            page="machine",
            key=visit.key,
            machine=visit.key,
            range=str(RANGES[chosen]),
            offset=str(offset),
            kind=machine["kind"] or "",
        ),
    )


def _rows(numeric: list[Row], scores: dict[str, list[Any]], words: Words) -> list[Row]:
    """The answer first, then what it rests on; under all of it what the machine did."""
    return [*judged_rows(scores, words), *numeric, ribbon_row(words)] if numeric else []


def offset_ms(zone: str, now_ms: int) -> int:
    """How far the plant's own time is ahead of UTC: plotly draws every axis in UTC.

    >>> offset_ms("Asia/Shanghai", 1_795_000_000_000)
    28800000
    """
    gone = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(ZoneInfo(zone)).utcoffset()
    return int(gone.total_seconds() * 1000) if gone else 0


def in_plant_ms(series: list[Row], offset: int) -> list[Row]:
    """The series with their times in the plant's own time."""
    moved = [row | {"ts": [ts + offset for ts in row["ts"]]} for row in series]
    for row in moved:
        if "x" in row.get("drawn", {}):
            row["drawn"] = row["drawn"] | {"x": [ts + offset for ts in row["drawn"]["x"]]}
    return moved


def _header(machine: Row, words: Words) -> Component:
    kind = words(f"kind.{machine['kind']}") if machine["kind"] else ""
    place = " · ".join(filter(None, [words.of(machine["line_name"]), kind, machine["key"]]))
    return html.Header(
        [
            html.A([icon("arrow-back-up"), words("back.overview")], href="/", className="button plain"),
            html.Div([html.H1(words.of(machine["name"])), html.Span(place, className="quiet")]),
            slot("alarm", ""),
            html.Span(DASH, className="state", **data(slot="state")),
            slot("since", className="quiet"),
            html.Span(
                [words("seen.last"), " ", slot("seen", **data(age_text="ago"))], className="quiet seen"
            ),
        ],
        className="machine-head",
    )


def _signals(signals: list[Row], words: Words) -> Component:
    if not signals:
        return empty(words("machine.signals.none"))
    return html.Ul([_signal(row, words) for row in signals])


def _signal(row: Row, words: Words) -> Component:
    unit = UNITS.get(row["unit"], row["unit"])
    value = html.Span([slot("value"), html.Small(f" {unit}" if unit else "")], **data(aging=""))
    return html.Li(
        [
            html.Div(
                [
                    html.Span(words.of(row["label"] or words.signal(row["name"])), className="signal-name"),
                    slot("bad", "", className="bad", title=words("quality.bad")),
                    value,
                    slot("age", className="quiet signal-age"),
                ],
                className="signal-row",
            ),
            slot("fault", "", className="sensor-fault", hidden=True),
            limits(row),
        ],
        className="signal",
        **data(signal=row["name"], decimals=str(row["decimals"]), every=str(row["every_ms"] or "")),
    )


def _trends(rows: list[Row], series: list[Row], span: tuple[int, int], visit: Visit) -> Component:
    words, length = visit.words, str(span[1] - span[0])
    ranges = [
        html.A(
            words(f"range.{name}"),
            href=f"/machines/{visit.key}?range={name}",
            className="chip",
            **aria(current="true" if length == str(ms) else None),
        )
        for name, ms in RANGES.items()
    ]
    paused = html.Button(
        [icon("player-pause"), words("trend.paused")],
        className="button",
        hidden=True,
        type="button",
        **data(slot="paused"),
    )
    chart: Component = empty(words("machine.signals.none"))
    if rows:
        drawn = trend(series, rows, span, words)
        chart = dcc.Graph(id="trend", figure=drawn, config=NO_CLOUD, className="trend")
    note = html.P(words("trend.signs"), className="quiet")
    aside = html.Div([paused, *ranges], className="chips")
    return card(words("machine.trends"), chart, note, aside=aside, name="trends")


def _alarms(words: Words) -> Component:
    return card(
        words("machine.alarms"),
        html.Ul(**data(slot="wrong")),
        html.P(words("machine.alarms.none"), className="empty", **data(slot="wrong-none")),
        aside=html.A(words("machine.alarms.all"), href="/alarms", className="quiet"),
    )
