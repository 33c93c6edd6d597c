"""One shipment: when it will be there and how sure that is; its stops, cargo, limits, alarms, receipt."""

from dash import html
from dash.development.base_component import Component

from dashboard.components.parts import card, data, icon, slot, table
from dashboard.i18n import Words
from dashboard.visit import Visit

PATH = "/shipments/{key}"
TITLE = "nav.shipment"
ICON = ""

STOPS = ("stop", "milestone", "intended", "expected", "actual")
CARGO = ("sscc", "quantity", "weight", "place")
FACTS = ("customer", "carrier", "driver", "orders", "vehicle", "left", "appointment")
DOES = ("prove", "complain", "link")


async def layout(visit: Visit) -> Component:
    """The browser fills it: the shipment's row comes live, the rest is asked for as the row changes."""
    words = visit.words
    row = await visit.client.get(f"shipments/{visit.key}")  # there is none: the page says so
    return html.Div(
        [
            html.Header(
                [
                    html.A(
                        [icon("arrow-back-up"), words("back.logistics")],
                        href="/logistics",
                        className="button plain",
                    ),
                    html.Div(
                        [html.H1(row["reference"] or row["id"]), html.Span(row["id"], className="quiet")]
                    ),
                    html.Span(
                        [slot("sign", "", className="sign"), slot("promise"), slot("state", "")],
                        className="chip promise-chip",
                    ),
                    slot("refreshed", "", className="quiet seen", **data(age_text="ago")),
                ],
                className="machine-head",
            ),
            html.P(words("shipment.error"), className="empty bad", hidden=True, **data(slot="error")),
            html.Div(
                [
                    html.Div(
                        [_arrival(words), _stops(words), _conditions(words)],
                        className="shipment-main",
                    ),
                    html.Div(
                        [_facts(words), _doing(words), _cargo(words), _alarms(words)],
                        className="shipment-side",
                    ),
                ],
                className="shipment-columns",
            ),
        ],
        **data(page="shipment", key=visit.key),
    )


def _arrival(words: Words) -> Component:
    return card(
        words("shipment.arrival"),
        html.P(
            [
                html.B(slot("eta"), className="eta-big"),
                slot("between", "", className="quiet"),
                html.B(slot("deviation", "")),
            ],
            className="eta-line",
            **data(eta=""),
        ),
        html.P([slot("against"), slot("chance", "")], className="eta-line quiet"),
        html.P(slot("last-known", ""), className="quiet", hidden=True, **data(slot="last-known-line")),
        html.H3(words("shipment.history")),
        html.Div(className="history-chart", **data(slot="history")),
        html.P(words("shipment.history.none"), className="empty", hidden=True, **data(slot="history-none")),
        html.H3(words("eta.reasons")),
        html.Ul(className="notes", **data(slot="eta-changes")),
        html.P(words("eta.reasons.none"), className="quiet", **data(slot="eta-changes-none")),
        aside=slot("eta-age", "", className="quiet", **data(age_text="eta.age")),
    )


def _stops(words: Words) -> Component:
    return card(
        words("shipment.stops"),
        table([(words(f"column.{one}"), "") for one in STOPS], "stops", words("shipment.stops")),
    )


def _conditions(words: Words) -> Component:
    inside = card(words("shipment.conditions"), html.Div(**data(slot="conditions")))
    return html.Div(inside, hidden=True, **data(slot="conditions-box"))


def _facts(words: Words) -> Component:
    facts = [
        html.Div([html.Dt(words(f"shipment.fact.{name}")), html.Dd(slot(f"fact-{name}"))]) for name in FACTS
    ]
    links = [
        html.A(words("shipment.on_map"), href="/logistics", className="button", **data(slot="map-link")),
        html.A(words("shipment.vehicle"), href="/logistics", className="button", **data(slot="vehicle-link")),
    ]
    return card(
        words("shipment.facts"), html.Dl(facts, className="facts"), html.Div(links, className="chips")
    )


def _doing(words: Words) -> Component:
    buttons = [
        html.Button(
            words(f"shipment.do.{name}"),
            className="button",
            type="button",
            hidden=True,
            **data(slot=f"do-{name}"),
        )
        for name in DOES
    ]
    return card(
        words("shipment.proof"),
        html.Div(**data(slot="proof")),
        html.P(words("shipment.proof.none"), className="quiet", **data(slot="proof-none")),
        html.Ul(className="notes", **data(slot="complaints")),
        html.Div(buttons, className="chips"),
        html.Ul(className="notes", **data(slot="links")),
    )


def _cargo(words: Words) -> Component:
    return card(
        words("shipment.cargo"),
        table([(words(f"column.{one}"), "") for one in CARGO], "cargo", words("shipment.cargo")),
        html.P(words("shipment.cargo.none"), className="empty", hidden=True, **data(slot="cargo-none")),
        aside=slot("cargo-sum", "", className="quiet"),
    )


def _alarms(words: Words) -> Component:
    return card(
        words("shipment.alarms"),
        html.Ul(className="notes", **data(slot="alarms")),
        html.P(words("shipment.alarms.none"), className="empty", hidden=True, **data(slot="alarms-none")),
    )
