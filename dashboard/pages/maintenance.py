"""Maintenance: the board, orders as a list, what was asked for, plans, parts, and what it amounts to."""

from dash import html
from dash.development.base_component import Component

from dashboard.components.parts import aria, card, data, slot, table
from dashboard.i18n import Words
from dashboard.visit import Visit

PATH = "/maintenance"
TITLE = "nav.maintenance"
ICON = "tool"

TABS = ("board", "list", "requests", "plans", "parts", "figures")
STATES = ("open", "in_progress", "on_hold", "done")
LISTED = ("unfinished", *STATES, "cancelled", "all")
ORDERS = ("work_order", "priority", "what", "machine", "state", "due", "for", "labour", "ended")
REQUESTS = ("request", "machine", "text", "by", "asked", "standing", "answer")
PLANS = ("plan", "machine", "rhythm", "next", "team", "orders", "active")
PARTS = ("part", "location", "on_hand", "reserved", "minimum", "short", "used", "book")
FIGURES = ("machine", "failures", "mtbf", "mttr", "availability", "down", "planned", "cost")
BOXES = ("mtbf", "mttr", "availability", "planned", "compliance", "cost", "backlog")
DAYS = (30, 90, 365)


async def layout(visit: Visit) -> Component:
    """The tab of the address; the browser asks for what is in it, and again while the page is open."""
    words = visit.words
    tab = visit.query.get("tab", "")
    tab = tab if tab in TABS else TABS[0]
    inside = {
        "board": _board,
        "list": _orders,
        "requests": _requests,
        "plans": _plans,
        "parts": _parts,
        "figures": _figures,
    }
    return html.Div(
        [
            html.Header(
                [
                    html.H1(words(TITLE)),
                    html.Nav(
                        [_tab(one, tab, words) for one in TABS], className="chips", **aria(label=words(TITLE))
                    ),
                    slot("maintenance-age", "", className="quiet", **data(age_text="ago")),
                    html.Div(
                        [
                            _button("new-request", words("work.request.new")),
                            _button("new-order", words("work.new")),
                        ],
                        className="chips page-tools",
                    ),
                ],
                className="page-head",
            ),
            html.P(
                words("maintenance.error"),
                className="empty bad",
                hidden=True,
                **data(slot="maintenance-error"),
            ),
            inside[tab](words),
        ],
        className="maintenance",
        **data(page="maintenance", tab=tab),
    )


def _tab(name: str, chosen: str, words: Words) -> Component:
    count = [slot("waiting-count", "", className="waiting")] if name == "requests" else []
    return html.A(
        [words(f"maintenance.{name}"), *count],
        href=PATH if name == TABS[0] else f"{PATH}?tab={name}",
        className="chip",
        **aria(current="true" if name == chosen else None),
    )


def _button(name: str, text: str) -> Component:
    return html.Button(text, className="button", type="button", hidden=True, **data(slot=name))


def _board(words: Words) -> Component:
    chips = [
        html.Button(
            [words(f"work.filter.{name}"), *inside],
            className="chip",
            type="button",
            **data(filter=name),
            **aria(pressed="false"),
        )
        for name, inside in (("mine", []), ("late", [html.B(slot("overdue-count", ""))]))
    ]
    lanes = [
        html.Section(
            [
                html.Header(
                    [html.H2(words(f"work.state.{state}")), slot(f"count-{state}", "", className="quiet")]
                ),
                html.Ul(**data(slot=f"board-{state}")),
                html.P(words("work.none"), className="empty", hidden=True, **data(slot=f"none-{state}")),
            ],
            className="card lane",
        )
        for state in STATES
    ]
    return html.Div(
        [html.Div([*chips, html.Span(**data(slot="seek"))], className="chips work-filters"),
         html.Div(lanes, className="lanes")]
    )  # fmt: skip


def _orders(words: Words) -> Component:
    states = [
        (
            state,
            words(f"work.state.{state}")
            if state in STATES or state == "cancelled"
            else words(f"list.{state}"),
        )
        for state in LISTED
    ]
    sorts = [
        (f"{column}{way}", words(f"list.sort{way.replace('/', '.')}", column=words(f"column.{column}")))
        for column in ORDERS
        for way in ("", "/down")
    ]
    filters = [
        _choice("list.state", states, words),
        _choice("list.machine", [], words),
        _choice("list.who", [], words),
        _choice("list.sorted", sorts, words),
        html.Button(
            words("work.filter.late"),
            className="chip",
            type="button",
            **data(slot="list-late"),
            **aria(pressed="false"),
        ),
        html.Span(**data(slot="list-seek")),
        html.Button(words("list.csv"), className="button", type="button", **data(slot="list-csv")),
    ]
    return _list("list", ORDERS, words, html.Div(filters, className="chips work-filters list-filters"),
                 html.P("", className="quiet", role="status", **data(slot="list-count")))  # fmt: skip


def _list(name: str, columns: tuple[str, ...], words: Words, *more: Component) -> Component:
    title = words(f"maintenance.{name}")
    heads = [(words(f"column.{column}"), "") for column in columns]
    return card(
        title,
        html.P(words(f"maintenance.{name}.what"), className="quiet"),
        *more,
        table(heads, name, title),
        html.P(
            words(f"maintenance.{name}.none"), className="empty", hidden=True, **data(slot=f"{name}-none")
        ),
    )


def _requests(words: Words) -> Component:
    return _list("requests", REQUESTS, words)


def _plans(words: Words) -> Component:
    return _list("plans", PLANS, words, html.Div(_button("new-plan", words("plan.new")), className="chips"))


def _parts(words: Words) -> Component:
    return _list("parts", PARTS, words, html.Div(_button("new-part", words("part.new")), className="chips"))


def _choice(name: str, options: list[tuple[str, str]], words: Words) -> Component:
    # A plain select: Dash's own is drawn by scripts and is no element of a form.
    inside = [html.Option(text, value=value) for value, text in options]
    return html.Label(
        [words(name), html.Select(inside, className="field", **data(slot=name.replace(".", "-")))]
    )


def _figures(words: Words) -> Component:
    days = [(str(n), words("figures.days.n", n=n)) for n in DAYS]
    groups = [(by, words(f"figures.by.{by}")) for by in ("machine", "line", "kind")]
    boxes = [
        html.Div(
            [
                html.H2(words(f"figure.{name}")),
                slot(f"figure-{name}", className="big"),
                html.P(slot(f"figure-{name}-note", ""), className="quiet"),
            ],
            className="card",
            title=words(f"figure.{name}.is"),
        )
        for name in BOXES
    ]
    return html.Div(
        [
            html.Div(
                [_choice("figures.days", days, words), _choice("figures.by", groups, words)],
                className="chips work-filters",
            ),
            html.Div(boxes, className="figure-boxes"),
            _list("figures", FIGURES, words),
            card(
                words("figures.defined"),
                html.Dl(
                    [
                        part
                        for name in BOXES
                        for part in (html.Dt(words(f"figure.{name}")), html.Dd(words(f"figure.{name}.is")))
                    ],
                    className="defined",
                ),
            ),
        ]
    )
