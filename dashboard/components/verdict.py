"""What is thought of a machine: what to do, how it is, how soon it fails; and why. The browser fills it."""

from dash import html
from dash.development.base_component import Component

from dashboard.components.parts import aria, card, data, slot
from dashboard.i18n import Words


def verdict(words: Words) -> Component:
    """The strip at the head of a machine's page: the answer before the reasons."""
    learning = html.Span(
        words("health.learning"),
        hidden=True,
        className="learning",
        title=words("health.learning.title"),
        **data(slot="learning"),
    )
    health = html.Div([slot("health", className="big"), html.Span("/100", className="quiet"), learning])
    chances = [
        html.Div([html.Span(words(f"fail.{span}"), className="quiet"), slot(f"fail-{span}", className="big")])
        for span in ("24h", "7d")
    ]
    return html.Section(
        [
            _box("advice", words("verdict.advice"), slot("advice", className="advised"), slot("because", "")),
            _box(
                "well",
                words("machine.health"),
                health,
                html.Div(html.I(), className="meter", **data(slot="health-bar")),
                slot("basis"),
            ),
            _box("fails", words("verdict.fails"), html.Div(chances, className="chances"), slot("fail-by")),
            _box(
                "left",
                words("verdict.left"),
                slot("left", className="big"),
                html.Div(
                    [html.I(className="span"), html.I(className="likely")],
                    className="fan",
                    hidden=True,
                    **data(slot="fan"),
                    **aria(hidden="true"),
                ),
                slot("left-how"),
            ),
        ],
        className="verdict",
        **aria(label=words("verdict.label")),
    )


def _box(name: str, title: str, *inside: Component) -> Component:
    *shown, note = inside
    return html.Div(
        [html.H2(title), *shown, html.P(note, className="quiet")], className=f"card {name}", **data(aging="")
    )


def reasons(words: Words) -> Component:
    """Which failure mode, on what evidence, who judges, which sensors are not believed."""
    facts = [
        html.Div([html.Dt(words(f"machine.{name}")), html.Dd(slot(name))], **data(aging=""))
        for name in ("score", "chance", "zone", "mode", "evidence", "model")
    ]
    return card(
        words("why.title"),
        html.Div(
            [
                html.H3(words("why.sensors")),
                html.Ul(**data(slot="sensors")),
                html.P(words("why.sensors.note")),
            ],
            className="sensors",
            hidden=True,
            **data(slot="sensors-box"),
        ),
        html.H3(words("why.modes")),
        html.Ul(className="modes", **data(slot="modes")),
        html.P(words("why.modes.none"), className="quiet", **data(slot="modes-none")),
        html.H3(words("machine.contributors")),
        html.Ul(**data(slot="contributors")),
        html.P(words("machine.contributors.none"), className="quiet", **data(slot="contributors-none")),
        html.H3(words("why.who")),
        html.P(slot("basis-long")),
        html.Dl(facts, className="facts"),
        aside=slot("fresh", className="quiet"),
    )


def before(words: Words) -> Component:
    """Like episodes of the past with what was found, and how far the alarms and models can be trusted."""
    tell = html.Button(
        words("label.add"), className="button", type="button", hidden=True, **data(slot="tell")
    )
    return card(
        words("past.title"),
        html.P(slot("past-what", ""), className="quiet"),
        html.Ul(**data(slot="past")),
        html.P(words("past.none"), className="quiet", hidden=True, **data(slot="past-none")),
        html.P(words("past.error"), className="bad", hidden=True, **data(slot="past-error")),
        html.H3(words("trust.title")),
        html.Ul(className="notes", **data(slot="trust")),
        html.Div([tell, html.A(words("models.all"), href="/models", className="button")], className="chips"),
        aside=slot("past-age", "", className="quiet", **data(age_text="ago")),
        name="before",
    )
