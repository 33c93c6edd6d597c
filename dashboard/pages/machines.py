"""All machines by line, without the rest of the Overview: the way in on a phone."""

from dash import html
from dash.development.base_component import Component

from dashboard.components.parts import data
from dashboard.names import names_of
from dashboard.pages.overview import lines
from dashboard.visit import Visit

PATH = "/machines"
TITLE = "nav.machines"
ICON = "engine"


async def layout(visit: Visit) -> Component:
    """Lines with their machines."""
    machines = await visit.client.items("machines")
    names = names_of(await visit.client.items("assets"), visit.words)
    return html.Div(
        [html.H1(visit.words(TITLE)), html.Div(lines(machines, names, visit.words), className="lines")],
        **data(page="machines"),
    )
