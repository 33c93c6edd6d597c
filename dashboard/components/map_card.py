"""A map without a tile server: an outline of the world of our own, what is drawn on it, and its credit."""

from typing import Any

import dash_leaflet as dl
from dash import html
from dash.development.base_component import Component
from dash_extensions.javascript import Namespace

from dashboard.components.parts import aria
from dashboard.i18n import Words

MAP = Namespace("lineshaftMap")
Box = list[list[float]]
"""South-west and north-east corner."""


def map_card(
    name: str, layers: list[Component], box: Box, words: Words, *below: Component, **more: Any
) -> Component:
    """The map, showing an extent.

    Args:
        name: id of the map; its outline is `name-base`, which the browser takes hold of by `hold`.
        layers: above the outline.
        box: what is shown first.
        words: for who does not see it.
        below: what stands under it.
        more: `hold`, the function that takes hold of the map, and what else Leaflet is to know.
    """
    outline = dl.GeoJSON(
        url="/assets/basemap.json",
        style=MAP("baseStyle"),
        onEachFeature=MAP(more.pop("hold")),
        interactive=False,
        id=f"{name}-base",
    )
    shown = dl.Map(
        [dl.Pane(outline, name="base", style={"zIndex": 200}), *layers, dl.ScaleControl(imperial=False)],
        attributionControl=False,  # its default prefix is a link and a flag; our credit stands below
        bounds=box,
        center=middle(box),  # without it dash-leaflet fails when the map moves
        minZoom=2,
        className="map",
        **{"id": name, "maxZoom": 16, **more},
    )
    return html.Section(
        [
            html.H2(words("logistics.map"), className="away"),
            shown,
            html.Span("Natural Earth", className="map-credit"),
            *below,
        ],
        className="card map-card",
        **aria(label=words("logistics.map")),
    )


def middle(corners: Box) -> list[float]:
    """The centre of an extent.

    >>> middle([[29.8, 119.8], [30.2, 120.2]])
    [30.0, 120.0]
    """
    (south, west), (north, east) = corners
    return [(south + north) / 2, (west + east) / 2]
