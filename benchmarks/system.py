"""The system under measurement: started in a folder of its own, watched from outside."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from lineshaft.clock import system_clock
from lineshaft.runtime import broker, report, state
from lineshaft.runtime.files import secret
from lineshaft.store.database import Connection, connect

START_S = 120.0
STDERR = 2
"""Where the monitor says its address: standard output is for our figures."""


@dataclass(frozen=True)
class System:
    """A running monitor without agents."""

    data_dir: Path
    database_url: str
    broker_url: str

    def connect(self) -> Connection:
        """A connection of our own, in the schema."""
        conn = connect(self.database_url, application="benchmark")
        conn.autocommit = True
        return conn

    def processes(self) -> dict[str, psutil.Process]:
        """Service → its process."""
        rows = state.read(self.data_dir).get("services", [])
        return {row["service"]: psutil.Process(row["pid"]) for row in rows if row["pid"]}


@contextmanager
def running(data_dir: Path, broker_url: str, database_url: str) -> Iterator[System]:
    """Start the monitor, and stop it at the end.

    Args:
        data_dir: an empty folder.
        broker_url: a server of your own, which is in the environment too; "" for the embedded one.
        database_url: likewise.

    Raises:
        RuntimeError: it did not start in time.
    """
    command = [sys.executable, "-m", "lineshaft.cli", "up", "--data-dir", str(data_dir)]
    with subprocess.Popen(command, stdout=STDERR) as up:
        try:
            _wait(up, data_dir)
            ports = {row["service"]: row["port"] for row in state.read(data_dir)["services"]}
            own = broker.server_access(secret(data_dir / "secrets", "broker-server"))
            yield System(
                data_dir,
                report.database_url(data_dir, database_url),
                broker_url or own.url(int(ports["broker"])),
            )
        finally:
            up.terminate()
            up.wait(30)


def _wait(up: "subprocess.Popen[bytes]", data_dir: Path) -> None:
    deadline = time.monotonic() + START_S
    while not report.read(data_dir, system_clock).healthy:
        if up.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"the monitor did not start; its logs are in {data_dir / 'logs'}")
        time.sleep(0.2)


def cpu_s(process: psutil.Process) -> float:
    """CPU seconds of a process and its children; 0 when it has gone."""
    try:
        family = [process, *process.children(recursive=True)]
        return float(sum(sum(member.cpu_times()[:2]) for member in family))
    except psutil.Error:
        return 0.0


def memory_mb(process: psutil.Process) -> float:
    """Proportional memory of a process and its children, MB; 0 when it has gone or may not be looked at."""
    try:
        family = [process, *process.children(recursive=True)]
        return sum(member.memory_full_info().pss for member in family) / 1e6
    except psutil.Error:
        return 0.0
