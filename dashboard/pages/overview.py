"""Overview: in five seconds, what is wrong, where, since when. Fits one wall screen for 40 machines."""

from itertools import groupby

from dash import html
from dash.development.base_component import Component

from dashboard.components.money import by_machine, zone_of
from dashboard.components.parts import card, data, empty, shape, slot
from dashboard.components.tile import tile
from dashboard.i18n import DASH, Words
from dashboard.names import names_of
from dashboard.visit import Row, Visit

PATH = "/"
TITLE = "nav.overview"
ICON = "layout-dashboard"

KPIS = ("down", "offline", "alarms", "late", "vehicles", "items", "rate")


async def layout(visit: Visit) -> Component:
    """Lines with their machines at fixed places, what needs attention, and late shipments."""
    words = visit.words
    machines = await visit.client.items("machines")
    at_risk, zone = await visit.client.items("at-risk"), await zone_of(visit)
    names = names_of(await visit.client.items("assets"), words)
    return html.Div(
        [
            html.H1(words(TITLE), className="away"),
            html.Div([_kpi(name, words) for name in KPIS], className="kpis"),
            html.Div(
                [
                    html.Div(lines(machines, names, words), className="lines"),
                    html.Div(
                        [_wrong(words), _late(words), by_machine(at_risk, words, zone)],
                        className="overview-side",
                    ),
                ],
                className="overview",
            ),
        ],
        **data(page="overview"),
    )


def lines(machines: list[Row], names: dict[str, str], words: Words) -> list[Component]:
    """One section a line, in the plant's order; machines keep the API's order."""
    if not machines:
        hint = html.A(words("machines.none.link"), href="/system")
        return [html.Section(empty(words("machines.none"), " ", hint), className="card")]
    sections = []
    for line, rows in groupby(machines, key=lambda row: row["line"]):
        counts = slot("counts", "", className="quiet")
        tiles = html.Div([tile(row, words) for row in rows], className="tiles")
        title = names.get(line, line) or words("line.none")
        sections.append(
            html.Section(
                [html.Header([html.H2(title), counts]), tiles], className="card line", **data(line=line or "")
            )
        )
    note = html.Button(
        words("machines.new"), className="button", type="button", hidden=True, **data(slot="new", do="reload")
    )
    return [*sections, note]


def _kpi(name: str, words: Words) -> Component:
    detail: Component = slot("detail", "", className="quiet")
    if name == "alarms":
        counts = [
            html.Span([shape(n, words), html.Span(DASH, **data(count=str(n)))], className="count")
            for n in (1, 2, 3, 4)
        ]
        detail = html.Span(counts, className="counts")
    return html.Div(
        [html.Span(words(f"kpi.{name}"), className="kpi-name"), slot("value", className="kpi-value"), detail],
        className="kpi",
        **data(kpi=name),
    )


def _wrong(words: Words) -> Component:
    return card(
        words("wrong.title"),
        html.Ul(**data(slot="wrong")),
        html.P(words("wrong.none"), className="empty", hidden=True, **data(slot="wrong-none")),
        aside=html.A(slot("wrong-count", words("machine.alarms.all")), href="/alarms", className="quiet"),
    )


def _late(words: Words) -> Component:
    return card(
        words("late.title"),
        html.Ul(**data(slot="late")),
        html.P(words("late.none"), className="empty", hidden=True, **data(slot="late-none")),
        aside=html.A(words("late.all"), href="/logistics", className="quiet"),
    )
