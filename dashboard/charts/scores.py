"""What the detector thought of a machine, as two more rows of its trends."""

from typing import Any

from dashboard.charts.trend import LIMITS
from dashboard.i18n import Words
from dashboard.visit import Row

HEALTH, SCORE = "@health", "@score"
"""Their names in the figure; no device can give such a name to a signal."""
WINDOW_MS = 5000
"""Each score judges 5 s of readings."""


def score_rows(words: Words) -> list[Row]:
    """Health and score as `trend` wants its signals, on scales that say how good or bad they are."""
    common = dict.fromkeys(LIMITS) | {"unit": "", "every_ms": WINDOW_MS}
    return [
        common | {"name": HEALTH, "label": words("trend.health"), "decimals": 0, "scale": (0, 100)},
        common | {"name": SCORE, "label": words("machine.score"), "decimals": 2, "scale": (0, 1)},
    ]


def score_series(scores: dict[str, list[Any]]) -> list[Row]:
    """The API's columns as `trend` wants its series."""
    return [
        {"signal": HEALTH, "ts": scores["ts"], "value": scores["health"]},
        {"signal": SCORE, "ts": scores["ts"], "value": scores["score"]},
    ]
