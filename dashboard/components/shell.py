"""The frame around every page."""

from collections.abc import Sequence

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components.parts import aria, data, icon, shape, state
from dashboard.i18n import DASH, Words
from dashboard.visit import Page

KEYS = (("g o", "nav.overview"), ("g m", "nav.machines"), ("g a", "nav.alarms"), ("g t", "nav.maintenance"),
        ("g l", "nav.logistics"),
        ("g w", "nav.trace"), ("g d", "nav.models"), ("g s", "nav.system"), ("/", "keys.search"),
        ("?", "legend.title"))  # fmt: skip
STATES = ("RUN", "IDLE", "SETUP", "MAINT", "DOWN", "OFFLINE")


def shell(sections: Sequence[Sequence[Page]], words: Words) -> Component:
    """Top bar, bars for what is stale and what is wrong, the page's place, and the live stores.

    Args:
        sections: of the navigation, each led by the page that stands for it.
        words: the visitor's.
    """
    return html.Div(
        [
            html.A(words("skip"), href="#main", className="skip"),
            html.Header([_brand(), _navigation(sections, words), _tools(words)], className="top"),
            html.Div(
                [
                    html.Div(id="stale-bar", className="stale-bar", hidden=True, role="status"),
                    _banner(words),
                ],
                className="bars",
            ),
            *(_section(section, words) for section in sections if len(_linked(section)) > 1),
            html.Main(html.P(words("loading"), className="empty"), id="main", tabIndex="-1"),
            html.Nav(
                [
                    html.A(
                        [icon(section[0].ICON), words(section[0].TITLE)],
                        href=section[0].PATH,
                        **data(paths=_paths(section)),
                    )
                    for section in sections
                ],
                className="tabs-phone",
                **aria(label=words("nav.phone")),
            ),
            _legend(words),
            html.Div(id="said", className="said-bar", hidden=True, role="status"),
            html.Div(id="announce", className="away", role="alert"),
            dcc.Location(id="place"),
            dcc.Store(id="live"),
            dcc.Store(id="fan"),
        ]
    )


def _brand() -> Component:
    return html.A(["Lineshaft", html.Small(id="plant-name")], href="/", className="brand")


def _navigation(sections: Sequence[Sequence[Page]], words: Words) -> Component:
    links = []
    for section in sections:
        first, name = section[0], words(section[0].TITLE)
        inside = [icon(first.ICON), html.Span(name, className="word")]
        said = data(paths=_paths(section)) | aria(label=name)
        links.append(html.A(inside, href=first.PATH, title=name, **said))
    return html.Nav(links, className="nav", **aria(label=words("nav.main")))


def _section(section: Sequence[Page], words: Words) -> Component:
    """The second row: a section's pages, shown while one of them is."""
    links = [html.A(words(page.TITLE), href=page.PATH) for page in _linked(section)]
    return html.Nav(
        links,
        className="subnav",
        hidden=True,
        **data(paths=_paths(section)),
        **aria(label=words(section[0].TITLE)),
    )


def _linked(section: Sequence[Page]) -> list[Page]:
    """The pages that have one address."""
    return [page for page in section if "{" not in page.PATH]


def _paths(section: Sequence[Page]) -> str:
    """What the addresses of a section's pages begin with."""
    return " ".join(page.PATH.partition("{")[0] for page in section)


def _tool(sign: str, does: str, label: str, text: str = "", style: str = "") -> Component:
    inside = [icon(sign), html.Span(text, className="word")] if text else [icon(sign)]
    return html.Button(
        inside,
        className=f"button plain {style}".strip(),
        type="button",
        title=label,
        **data(do=does),
        **aria(label=label),
    )


def _tools(words: Words) -> Component:
    return html.Div(
        [
            html.Span(DASH, id="clock", className="clock seldom"),
            html.Span(words("link.connecting"), id="link-state", className="link-state", role="status",
                      **data(state="connecting")),
            _tool("language", "language", words("language.other.label"), words("language.other")),
            _tool("moon", "theme", words("theme"), style="seldom"),
            _tool("help", "help", words("legend.title")),
            html.A([icon("bell"), html.Span(id="bell-count", className="bell-count")], href="/notifications",
                   className="button plain", title=words("bell"), **aria(label=words("bell"))),
            html.Span(id="who", className="who quiet seldom"),
            _tool("logout", "logout", words("logout")),
        ],
        className="tools",
    )  # fmt: skip


def _banner(words: Words) -> Component:
    return html.Div(
        [
            html.Div(id="banner-list", className="banner-list"),
            html.Span(id="banner-none", className="quiet"),
            html.A(
                words("nav.alarms"),
                id="banner-more",
                href="/alarms",
                className="more",
                **aria(live="polite"),
            ),
        ],
        id="banner",
        className="banner",
        role="region",
        **aria(label=words("banner.label")),
    )


def _legend(words: Words) -> Component:
    rows: list[Component] = [html.Dt(words("legend.priorities"))]
    rows += [html.Dd([shape(n, words), words(f"priority.{n}")]) for n in (1, 2, 3, 4)]
    rows.append(html.Dt(words("legend.states")))
    rows += [html.Dd([state(name, words), words(f"state.{name}.is")]) for name in STATES]
    rows.append(html.Dt(words("legend.age")))
    rows += [
        html.Dd([html.Span("42", className="old"), words("legend.old")]),
        html.Dd([html.Span("42", className="gone"), words("legend.gone")]),
        html.Dd([html.Span(DASH), words("legend.unknown")]),
    ]
    rows.append(html.Dt(words("legend.keys")))
    rows += [html.Dd([html.Kbd(keys), words(page)]) for keys, page in KEYS]
    close = html.Button(words("close"), className="button", type="button", **data(do="close"))
    title = html.H2(words("legend.title"), id="legend-title")
    return html.Dialog(
        [title, html.Dl(rows, className="legend"), html.Div(close, className="row")],
        id="legend",
        **aria(labelledby="legend-title"),
    )
