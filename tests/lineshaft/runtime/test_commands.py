import json
import os
import stat
import sys
from pathlib import Path

import pytest

from lineshaft import cli
from lineshaft.runtime import checkup, folders, options, state


def read(tmp_path: Path, **environ: str) -> options.Options:
    return options.read(environ, data_dir=tmp_path, port=None, host=None)


def test_every_command_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("up", "down", "status", "logs", "doctor", "demo", "restored"):
        with pytest.raises(SystemExit) as ended:
            cli.main([command, "--help"])
        assert ended.value.code == 0
        assert "--data-dir" in capsys.readouterr().out


def test_the_edge_takes_over_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    became: list[list[str]] = []

    class Gone(Exception):  # noqa: N818 - what execv does to the caller
        pass

    def execv(_: str, command: list[str]) -> None:
        became.append(command)
        raise Gone

    monkeypatch.setattr(os, "execv", execv)
    with pytest.raises(Gone):
        cli.main(["edge", "check", "--config", "a.yaml"])
    assert became == [[sys.executable, "-m", "edge", "check", "--config", "a.yaml"]]


def test_the_status_of_nothing_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["status", "--json", "--data-dir", str(tmp_path)]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["running"] is False
    assert told["services"] == []


def test_down_where_nothing_runs_is_no_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["down", "--data-dir", str(tmp_path)]) == 0
    assert "Nothing was running" in capsys.readouterr().out


def test_logs_are_printed_and_unknown_ones_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "ingest.log").write_text("one\ntwo\nthree\n")
    assert cli.main(["logs", "ingest", "-n", "2", "--data-dir", str(tmp_path)]) == 0
    assert capsys.readouterr().out == "two\nthree\n"
    assert cli.main(["logs", "web", "--data-dir", str(tmp_path)]) == 1
    assert "ingest" in capsys.readouterr().err


def test_a_folder_that_runs_is_the_one_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert folders.to_look_at(None) == tmp_path / folders.MAIN
    for folder in (folders.MAIN, folders.DEMO):
        (tmp_path / folder).mkdir(parents=True)
    with state.held(tmp_path / folders.DEMO):
        assert folders.to_look_at(None) == tmp_path / folders.DEMO
    monkeypatch.setenv("LINESHAFT_DATA_DIR", "elsewhere")
    assert folders.to_look_at(None) == tmp_path / "elsewhere"


def test_the_doctor_finds_secrets_others_may_read(tmp_path: Path) -> None:
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "admin-password").write_text("x")
    (secrets / "admin-password").chmod(0o644)
    finding = checkup.check_permissions(read(tmp_path), lambda: 0)[0]
    assert finding.state == "fail"
    assert "chmod" in finding.fix
    (secrets / "admin-password").chmod(stat.S_IRUSR | stat.S_IWUSR)
    assert checkup.check_permissions(read(tmp_path), lambda: 0)[0].state == "ok"


def test_the_doctor_says_what_does_not_answer(tmp_path: Path) -> None:
    given = read(
        tmp_path,
        LINESHAFT_DATABASE_URL="postgresql://nobody@127.0.0.1:9/x",
        LINESHAFT_BROKER_URL="mqtt://nobody@127.0.0.1:9",
    )
    found = {finding.what: finding for finding in checkup.examine(given, lambda: 0)}
    assert found["database"].state == "fail"
    assert found["broker"].state == "fail"
    assert found["broker"].fix


def test_a_setting_that_is_no_number_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.environ["LINESHAFT_WEB_PORT"] = "many"
    try:
        assert cli.main(["doctor", "--data-dir", str(tmp_path)]) == 1
    finally:
        del os.environ["LINESHAFT_WEB_PORT"]
    assert "LINESHAFT_WEB_PORT is 'many'" in capsys.readouterr().err
