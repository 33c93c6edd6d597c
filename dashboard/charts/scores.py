"""What the chain thought of a machine, as more rows of its trends: health, score, what is foreseen, modes."""

from collections.abc import Sequence
from typing import Any

from dashboard.charts.trend import GREY, LIMITS
from dashboard.i18n import Words
from dashboard.visit import Row

HEALTH, SCORE, MODE = "@health", "@score", "@mode"
"""Their names in the figure; no device can give such a name to a signal."""
LEFT, LEFT_LOW, LEFT_HIGH = "@rul50", "@rul10", "@rul90"
DAY, WEEK = "@fail24h", "@fail7d"
WINDOW_MS = 5000
"""Each score judges 5 s of readings."""
HOUR_S = 3600
RIBBON_PX = 46
COLUMNS = {
    LEFT: "rul_p50_s",
    LEFT_LOW: "rul_p10_s",
    LEFT_HIGH: "rul_p90_s",
    DAY: "p_fail_24h",
    WEEK: "p_fail_7d",
}
PER = {LEFT: 1 / HOUR_S, LEFT_LOW: 1 / HOUR_S, LEFT_HIGH: 1 / HOUR_S, DAY: 100, WEEK: 100}
"""What the API's numbers are shown times: hours, per cent."""
EDGE: Row = {"line": {"width": 0, "color": GREY}}
FAN: Row = EDGE | {"fill": "tonexty", "fillcolor": "rgba(128,138,146,0.35)"}

_COMMON: Row = dict.fromkeys(LIMITS) | {"unit": "", "every_ms": WINDOW_MS}


def judged_rows(scores: dict[str, list[Any]], words: Words) -> list[Row]:
    """Health and score, and what was foreseen where anything was, as `trend` wants its signals."""
    rows: list[Row] = [
        _COMMON | {"name": HEALTH, "label": words("trend.health"), "decimals": 0, "scale": (0, 100)},
        _COMMON | {"name": SCORE, "label": words("machine.score"), "decimals": 2, "scale": (0, 1)},
    ]
    if _any(scores.get("p_fail_24h")) or _any(scores.get("p_fail_7d")):
        week = {
            "name": WEEK,
            "drawn": {"line": {"width": 1.5, "color": GREY, "dash": "dot"}}
            | _hover("\N{LESS-THAN OR EQUAL TO} 7 d: %{y:.0f} %"),
        }
        rows.append(
            _COMMON
            | {"drawn": _hover("\N{LESS-THAN OR EQUAL TO} 24 h: %{y:.0f} %")}
            | {"name": DAY, "label": words("trend.fail"), "decimals": 0, "scale": (0, 100), "unit": "%"}
            | {"beside": (week,)}
        )
    if _any(scores.get("rul_p50_s")):
        # From the lower edge up to the upper one: they have to follow one another.
        edges = (
            {"name": LEFT_LOW, "drawn": EDGE | _hover("P10: %{y:.1f} h")},
            {"name": LEFT_HIGH, "drawn": FAN | _hover("P90: %{y:.1f} h")},
        )
        rows.append(
            _COMMON
            | {"name": LEFT, "label": words("trend.left"), "decimals": 1, "unit": "h", "beside": edges}
            | {"scale": (0, _reach(scores)), "drawn": _hover("P50: %{y:.1f} h")}
        )
    return rows


def ribbon_row(words: Words) -> Row:
    """What the machine did, as a ribbon under all; the browser draws its stretches."""
    quiet = {"range": [-1, 1], "showticklabels": False, "showgrid": False}
    return _COMMON | {
        "name": MODE, "label": words("trend.mode"), "decimals": 0, "px": RIBBON_PX, "axis": quiet,
    }  # fmt: skip


def judged_series(scores: dict[str, list[Any]], words: Words) -> list[Row]:
    """The API's columns as `trend` wants its series."""
    ts = scores["ts"]
    found = [
        {"signal": HEALTH, "ts": ts, "value": scores["health"]},
        {"signal": SCORE, "ts": ts, "value": scores["score"]},
    ]
    for name, column in COLUMNS.items():
        values = scores.get(column) or []
        if _any(values):
            # No value is a hole: not degrading is not the same as having no time left.
            shown = [None if value is None else value * PER[name] for value in values]
            found.append({"signal": name, "ts": ts, "value": shown})
    modes = scores.get("mode") or [None] * len(ts)
    known = [(at, mode) for at, mode in zip(ts, modes, strict=True) if mode]
    drawn = _hover("%{text}") | {
        "line": {"width": 0, "color": GREY},
        "x": [at for at, _ in known],  # no holes in it: each point has its word
        "y": [0] * len(known),
        "customdata": [mode for _, mode in known],
        "text": [words(f"state.{mode}") for _, mode in known],
    }
    return [*found, {"signal": MODE, "ts": [], "value": [], "drawn": drawn}]


def _hover(text: str) -> Row:
    return {"hovertemplate": f"{text}<extra></extra>"}


def _any(values: Sequence[Any] | None) -> bool:
    return any(value is not None for value in values or ())


def _reach(scores: dict[str, list[Any]]) -> float:
    """Hours that the fan's axis shows: a far upper edge must not press the rest to the ground."""
    middle: float = max(value for value in scores["rul_p50_s"] if value is not None)
    upper: float = max((value for value in scores["rul_p90_s"] if value is not None), default=middle)
    return max(1.0, min(upper, 2 * middle) / HOUR_S)
