"""Runs the flows over a recorded journal, each run in a schema of its own, and kills them on the way."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Self

from lineshaft.clock import to_datetime
from lineshaft.runtime import ports
from lineshaft.store import bundles, facts, journal, replays
from lineshaft.store.database import Connection, connect
from lineshaft.store.journal import Entry
from lineshaft.store.migrate import migrate
from waiting import wait_until

Prints = dict[str, tuple[int, int]]
"""Table → rows, and a number that changes with any of them."""

LONGEST_START_S = 2.5
"""A kill comes so long after a start at the latest: while it begins, derives its state, or works."""


@dataclass
class Flows:
    """The processes of a plant's flows, started again where they have ended, as the supervisor does."""

    url: str
    schema: str
    folder: Path
    processes: int = 1
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    starts: int = 0

    def __post_init__(self) -> None:
        names = [f"flow-{n}" for n in range(self.processes)]
        self.ports = ports.choose(names) if self.processes > 1 else {}
        self.folder.mkdir(parents=True, exist_ok=True)

    @property
    def flows(self) -> list[str]:
        """Names of the shard flow's processes."""
        return [f"flow-{n}" for n in range(self.processes)]

    def tend(self) -> None:
        """Start what is not running; a process whose peer was killed ends by itself, and is started too."""
        for number, name in enumerate(self.flows):
            if self._has_ended(name):
                self._start(name, "stream.flow", {"LINESHAFT_FLOW_PROCESS": str(number)})
        if self._has_ended("plant"):
            self._start("plant", "stream.plant", {})

    def kill(self, name: str) -> None:
        """Kill a process."""
        self.running[name].kill()
        self.running[name].wait()

    def wipe(self) -> None:
        """Kill the shard flow and delete its recovery store."""
        for name in self.flows:
            self.kill(name)
        shutil.rmtree(self.folder / "recovery", ignore_errors=True)

    def stop(self) -> list[int]:
        """Ask all to end; gives their exit codes."""
        for process in self.running.values():
            process.send_signal(signal.SIGTERM)
        return [process.wait(15) for process in self.running.values()]

    def __enter__(self) -> Self:
        self.tend()
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.running.values():
            process.kill()
            process.wait()

    def _has_ended(self, name: str) -> bool:
        process = self.running.get(name)
        return process is None or process.poll() is not None

    def _start(self, name: str, module: str, more: dict[str, str]) -> None:
        self.starts += 1
        environment = {
            **os.environ,
            "LINESHAFT_DATABASE_URL": self.url,
            "LINESHAFT_DATABASE_ROLE": "lineshaft_stream",
            "LINESHAFT_DATABASE_SCHEMA": self.schema,
            "LINESHAFT_DATA_DIR": str(self.folder),
            "LINESHAFT_FLOW_ADDRESSES": " ".join(f"127.0.0.1:{port}" for port in self.ports.values()),
            **more,
        }
        with (self.folder / f"{name}.log").open("ab") as log:
            command = [sys.executable, "-m", module]
            self.running[name] = subprocess.Popen(command, env=environment, stdout=log, stderr=log)


@dataclass
class Run:
    """One run over a journal: a schema, its flows, and what has been appended."""

    url: str
    schema: str
    folder: Path
    processes: int = 1
    appended: int = 0
    kills: int = 0
    in_work: int = 0
    """Kills that hit a flow with work before it."""

    def __post_init__(self) -> None:
        migrate(self.url, self.schema)
        self.stack = ExitStack()
        self.conn: Connection = self.stack.enter_context(connect(self.url, schema=self.schema))
        self.flows = self.stack.enter_context(Flows(self.url, self.schema, self.folder, self.processes))

    def append(self, entries: Sequence[Entry]) -> None:
        """Go on with the journal."""
        if entries:
            first = journal.append(self.conn, entries)
            # As `lineshaft plant apply` does: the description stands in the table, too.
            for pos, entry in enumerate(entries, first):
                if entry.topic == "_/plant":
                    self.conn.execute(
                        "INSERT INTO plant (applied, by, sha256, document, pos) VALUES (%s, 'x', %s, %s, %s)",
                        (to_datetime(entry.received_us), str(pos), entry.body.decode(), pos),
                    )
            self.conn.commit()
            self.appended += len(entries)

    def finish(self) -> None:
        """Wait until all that was appended has become results."""
        logs = self.folder / "flow-0.log"
        wait_until(self._is_done, f"{self.schema}: all is derived", within_s=280, log=logs)

    def kill_at_random(self, chance: Random, entries: Sequence[Entry], *, wipe: bool) -> None:
        """Append some rows and kill one of the flows, at any moment of a start or at its work."""
        name = chance.choice([*self.flows.flows, self.flows.flows[0], "plant"])
        if chance.random() < 0.5:
            self.finish()  # up and waiting: the kill hits the work on what comes now
            self.append(entries)
            time.sleep(chance.uniform(0.0, 0.2))
        else:
            self.append(entries)
            time.sleep(chance.uniform(0.0, LONGEST_START_S))
        reached = self.reached()
        self.flows.kill(name)
        self.kills += 1
        self.in_work += reached[name == "plant"] < self.appended
        if wipe:
            self.flows.wipe()
        self.flows.tend()

    def reached(self) -> tuple[int, int]:
        """The positions that all shards, and the plant, have written."""
        found = min(bundles.positions(self.conn).values(), default=0), facts.plant_position(self.conn)
        self.conn.commit()
        return found

    def prints(self) -> Prints:
        """What stands in the tables."""
        span = {"low": 0, "high": self.appended, "end": self.appended}
        found = {
            table.name: replays.fingerprint(self.conn, table, self.schema, self.schema, span)
            for table in replays.TABLES
        }
        self.conn.rollback()
        return found

    def close(self) -> None:
        """End what runs."""
        self.stack.close()

    def _is_done(self) -> bool:
        self.flows.tend()
        return facts.frontier(self.conn) >= self.appended and self.reached()[1] >= self.appended


def interrupted(run: Run, entries: Sequence[Entry], kills: int, seed: int) -> None:
    """Run over a journal with so many kills, some of which lose the recovery store."""
    chance = Random(seed)  # noqa: S311 - kills are no secret
    for n in range(kills):
        part = entries[len(entries) * n // (kills + 1) : len(entries) * (n + 1) // (kills + 1)]
        run.kill_at_random(chance, part, wipe=n % 4 == 1)
    run.append(entries[run.appended :])
    run.finish()
