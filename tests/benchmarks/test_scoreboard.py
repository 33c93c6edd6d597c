"""The board of all parts: what is wanted, what is missing, what goes into the documentation."""

import json
from pathlib import Path

import pytest

from benchmarks.scoreboard import __main__ as command
from benchmarks.scoreboard.board import FIGURES, board, readme
from benchmarks.scoreboard.plots import plot

MACHINE = {"cpu": "some", "cores": 2, "memory_gb": 8.0}
PHM = {"phm": {"machine": MACHINE, "commit": "abc", "alarmed": 17, "early": 2}}


def test_a_goal_is_met_at_its_edge_and_missed_beyond() -> None:
    by_name = {figure.value: figure for figure in FIGURES}
    assert by_name["phm.alarmed"].met(PHM) is True
    assert by_name["phm.early"].met(PHM) is False
    assert by_name["skab.all.f1"].met(PHM) is None
    coverage = by_name["cmapss.FD001.coverage"]
    assert [coverage.met({"cmapss": {"FD001": {"coverage": at}}}) for at in (0.76, 0.8, 0.84)] == [
        False,
        True,
        False,
    ]


def test_every_figure_has_a_goal_and_what_was_published_has_a_source() -> None:
    assert all(figure.least is not None or figure.most is not None for figure in FIGURES)
    assert all("http" in figure.source for figure in FIGURES if figure.published)
    assert len({figure.value for figure in FIGURES}) == len(FIGURES)


def test_the_table_has_what_was_measured_and_says_what_was_not() -> None:
    text = board(PHM, {"nab": "no data"})
    assert "| **17** |" in text
    assert "≤ 0 missed" in text
    assert "SKAB" not in text
    assert text.endswith("- nab: not measured: no data.")
    assert "phm: some, 2 cores, 8.0 GB; commit abc." in readme(PHM)


def test_the_same_figures_give_the_same_picture(tmp_path: Path) -> None:
    results = PHM | {"nab": {"all": {"standard": 50.0}, "rest": {"standard": 49.0}}}
    for name in ("a.svg", "b.svg"):
        plot(results, tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    assert b"<svg" in (tmp_path / "a.svg").read_bytes()


def test_missing_data_are_told_with_where_to_get_them_and_the_rest_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "RESULTS", tmp_path / "scoreboard.json")
    file = tmp_path / "phm2012_pronostia" / "features.csv"
    file.parent.mkdir()
    rows = [f"1.1,{at},{at},{at % 3}" for at in range(30)]
    file.write_text("bearing,snapshot,clock_s,h_rms\n" + "\n".join(rows))
    monkeypatch.setitem(
        command.PARTS, "phm", command.PARTS["phm"]._replace(where="phm2012_pronostia/features.csv")
    )
    assert command.main(["--data", str(tmp_path), "--only", "nab,phm"]) == 0
    assert "github.com/numenta/NAB" in capsys.readouterr().out
    kept = json.loads((tmp_path / "scoreboard.json").read_text())
    assert list(kept) == ["phm"]
    assert kept["phm"]["bearings"] == 1
    assert command.main(["--data", str(tmp_path), "--only", "skab"]) == 1


def test_a_part_that_there_is_not_is_refused() -> None:
    with pytest.raises(SystemExit):
        command.main(["--only", "skab,nothing"])


def test_the_readme_has_a_place_for_the_figures() -> None:
    text = (command.ROOT / "README.md").read_text(encoding="utf-8")
    assert text.count(command.BEGIN) == text.count(command.END) == 1
