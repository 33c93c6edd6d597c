"""What the Alarms page asks and shows of one alarm; the browser fills and sends it."""

from dash import html
from dash.development.base_component import Component

from dashboard.components.parts import aria, data, slot
from dashboard.i18n import Words

MINUTES = (30, 60, 120, 240, 480, 1440)
"""For how long one may shelve; the server knows how long a role may."""


def ack_dialog(words: Words) -> Component:
    """Asks for a comment; without one the acknowledgement is as good."""
    return html.Dialog(
        [
            html.H2(words("ack.heading", n="1"), **data(slot="ack-heading")),
            html.P("", className="quiet", **data(slot="ack-what")),
            html.Label([words("ack.comment"), html.Textarea(className="field wide", rows=2, maxLength=200)]),
            _buttons(words("ack.do"), "ack-go", words),
        ],
        id="ack-dialog",
        **aria(label=words("ack.do")),
    )


def act_dialog(words: Words) -> Component:
    """Asks why, and of a shelving for how long."""
    ends = [html.Option(words(f"shelve.ends.{name}"), value=name) for name in ("time", "condition")]
    lengths = [html.Option(words(f"shelve.{minutes}"), value=str(minutes)) for minutes in MINUTES]
    return html.Dialog(
        [
            html.H2(words("act.shelve"), **data(slot="act-heading")),
            html.P("", className="quiet", **data(slot="act-what")),
            html.Div(
                [
                    html.Label([words("shelve.long"), html.Select(lengths, className="field wide")]),
                    html.Label([words("shelve.ends"), html.Select(ends, className="field wide")]),
                ],
                **data(slot="act-shelving"),
            ),
            html.Label([
                html.Span(words("act.why"), **data(slot="act-why")),
                html.Textarea(className="field wide", rows=2, maxLength=200),
            ]),
            html.P(words("act.why.needed"), className="bad", hidden=True, role="alert",
                   **data(slot="act-missing")),
            _buttons(words("act.do"), "act-go", words),
        ],
        id="act-dialog",
        **aria(label=words("act.do")),
    )  # fmt: skip


def detail(words: Words) -> Component:
    """One alarm: what, since when, value against limit, why, what to do, and all that happened to it."""
    return html.Aside(
        [
            html.Header([
                html.H2("", tabIndex="-1", **data(slot="detail-title")),
                html.Button(words("close"), className="button plain", type="button",
                            **data(slot="detail-close")),
            ]),
            html.P("", className="detail-message", **data(slot="detail-message")),
            html.P("", className="advised", hidden=True, **data(slot="detail-advice")),
            html.Dl(className="facts", **data(slot="detail-facts")),
            html.Ul(className="notes", **data(slot="detail-evidence")),
            html.Div(className="chips", **data(slot="detail-links")),
            html.Div(className="chips", **data(slot="detail-acts")),
            html.H3(words("detail.journal"), **data(slot="detail-heading")),
            html.Ol(className="alarm-journal", **data(slot="detail-journal")),
        ],
        className="card alarm-detail",
        hidden=True,
        **data(slot="detail"),
        **aria(label=words("detail.label")),
    )  # fmt: skip


def said(words: Words) -> Component:
    """How many there are that the list does not show yet."""
    return html.P(
        [
            slot("more-said", ""),
            html.Button(words("alarms.more"), className="button", type="button", **data(slot="more")),
        ],
        className="quiet more-rows",
        hidden=True,
        **data(slot="more-box"),
    )


def _buttons(does: str, name: str, words: Words) -> Component:
    return html.Div(
        [
            html.Button(words("cancel"), className="button", type="button", **data(do="close")),
            html.Button(does, className="button", type="button", **data(slot=name)),
        ],
        className="row",
    )
