"""Carriers: how well they deliver, as far as so many loads can say, and which loads those were."""

from dash import html
from dash.development.base_component import Component

from dashboard.components.parts import aria, card, data, slot, table
from dashboard.i18n import Words
from dashboard.visit import Visit

PATH = "/carriers"
TITLE = "nav.carriers"
ICON = ""

SHARES = ("otif", "on_time", "in_full", "undamaged", "without_complaint", "tracked")
COLUMNS = ("carrier", "loads", *SHARES, "late_min", "dwell_min")
LOADS = ("shipment", "arrived", "against", "in_full", "undamaged", "without_complaint", "tracked")
DAYS = (7, 30, 90, 365)
USUAL = 90


async def layout(visit: Visit) -> Component:
    """The address holds the period and the carrier whose loads are shown."""
    words = visit.words
    days = int(visit.query.get("days", "")) if visit.query.get("days", "") in map(str, DAYS) else USUAL
    chips = [
        html.Button(
            words("carriers.days", n=n),
            className="chip",
            type="button",
            **data(days=str(n)),
            **aria(pressed="true" if n == days else "false"),
        )
        for n in DAYS
    ]
    return html.Div(
        [
            html.Div(
                [
                    html.H1(words(TITLE)),
                    html.Div(chips, className="chips", role="group", **aria(label=words("carriers.period"))),
                    html.Div(className="phone-only", **data(slot="sort-box")),
                    html.A(words("back.logistics"), href="/logistics"),
                    slot("refreshed", "", className="quiet seen", **data(age_text="ago")),
                ],
                className="page-head",
            ),
            card(
                words("carriers.scorecards"),
                _table(words),
                html.P(words("carriers.none"), className="empty", hidden=True, **data(slot="cards-none")),
                html.P(words("carriers.how"), className="quiet"),
            ),
            html.Div(_loads(words), hidden=True, **data(slot="loads-box")),
        ],
        **data(page="carriers", days=str(days), carrier=visit.query.get("carrier", "")),
    )


def _table(words: Words) -> Component:
    heads = [
        html.Th(
            html.Button(
                words(f"column.{name}"), type="button", className="button plain sort", **data(sort=name)
            ),
            scope="col",
            **data(column=name),
        )
        for name in COLUMNS
    ]
    return html.Div(
        html.Table(
            [html.Thead(html.Tr(heads)), html.Tbody(**data(slot="cards"))],
            className="table stack scorecards",
            **aria(label=words("carriers.scorecards")),
        ),
        className="scroll",
        tabIndex="0",
    )


def _loads(words: Words) -> Component:
    return card(
        words("carriers.loads"),
        table([(words(f"column.{one}"), "") for one in LOADS], "loads", words("carriers.loads")),
        html.P(words("carriers.loads.none"), className="empty", hidden=True, **data(slot="loads-none")),
        aside=slot("loads-of", "", className="quiet"),
    )
