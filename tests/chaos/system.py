"""The system under test: the real services in a folder of their own, and the means to hurt them."""

import contextlib
import datetime as dt
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from chaos import oracle
from chaos.patience import longer, wait_until
from chaos.proxy import Proxy
from lineshaft.runtime import broker, ports, report, state
from lineshaft.runtime.files import secret
from lineshaft.runtime.services import PROGRAMS

HERE = Path(__file__).parent
SITE = "chaos"
SPAN = 100_000_000
"""Numbers of one agent: their first digits name it."""
STAMP = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)")
CLOCK = "%Y-%m-%d %H:%M:%S"
START_S = 180
STOP_S = 60
TOO_LATE = "Timeout (0:00:09.5"
"""What Python says when `lineshaft.stopping.within` ends a process."""


@dataclass
class Kill:
    """One `kill -9` and what came of it."""

    service: str
    at_s: float
    """Seconds since the run began."""
    clock: str
    """The time of day, as logs write it."""
    pid: int
    in_flight: int
    """Messages in the agents' outboxes that were not committed."""
    ready_s: float | None = None
    """From the kill until the service's successor was ready."""
    business: float = 1.0
    """How much longer things took than on a machine that has nothing else to do, by its load."""


@dataclass
class System:
    """A running monitor with agents that are fed by `load.py`."""

    data_dir: Path
    agents: tuple[str, ...]
    to_broker: Proxy
    """Between the agents and the broker, but for the first agent."""
    to_database: Proxy
    """Between ingest and the database."""
    from_broker: Proxy
    """Between the broker and ingest."""
    command: list[str] = field(default_factory=list)
    """What starts the monitor."""
    began: float = field(default_factory=time.monotonic)
    kills: list[Kill] = field(default_factory=list)
    excuses: list[oracle.Excuse] = field(default_factory=list)
    """What faults have destroyed."""
    process: "subprocess.Popen[bytes]" = field(init=False)
    _done: threading.Event = field(default_factory=threading.Event)

    @property
    def age_s(self) -> float:
        """Seconds since the run began."""
        return round(time.monotonic() - self.began, 2)

    @property
    def accepted(self) -> int:
        """Connections that came by way of the proxies so far."""
        return self.to_broker.accepted + self.to_database.accepted + self.from_broker.accepted

    @property
    def count(self) -> int:
        """How many services there are."""
        return len(PROGRAMS) + 2 + len(self.agents)

    @property
    def database_url(self) -> str:
        """The owner's address, not by way of a proxy."""
        return report.database_url(self.data_dir, "")

    @property
    def broker_url(self) -> str:
        """The server's own account, not by way of a proxy."""
        own = broker.server_access(secret(self.data_dir / "secrets", "broker-server"))
        return own.url(port_of(self.data_dir, "broker"))

    def connect(self) -> "psycopg.Connection[tuple[object, ...]]":
        """A connection of the oracle's own, in the schema, each statement for itself."""
        return psycopg.connect(
            self.database_url, autocommit=True, connect_timeout=5, options="-c search_path=lineshaft,public"
        )

    def outbox(self, agent: str) -> Path:
        """The file in which an agent keeps its messages."""
        return self.data_dir / "edge" / agent / "outbox.sqlite3"

    def log(self, agent: str) -> Path:
        """What the agent's load has said."""
        return self.data_dir / "issued" / f"{agent}.log"

    def order(self, words: str) -> None:
        """Tell all loads what to do: `run`, `stop`, `probe 1`."""
        file = self.data_dir / "orders"
        draft = file.with_suffix(".draft")
        draft.write_text(words, encoding="utf-8")
        draft.rename(file)

    def pids(self) -> dict[str, int]:
        """Each service that the supervisor calls ready now, and its process."""
        rows = state.read(self.data_dir).get("services", [])
        return {row["service"]: row["pid"] for row in rows if row["ready"] and row["pid"]}

    def processes(self) -> dict[str, int]:
        """Each service that has a process, ready or not."""
        return {
            row["service"]: row["pid"] for row in state.read(self.data_dir).get("services", []) if row["pid"]
        }

    @property
    def in_flight(self) -> int:
        """Messages that agents keep and do not know to be committed."""
        return sum(oracle.waiting(self.outbox(agent))[1] for agent in self.agents)

    def kill(self, service: str) -> Kill | None:
        """Kill a service without a word; None where it is not up."""
        in_flight = self.in_flight
        pid = self.pids().get(service)
        if pid is None:
            return None
        now = f"{dt.datetime.now(dt.UTC):{CLOCK}}"
        kill = Kill(service, self.age_s, now, pid, in_flight, business=business())
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return None
        self.kills.append(kill)
        return kill

    def said_since(self, kill: Kill, most: int = 20) -> list[str]:
        """The first lines about a service, its own and the supervisor's, from a kill until it was ready."""
        ended = dt.datetime.fromisoformat(kill.clock) + dt.timedelta(seconds=1 + (kill.ready_s or START_S))
        lines = []
        for name in (kill.service, "supervisor"):
            text = self.log_of(name)
            found = [line for line in text.splitlines() if kill.service in line or name == kill.service]
            lines += [line for line in found if kill.clock <= stamp(line) <= f"{ended:{CLOCK}}"][:most]
        return lines

    def watch(self) -> None:
        """Note when killed services are ready again, until `stop`."""
        while not self._done.wait(0.1):
            missing = [kill for kill in self.kills if kill.ready_s is None]
            found = self.pids() if missing else {}
            for kill in missing:
                if found.get(kill.service, kill.pid) != kill.pid:
                    kill.ready_s = round(self.age_s - kill.at_s, 2)

    def until_ready(self, service: str) -> None:
        """Wait until a service is ready.

        Raises:
            AssertionError: it was not in time.
        """
        wait_until(lambda: service in self.pids(), f"{service} is ready", within_s=60, alive=self.process)

    def until_back(self, kills: list[Kill]) -> None:
        """Wait until what was killed is ready again.

        Raises:
            AssertionError: it was not in time.
        """
        wait_until(
            lambda: all(kill.ready_s is not None for kill in kills),
            f"{' and '.join(kill.service for kill in kills)} are ready again",
            within_s=START_S,
            alive=self.process,
        )

    def until_all_ready(self, within_s: float) -> None:
        """Wait until every service is ready.

        Raises:
            AssertionError: they were not in time.
        """
        try:
            wait_until(
                lambda: (
                    state.read(self.data_dir).get("phase") == "running" and len(self.pids()) == self.count
                ),
                "every service is ready",
                within_s=within_s,
                alive=self.process,
                log=self.data_dir / "said",
            )
        except AssertionError as error:
            rows = state.read(self.data_dir).get("services", [])
            error.add_note(f"not ready: {[row for row in rows if not row['ready']]}")
            raise

    @contextlib.contextmanager
    def held_down(self, *services: str) -> Iterator[None]:
        """Kill services, and let their successors begin only when this ends.

        Raises:
            AssertionError: they did not come back.
        """
        for service in services:
            self.until_ready(service)
        files = [self.data_dir / "hold" / service for service in services]
        gone = {service: self.pids()[service] for service in services}
        for file, pid in zip(files, gone.values(), strict=True):
            file.touch()
            os.kill(pid, signal.SIGKILL)
        try:
            wait_until(lambda: not set(gone) & set(self.pids()), f"{services} are down", alive=self.process)
            yield
        finally:
            for file in files:
                file.unlink()
        wait_until(
            lambda: set(gone) <= set(self.pids()), f"{services} are back", within_s=60, alive=self.process
        )

    def restart(self, *, how: signal.Signals) -> float:
        """End the monitor itself and start it again as a person would; seconds until all is ready.

        Raises:
            AssertionError: not all became ready.
        """
        begun = time.monotonic()
        self.process.send_signal(how)
        self.process.wait(longer(STOP_S))
        self.start()
        self.until_all_ready(START_S)
        return round(time.monotonic() - begun, 1)

    def start(self) -> None:
        """Start the monitor."""
        state.write(self.data_dir, {})  # what an earlier one wrote last says nothing about this one
        with (self.data_dir / "said").open("ab") as out:
            environ = os.environ | {"PYTHONPATH": f"{HERE.parent}:{HERE.parent.parent}"}
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=environ
            )

    def stop(self) -> dict[str, str]:
        """End it as an operator does; service → how it ended."""
        self._done.set()
        self.process.terminate()
        self.process.wait(longer(STOP_S))
        ends = {row["service"]: row["last_exit"] for row in state.read(self.data_dir)["services"]}
        return {
            name: f"{end}, too late" if was_ended(self.log_of(name)) else end for name, end in ends.items()
        }

    def log_of(self, service: str) -> str:
        """What a service, or `supervisor`, has said; nothing where it has no log."""
        log = self.data_dir / "logs" / f"{service}.log"
        return log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""


def was_ended(log: str) -> bool:
    """Whether the last that a service's log says is where its threads were when its time was over.

    >>> was_ended('{}\\nTimeout (0:00:09.500000)!\\nThread 0x1'), was_ended('Timeout (0:00:09.5\\n{}')
    (True, False)
    """
    _, found, since = log.rpartition(TOO_LATE)
    return bool(found) and "\n{" not in since


def stamp(line: str) -> str:
    """The time in a line of a log, ours or PostgreSQL's; empty where there is none."""
    found = STAMP.search(line)
    return f"{found[1]} {found[2]}" if found else ""


def business() -> float:
    """How many times more there is to do on this machine than it has processors for; 1 at least."""
    return round(max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1)), 1)


def port_of(data_dir: Path, service: str) -> int:
    """Where a service listens; 0 while no monitor says so."""
    rows = state.read(data_dir).get("services", [])
    return int(next((row["port"] for row in rows if row["service"] == service), 0))


@contextlib.contextmanager
def running(agents: tuple[str, ...], rate: float, keep: Path | None) -> Iterator[System]:
    """Start everything in a new folder, and leave nothing behind.

    Args:
        agents: names; the first one has no proxy between it and the broker.
        rate: messages a second of each.
        keep: use this folder, and keep it.
    """
    data_dir = keep or Path(tempfile.mkdtemp(prefix="lineshaft-chaos-"))
    data_dir.mkdir(exist_ok=True)
    _lay_out(data_dir, agents, rate)
    with (
        Proxy(lambda: port_of(data_dir, "broker")) as agents_wire,
        Proxy(lambda: port_of(data_dir, "postgres")) as database_wire,
        Proxy(lambda: port_of(data_dir, "broker")) as ingest_wire,
    ):
        command = [sys.executable, "-m", "chaos.monitor", "--data-dir", str(data_dir)]
        command += ["--to-broker", str(agents_wire.port), "--to-database", str(database_wire.port)]
        command += ["--from-broker", str(ingest_wire.port)]
        command += ["--port", str(ports.choose(["web"])["web"]), "--direct", agents[0]]
        system = System(data_dir, agents, agents_wire, database_wire, ingest_wire, command)
        system.start()
        try:
            system.until_all_ready(START_S)
            threading.Thread(target=system.watch, daemon=True).start()
            yield system
        except BaseException as error:
            error.add_note(f"everything is kept in {data_dir}")
            keep = data_dir
            raise
        finally:
            if system.process.poll() is None:
                system.stop()
            state.end_left_behind(data_dir)
            if keep is None:
                shutil.rmtree(data_dir, ignore_errors=True)


def _lay_out(data_dir: Path, agents: tuple[str, ...], rate: float) -> None:
    data_dir.chmod(0o711)
    for name in ("agents", "issued", "hold"):
        (data_dir / name).mkdir(exist_ok=True)
    for number, agent in enumerate(agents, 1):
        command = [sys.executable, str(HERE / "load.py")]
        command += ["--log", str(data_dir / "issued" / f"{agent}.log"), "--orders", str(data_dir / "orders")]
        command += ["--base", str(number * SPAN), "--rate", str(rate)]
        words = ", ".join(f'"{word}"' for word in command)
        text = (
            f"site: {SITE}\nagent: {agent}\nsources:\n  - {{id: load, kind: simulator, command: [{words}]}}\n"
        )
        (data_dir / "agents" / f"{agent}.yaml").write_text(text, encoding="utf-8")
