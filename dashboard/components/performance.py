"""The Alarms page's Performance tab: how good the alarm system is, who calls too often, what is one."""

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from dashboard.components.parts import aria, card, data, empty
from dashboard.i18n import DASH, Words
from dashboard.visit import Row, Visit

DAY_MS = 86_400_000
WEEK_MS = 7 * DAY_MS


async def layout(visit: Visit) -> Component:
    """The last week's figures against their targets; `?days=` and `?area=` choose others."""
    words, days = visit.words, _days(visit.query.get("days", ""))
    found = await visit.client.get(
        "alarm-performance",
        from_ts=visit.now_ms - days * DAY_MS,
        to_ts=visit.now_ms,
        area=visit.query.get("area"),
    )
    groups = await visit.client.items("alarm-groups", state="all", limit=20)
    return html.Div(
        [
            card(words("performance.title"), html.P(words("performance.what"), className="quiet"),
                 _figures(found["figures"], words)),
            card(words("performance.mix"), _mix(found["mix"], words)),
            card(words("performance.actors"), _actors(found["actors"], words)),
            card(words("performance.causes"), causes(groups, words)),
            card(words("performance.precision"), _precision(found["precision"], words)),
        ],
        className="models",
        **data(slot="performance"),
    )  # fmt: skip


def causes(groups: Sequence[Row], words: Words) -> Component:
    """Alarms under one root, with how sure that is and why; a link to each group's alarms."""
    if not groups:
        return empty(words("performance.causes.none"))
    rows = [
        (
            words.of(one["root_name"]),
            str(one["children"]),
            words(
                "performance.reach", n=one["why"]["sources"], of=one["why"]["of"], s=one["why"]["within_s"]
            ),
            _percent(one["confidence"]),
            words("performance.open") if one["until"] is None else words("performance.over"),
        )
        for one in groups
    ]
    return plain_table(("root", "children", "reach", "sure", "state"), rows, words, "performance.causes")


def plain_table(
    columns: Sequence[str], rows: Sequence[Sequence[Component | str]], words: Words, label: str
) -> Component:
    """A table of texts that is drawn once."""
    heads = [html.Th(words(f"column.{name}"), scope="col") for name in columns]
    body = [html.Tr([html.Td(cell) for cell in row]) for row in rows]
    return html.Div(
        html.Table(
            [html.Thead(html.Tr(heads)), html.Tbody(body)],
            className="table stack",
            **aria(label=words(label)),
        ),
        className="scroll",
    )


def _days(text: str) -> int:
    return int(text) if text.isdecimal() and 1 <= int(text) <= 90 else WEEK_MS // DAY_MS


def _figures(figures: Sequence[Row], words: Words) -> Component:
    rows = [
        (
            words(f"performance.{one['key']}"),
            _number(one["value"], one["unit"]),
            "\N{LESS-THAN OR EQUAL TO} " + _number(one["good"], one["unit"]),
            words(f"performance.is.{one['verdict']}"),
            one["standard"],
        )
        for one in figures
    ]
    return plain_table(("figure", "value", "target", "verdict", "standard"), rows, words, "performance.title")


def _mix(mix: Sequence[Row], words: Words) -> Component:
    rows = [
        (
            ", ".join(words(f"priority.{n}") for n in one["priorities"]),
            _percent(one["share"]),
            _percent(one["target"]),
        )
        for one in mix
    ]
    return plain_table(("priority", "share", "target"), rows, words, "performance.mix")


def _actors(actors: Sequence[Row], words: Words) -> Component:
    if not actors:
        return empty(words("performance.actors.none"))
    rows = [
        (
            html.A(one["source"], href=f"/machines/{one['source']}"),
            one["rule"],
            str(one["count"]),
            _percent(one["share"]),
            str(one["chattering"]),
            str(one["fleeting"]),
        )
        for one in actors
    ]
    heads = ("source", "rule", "count", "share", "chattering", "fleeting")
    return plain_table(heads, rows, words, "performance.actors")


def _precision(rules: Sequence[Row], words: Words) -> Component:
    if not rules:
        return empty(words("performance.precision.none"))
    rows = [
        (one["rule"], str(one["true"]), str(one["false"] + one["no_fault_found"]), _percent(one["precision"]))
        for one in rules
    ]
    return plain_table(("rule", "right", "wrong", "precision"), rows, words, "performance.precision")


def _percent(share: float | None) -> str:
    return DASH if share is None else f"{share * 100:.1f} %"


def _number(value: float | None, unit: str) -> str:
    if value is None:
        return DASH
    return _percent(value) if unit == "%" else f"{value:.3g}"
