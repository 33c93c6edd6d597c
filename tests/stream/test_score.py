from pathlib import Path

import numpy as np
import pytest

from stream.score import ScoreError, main, read, score_rows


def rows(count: int = 260) -> np.ndarray:
    x = np.random.default_rng(5).normal([20.0, 3.0], [1.0, 0.1], (count, 2))
    x[200:, 1] += 2.0
    return x


def test_the_first_rows_are_judged_alike_whatever_comes_later() -> None:
    x = rows()
    whole = [one[:4] for one in score_rows(x, 100)]
    cut = [one[:4] for one in score_rows(x[:180], 100)]
    mixed = np.concatenate([x[:180], np.random.default_rng(1).permutation(x[180:])])
    assert whole[:180] == cut
    assert [one[:4] for one in score_rows(mixed, 100)][:180] == cut


def test_a_step_is_an_alarm_and_what_is_told_to_be_normal_is_none() -> None:
    scored = list(score_rows(rows(), 150))
    assert not any(one.alarm for one in scored[:150])
    assert any(one.alarm for one in scored[200:])
    assert any(one.changepoint for one in scored[200:])
    assert scored[-1].share.argmax() == 1
    assert all(0.0 <= one.score < 1.0 and 0.0 < one.probability <= 1.0 for one in scored)


def test_semicolons_text_gaps_constants_and_repeated_times_are_taken(tmp_path: Path) -> None:
    file, out = tmp_path / "odd.csv", tmp_path / "scores.csv"
    lines = [f"1;{'' if n % 7 == 0 else n % 5},5;x;7" for n in range(80)]
    file.write_text("t;a;word;same\n" + "\n".join(lines), encoding="utf-8")
    assert main([str(file), "--time", "t", "--out", str(out), "--drop", "same"]) == 0
    written = out.read_text(encoding="utf-8").splitlines()
    assert written[0] == "time,score,probability,alarm,changepoint,top1,top2,top3"
    assert len(written) == 81


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("t,a\n", "no rows"),
        ("", "no rows"),
        ("x,a\n1,2", "no column 't'"),
        ("t,a\n1,2,3", "line 2"),
        ("t,a\n1,b", "no column of numbers"),
    ],
)
def test_what_cannot_be_scored_is_told(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "bad.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ScoreError, match=says):
        read(file, "t")


def test_without_normal_rows_a_vibration_alarms_when_it_has_grown_not_when_it_has_changed() -> None:
    x = np.array([0.5, 2.0]) * np.exp(0.05 * np.random.default_rng(3).normal(size=(1200, 2)))
    x[800:] *= 1.6
    x[1100:] *= 2.0

    def alarms(*names: str) -> list[int]:
        return [at for at, one in enumerate(score_rows(x, 0, names)) if one.alarm]

    assert 800 <= alarms("a", "b")[0] < 820
    assert 1100 <= alarms("de_rms", "de_peak")[0] < 1105
