"""The drawings of the Performance tab, from the API's figures."""

from typing import Any

import plotly.graph_objects as go

from dashboard.charts.alarm_load import Bar, Level, bars, load

MINUTE = 60_000
HOUR = 60 * MINUTE
FOUND: dict[str, Any] = {
    "period_ms": 10 * MINUTE,
    "spans": [[0, HOUR + 5 * MINUTE], [24 * HOUR, 25 * HOUR]],
    "periods": [0, 1, 2, 3, 4, 5, 6, 10, 0, 0, 0, 0, 20],
}


def test_each_span_has_its_own_bars() -> None:
    assert bars(FOUND, HOUR) == [Bar(0, 15), Bar(HOUR, 6), Bar(24 * HOUR, 30)]
    assert [one.calls for one in bars(FOUND, HOUR, worst=True)] == [5, 6, 20]
    assert bars(FOUND, 10 * MINUTE)[7] == Bar(24 * HOUR, 10)


def test_levels_and_floods_are_drawn_in_the_plants_own_time() -> None:
    flood = {"since": 24 * HOUR, "until": None, "annunciations": 30, "peak": 20}
    figure = load(bars(FOUND, HOUR), HOUR, [flood], [Level(6, "acceptable 6"), Level(12, "12")], 8 * HOUR)
    go.Figure(figure)  # plotly knows all of it
    *levels, drawn = figure["layout"]["shapes"]
    assert [one["y0"] for one in levels] == [6, 12]
    assert (drawn["x0"], drawn["x1"]) == (32 * HOUR, 33 * HOUR)  # one that lasts goes on to the end
    assert figure["data"][0]["x"][0] == 8 * HOUR
    assert figure["layout"]["yaxis"]["range"][1] > 30


def test_where_nothing_is_asked_for_nothing_is_drawn() -> None:
    empty = FOUND | {"spans": [], "periods": []}
    assert bars(empty, HOUR) == []
    go.Figure(load([], HOUR, [], [Level(6, "6")], 0))
