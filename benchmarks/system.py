"""The system under measurement: started in a folder of its own, looked at from outside."""

import contextlib
import os
import secrets
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from urllib.parse import urlparse

import psutil
import psycopg
import yaml

from benchmarks.bodies import SIGNALS
from benchmarks.load import DEVICE, SITE
from lineshaft.clock import system_clock
from lineshaft.runtime import broker, report, state
from lineshaft.runtime.files import secret
from lineshaft.runtime.spawn import spawn
from lineshaft.store.database import Connection, connect

START_S = 120.0
EDGE = "fast"
"""The one real agent, which waits to be told to send."""
SOURCE = "source"
"""The folder in which its source is told."""
QUANTITIES = (
    *("temperature", "vibration", "current", "pressure", "flow", "speed", "load", "cycle"),
    *("temperature", "vibration"),
)
"""Of each of `SIGNALS`: described, so that limits are looked at and scores are made of them."""
UNITS = ("Cel", "mm/s", "A", "bar", "L/min", "r/min", "%", "s", "Cel", "mm/s")


@dataclass(frozen=True)
class System:
    """A running monitor without agents."""

    data_dir: Path
    database_url: str
    broker_url: str
    address: str

    def connect(self) -> Connection:
        """A connection of our own, in the schema."""
        conn = connect(self.database_url, application="benchmark", timeout_s=0)
        conn.autocommit = True
        return conn

    def processes(self) -> dict[str, psutil.Process]:
        """Service → its process; the database's too where it runs on this machine."""
        rows = state.read(self.data_dir).get("services", [])
        found = {row["service"]: psutil.Process(row["pid"]) for row in rows if row["pid"]}
        if "postgres" not in found:
            with contextlib.suppress(psutil.Error), self.connect() as conn:
                found["postgres"] = server_process(conn)
        return found

    def restarts(self) -> int:
        """How often any service had to be started again."""
        return sum(line.restarts for line in report.read(self.data_dir, system_clock).services)

    @property
    def password(self) -> str:
        """Of the first person."""
        return secret(self.data_dir / "secrets", "admin-password")


def server_process(conn: Connection) -> psutil.Process:
    """The database server's process, where it is on this machine.

    Raises:
        psutil.Error: it is not.
    """
    row = conn.execute("SELECT pg_backend_pid()").fetchone()
    backend = psutil.Process(row[0] if row else 0)
    parent = backend.parent()
    if parent is None or "postgres" not in backend.name():
        raise psutil.NoSuchProcess(backend.pid)
    return parent


@contextmanager
def running(
    data_dir: Path, *, broker_url: str = "", database_url: str = "", agents: int = 100
) -> Iterator[System]:
    """Start the monitor with a described plant, and stop it at the end.

    Args:
        data_dir: an empty folder, or one that an earlier run left.
        broker_url: a server to use; "" for the embedded one.
        database_url: likewise.
        agents: how many of the generator's the plant describes as machines.

    Raises:
        RuntimeError: it did not start in time.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    (data_dir / "plant.yaml").write_text(plant(agents), encoding="utf-8")
    for folder in ("agents", SOURCE):
        (data_dir / folder).mkdir(exist_ok=True)
    command = [sys.executable, "-m", "benchmarks.source", str(data_dir / SOURCE)]
    source = {"id": "fast", "kind": "simulator", "command": command}
    agent = {"site": SITE, "agent": EDGE, "sources": [source]}
    (data_dir / "agents" / f"{EDGE}.yaml").write_text(yaml.safe_dump(agent), encoding="utf-8")
    environ = {name: value for name, value in os.environ.items() if not name.startswith("LINESHAFT_")}
    given = {"LINESHAFT_DATABASE_URL": database_url, "LINESHAFT_BROKER_URL": broker_url}
    environ |= {name: url for name, url in given.items() if url} | {"LINESHAFT_LOG_LEVEL": "WARNING"}
    command = [sys.executable, "-m", "lineshaft.cli", "up", "--data-dir", str(data_dir)]
    log = data_dir / "logs" / "up.log"
    log.parent.mkdir(exist_ok=True)
    with spawn(command, log=log, environ=environ) as up:  # it ends with us, however we end
        try:
            _wait(up, data_dir)
            ports = {row["service"]: row["port"] for row in state.read(data_dir)["services"]}
            own = broker.server_access(secret(data_dir / "secrets", "broker-server"))
            yield System(
                data_dir,
                report.database_url(data_dir, database_url),
                broker_url or own.url(int(ports["broker"])),
                report.read(data_dir, system_clock).address,
            )
        finally:
            up.terminate()
            up.wait(30)


def _wait(up: Popen[bytes], data_dir: Path) -> None:
    deadline = time.monotonic() + START_S
    while not report.read(data_dir, system_clock).healthy:
        if up.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"the monitor did not start; its logs are in {data_dir / 'logs'}")
        time.sleep(0.2)


def machine_key(number: int) -> str:
    """The machine behind the generator's agent of that number."""
    return f"machine-{number:03}"


def plant(agents: int) -> str:
    """The plant of the generator's agents: a machine each, with limits that its values keep."""
    signals = "".join(
        f"\n                  - {{name: {name}, quantity: {quantity}, unit: {unit!r}, every_s: 1,"
        f" high: {high}, high_high: null, low: null, low_low: null}}"
        for name, quantity, unit, high in zip(
            SIGNALS, QUANTITIES, UNITS, (200, 90, 900, 90, 900, 9000, 190, 90, 200, 90), strict=True
        )
    )
    machines = "".join(
        f"""
              - id: {machine_key(n)}
                kind: pump
                name: Machine {n}
                device: bench-{n:03}/{DEVICE}
                signals:{signals}"""
        for n in range(agents)
    )
    return f"""\
version: 1
sites:
  - id: {SITE}
    name: Bench
    timezone: UTC
    position: [0, 0]
    areas:
      - id: area
        name: Area
        lines:
          - id: line
            name: Line
            machines:{machines}
"""


@contextmanager
def database_of_its_own(url: str) -> Iterator[str]:
    """A fresh database on a server, dropped at the end; the given one where none may be made."""
    name = f"lineshaft_bench_{secrets.token_hex(4)}"
    try:
        with connect(url, timeout_s=0) as conn:
            conn.autocommit = True
            extended = conn.execute(
                "SELECT 1 FROM pg_available_extensions WHERE name = 'timescaledb'"
            ).fetchone()
            conn.execute(f"CREATE DATABASE {name}")
    except psycopg.errors.InsufficientPrivilege:
        yield url
        return
    own = urlparse(url)._replace(path=f"/{name}").geturl()
    try:
        if extended:
            with connect(own) as conn:
                conn.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")
        yield own
    finally:
        with connect(url, timeout_s=0) as conn:
            conn.autocommit = True
            conn.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
