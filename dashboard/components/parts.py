"""Small parts of several pages. The browser fills what is marked `data-slot`, and keeps it alive."""

from collections.abc import Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard.i18n import DASH, Words

Cell = Component | str | list[Component | str]
"""What stands in a cell of a table."""


def data(**attributes: str) -> dict[str, Any]:
    """`data-…` attributes of an element.

    >>> data(age_text="ago")
    {'data-age-text': 'ago'}
    """
    return {f"data-{name.replace('_', '-')}": text for name, text in attributes.items()}


def aria(**attributes: str | None) -> dict[str, Any]:
    """`aria-…` attributes of an element; None leaves one out.

    >>> aria(label="Map", current=None)
    {'aria-label': 'Map'}
    """
    return {f"aria-{name.replace('_', '-')}": text for name, text in attributes.items() if text is not None}


def icon(name: str) -> Component:
    """A symbol of assets/css/icons.css in the colour of its text; never the only bearer of a meaning."""
    return html.Span(className=f"icon icon-{name}", **aria(hidden="true"))


def slot(name: str, text: str = DASH, **attributes: Any) -> Component:
    """A place the browser writes a live value into; a dash until it is known."""
    return html.Span(text, **data(slot=name), **attributes)


def shape(priority: int, words: Words) -> Component:
    """The sign of an alarm's priority: square, triangle, diamond or circle with its number."""
    return html.Span(
        str(priority),
        className="shape",
        role="img",
        **data(priority=str(priority)),
        **aria(label=words(f"priority.{priority}")),
    )


def state(name: str, words: Words) -> Component:
    """The sign of a machine's state."""
    return html.Span(words(f"state.{name}"), className="state", **data(state=name))


def card(title: str, *children: Component | str, aside: Component | None = None, name: str = "") -> Component:
    """A titled box; `name` is its CSS class."""
    heading = [html.H2(title)] if aside is None else [html.H2(title), aside]
    return html.Section([html.Header(heading), *children], className=f"card {name}".strip())


def empty(text: str, *more: Component | str) -> Component:
    """Says what is missing and what to do about it."""
    return html.P([text, *more], className="empty")


def table(columns: list[tuple[str, str]], slot_name: str, label: str) -> Component:
    """A table whose rows the browser fills; on phones each row becomes a small card.

    Args:
        columns: (heading, CSS class) of each.
        slot_name: the slot of its body.
        label: what it is, for who cannot see it.
    """
    heads = [html.Th(heading, className=style, scope="col") for heading, style in columns]
    return html.Div(
        html.Table(
            [html.Thead(html.Tr(heads)), html.Tbody(**data(slot=slot_name))],
            className="table stack",
            **aria(label=label),
        ),
        className="scroll",
    )


def plain_table(
    columns: Sequence[str], rows: Sequence[Sequence[Cell]], words: Words, label: str
) -> Component:
    """A table that is drawn once; on phones each row becomes a small card with its headings beside.

    Args:
        columns: keys of the headings, below `column.`.
        rows: a cell a column each.
        words: of the reader's language.
        label: the key of what the table is called.
    """
    named = [words(f"column.{name}") for name in columns]
    heads = [html.Th(name, scope="col") for name in named]
    body = [
        html.Tr([html.Td(cell, **data(label=name)) for name, cell in zip(named, row, strict=True)])
        for row in rows
    ]
    return html.Div(
        html.Table(
            [html.Thead(html.Tr(heads)), html.Tbody(body)],
            className="table stack",
            **aria(label=words(label)),
        ),
        className="scroll",
        tabIndex="0",  # what scrolls must be reached by keys too
    )
