"""Notifications: who is told of what, who is on call, what became of each message, and my own settings."""

from dash import html
from dash.development.base_component import Component

from dashboard.components.parts import aria, card, data, slot, table
from dashboard.i18n import Words
from dashboard.visit import Visit

PATH = "/notifications"
TITLE = "nav.notifications"
ICON = ""

DELIVERIES = ("told.at", "told.who", "told.channel", "told.what", "told.state")
POLICIES = ("told.policy", "told.alarms", "told.who", "told.pace", "told.escalation", "told.do")
MINE = ("told.at", "told.what")
ON_CALL = ("told.rota", "told.person", "told.from", "told.to")
ROTAS = ("told.rota", "told.zone", "told.turns", "told.do")
TEAMS = ("told.team", "told.people", "told.do")
CONTACTS = ("told.contact", "told.channel", "told.address", "told.owner", "told.do")
SILENCES = ("told.reason", "told.what", "told.from", "told.to", "told.by", "told.do")
INHIBITIONS = ("told.while", "told.mute", "told.equal", "told.do")


async def layout(visit: Visit) -> Component:
    """The browser asks for the lists, and again while the page is open."""
    words = visit.words
    return html.Div(
        [
            html.H1(words(TITLE), className="away"),
            html.P(words("told.error"), className="empty bad", hidden=True, **data(slot="told-error")),
            html.Div(
                [
                    _mine(words),
                    _list(words, "on_call", ON_CALL, ""),
                    _list(words, "policies", POLICIES, "policy"),
                    _list(words, "rotas", ROTAS, "rota"),
                    _list(words, "contacts", CONTACTS, "contact"),
                    _list(words, "teams", TEAMS, "team"),
                    _list(words, "silences", SILENCES, "silence"),
                    _list(words, "inhibitions", INHIBITIONS, "inhibition"),
                    _network(words),
                    _deliveries(words),
                ],
                className="models",
            ),
            _dialog(words),
            html.Datalist(id="told-zones"),
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
                _button(words, "told.wishes", "edit-preference"),
                _button(words, "told.test", "told-test"),
                _button(words, "told.permit", "told-permit", hidden=True),
                _button(words, "told.seen", "told-seen"),
            ],
            className="chips",
        ),
        _table(words, MINE, "inbox", "told.mine"),
        html.P(words("told.mine.none"), className="empty", hidden=True, **data(slot="inbox-none")),
    )


def _list(words: Words, name: str, columns: tuple[str, ...], kind: str) -> Component:
    """A list, what it is for, and the button that adds to it; the browser shows that to who may."""
    add = _button(words, f"told.new.{kind}", f"new-{kind}", hidden=True) if kind else None
    return card(
        words(f"told.{name}"),
        html.P(words(f"told.{name}.what"), className="quiet"),
        _table(words, columns, name, f"told.{name}"),
        html.P(words(f"told.{name}.none"), className="empty", hidden=True, **data(slot=f"{name}-none")),
        aside=add,
    )


def _network(words: Words) -> Component:
    return html.Div(
        card(
            words("told.network"),
            html.P(words("told.network.what"), className="quiet"),
            html.P("", **data(slot="network")),
            aside=_button(words, "told.change", "edit-network"),
        ),
        hidden=True,
        **data(slot="network-card"),
    )


def _deliveries(words: Words) -> Component:
    return card(
        words("told.deliveries"),
        html.Ul(className="plain bad", **data(slot="circuits")),
        html.Div(_button(words, "told.replay", "told-replay", hidden=True), className="chips"),
        _table(words, DELIVERIES, "deliveries", "told.deliveries"),
        html.P(words("told.deliveries.none"), className="empty", hidden=True, **data(slot="deliveries-none")),
        aside=slot("deliveries-age", "", className="quiet", **data(age_text="ago")),
    )


def _dialog(words: Words) -> Component:
    """Where one document is changed; the browser puts its fields in."""
    return html.Dialog(
        [
            html.H2("", **data(slot="form-heading")),
            html.Div(**data(slot="form-fields")),
            html.Ul(className="plain", hidden=True, **data(slot="form-preview"), **aria(live="polite")),
            html.Div(
                [
                    html.Button(words("cancel"), className="button", type="button", **data(do="close")),
                    _button(words, "told.preview", "form-show"),
                    _button(words, "told.remove", "form-remove"),
                    _button(words, "told.save", "form-save"),
                ],
                className="row",
            ),
        ],
        id="told-dialog",
        className="wide-dialog",
        **aria(label=words(TITLE)),
    )


def _table(words: Words, columns: tuple[str, ...], slot_name: str, title: str) -> Component:
    return table([(words(f"column.{name}"), "") for name in columns], slot_name, words(title))
