"""NAB's scorer, by sums that can be done by hand."""

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.scoreboard import nab
from benchmarks.scoreboard.together import score_together
from stream.score import score_rows


def test_the_first_row_of_a_window_is_worth_all_and_a_miss_costs_one() -> None:
    of = nab.worth(20, [(10, 14)])
    at = np.zeros(20)
    assert nab.score(of, at, 0.5) == -1.0
    at[10] = 1.0
    assert nab.score(of, at, 0.5) == pytest.approx(1.0)
    at[12] = 1.0  # a window's other detections count for nothing
    assert nab.score(of, at, 0.5) == pytest.approx(1.0)


def test_the_last_row_of_a_window_is_worth_what_the_scaled_sigmoid_says() -> None:
    # A fifth of a window from its end: 2/(1 + e^-1) - 1 = 0.46212, of 2/(1 + e^-5) - 1 = 0.98661.
    assert nab.worth(20, [(10, 14)]).value[14] == pytest.approx(0.46212 / 0.98661, abs=1e-5)


def test_a_false_alarm_costs_less_just_behind_a_window_and_all_before_it_and_far_behind() -> None:
    of = nab.worth(40, [(10, 14)])
    assert of.value[9] == pytest.approx(-0.11)
    # One row behind, of four: 2/(1 + e^1.25) - 1 = -0.55460.
    assert of.value[15] == pytest.approx(-0.11 * 0.55460, abs=1e-5)
    assert of.value[27] == pytest.approx(-0.11)


def test_rows_of_the_probation_count_for_nothing() -> None:
    of = nab.worth(100, [(0, 9), (50, 59)])
    assert of.probation == 15
    assert of.windows == 1
    scores = np.zeros(100)
    scores[:15] = 1.0
    assert nab.score(of, scores, 0.5) == -1.0


def test_the_threshold_is_the_best_over_all_series() -> None:
    worths = [nab.worth(40, [(20, 29)]), nab.worth(40, [])]
    first, second = np.zeros(40), np.zeros(40)
    first[20], first[8], second[30] = 0.9, 0.7, 0.8
    assert nab.optimised(worths, [first, second]) == (pytest.approx(1.0), 0.9)
    first[20] = 0.7  # now one false alarm of each series comes with it
    assert nab.optimised(worths, [first, second]) == (pytest.approx(1.0 - 0.22), 0.7)


def test_to_say_nothing_is_best_where_only_false_alarms_can_be_had() -> None:
    assert nab.optimised([nab.worth(40, [])], [np.linspace(0, 1, 40)]) == (0.0, np.inf)


def test_the_sweep_agrees_with_scoring_at_every_threshold() -> None:
    rng = np.random.default_rng(3)
    worths = [nab.worth(200, [(60, 79), (100, 109)]), nab.worth(150, [(10, 40)])]
    scores = [rng.integers(0, 20, len(of.value)) / 20 for of in worths]
    best = max(
        sum(nab.score(of, said, threshold) for of, said in zip(worths, scores, strict=True))
        for threshold in (*np.unique(scores[0]), 2.0)
    )
    assert nab.optimised(worths, scores)[0] == pytest.approx(best)


def test_series_together_are_judged_as_each_row_by_row() -> None:
    rng = np.random.default_rng(5)
    series = {"long": rng.normal(size=(150, 2)), "short": rng.normal(3.0, 1.0, (90, 2))}
    series["long"][120:] += 9.0
    normal = {"long": 60, "short": 0}
    said = score_together(series, normal)
    for name, x in series.items():
        alone = list(score_rows(x, normal[name]))
        assert said[name].score.tolist() == [one.score for one in alone]
        assert said[name].alarm.tolist() == [one.alarm for one in alone]


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """One series of a hundred rows, a minute each, with a window of rows 50 to 59."""
    for folder in ("data/realX", "labels", "published_scores", "results/some/realX"):
        (tmp_path / folder).mkdir(parents=True)
    times = [f"2014-01-01 {at // 60:02}:{at % 60:02}:00" for at in range(100)]
    rows = [f"{time},{at % 7}" for at, time in enumerate(times)]
    (tmp_path / "data/realX/a.csv").write_text("timestamp,value\n" + "\n".join(rows))
    windows = {"realX/a.csv": [[f"{times[50]}.000000", f"{times[59]}.000000"]], "realX/gone.csv": []}
    (tmp_path / "labels/combined_windows.json").write_text(json.dumps(windows))
    said = [f"{time},0,{0.9 if at == 50 else 0.1}" for at, time in enumerate(times)]
    (tmp_path / "results/some/realX/some_a.csv").write_text(
        "timestamp,value,anomaly_score\n" + "\n".join(said)
    )
    (tmp_path / "published_scores/some_standard_scores.csv").write_text(
        "Detector,Profile,File,Threshold,Score\nsome,standard,realX/a.csv,0.5,1.0\nsome,standard,Totals,,1.0\n"
    )
    return tmp_path


def test_a_corpus_is_read_measured_and_published_scores_are_proven(corpus: Path) -> None:
    assert nab.read(corpus)["realX/a.csv"].windows == [(50, 59)]
    assert nab.prove(corpus, corpus / "results") == {"some": {"computed": 1, "mismatches": {}}}
    found = nab.measure(corpus)
    assert found["all"]["windows"] == found["rest"]["windows"] == 1
    assert found["chosen_on"] == {"series": 0, "windows": 0}
    assert found["published_here"] == {"some": 100.0}


def test_a_published_score_that_comes_out_otherwise_is_told(corpus: Path) -> None:
    file = corpus / "published_scores/some_standard_scores.csv"
    file.write_text(file.read_text().replace("0.5,1.0", "0.5,0.7"))
    assert nab.prove(corpus, corpus / "results")["some"]["mismatches"] == {
        "realX/a.csv": [pytest.approx(1.0), 0.7]
    }
