"""Brings a database's schema to what this software expects, by numbered SQL files applied once each.

A file is `NNNN_what.sql`, or a pair `NNNN_what.plain.sql` and `NNNN_what.timescaledb.sql` that makes the
same tables with and without the extension. A database keeps the flavour it began with.
"""

import hashlib
import itertools
import re
from importlib.resources import files
from typing import NamedTuple

import psycopg
import structlog
from psycopg import sql

from lineshaft.store.database import Connection, Flavour, connect

_log = structlog.get_logger(__name__)
_FILE = re.compile(r"(\d{4})_([a-z0-9_]+)(?:\.(plain|timescaledb))?\.sql")


class MigrationError(Exception):
    """The database's schema and this software do not belong together."""


class Migration(NamedTuple):
    """One SQL file; the flavour is empty where the file serves both."""

    number: int
    name: str
    flavour: str
    text: str

    @property
    def sha256(self) -> str:
        """The file's fingerprint: an applied migration is never edited."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def migrate(url: str, schema: str = "lineshaft") -> list[str]:
    """Apply what is missing, in order, one transaction each; a second call does nothing.

    Two processes at once are safe: the later one waits for the earlier.

    Args:
        url: of the database's owner.
        schema: made when it is not there.

    Returns:
        The names of the migrations applied now.

    Raises:
        MigrationError: an applied file was edited, or the database is newer than this software.
    """
    with connect(url, schema=schema, application="lineshaft migrate", timeout_s=0) as conn:
        conn.execute("SELECT pg_advisory_lock(hashtextextended('lineshaft migrate ' || %s, 0))", (schema,))
        conn.commit()
        return _apply_missing(conn, schema)


def available(flavour: Flavour) -> list[Migration]:
    """All migrations of a flavour, in order.

    Raises:
        MigrationError: two files have the same number.
    """
    found = []
    for file in files("lineshaft.store").joinpath("migrations").iterdir():
        match = _FILE.fullmatch(file.name)
        if match and match[3] in {None, flavour}:
            found.append(Migration(int(match[1]), match[2], match[3] or "", file.read_text(encoding="utf-8")))
    found.sort()
    for one, next_one in itertools.pairwise(found):
        if one.number == next_one.number:
            raise MigrationError(f"two migrations have number {one.number:04}: {one.name}, {next_one.name}")
    return found


def _apply_missing(conn: Connection, schema: str) -> list[str]:
    conn.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(schema)))
    conn.execute(
        "CREATE TABLE IF NOT EXISTS migration (number integer PRIMARY KEY, name text NOT NULL,"
        " flavour text NOT NULL, applied timestamptz NOT NULL, sha256 text NOT NULL)"
    )
    conn.commit()
    applied = {
        number: (name, flavour, sha256)
        for number, name, flavour, sha256 in conn.execute(
            "SELECT number, name, flavour, sha256 FROM migration"
        )
    }
    known = {flavour for _, flavour, _ in applied.values() if flavour}
    migrations = available("timescaledb" if (known or {_wanted(conn)}) == {"timescaledb"} else "plain")
    _check_same(applied, migrations)
    return [_apply(conn, migration) for migration in migrations if migration.number not in applied]


def _apply(conn: Connection, migration: Migration) -> str:
    with conn.transaction():
        conn.execute(migration.text.encode())
        conn.execute(
            "INSERT INTO migration (number, name, flavour, applied, sha256) VALUES (%s, %s, %s, now(), %s)",
            (migration.number, migration.name, migration.flavour, migration.sha256),
        )
    name = f"{migration.number:04}_{migration.name}"
    _log.info("migration applied", migration=name, flavour=migration.flavour)
    return name


def _check_same(applied: dict[int, tuple[str, str, str]], migrations: list[Migration]) -> None:
    ours = {migration.number: migration for migration in migrations}
    for number, (name, _, sha256) in sorted(applied.items()):
        if number not in ours:
            raise MigrationError(
                f"the database has migration {number:04}_{name}, which this software does not know:"
                " it was made by a newer version; install that, or restore an older backup"
            )
        if ours[number].sha256 != sha256:
            raise MigrationError(
                f"migration {number:04}_{ours[number].name} was edited after it had been applied:"
                " put the file back as it was and write the change as a new migration"
            )


def _wanted(conn: Connection) -> Flavour:
    """TimescaleDB when the server has it and lets us use it, which is the first migration's decision."""
    row = conn.execute(
        # Its loader's own setting: an owner who is no superuser may not read shared_preload_libraries.
        "SELECT installed_version IS NOT NULL, current_setting('timescaledb.disable_load', true) IS NOT NULL"
        " FROM pg_available_extensions WHERE name = 'timescaledb'"
    ).fetchone()
    conn.commit()
    if row is None:
        return "plain"
    installed, preloaded = row
    if installed:
        return "timescaledb"
    if not preloaded:  # CREATE EXTENSION would end the session with a FATAL
        _log.warning("timescaledb is there but not in shared_preload_libraries; using plain tables")
        return "plain"
    try:
        with conn.transaction():
            conn.execute("CREATE EXTENSION timescaledb SCHEMA public")
    except psycopg.Error as error:
        _log.warning("timescaledb cannot be created; using plain tables", error=str(error))
        return "plain"
    return "timescaledb"
