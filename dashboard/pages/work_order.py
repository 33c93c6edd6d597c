"""One work order, as a technician works on it: on a phone, with one hand, with gloves."""

from dash import html
from dash.development.base_component import Component

from dashboard.components.parts import card, data, icon, slot
from dashboard.i18n import Words
from dashboard.visit import Visit

PATH = "/work-orders/{key}"
TITLE = "nav.work_order"
ICON = ""

STEPS = ("start", "go", "stop", "resume", "close")
"""The likely next thing: at the foot of a phone's screen, where a thumb reaches."""
OTHERS = ("hold", "cancel", "reopen")


async def layout(visit: Visit) -> Component:
    """The order of the address; the browser fills it and asks again while the page is open."""
    words = visit.words
    order = await visit.client.get(f"work-orders/{visit.key}")  # there is none: the page says so
    return html.Div(
        [
            html.Header(
                [
                    html.A(
                        [icon("arrow-back-up"), words("back.maintenance")],
                        href="/maintenance",
                        className="button plain",
                    ),
                    html.Div([html.H1(f"WO-{order['number']}"), slot("number", "", className="quiet")]),
                    slot("priority", ""),
                    slot("state", className="order-state"),
                    slot("due", "", className="order-due"),
                    slot("order-age", "", className="quiet seen", **data(age_text="ago")),
                ],
                className="machine-head",
            ),
            html.P(words("work.error"), className="empty bad", hidden=True, **data(slot="order-error")),
            html.Div(
                [
                    html.Div([_what(words), _checks(words), _notes(words)], className="order-main"),
                    html.Div(
                        [_found(words), _evidence(words), _parts(words), _files(words), _history(words)],
                        className="order-side",
                    ),
                ],
                className="order-columns",
            ),
            html.Div([_step(name, words) for name in STEPS], className="order-foot-bar"),
        ],
        className="work-order",
        **data(page="work_order", key=visit.key),
    )


def _button(name: str, text: str, sign: str = "") -> Component:
    inside: list[Component | str] = [icon(sign), text] if sign else [text]
    return html.Button(inside, className="button", type="button", hidden=True, **data(slot=name))


def _step(name: str, words: Words) -> Component:
    signs = {"start": "player-play", "go": "clock", "stop": "player-pause", "resume": "player-play"}
    return html.Button(
        [icon(signs.get(name, "check")), words(f"work.do.{name}")],
        className="button big-button",
        type="button",
        hidden=True,
        **data(slot=f"do-{name}"),
    )


def _what(words: Words) -> Component:
    return card(
        words("work.what"),
        html.P(html.A(href="/", **data(slot="machine")), className="order-machine"),
        html.P(slot("detail", ""), className="order-detail"),
        html.P([words("work.who"), " ", slot("who")]),
        html.P([slot("labour"), " ", slot("running", "")]),
        html.P(slot("cost"), className="quiet"),
        html.Div(
            [
                _button("change-order", words("work.change")),
                _button("book-time", words("work.book_time")),
                *(_button(f"do-{name}", words(f"work.do.{name}")) for name in OTHERS),
            ],
            className="chips",
        ),
    )


def _checks(words: Words) -> Component:
    return card(
        words("work.checklist"),
        html.Ul(className="checks", **data(slot="checks")),
        html.P(words("work.checklist.none"), className="quiet", **data(slot="checks-none")),
        html.Div(_button("add-check", words("work.add_check")), className="chips"),
        aside=slot("checks-count", "", className="quiet"),
    )


def _notes(words: Words) -> Component:
    return card(words("work.notes"), html.Div(className="note-form", hidden=True, **data(slot="note-form")))


def _found(words: Words) -> Component:
    return html.Div(
        card(words("close.title"), html.Ul(className="notes", **data(slot="found"))),
        hidden=True,
        **data(slot="found-box"),
    )


def _evidence(words: Words) -> Component:
    inside = card(
        words("work.evidence"),
        html.P(slot("advice", "", className="advised")),
        html.Ul(className="notes", **data(slot="evidence")),
        html.Details(
            [
                html.Summary(words("work.evidence.journal")),
                html.Ul(className="notes", **data(slot="evidence-journal")),
            ]
        ),
        html.Div(
            [
                html.A(words("work.evidence.trend"), href="/", className="button", **data(slot="trend-link")),
                html.A(
                    words("machine.alarms.all"), href="/alarms", className="button", **data(slot="alarm-link")
                ),
            ],
            className="chips",
        ),
    )
    return html.Div(inside, hidden=True, **data(slot="evidence-box"))


def _parts(words: Words) -> Component:
    return card(
        words("maintenance.parts"),
        html.Ul(**data(slot="parts")),
        html.P(words("work.parts.none"), className="quiet", **data(slot="parts-none")),
        html.Div(_button("add-part", words("part.pick")), className="chips"),
    )


def _files(words: Words) -> Component:
    return card(
        words("work.files"),
        html.Ul(className="files", **data(slot="files")),
        html.Div(
            [_button("add-photo", words("work.photo")), html.Span(**data(slot="camera"))], className="chips"
        ),
    )


def _history(words: Words) -> Component:
    return card(words("work.history"), html.Ul(className="timeline-plain", **data(slot="entries")))
