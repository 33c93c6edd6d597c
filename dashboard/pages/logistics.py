"""Logistics: map and list are one selection, what is late comes first; the list is the map in words."""

import dash_leaflet as dl
from dash import html
from dash.development.base_component import Component

from dashboard.components.map_card import MAP, map_card
from dashboard.components.parts import aria, data, slot
from dashboard.i18n import DASH, Words
from dashboard.visit import Row, Visit

PATH = "/logistics"
TITLE = "nav.logistics"
ICON = "truck"

PROMISES = ("late", "risk", "time", "silent", "none")


async def layout(visit: Visit) -> Component:
    """Chips with counts, the map two thirds, the list one third; on phones one of them at a time."""
    words = visit.words
    routes = await visit.client.items("routes")
    vehicles = await visit.client.items("vehicles")
    chips = [
        html.Button(
            [
                html.Span(className="sign", **data(promise=name)),
                words(f"promise.{name}"),
                html.B(DASH, **data(promise_count=name)),
            ],
            className="chip",
            type="button",
            **data(promise_filter=name),
            **aria(pressed="false"),
        )
        for name in PROMISES
    ]
    tabs = [
        html.Button(
            words(f"logistics.{name}"),
            className="chip",
            type="button",
            **data(show_tab=name),
            **aria(pressed="true" if name == "list" else "false"),
        )
        for name in ("list", "map")
    ]
    return html.Div(
        [
            html.Div(
                [
                    html.H1(words(TITLE)),
                    html.Div(chips, className="chips", role="group", **aria(label=words("logistics.filter"))),
                    html.Div(tabs, className="chips phone-only"),
                    html.Span([words("logistics.moving"), " ", slot("moving")], className="quiet desk-only"),
                    html.A(words("logistics.day"), href="/logistics", hidden=True, **data(slot="day-link")),
                    html.A(words("logistics.fences"), href="/fences"),
                    html.A(words("nav.carriers"), href="/carriers"),
                ],
                className="page-head",
            ),
            html.Div(
                [_map(routes, vehicles, words), _list(words)], className="logistics", **data(tab="list")
            ),
        ],
        **data(
            page="logistics", shipment=visit.query.get("shipment", ""), vehicle=visit.query.get("vehicle", "")
        ),
    )


def _map(routes: list[Row], vehicles: list[Row], words: Words) -> Component:
    """The plant's routes and stops, and the vehicles."""
    layers = [
        dl.Pane(
            dl.GeoJSON(
                data=route_shapes(routes, words),
                style=MAP("routeStyle"),
                pointToLayer=MAP("stop"),
                interactive=False,
                id="map-routes",
            ),
            name="routes",
            style={"zIndex": 350},
        ),
        dl.GeoJSON(data=_nothing(), style=MAP("trailStyle"), interactive=False, id="map-trail"),
        dl.GeoJSON(
            data=_nothing(), pointToLayer=MAP("vehicle"), onEachFeature=MAP("eachVehicle"), id="map-vehicles"
        ),
    ]
    return map_card(
        "map", layers, extent(routes, vehicles), words, hold="holdMap", maxZoom=14, worldCopyJump=True
    )


def _list(words: Words) -> Component:
    return html.Section(
        [
            html.H2(words("logistics.list"), className="away"),
            html.Ul(className="shipments", **data(slot="shipments")),
            html.P(
                words("shipments.none.hint"),
                className="empty",
                hidden=True,
                **data(slot="shipments-none"),
            ),
            html.H2(words("logistics.free"), **data(slot="free-title")),
            html.Ul(className="shipments", **data(slot="free")),
        ],
        className="card list-card",
        tabIndex="0",
        **aria(label=words("logistics.list")),
    )


def _nothing() -> Row:
    return {"type": "FeatureCollection", "features": []}


def route_shapes(routes: list[Row], words: Words) -> Row:
    """Routes as lines and their stops as points, in GeoJSON (longitude first)."""
    features = []
    for route in routes:
        stops = route["stops"]
        path = route.get("path") or [[stop["lat"], stop["lon"]] for stop in stops]
        features.append(_feature("LineString", [[lon, lat] for lat, lon in path], {"route": route["id"]}))
        for stop in stops:
            name = {"name": words.of(stop["name"])}
            features.append(_feature("Point", [stop["lon"], stop["lat"]], name))
    seen: set[str] = set()
    once = []
    for feature in features:  # many routes share a stop: one label is enough
        name = feature["properties"].get("name")
        if name is None or name not in seen:
            once.append(feature)
            seen.add(name or "")
    return {"type": "FeatureCollection", "features": once}


def _feature(kind: str, coordinates: list[object], properties: Row) -> Row:
    return {
        "type": "Feature",
        "geometry": {"type": kind, "coordinates": coordinates},
        "properties": properties,
    }


def extent(routes: list[Row], vehicles: list[Row]) -> list[list[float]]:
    """South-west and north-east corner of what is moved and where to; the inhabited world when nothing is.

    >>> extent([], [{"lat": 30.0, "lon": 120.0}, {"lat": None, "lon": None}])
    [[29.8, 119.8], [30.2, 120.2]]
    """
    points = [(stop["lat"], stop["lon"]) for route in routes for stop in route["stops"]]
    points += [(row["lat"], row["lon"]) for row in vehicles if row["lat"] is not None]
    if not points:
        return [[-50.0, -130.0], [65.0, 150.0]]
    lats, lons = zip(*points, strict=True)
    return [
        [round(min(lats) - 0.2, 4), round(min(lons) - 0.2, 4)],
        [round(max(lats) + 0.2, 4), round(max(lons) + 0.2, 4)],
    ]
