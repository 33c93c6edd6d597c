"""Geofences: all of them on a map and in a list; planners draw them by clicking on the map."""

import dash_leaflet as dl
from dash import html
from dash.development.base_component import Component

from dashboard.components.map_card import MAP, map_card
from dashboard.components.parts import aria, card, data, table
from dashboard.i18n import Words
from dashboard.pages.logistics import extent, route_shapes
from dashboard.visit import Visit

PATH = "/fences"
TITLE = "nav.fences"
ICON = ""

KINDS = ("circle", "polygon", "corridor")
LIST = ("name", "shape", "size", "dwell", "version", "by")
VISITS = ("vehicle", "fence", "from", "lasted")


async def layout(visit: Visit) -> Component:
    """The browser asks for the fences and their visits of a day."""
    words = visit.words
    routes, vehicles = await visit.client.items("routes"), await visit.client.items("vehicles")
    box = extent(routes, vehicles)
    layers = [
        dl.GeoJSON(
            data=route_shapes(routes, words),
            style=MAP("routeStyle"),
            pointToLayer=MAP("stop"),
            interactive=False,
            id="fences-routes",
        ),
        dl.GeoJSON(
            data={"type": "FeatureCollection", "features": []},
            style=MAP("fenceStyle"),
            pointToLayer=MAP("fencePoint"),
            onEachFeature=MAP("eachFence"),
            id="fences-shapes",
        ),
    ]
    drawn = map_card("fences-map", layers, box, words, hold="holdFences")
    side = html.Div(
        [_form(words), _rows("fences", LIST, words), _rows("visits", VISITS, words)],
        className="vehicle-side",
        tabIndex="0",
        **aria(label=words("fences.list")),
    )
    return html.Div(
        [
            html.Div([html.H1(words(TITLE))], className="page-head"),
            html.Div([drawn, side], className="vehicle"),
        ],
        **data(page="fences"),
    )


def _form(words: Words) -> Component:
    """Filled in by the browser, for planners only."""
    return html.Div(
        card(
            words("fences.draw"),
            html.P(words("fences.draw.how"), className="quiet"),
            html.Form(className="fence-form", **data(slot="form")),
        ),
        hidden=True,
        **data(slot="drawing", kinds=" ".join(KINDS)),
    )


def _rows(name: str, columns: tuple[str, ...], words: Words) -> Component:
    return card(
        words(f"fences.{name}"),
        table([(words(f"column.{one}"), "") for one in columns], name, words(f"fences.{name}")),
        html.P(words(f"fences.{name}.none"), className="empty", hidden=True, **data(slot=f"{name}-none")),
    )
