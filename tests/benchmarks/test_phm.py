"""Alarms of bearings: in time, too soon, never."""

from pathlib import Path

import numpy as np

from benchmarks.scoreboard import phm


def alarmed(*at: int) -> np.ndarray:
    found = np.zeros(10, bool)
    found[list(at)] = True
    return found


def test_an_alarm_counts_between_the_first_fifth_of_life_and_its_end() -> None:
    found = phm.graded({"in time": alarmed(5, 9), "soon": alarmed(1), "last": alarmed(9), "never": alarmed()})
    assert (found["bearings"], found["alarmed"], found["early"]) == (4, 1, 1)
    assert found["first_alarm"] == {"in time": 0.5, "soon": 0.1, "last": 0.9, "never": None}


def test_a_bearing_that_was_alarmed_early_may_be_alarmed_in_time_too() -> None:
    found = phm.graded({"one": alarmed(0, 2)})
    assert (found["alarmed"], found["early"]) == (1, 1)


def test_bearings_are_read_apart(tmp_path: Path) -> None:
    file = tmp_path / "features.csv"
    file.write_text(
        "bearing,snapshot,clock_s,h_rms,v_rms\n1.1,1,10,0.5,0.6\n1.2,1,10,0.7,0.8\n1.1,2,20,1,2\n"
    )
    names, found = phm.read(file)
    assert names == ["h_rms", "v_rms"]
    assert found["1.1"].tolist() == [[0.5, 0.6], [1.0, 2.0]]
    assert found["1.2"].tolist() == [[0.7, 0.8]]
