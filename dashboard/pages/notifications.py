"""Notifications: who is told of what, who is on call, what became of each message, and my own settings."""

from dash import html
from dash.development.base_component import Component

from dashboard.components.parts import card, data, slot, table
from dashboard.i18n import Words
from dashboard.visit import Visit

PATH = "/notifications"
TITLE = "nav.notifications"
ICON = ""

DELIVERIES = ("told.at", "told.who", "told.channel", "told.what", "told.state")
POLICIES = ("told.policy", "told.alarms", "told.who", "told.pace", "told.escalation")
MINE = ("told.at", "told.what")


async def layout(visit: Visit) -> Component:
    """The browser asks for the lists, and again while the page is open."""
    words = visit.words
    return html.Div(
        [
            html.H1(words(TITLE), className="away"),
            html.P(words("told.error"), className="empty bad", hidden=True, **data(slot="told-error")),
            html.Div(
                [_mine(words), _on_call(words), _policies(words), _deliveries(words)], className="models"
            ),
        ],
        **data(page="notifications"),
    )


def _button(words: Words, key: str, name: str, *, hidden: bool = False) -> Component:
    return html.Button(words(key), className="button", type="button", hidden=hidden, **data(slot=name))


def _mine(words: Words) -> Component:
    return card(
        words("told.mine"),
        html.P(words("told.mine.what"), className="quiet"),
        html.Div(
            [
                _button(words, "told.test", "told-test"),
                _button(words, "told.permit", "told-permit", hidden=True),
                _button(words, "told.seen", "told-seen"),
            ],
            className="chips",
        ),
        _list(words, MINE, "inbox", "told.mine"),
        html.P(words("told.mine.none"), className="empty", hidden=True, **data(slot="inbox-none")),
    )


def _on_call(words: Words) -> Component:
    return card(
        words("told.on_call"),
        html.Ul(className="plain", **data(slot="on-call")),
        html.P(words("told.on_call.none"), className="empty", hidden=True, **data(slot="on-call-none")),
    )


def _policies(words: Words) -> Component:
    return card(
        words("told.policies"),
        html.P(words("told.policies.what"), className="quiet"),
        _list(words, POLICIES, "policies", "told.policies"),
    )


def _deliveries(words: Words) -> Component:
    return card(
        words("told.deliveries"),
        html.Ul(className="plain bad", **data(slot="circuits")),
        html.Div(_button(words, "told.replay", "told-replay", hidden=True), className="chips"),
        _list(words, DELIVERIES, "deliveries", "told.deliveries"),
        html.P(words("told.deliveries.none"), className="empty", hidden=True, **data(slot="deliveries-none")),
        aside=slot("deliveries-age", "", className="quiet", **data(age_text="ago")),
    )


def _list(words: Words, columns: tuple[str, ...], slot_name: str, title: str) -> Component:
    return table([(words(f"column.{name}"), "") for name in columns], slot_name, words(title))
