"""A machine as a tile on the Overview: where it stands never changes, what it says does."""

from dash import html
from dash.development.base_component import Component

from dashboard.components.parts import data, slot
from dashboard.i18n import DASH, Words
from dashboard.visit import Row


def tile(machine: Row, words: Words) -> Component:
    """One click to the machine's page; the values are the browser's to fill in."""
    return html.A(
        [
            html.Span(
                [html.Span(words.of(machine["name"]), className="tile-name"), slot("alarm", "")],
                className="tile-top",
            ),
            html.Span(
                [
                    html.Span(DASH, className="state", **data(slot="state")),
                    slot("since", className="quiet"),
                ],
                className="tile-state",
            ),
            slot("risk", "", className="tile-risk", hidden=True),
            html.Span(
                [
                    html.Span(html.I(), className="meter", **data(slot="health-bar")),
                    html.Span(
                        [html.Span(words("health.short"), className="quiet"), " ", slot("health")],
                        className="tile-health",
                        **data(aging=""),
                    ),
                ],
                className="tile-foot",
            ),
            slot("fresh", className="away"),
        ],
        href=f"/machines/{machine['key']}",
        className="tile",
        **data(machine=machine["key"]),
    )
