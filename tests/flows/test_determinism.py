"""Results are a function of the journal: whatever dies, however many processes there are, and once more."""

from contextlib import closing
from pathlib import Path

import pytest

from determinism.proof import TOUCHED, different, killed, reference
from determinism.recording import START_US, control
from determinism.runs import Run
from stream import replay

pytestmark = pytest.mark.database


def test_kills_a_second_process_and_a_replay_change_no_row_of_any_table(
    database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(Run(database_url, "whole", tmp_path / "whole")) as whole:
        rows, expected = reference(whole, 160, seed=7)
    assert [name for name in TOUCHED if not expected[name][0]] == []
    for processes, kills in ((1, 8), (2, 2)):
        with closing(killed(database_url, tmp_path, rows, kills, processes, seed=3)) as run:
            assert run.in_work, "no kill hit a flow at work"
            assert different(expected, run.prints()) == []
            assert run.flows.stop() == [0] * (processes + 1)

    settings = {"LINESHAFT_DATABASE_URL": database_url, "LINESHAFT_DATABASE_SCHEMA": "whole"}
    assert replay.main(["--into", "replay_all", "--compare"], settings) == 0
    last_hour = str(len(rows) * 3 // 4)
    assert replay.main(["--into", "replay_end", "--compare", "--from", last_hour], settings) == 0
    said = capsys.readouterr().out
    assert said.count("with whole: equal") == 2
    assert "beginning behind 0\n" in said
    assert said.count("beginning behind 0\n") == 1, "the second one begins at a kept state"
    assert replay.main(["--into", "replay_all"], settings) == 1, "it would write into a schema that is there"

    different_code = replay.main(
        ["--into", "replay_other", "--compare", "--revise", "determinism.proof:without_rules"], settings
    )
    assert different_code == 1
    assert "different: alarm, alarm_flood, alarm_group, alarm_journal, fact" in capsys.readouterr().out


def test_when_one_process_of_a_cluster_is_killed_its_peer_ends_by_itself(
    database_url: str, tmp_path: Path
) -> None:
    with closing(Run(database_url, "two", tmp_path, processes=2)) as run:
        run.append([control(START_US, "_/tick", None)])
        run.finish()
        run.flows.kill("flow-1")
        run.flows.running["flow-0"].wait(5)
        run.append([control(START_US, "_/tick", None)])
        run.finish()
    # Another number of processes: the recovery store is not theirs, the kept states are anybody's.
    with closing(Run(database_url, "two", tmp_path, appended=run.appended)) as alone:
        alone.append([control(START_US, "_/tick", None)])
        alone.finish()
    told = (tmp_path / "flow-0.log").read_text()
    assert '"written": 2, "kept": 1, "processes": 1' in told
