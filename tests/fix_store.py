"""One real PostgreSQL a session, migrated once; one database a test, copied from that in some 50 ms."""

import contextlib
import itertools
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from lineshaft.runtime import accounts, ports, postgres
from waiting import wait_until

TEMPLATE = "lineshaft_template"
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The session's server: the owner's address of an unmigrated database, from which others can be made."""
    with server() as url:
        yield url


@contextlib.contextmanager
def server() -> Iterator[str]:
    """A server of its own, gone afterwards: the owner's address of an unmigrated database."""
    folder = Path(tempfile.mkdtemp(prefix="lineshaft-postgres-"))
    folder.chmod(0o711)  # made private, and the server may run under an account of its own
    cluster = postgres.prepare(
        folder / "postgres", folder / "secrets", accounts.unprivileged(), durable=False
    )
    port = ports.choose(["postgres"])["postgres"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            cluster.command(port), stdout=log, stderr=log, cwd="/", **cluster.account.spawn_arguments()
        )
    try:
        wait_until(lambda: cluster.is_ready(port), "PostgreSQL answers", alive=process, log=folder / "log")
        yield cluster.url(port)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)
        shutil.rmtree(cluster.folder.parent)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def _template_url(postgres_url: str) -> str:
    # Imported late: tests of other parts run without the store.
    from lineshaft.store.migrate import migrate  # noqa: PLC0415

    url = _create(postgres_url, TEMPLATE, "template1")
    migrate(url)
    return url


@pytest.fixture
def database_url(postgres_url: str, _template_url: str) -> Iterator[str]:
    """The owner's address of a fresh migrated database, dropped after the test."""
    with _database(postgres_url, TEMPLATE) as url:
        yield url


@pytest.fixture
def empty_database_url(postgres_url: str) -> Iterator[str]:
    """The owner's address of a fresh empty database, dropped after the test."""
    with _database(postgres_url, "template1") as url:
        yield url


@contextlib.contextmanager
def _database(server_url: str, template: str) -> Iterator[str]:
    name = f"test_{next(_numbers)}"
    yield _create(server_url, name, template)
    _execute(server_url, f"DROP DATABASE {name} WITH (FORCE)")


def _create(server_url: str, name: str, template: str) -> str:
    _execute(server_url, f"CREATE DATABASE {name} TEMPLATE {template}")
    return f"{server_url.rsplit('/', 1)[0]}/{name}"


def _execute(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())
