"""`lineshaft plant` and `lineshaft person` as they are typed."""

import io
from pathlib import Path

import pytest

from fix_clock import FakeClock
from fix_plant import PLANT_YAML
from lineshaft import cli, person_command, plant_command
from lineshaft.domain.plant import Plant, parse
from lineshaft.store import journal
from lineshaft.store.database import connect

database = pytest.mark.database


@pytest.fixture
def file(tmp_path: Path) -> Path:
    found = tmp_path / "plant.yaml"
    found.write_text(PLANT_YAML, encoding="utf-8")
    return found


def test_check_counts_what_is_there(file: Path, clock: FakeClock, capsys: pytest.CaptureFixture[str]) -> None:
    assert plant_command.main(["check", str(file)], {}, clock) == 0
    assert "2 machines" in capsys.readouterr().out


def test_check_names_file_line_and_fix(
    file: Path, clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(PLANT_YAML.replace("kind: pump", "kind: pumpe"), encoding="utf-8")
    assert plant_command.main(["check", str(file)], {}, clock) == 1
    said = capsys.readouterr().err
    assert f"{file}: line 16:" in said
    assert "did you mean 'pump'?" in said


@database
def test_apply_twice_then_export_gives_the_same_plant(
    database_url: str, file: Path, clock: FakeClock, plant: Plant, capsys: pytest.CaptureFixture[str]
) -> None:
    environ = {"LINESHAFT_DATABASE_URL": database_url}
    assert plant_command.main(["apply", str(file)], environ, clock) == 0
    assert "applied as version 1" in capsys.readouterr().out
    assert plant_command.main(["apply", str(file)], environ, clock) == 0
    assert "unchanged" in capsys.readouterr().out
    assert plant_command.main(["export"], environ, clock) == 0
    assert parse(capsys.readouterr().out) == plant


@database
def test_a_password_comes_through_a_pipe_and_weak_ones_are_refused(
    database_url: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*arguments: str, typed: str) -> int:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed + "\n"))
        return person_command.main(list(arguments), {"LINESHAFT_DATABASE_URL": database_url}, clock)

    assert run("add", "ann", "--role", "operator", typed="short") == 1
    assert "10 to 256 characters" in capsys.readouterr().err
    assert run("add", "ann", "--role", "operator", typed="a long enough one") == 0
    assert run("add", "ann", typed="a long enough one") == 1
    assert run("password", "ann", typed="another long one") == 0
    assert run("password", "bob", typed="another long one") == 1
    assert run("list", typed="") == 0
    assert "operator" in capsys.readouterr().out


@database
def test_a_disabled_person_stays_listed_and_can_be_enabled_again(
    database_url: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*arguments: str) -> int:
        monkeypatch.setattr("sys.stdin", io.StringIO("a long enough one\n"))
        return person_command.main(list(arguments), {"LINESHAFT_DATABASE_URL": database_url}, clock)

    assert run("add", "ann", "--role", "operator") == 0
    assert run("disable", "ann") == 0
    assert run("disable", "bob") == 1
    capsys.readouterr()
    assert run("list") == 0
    assert "disabled" in capsys.readouterr().out
    assert run("enable", "ann") == 0
    assert run("list") == 0
    assert "operator" in capsys.readouterr().out


@database
def test_after_a_restore_the_journal_has_another_name_and_the_same_position(
    database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LINESHAFT_DATABASE_URL", database_url)
    with connect(database_url) as conn:
        before = journal.head(conn)
    assert cli.main(["restored"]) == 0
    assert "send again what they still hold" in capsys.readouterr().out
    with connect(database_url) as conn:
        after = journal.head(conn)
    assert after.pos == before.pos
    assert after.db != before.db
