"""How good the arrival times were: what a reader of one may expect of it, by hours out, lane and day."""

from collections.abc import Sequence
from datetime import UTC, datetime

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.charts.eta_accuracy import by_day, by_hours
from dashboard.charts.trend import Figure
from dashboard.components.parts import aria, card, data, empty, plain_table
from dashboard.i18n import DASH, Words
from dashboard.visit import Row, Visit

PATH = "/eta-accuracy"
TITLE = "nav.eta_accuracy"
ICON = "activity"

DAY_MS = 86_400_000
SPANS = (1, 7, 30, 90)
USUAL = 30
MOST_LANES = 40
FIGURES = ("group", "trips", "n", "mae", "bias", "p90", "pinball", "coverage", "width", "w15", "w30", "w60")
PLAIN: dcc.Graph.Config = {"displayModeBar": False, "responsive": True}


async def layout(visit: Visit) -> Component:
    """The last 30 days of arrivals; `?days=` chooses others."""
    words, days = visit.words, _days(visit.query.get("days", ""))
    found = await visit.client.get("eta-accuracy", from_ts=visit.now_ms - days * DAY_MS, to_ts=visit.now_ms)
    return html.Div(
        [_head(words, days), *(_figures(found, words) if found["whole"] else [_nothing(words, days)])],
        className="models accuracy",
        **data(page="eta-accuracy"),
    )


def _head(words: Words, days: int) -> Component:
    chips = [
        html.A(
            words("accuracy.days", n=one),
            href=f"{PATH}?days={one}",
            className="chip",
            **aria(current="true" if one == days else None),
        )
        for one in SPANS
    ]
    back = html.A(words("back.logistics"), href="/logistics", className="chip")
    return html.Div(
        [html.H1(words(TITLE)), html.Div([back, *chips], className="chips")], className="page-head"
    )


def _nothing(words: Words, days: int) -> Component:
    return card(words("accuracy.whole"), empty(words("accuracy.none", n=days)))


def _figures(found: Row, words: Words) -> list[Component]:
    lanes = found["by_lane"][:MOST_LANES]
    day_names = [one | {"group": _date(one["group"])} for one in reversed(found["by_day"])]
    few = [html.P(words("accuracy.few", n=found["arrivals"]), className="empty")] if found["few"] else []
    return [
        card(words("accuracy.whole"), *few, html.P(words("accuracy.what"), className="quiet"),
             _whole(found, words)),
        card(words("accuracy.by_predicted"), html.P(words("accuracy.by_predicted.what"), className="quiet"),
             _drawn("by-hours", by_hours(found["by_predicted"], words), words("accuracy.by_predicted")),
             _table(_named(found["by_predicted"], words), words, "accuracy.by_predicted")),
        card(words("accuracy.by_actual"), html.P(words("accuracy.by_actual.what"), className="quiet"),
             _table(_named(found["by_actual"], words), words, "accuracy.by_actual")),
        card(words("accuracy.by_lane"), _table(lanes, words, "accuracy.by_lane")),
        card(words("accuracy.by_day"),
             _drawn("by-day", by_day(found["by_day"], words), words("accuracy.by_day")),
             _table(day_names, words, "accuracy.by_day")),
    ]  # fmt: skip


def _whole(found: Row, words: Words) -> Component:
    one, late = found["whole"], found["late"]
    facts = [
        ("accuracy.arrivals", words("accuracy.counted", trips=one["trips"], n=one["n"])),
        ("accuracy.mae", _minutes(one["mae_min"])),
        ("accuracy.bias", _bias(one["bias_min"], words)),
        ("accuracy.p90", _minutes(one["p90_min"])),
        ("accuracy.coverage", words("accuracy.meant", share=_percent(one["coverage"]))),
        ("accuracy.width", _minutes(one["width_min"])),
        ("accuracy.within", " · ".join(
            f"±{minutes} min: {_percent(one[f'within_{minutes}'])}" for minutes in (15, 30, 60))),
        ("accuracy.wandered", _minutes(found["wandered_min"])),
        ("accuracy.warned", words("accuracy.warned.some", n=found["warned"], of=late, hours=found["lead_h"])
         if late else words("accuracy.warned.none")),
    ]  # fmt: skip
    return html.Dl(
        [html.Div([html.Dt(words(key)), html.Dd(value)]) for key, value in facts], className="facts"
    )


def _drawn(name: str, figure: Figure, label: str) -> Component:
    graph = dcc.Graph(id=f"accuracy-{name}", figure=figure, config=PLAIN, className="trend")
    return html.Div(graph, role="img", **aria(label=label))


def _named(grades: Sequence[Row], words: Words) -> list[Row]:
    return [
        one | {"group": words("accuracy.hours", band=one["group"].replace("-", "\N{EN DASH}"))}
        for one in grades
    ]


def _table(grades: Sequence[Row], words: Words, label: str) -> Component:
    rows = [
        (
            one["group"] or DASH, str(one["trips"]), str(one["n"]), _minutes(one["mae_min"]),
            _signed(one["bias_min"]), _minutes(one["p90_min"]), _minutes(one["pinball_min"]),
            _percent(one["coverage"]), _minutes(one["width_min"]),
            *(_percent(one[f"within_{minutes}"]) for minutes in (15, 30, 60)),
        )
        for one in grades
    ]  # fmt: skip
    return plain_table([f"accuracy.{name}" for name in FIGURES], rows, words, label)


def _date(day: str) -> str:
    return f"{datetime.fromtimestamp(int(day) / 1000, UTC):%Y-%m-%d}"


def _days(text: str) -> int:
    return int(text) if text.isdecimal() and 1 <= int(text) <= 365 else USUAL


def _minutes(value: float | None) -> str:
    return DASH if value is None else f"{value:.1f} min"


def _signed(value: float) -> str:
    return f"{value:+.1f} min"


def _bias(value: float, words: Words) -> str:
    key = "accuracy.bias.late" if value < 0 else "accuracy.bias.early"
    return words(key, minutes=f"{abs(value):.1f}")


def _percent(share: float) -> str:
    return f"{share * 100:.0f} %"
