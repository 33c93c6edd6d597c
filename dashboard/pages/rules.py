"""Alarm rules: which are at work, what they would have raised, their versions, and an editor without JSON."""

import json

from dash import html
from dash.development.base_component import Component

from dashboard.components.parts import aria, card, data, slot, table
from dashboard.i18n import Words
from dashboard.visit import Visit
from lineshaft.domain.rules.starting import STARTS

PATH = "/rules"
TITLE = "nav.rules"
ICON = ""

LIST = ("rule", "where", "state", "last_raised", "raised_7d", "precision")
VERSIONS = ("version", "at", "by", "why", "changes")
DAYS = (1, 7, 30, 90)
NEW = ("new", "settings")
ACTS = ("save", "activate", "retire")


async def layout(visit: Visit) -> Component:
    """The browser asks for the rules; the address holds which one is looked at."""
    words = visit.words
    begins = [_button(words, f"rules.{name}", f"rule-{name}", hidden=True) for name in NEW]
    return html.Div(
        [
            html.Div([html.H1(words(TITLE)), html.Div(begins, className="chips")], className="page-head"),
            _list(words),
            html.Div([_editor(words), html.Div([_trial(words), _versions(words)])], className="rules-page"),
            _dialog(words),
        ],
        **data(
            page="rules", rule=visit.query.get("rule", ""), days=" ".join(map(str, DAYS)),
            starts=json.dumps({quantity: list(one) for quantity, one in STARTS.items()}),
        ),
    )  # fmt: skip


def _button(words: Words, key: str, name: str, *, hidden: bool = False) -> Component:
    return html.Button(words(key), className="button", type="button", hidden=hidden, **data(slot=name))


def _list(words: Words) -> Component:
    heads = [(words(f"rules.column.{one}"), "") for one in LIST]
    return card(
        words("rules.list"),
        table(heads, "rules", words("rules.list")),
        html.P(words("rules.none"), className="empty", hidden=True, **data(slot="rules-none")),
    )


def _editor(words: Words) -> Component:
    code = html.Pre(
        tabIndex="0", className="scroll", **data(slot="rule-json"), **aria(label=words("rules.json"))
    )
    buttons = [
        *(_button(words, f"rules.{name}", f"rule-{name}", hidden=True) for name in ACTS),
        _button(words, "rules.close", "rule-close"),
    ]
    standing = slot("rule-standing", "", className="quiet", role="status")
    return html.Section(
        [
            html.Header(html.H2("", **data(slot="rule-heading"))),
            html.P(slot("rule-says", ""), className="rule-sentence"),
            html.Form(className="rule-form", **data(slot="rule-form"), **aria(label=words("rules.editor"))),
            html.Div([standing, *buttons], className="rule-acts", **data(slot="rule-acts")),
            html.Details([html.Summary(words("rules.json")), code]),
        ],
        className="card",
        hidden=True,
        **data(slot="rule-editing"),
    )


def _trial(words: Words) -> Component:
    return html.Div(
        card(
            words("rules.trial"),
            html.P(words("rules.trial.what"), className="quiet"),
            html.Div(className="chips", **data(slot="trial-bar")),
            html.Div(role="status", **data(slot="trial")),
        ),
        hidden=True,
        **data(slot="rule-trial"),
    )


def _versions(words: Words) -> Component:
    heads = [(words(f"rules.column.{one}"), "") for one in VERSIONS]
    return html.Div(
        card(words("rules.versions"), table(heads, "rule-versions", words("rules.versions"))),
        hidden=True,
        **data(slot="rule-past"),
    )


def _dialog(words: Words) -> Component:
    """Asks why: no version is written, put to work or retired without a word."""
    buttons = [
        html.Button(words("cancel"), className="button", type="button", **data(do="close")),
        _button(words, "act.do", "rule-dialog-go"),
    ]
    return html.Dialog(
        [
            html.H2("", **data(slot="rule-dialog-heading")),
            html.P("", className="quiet", **data(slot="rule-dialog-what")),
            html.Ul(className="notes", **data(slot="rule-dialog-changes")),
            html.Label([words("rules.why"), html.Textarea(className="field wide", rows=2, maxLength=200)]),
            html.P(words("act.why.needed"), role="alert", hidden=True, **data(slot="rule-missing")),
            html.Div(buttons, className="row"),
        ],
        id="rule-dialog",
        **aria(label=words("rules.why")),
    )
