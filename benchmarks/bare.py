"""The two servers alone, with the settings they have under the monitor: for ceilings, and for rivals."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen

import psutil

from benchmarks.system import server_process
from lineshaft.runtime import ports, servers
from lineshaft.runtime.services import Spec
from lineshaft.runtime.spawn import end, spawn
from lineshaft.store.database import Connection, connect

READY_S = 60.0


@dataclass(frozen=True)
class Bare:
    """A database and a broker, nothing else."""

    database_url: str
    broker_url: str
    broker: psutil.Process

    def connect(self) -> Connection:
        """A connection, one transaction a statement."""
        conn = connect(self.database_url, schema="public", application="benchmark", timeout_s=0)
        conn.autocommit = True
        return conn

    def processes(self) -> dict[str, psutil.Process]:
        """The servers' processes."""
        with self.connect() as conn:
            return {"broker": self.broker, "postgres": server_process(conn)}


@contextmanager
def bare(folder: Path, database_url: str = "") -> Iterator[Bare]:
    """Start both in an empty folder, or only the broker where a database is given."""
    folder.mkdir(parents=True, exist_ok=True)
    servers.check_reachable(folder)
    port = ports.choose(["postgres", "broker"])
    with ExitStack() as stack:
        if not database_url:
            spec, database_url = servers.embedded_database(folder, port["postgres"])
            stack.enter_context(_started(spec, folder))
        spec, urls = servers.embedded_broker(folder, port["broker"], [])
        broker = stack.enter_context(_started(spec, folder))
        yield Bare(database_url, urls.server, psutil.Process(broker.pid))


@contextmanager
def _started(spec: Spec, folder: Path) -> Iterator[Popen[bytes]]:
    log = folder / f"{spec.name}.log"
    process = spawn(spec.command, log=log, environ=spec.environ, account=spec.account)
    try:
        wait_until(lambda: _is_ready(spec), f"{spec.name} did not start", process)
        yield process
    finally:
        end(process, spec.stop_signal)
        process.wait(30)


def _is_ready(spec: Spec) -> bool:
    async def ask() -> bool:
        return await spec.ready()

    return asyncio.run(ask())


def wait_until(done: Callable[[], bool], what: str, process: Popen[bytes]) -> None:
    """Wait for something that a process does.

    Raises:
        RuntimeError: it ended, or takes longer than a minute.
    """
    deadline = time.monotonic() + READY_S
    while not _answers(done):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(what)
        time.sleep(0.1)


def _answers(done: Callable[[], bool]) -> bool:
    try:
        return done()
    except OSError:
        return False
