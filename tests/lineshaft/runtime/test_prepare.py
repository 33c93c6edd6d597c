import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from fix_plant import PLANT_YAML

pytestmark = pytest.mark.database


def prepare(url: str, data_dir: Path) -> "subprocess.CompletedProcess[str]":
    environ = os.environ | {"LINESHAFT_DATABASE_URL": url, "LINESHAFT_DATA_DIR": str(data_dir)}
    command = [sys.executable, "-m", "lineshaft.runtime.prepare"]
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=False)


def ask(url: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, options="-c search_path=lineshaft") as conn:
        return conn.execute(query.encode()).fetchall()


def test_an_empty_database_gets_schema_person_and_plant(empty_database_url: str, tmp_path: Path) -> None:
    (tmp_path / "plant.yaml").write_text(PLANT_YAML, encoding="utf-8")
    done = prepare(empty_database_url, tmp_path)
    assert done.returncode == 0, done.stderr
    assert ask(empty_database_url, "SELECT login, role FROM person") == [("admin", "admin")]
    assert ask(empty_database_url, "SELECT version FROM plant") == [(1,)]
    assert ask(empty_database_url, "SELECT count(*) FROM asset WHERE level = 'work_unit'") == [(2,)]
    password = (tmp_path / "secrets" / "admin-password").read_text(encoding="utf-8").strip()
    assert password not in done.stderr


def test_done_again_it_changes_nothing(database_url: str, tmp_path: Path) -> None:
    (tmp_path / "plant.yaml").write_text(PLANT_YAML, encoding="utf-8")
    assert prepare(database_url, tmp_path).returncode == 0
    before = ask(database_url, "SELECT login, password FROM person")
    assert prepare(database_url, tmp_path).returncode == 0
    assert ask(database_url, "SELECT login, password FROM person") == before
    assert ask(database_url, "SELECT count(*) FROM plant") == [(1,)]


def test_what_was_changed_on_the_screens_survives_until_the_file_changes(
    database_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "plant.yaml"
    file.write_text(PLANT_YAML, encoding="utf-8")
    assert prepare(database_url, tmp_path).returncode == 0
    with psycopg.connect(database_url, options="-c search_path=lineshaft") as conn:
        conn.execute(
            "INSERT INTO plant (applied, by, sha256, document) "
            " SELECT now(), 'somebody', 'x', document FROM plant"
        )
    assert prepare(database_url, tmp_path).returncode == 0
    assert ask(database_url, "SELECT max(version) FROM plant") == [(2,)]
    file.write_text(PLANT_YAML.replace("Main motor", "Second motor"), encoding="utf-8")
    assert prepare(database_url, tmp_path).returncode == 0
    assert ask(database_url, "SELECT count(*) FROM plant") == [(3,)]


def test_a_fault_in_the_plant_is_told_with_its_line(database_url: str, tmp_path: Path) -> None:
    (tmp_path / "plant.yaml").write_text(PLANT_YAML.replace("kind: pump", "kind: pomp"), encoding="utf-8")
    done = prepare(database_url, tmp_path)
    assert done.returncode == 1
    assert "plant.yaml: line 1" in done.stderr
    assert "pomp" in done.stderr


def test_maintenance_begins_with_a_kit_and_what_people_change_of_it_stays(
    database_url: str, tmp_path: Path
) -> None:
    (tmp_path / "plant.yaml").write_text(PLANT_YAML, encoding="utf-8")
    file = tmp_path / "maintenance.yaml"
    file.write_text("version: 1\nparts: [{id: seal, name: Seal, on_hand: 3}]", encoding="utf-8")
    assert prepare(database_url, tmp_path).returncode == 0
    with psycopg.connect(database_url, options="-c search_path=lineshaft") as conn:
        conn.execute("UPDATE part SET minimum = 7")
    assert prepare(database_url, tmp_path).returncode == 0
    assert ask(database_url, "SELECT minimum, on_hand FROM part JOIN part_stock USING (part)") == [(7, 3)]
    file.write_text("version: 9", encoding="utf-8")
    done = prepare(database_url, tmp_path)
    assert done.returncode == 1
    assert "expected 1, got 9" in done.stderr


def test_a_missing_database_is_told_and_no_traceback(tmp_path: Path) -> None:
    environ = os.environ | {"LINESHAFT_DATA_DIR": str(tmp_path)}
    command = [sys.executable, "-m", "lineshaft.runtime.prepare"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "LINESHAFT_DATABASE_URL is not set" in done.stderr
    assert "Traceback" not in done.stderr
