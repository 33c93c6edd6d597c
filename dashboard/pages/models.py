"""Models: who foresees failures, how good that is, who gave them their say; and what people found."""

from dash import html
from dash.development.base_component import Component

from dashboard.components.parts import card, data, slot, table
from dashboard.i18n import Words
from dashboard.visit import Visit

PATH = "/models"
TITLE = "nav.models"
ICON = "activity"

MODELS = (
    "model", "kind", "role", "since", "precision", "found", "lead", "false_alarms", "trained", "open",
)  # fmt: skip
LABELS = ("machine", "verdict", "mode", "from", "to", "source", "by", "withdraw")


async def layout(visit: Visit) -> Component:
    """The browser asks for both lists, and again while the page is open."""
    words = visit.words
    return html.Div(
        [
            html.H1(words(TITLE), className="away"),
            html.P(words("models.error"), className="empty bad", hidden=True, **data(slot="models-error")),
            html.Div([_models(words), _labels(words)], className="models"),
        ],
        **data(page="models"),
    )


def _models(words: Words) -> Component:
    return card(
        words("models.title"),
        html.P(words("models.what"), className="quiet"),
        table([(words(f"column.{name}"), "") for name in MODELS], "models", words("models.title")),
        html.P(words("models.none"), className="empty", hidden=True, **data(slot="models-none")),
        html.Div(className="chips", **data(slot="rollbacks")),
        html.H3(words("models.untrained")),
        html.P(words("models.untrained.what"), className="quiet"),
        aside=slot("models-age", "", className="quiet", **data(age_text="ago")),
    )


def _labels(words: Words) -> Component:
    add = html.Button(
        words("label.add"), className="button", type="button", hidden=True, **data(slot="add-label")
    )
    return card(
        words("labels.title"),
        html.P(words("labels.what"), className="quiet"),
        table([(words(f"column.{name}"), "") for name in LABELS], "labels", words("labels.title")),
        html.P(words("labels.none"), className="empty", hidden=True, **data(slot="labels-none")),
        aside=add,
    )
