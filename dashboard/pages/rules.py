"""Alarm rules: which are at work, what they would have raised, their versions, and an editor without JSON."""

from dash import html
from dash.development.base_component import Component

from dashboard.components.parts import aria, card, data, slot, table
from dashboard.i18n import Words
from dashboard.visit import Visit

PATH = "/rules"
TITLE = "nav.rules"
ICON = ""

LIST = ("rule", "where", "state", "last_raised", "raised_7d", "precision")
VERSIONS = ("version", "at", "by", "why", "changes")
DAYS = (1, 7, 30, 90)


async def layout(visit: Visit) -> Component:
    """The browser asks for the rules; the address holds which one is looked at."""
    words = visit.words
    return html.Div(
        [
            html.Div([html.H1(words(TITLE)), _button(words, "new", hidden=True)], className="page-head"),
            html.Div([_list(words), _editor(words), _trial(words), _versions(words)], className="models"),
        ],
        **data(page="rules", rule=visit.query.get("rule", ""), days=" ".join(map(str, DAYS))),
    )


def _button(words: Words, name: str, *, hidden: bool = False) -> Component:
    return html.Button(
        words(f"rules.{name}"), className="button", type="button", hidden=hidden, **data(slot=f"rule-{name}")
    )


def _list(words: Words) -> Component:
    heads = [(words(f"rules.column.{one}"), "") for one in LIST]
    return card(
        words("rules.list"),
        table(heads, "rules", words("rules.list")),
        html.P(words("rules.none"), className="empty", hidden=True, **data(slot="rules-none")),
    )


def _editor(words: Words) -> Component:
    json = html.Details(
        [
            html.Summary(words("rules.json")),
            html.Pre(
                tabIndex="0", className="scroll", **data(slot="rule-json"), **aria(label=words("rules.json"))
            ),
        ]
    )
    return html.Div(
        card(
            words("rules.editor"),
            slot("rule-says", "", className="quiet"),
            html.Form(className="fence-form", **data(slot="rule-form")),
            json,
        ),
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
