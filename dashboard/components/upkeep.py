"""What maintenance knows of a machine: how far its alarms can be trusted, and the work on it."""

from dash import html
from dash.development.base_component import Component

from dashboard.components.parts import aria, card, data, slot
from dashboard.i18n import Words


def upkeep(words: Words) -> Component:
    """The trust meter, open orders, what was done, and buttons that ask for more; the browser fills it."""
    buttons = [
        html.Button(words(text), className="button", type="button", hidden=True, **data(slot=name))
        for name, text in (("report", "work.report"), ("order-here", "work.new"))
    ]
    return card(
        words("upkeep.title"),
        html.P(words("upkeep.error"), className="bad", hidden=True, **data(slot="upkeep-error")),
        html.H3(words("trust.machine")),
        html.Div(
            [slot("trust-share", className="big"), slot("trust-of", "", className="quiet")],
            className="trust-line",
        ),
        html.Div(
            [html.I(className="span"), html.I(className="likely")],
            className="fan",
            hidden=True,
            **data(slot="trust-bar"),
            **aria(hidden="true"),
        ),
        html.Ul(className="notes-plain", **data(slot="trust-rules")),
        html.H3(words("upkeep.open")),
        html.Ul(className="orders", **data(slot="upkeep-open")),
        html.P(words("upkeep.none"), className="quiet", **data(slot="upkeep-none")),
        html.Ul(className="notes", **data(slot="upkeep-requests")),
        html.Div(
            [html.H3(words("upkeep.past")), html.Ul(className="orders", **data(slot="upkeep-done"))],
            hidden=True,
            **data(slot="upkeep-past"),
        ),
        html.Div(
            html.Button("", className="button", type="button", hidden=True, **data(slot="order-alarm")),
            className="chips",
        ),
        html.Div(buttons, className="chips"),
        aside=slot("upkeep-age", "", className="quiet", **data(age_text="ago")),
        name="upkeep",
    )
