"""The scoreboard as a picture."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Sheet

from benchmarks.scoreboard.board import FIGURES, Figure, reach

COLUMNS = 2
OURS, REST, OTHERS, WANTED = "#0b6e4f", "#7fb8a4", "#9aa5b1", "#c0392b"


def plot(results: Mapping[str, Any], file: Path) -> None:
    """Write an SVG: a panel a figure, with bars of ours and others', and a line at what was wanted."""
    figures = [figure for figure in FIGURES if reach(results, figure.value) is not None]
    rows = -(-len(figures) // COLUMNS)
    # The same figures give the same bytes.
    with mpl.rc_context({"svg.hashsalt": "lineshaft", "font.size": 8}):
        sheet = Sheet(figsize=(5.5 * COLUMNS, 1.7 * max(rows, 1)), layout="constrained")
        for at, figure in enumerate(figures, 1):
            _panel(sheet.add_subplot(rows, COLUMNS, at), figure, results)
        sheet.savefig(file, format="svg", metadata={"Date": None})


def _panel(axes: Axes, figure: Figure, results: Mapping[str, Any]) -> None:
    bars = [("Lineshaft", reach(results, figure.value), OURS)]
    if figure.rest:
        bars.append(("… where nothing was chosen", reach(results, figure.rest), REST))
    bars += [(name, value, OTHERS) for name, value in figure.published.items()]
    shown = [(name, value, colour) for name, value, colour in reversed(bars) if value is not None]
    drawn = axes.barh(
        [name for name, _, _ in shown],
        [value for _, value, _ in shown],
        color=[colour for _, _, colour in shown],
    )
    axes.bar_label(drawn, [f"{value:.3g}" for _, value, _ in shown], padding=2)
    for wanted in (figure.least, figure.most):
        if wanted is not None:
            axes.axvline(wanted, color=WANTED, linestyle="--", linewidth=1)
    axes.set_title(f"{figure.name}\nwanted {figure.goal}", fontsize=8, loc="left")
    # Bars are as thick where there is but one.
    axes.set_ylim(-0.6, max(len(shown), 3) - 0.4)
    axes.margins(x=0.15)
    axes.spines[["top", "right"]].set_visible(False)
