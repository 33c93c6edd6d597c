"""The books and the dead letters of the System page; the browser fills in their figures."""

from dash import html
from dash.development.base_component import Component

from dashboard.components.parts import aria, card, data, slot, table
from dashboard.i18n import Words

SUMS = ("received", "journal", "readings")
STATES = (("false", "dead.state.waiting"), ("true", "dead.state.replayed"), ("", "dead.state.all"))


def books(words: Words) -> Component:
    """Whether every message and every reading is accounted for, written as sums on paper."""
    agents = (
        "agent",
        "state",
        "books.journaled",
        "books.readings",
        "books.in_flight",
        "books.outbox",
        "books.lost",
    )
    return card(
        words("books.title"),
        html.P(
            [slot("balanced"), " ", slot("books-age", "", className="quiet")],
            className="books-state",
        ),
        html.P(words("books.error"), className="empty bad", hidden=True, **data(slot="books-error")),
        html.Div(
            [html.B(words("books.fault")), html.P(slot("books-faults", "", className="code"))],
            className="books-fault",
            hidden=True,
            role="alert",
            **data(slot="books-fault"),
        ),
        html.Div([_sum(name, words) for name in SUMS], className="sums"),
        html.P(words("books.note"), className="quiet"),
        html.P(slot("lost-none", ""), className="books-lost"),
        html.Ul(className="notes", **data(slot="lost")),
        html.P(slot("classes", "")),
        html.Details(
            [html.Summary(words("books.samples")), html.Ul(className="notes", **data(slot="samples"))],
            hidden=True,
            **data(slot="samples-box"),
        ),
        html.Details(
            [
                html.Summary(slot("book-agents-count", words("books.agents.title"))),
                table(
                    [(words(f"column.{name}"), "") for name in agents],
                    "book-agents",
                    words("books.agents.title"),
                ),
            ],
        ),
        name="books",
    )


def dead_letters(words: Words) -> Component:
    """What could not be used: counts, a table with filters, and the replay of what was mended."""
    columns = ("received", "code", "device", "detail", "readings", "replayed", "open")
    return card(
        words("dead.title"),
        html.Ul(className="notes", **data(slot="dead-sums")),
        html.Div(
            [
                _choice("dead-code", words("dead.any_reason"), words("column.code")),
                _choice("dead-agent", words("dead.any_agent"), words("column.agent")),
                html.Select(
                    [html.Option(words(key), value=value) for value, key in STATES],
                    className="field",
                    **data(slot="dead-state"),
                    **aria(label=words("column.replayed")),
                ),
                _button("dead-replay", words("dead.replay_all")),
                _button("dead-newest", words("dead.newest")),
                _button("dead-older", words("dead.older")),
            ],
            className="row letters-bar",
        ),
        html.P(words("dead.error"), className="empty bad", hidden=True, **data(slot="dead-error")),
        table([(words(f"column.{name}"), "") for name in columns], "dead", words("dead.title")),
        html.P(words("dead.none"), className="empty", hidden=True, **data(slot="dead-none")),
        aside=slot("dead-count", "", className="quiet"),
        name="dead",
    )


def _sum(name: str, words: Words) -> Component:
    return html.Dl(className="sum", **data(slot=f"sum-{name}"), **aria(label=words(f"books.{name}")))


def _choice(name: str, everything: str, label: str) -> Component:
    """A choice whose options the browser adds."""
    return html.Select(
        [html.Option(everything, value="")], className="field", **data(slot=name), **aria(label=label)
    )


def _button(name: str, text: str) -> Component:
    return html.Button(text, className="button", type="button", hidden=True, **data(slot=name))
