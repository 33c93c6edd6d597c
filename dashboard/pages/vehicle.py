"""One vehicle: where it is, a day of it again, its trips, stops and visits, its tracker's last words."""

import dash_leaflet as dl
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.client import ApiError
from dashboard.components.map_card import MAP, map_card
from dashboard.components.parts import aria, card, data, slot, table
from dashboard.i18n import Words
from dashboard.pages.logistics import extent
from dashboard.visit import Row, Visit

PATH = "/vehicles/{key}"
TITLE = "nav.vehicle"
ICON = ""

LEGS = ("leg", "from", "lasted", "way", "fastest", "idle")
VISITS = ("fence", "from", "lasted")
WORDS = ("signal", "value", "said")
FACTS = ("state", "since", "speed", "odometer", "shipment", "seen")


async def layout(visit: Visit) -> Component:
    """The browser asks for the day; the rows of the vehicle itself come live."""
    words = visit.words
    vehicles = await visit.client.items("vehicles")
    row = next((one for one in vehicles if one["key"] == visit.key), None)
    if row is None:
        raise ApiError(404, f"no vehicle {visit.key!r}")
    return html.Div(
        [
            html.Div(
                [
                    html.H1(words.of(row["name"])),
                    dcc.Link(words("vehicle.back"), href=f"/logistics?vehicle={visit.key}"),
                    _days(words),
                ],
                className="page-head",
            ),
            html.Div([_map(row, words), _side(words)], className="vehicle"),
        ],
        **data(page="vehicle", key=visit.key),
    )


def _days(words: Words) -> Component:
    buttons = [
        html.Button(words(f"vehicle.{name}"), className="chip", type="button", **data(step_day=step))
        for name, step in (("before", "-1"), ("after", "1"))
    ]
    return html.Div(
        [buttons[0], html.B("", **data(slot="day")), buttons[1]],
        className="chips",
        role="group",
        **aria(label=words("vehicle.day")),
    )


def _map(row: Row, words: Words) -> Component:
    box = extent([], [row])
    layers = [
        dl.GeoJSON(data=_nothing(), style=MAP("wayStyle"), interactive=False, id="vehicle-way"),
        dl.GeoJSON(data=_nothing(), pointToLayer=MAP("stopDot"), id="vehicle-stops"),
        dl.GeoJSON(data=_nothing(), pointToLayer=MAP("vehicle"), interactive=False, id="vehicle-spot"),
    ]
    slider = html.Div(
        [
            html.Button(words("vehicle.play"), className="button", type="button", **data(slot="play")),
            dcc.Input(
                type="range", min=0, max=1000, value=1000, id="vehicle-slider", className="replay-slider"
            ),
            html.B("", **data(slot="at")),
            html.Span("", className="quiet", **data(slot="at-speed")),
        ],
        className="replay",
    )
    return map_card("vehicle-map", layers, box, words, slider, hold="holdVehicle")


def _side(words: Words) -> Component:
    facts = [
        part
        for name in FACTS
        for part in (html.Dt(words(f"vehicle.fact.{name}")), html.Dd(slot(f"fact-{name}")))
    ]
    return html.Div(
        [
            card(words("vehicle.now"), html.Dl(facts, className="facts")),
            _table("legs", LEGS, words),
            _table("visits", VISITS, words),
            _table("words", WORDS, words),
        ],
        className="vehicle-side",
        tabIndex="0",
        **aria(label=words("vehicle.past")),
    )


def _table(name: str, columns: tuple[str, ...], words: Words) -> Component:
    return card(
        words(f"vehicle.{name}"),
        table([(words(f"column.{one}"), "") for one in columns], name, words(f"vehicle.{name}")),
        html.P(words(f"vehicle.{name}.none"), className="empty", hidden=True, **data(slot=f"{name}-none")),
        aside=slot(f"{name}-sum", "", className="quiet"),
    )


def _nothing() -> Row:
    return {"type": "FeatureCollection", "features": []}
