"""One real MQTT broker a session; tests keep apart by site names of their own."""

import contextlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from lineshaft.runtime import broker, ports
from waiting import wait_until

ALL = broker.Access("test", "test-password", ("readwrite #", "read $SYS/#"))


@pytest.fixture(scope="session")
def broker_url() -> Iterator[str]:
    """The address of a broker whose account may read and write everything."""
    with _broker() as url:
        yield url


@pytest.fixture
def own_broker_url() -> Iterator[str]:
    """A broker of the test's own: ingest hears all that any test has left on the common one."""
    with _broker() as url:
        yield url


@contextlib.contextmanager
def _broker() -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="lineshaft-broker-"))
    folder.chmod(0o711)  # made private, and the server may run under an account of its own
    account = broker.runs_as()
    port = ports.choose(["broker"])["broker"]
    command = broker.prepare(folder / "broker", port, [ALL], account)
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, cwd="/", **account.spawn_arguments())
    try:
        wait_until(lambda: not ports.is_free(port), "the broker listens", alive=server, log=folder / "log")
        yield ALL.url(port)
    finally:
        server.terminate()
        server.wait(10)
        shutil.rmtree(folder)
