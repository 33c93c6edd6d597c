import threading

import psycopg
import pytest

from lineshaft.store import migrate
from lineshaft.store.database import connect, flavour

pytestmark = pytest.mark.database


def test_all_migrations_apply_in_order_and_twice_is_a_no_op(empty_database_url: str) -> None:
    first = migrate.migrate(empty_database_url)
    assert first == [f"{m.number:04}_{m.name}" for m in migrate.available("plain")]
    assert migrate.migrate(empty_database_url) == []
    with connect(empty_database_url) as conn:
        assert flavour(conn) == "plain"


def test_two_processes_at_once_apply_each_migration_once(empty_database_url: str) -> None:
    applied: list[str] = []
    threads = [
        threading.Thread(target=lambda: applied.extend(migrate.migrate(empty_database_url))) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(applied) == [f"{m.number:04}_{m.name}" for m in migrate.available("plain")]


def test_an_edited_migration_is_refused(database_url: str) -> None:
    with connect(database_url) as conn:
        conn.execute("UPDATE migration SET sha256 = 'x' WHERE number = 2")
    with pytest.raises(migrate.MigrationError, match="0002_plant was edited"):
        migrate.migrate(database_url)


def test_a_database_of_a_newer_version_is_refused(database_url: str) -> None:
    with connect(database_url) as conn:
        conn.execute("INSERT INTO migration VALUES (9999, 'future', '', now(), 'x')")
    with pytest.raises(migrate.MigrationError, match="9999_future"):
        migrate.migrate(database_url)


def test_a_migration_that_fails_leaves_nothing_behind(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = [migrate.Migration(1, "half", "", "CREATE TABLE half (a int); SELECT 1/0;")]
    monkeypatch.setattr(migrate, "available", lambda _: broken)
    with pytest.raises(psycopg.errors.DivisionByZero):
        migrate.migrate(empty_database_url)
    with connect(empty_database_url) as conn:
        assert conn.execute("SELECT to_regclass('half'), (SELECT count(*) FROM migration)").fetchone() == (
            None,
            0,
        )
