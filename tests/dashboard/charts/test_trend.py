from itertools import pairwise
from typing import Any

import orjson
import plotly.graph_objects as go

from dashboard.charts.scores import HEALTH, MODE, SCORE, judged_rows, judged_series, ribbon_row
from dashboard.charts.trend import trend, with_gaps
from dashboard.i18n import Words
from lineshaft.wire import limits

SPAN = (1_000_000, 1_900_000)


def signal(name: str, **limits: float) -> dict[str, Any]:
    none = dict.fromkeys(("low_low", "low", "high", "high_high"))
    return (
        {
            "name": name,
            "label": {"en": name.title(), "zh": ""},
            "unit": "Cel",
            "decimals": 1,
            "every_ms": 1000.0,
        }
        | none
        | limits
    )


SCORES: dict[str, list[Any]] = {
    "ts": [SPAN[0], SPAN[0] + 5000],
    "health": [99.0, 40.0],
    "score": [0.01, 0.9],
    "mode": ["RUN", "IDLE"],
    "p_fail_24h": [None, 0.8],
    "p_fail_7d": [None, 0.9],
    "rul_p10_s": [None, 3600.0],
    "rul_p50_s": [None, 7200.0],
    "rul_p90_s": [None, 36_000.0],
}


def series(name: str, values: list[float]) -> dict[str, Any]:
    return {"signal": name, "ts": [SPAN[0] + 1000 * n for n in range(len(values))], "value": values}


def test_a_figure_holds_plain_lists_so_that_the_browser_can_append() -> None:
    figure = trend([series("temp", [60.0, 61.5])], [signal("temp")], SPAN, Words("en"))
    assert b'"y":[60.0,61.5]' in orjson.dumps(figure)


def test_plotly_knows_all_that_a_figure_says() -> None:
    some = [signal("temp", low=10.0, high=75.0, high_high=85.0), signal("vib")]
    words = Words("en")
    rows = [*judged_rows(SCORES, words), *some, ribbon_row(words)]
    figure = trend([series("temp", [60.0, 61.5]), *judged_series(SCORES, words)], rows, SPAN, words)
    checked = go.Figure(figure)  # refuses what it does not know
    assert [trace.name for trace in checked.data] == [
        HEALTH, SCORE, "@fail7d", "@fail24h", "@rul10", "@rul90", "@rul50", "temp", "vib", MODE,
    ]  # fmt: skip
    assert len(checked.layout.shapes) == 3


def test_each_signal_has_its_own_row_and_all_share_one_time_axis() -> None:
    figure = trend([], [signal("temp"), signal("vib"), signal("flow")], SPAN, Words("en"))
    rows = [figure["layout"][name]["domain"] for name in ("yaxis", "yaxis2", "yaxis3")]
    assert all(below[1] <= above[0] for above, below in pairwise(rows))
    assert {figure["layout"][name]["matches"] for name in ("xaxis2", "xaxis3")} == {"x"}
    assert figure["layout"]["xaxis"]["range"] == list(SPAN)


def test_a_limit_near_the_values_is_inside_the_picture_and_a_far_one_is_not() -> None:
    near = trend([series("temp", [60.0, 70.0])], [signal("temp", high=75.0)], SPAN, Words("en"))
    far = trend([series("temp", [60.0, 70.0])], [signal("temp", high=500.0)], SPAN, Words("en"))
    assert near["layout"]["yaxis"]["range"][1] > 75
    assert far["layout"]["yaxis"]["range"][1] < 100


def test_silence_is_a_hole_and_no_line() -> None:
    ts, value = with_gaps([0, 1000, 100_000, 101_000], [1.0, 2.0, 3.0, 4.0], 5000, (0, 900_000))
    assert value == [1.0, 2.0, None, 3.0, 4.0]
    assert ts == sorted(ts)


def test_a_signal_without_readings_is_an_empty_row_and_no_error() -> None:
    figure = trend([], [signal("temp", high=75.0)], SPAN, Words("zh-CN"))
    assert figure["data"][0]["y"] == []


def test_health_and_score_keep_to_their_scales_whatever_they_are() -> None:
    scores: dict[str, list[Any]] = {"ts": [SPAN[0]], "health": [99.0], "score": [0.01]}
    words = Words("en")
    figure = trend(
        judged_series(scores, words), [*judged_rows(scores, words), ribbon_row(words)], SPAN, words
    )
    assert [trace["name"] for trace in figure["data"]] == [HEALTH, SCORE, MODE]
    assert [trace["y"] for trace in figure["data"]] == [[99.0], [0.01], []]
    assert figure["layout"]["yaxis"]["range"] == [-8, 108]
    assert figure["layout"]["yaxis2"]["range"] == [-0.08, 1.08]


def test_what_was_foreseen_is_a_fan_between_its_quantiles_and_nothing_where_it_does_not_degrade() -> None:
    words = Words("en")
    figure = trend(judged_series(SCORES, words), judged_rows(SCORES, words), SPAN, words)
    drawn = {trace["name"]: trace for trace in figure["data"]}
    assert drawn["@rul10"]["y"][:2] == [None, 1.0]  # hours; null is a hole, not 0
    assert drawn["@rul90"]["fill"] == "tonexty"
    assert drawn["@fail24h"]["y"][1] == 80
    assert len({drawn[name]["yaxis"] for name in ("@rul10", "@rul50", "@rul90")}) == 1
    calm = {
        name: [None if name.startswith(("rul", "p_")) else value for value in column]
        for name, column in SCORES.items()
    }
    assert [row["name"] for row in judged_rows(calm, words)] == [HEALTH, SCORE]


def test_each_point_of_the_ribbon_has_its_mode_in_words() -> None:
    words = Words("zh-CN")
    figure = trend(judged_series(SCORES, words), [ribbon_row(words)], SPAN, words)
    [trace] = figure["data"]
    assert (trace["customdata"], trace["text"]) == (
        ["RUN", "IDLE"],
        [words("state.RUN"), words("state.IDLE")],
    )
    assert len(trace["x"]) == len(trace["y"]) == 2


def test_no_device_can_call_a_signal_as_the_score_is_called() -> None:
    assert not any(limits.is_name(name) for name in (HEALTH, SCORE))
