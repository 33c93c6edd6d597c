"""System: whether Lineshaft itself is well, whether its books balance, and who has not been described yet."""

from dash import html
from dash.development.base_component import Component

from dashboard.components.books import books, dead_letters
from dashboard.components.parts import card, data, icon, slot, table
from dashboard.i18n import Words
from dashboard.names import names_of
from dashboard.visit import Row, Visit

PATH = "/system"
TITLE = "nav.system"
ICON = "server-2"

RATES = ("messages_s", "readings_in_s", "stored_s", "rejected_s")
FIGURES = ("lag_shard", "lag_plant", "flavour", "bytes", "version")


async def layout(visit: Visit) -> Component:
    """All figures are live; the lines one may adopt a machine into come with the page."""
    words = visit.words
    tree = await visit.client.items("assets")
    names = names_of(tree, words)
    lines = html.Div(
        [html.Span(names[line], **data(line_key=line, site=site)) for site, line in lines_of(tree)],
        hidden=True,
        **data(slot="lines"),
    )
    return html.Div(
        [
            html.H1(words(TITLE), className="away"),
            lines,
            html.P(
                html.A([icon("activity"), words("system.models")], href="/models", className="button"),
                className="phone-only phone-link",
            ),
            html.Div(
                [_rates(words), _services(words), books(words), _devices(words), dead_letters(words)],
                className="system",
            ),
        ],
        **data(page="system"),
    )


def lines_of(tree: list[Row], site: str = "") -> list[tuple[str, str]]:
    """(site, line) of each line of the plant, in its order.

    >>> lines_of([{"key": "s", "level": "site", "children": [{"key": "l1", "level": "line"}]}])
    [('s', 'l1')]
    """
    found = []
    for asset in tree:
        own = asset["key"] if asset["level"] == "site" else site
        if asset["level"] == "line":
            found.append((own, asset["key"]))
        found += lines_of(asset.get("children") or [], own)
    return found


def _figure(name: str, words: Words) -> Component:
    return html.Div([html.Dt(words(f"system.{name}")), html.Dd(slot(name))])


def _rates(words: Words) -> Component:
    figures = [_figure(name, words) for name in (*RATES, *FIGURES)]
    return card(words("system.figures"), html.Dl(figures, className="figures"), name="system-figures")


def _services(words: Words) -> Component:
    columns = [(words(f"column.{name}"), "") for name in ("service", "state", "beat", "started", "detail")]
    return card(words("system.services"), table(columns, "services", words("system.services")))


def _devices(words: Words) -> Component:
    columns = [(words(f"column.{name}"), "") for name in ("device", "speaks_for", "seen", "signals", "adopt")]
    return card(
        words("devices.title"),
        table(columns, "devices", words("devices.title")),
        html.P(words("devices.none"), className="empty", hidden=True, **data(slot="devices-none")),
        aside=slot("devices-count", "", className="quiet"),
        name="devices",
    )
