"""Warehouse: where an item is and was, what each zone holds, and what moved just now."""

from urllib.parse import quote

from dash import html
from dash.development.base_component import Component

from dashboard.client import ApiError
from dashboard.components.parts import card, data, empty, table
from dashboard.i18n import DASH, Words
from dashboard.visit import Row, Visit

PATH = "/trace"
TITLE = "nav.trace"
ICON = "building-warehouse"

MOST_FOUND = 50


async def layout(visit: Visit) -> Component:
    """What was searched for comes with the page; zones and moves are live."""
    words, query = visit.words, visit.query.get("q", "").strip()
    zones = await visit.client.items("zones")
    names = {zone["key"]: words.of(zone["name"]) for zone in zones}
    found = await _found(visit, query, names)
    return html.Div(
        [
            html.Div(
                [html.H1(words(TITLE)), html.Div(className="search", **data(slot="search"))],
                className="page-head",
            ),
            html.Div([*found, _zones(zones, words), _moves(words)], className="trace"),
        ],
        **data(page="trace", query=query, zone=visit.query.get("zone", "")),
    )


async def _found(visit: Visit, query: str, names: dict[str, str]) -> list[Component]:
    """One item with its history, or those that match, or those of a zone."""
    words, zone = visit.words, visit.query.get("zone", "")
    if query:
        try:
            item = await visit.client.get(f"items/{quote(query, safe='')}")
            return [_item(item, names, words)]
        except ApiError as error:
            if error.status not in (404, 422):
                raise
    if not query and not zone:
        return []
    rows = await visit.client.items("items", q=query or None, zone=zone or None, limit=MOST_FOUND)
    title = words("trace.found", q=query) if query else words("trace.in", zone=names.get(zone, zone))
    if not rows:
        hint = html.A(words("trace.clear"), href="/trace")
        return [card(title, empty(words("trace.nothing"), " ", hint), name="found")]
    return [card(title, _items(rows, names, words), name="found")]


def _items(rows: list[Row], names: dict[str, str], words: Words) -> Component:
    heads = [html.Th(words(f"column.{name}"), scope="col") for name in ("epc", "zone", "since", "seen")]
    body = [
        html.Tr(
            [
                html.Td(
                    html.A(row["epc"], href=f"/trace?q={quote(row['epc'], safe='')}"),
                    className="code",
                    **data(label=words("column.epc")),
                ),
                html.Td(_place(row, names, words), **data(label=words("column.zone"))),
                html.Td(html.Span(**data(when=str(row["since"]))), **data(label=words("column.since"))),
                html.Td(
                    html.Span(**data(age=str(row["last_seen"]), age_text="ago")),
                    **data(label=words("column.seen")),
                ),
            ]
        )
        for row in rows
    ]
    return html.Table([html.Thead(html.Tr(heads)), html.Tbody(body)], className="table stack")


def _place(row: Row, names: dict[str, str], words: Words) -> str:
    zone = names.get(row["zone"]) or str(row["zone"])
    return zone if row["present"] else words("trace.left", zone=zone)


def _item(item: Row, names: dict[str, str], words: Words) -> Component:
    steps = [
        html.Li(
            [
                html.Span(className="quiet", **data(when=str(move["ts"]))),
                html.Span(_move(move, names, words)),
            ]
        )
        for move in item["moves"]
    ]
    now = html.P(
        [
            html.B(_place(item, names, words)),
            " · ",
            words("trace.since"),
            " ",
            html.Span(**data(when=str(item["since"]))),
            " · ",
            html.Span(**data(age=str(item["last_seen"]), age_text="seen.ago")),
        ]
    )
    history = html.Ol(steps, className="timeline") if steps else empty(words("trace.history.none"))
    return card(
        words("trace.item"),
        html.P(item["epc"], className="code"),
        now,
        html.H3(words("trace.history")),
        history,
        aside=html.A(words("trace.clear"), href="/trace", className="quiet"),
        name="found",
    )


def _move(move: Row, names: dict[str, str], words: Words) -> str:
    outside = words("trace.outside")
    start, end = (names.get(move[end] or "", move[end] or outside) for end in ("from_zone", "to_zone"))
    return f"{start} → {end}"


def _zones(zones: list[Row], words: Words) -> Component:
    rows = [
        html.Li(
            [
                html.A(words.of(zone["name"]), href=f"/trace?zone={zone['key']}"),
                html.Span(html.I(), className="meter", **data(slot="fill")),
                html.Span(DASH, className="number", **data(slot="present")),
                html.Span(DASH, className="quiet", **data(slot="last", age_text="ago")),
            ],
            className="zone",
            **data(zone_key=zone["key"]),
        )
        for zone in zones
    ]
    inside = html.Ul(rows) if rows else empty(words("zones.none"))
    return card(
        words("zones.title"), inside, aside=html.Span(words("zones.aside"), className="quiet"), name="zones"
    )


def _moves(words: Words) -> Component:
    columns = [(words(f"column.{name}"), "") for name in ("when", "epc", "from", "to")]
    return card(
        words("moves.title"),
        table(columns, "moves", words("moves.title")),
        html.P(words("moves.none"), className="empty", hidden=True, **data(slot="moves-none")),
        name="moves",
    )
