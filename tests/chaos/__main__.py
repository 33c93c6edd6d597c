"""The fault suite: kills and cuts under load, then the oracle. `make chaos`, `make chaos-long`.

Standard output is one JSON document and one line for people; what happens meanwhile goes to standard error.
"""

import argparse
import json
import os
import random
import secrets
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from chaos import disk, fault, faults, oracle, outages, patience, silence
from chaos.bugs import BUGS
from chaos.control import Control
from chaos.system import SITE, System, running
from lineshaft.store import accounting

READY_S = 10.0
"""What a service has from a kill to being ready."""
REST_S = 60.0
READY_ALL_S = 60.0
LAST = 6_000
"""Letters of a log's end that are about how its process ended."""
WELL = "exit code 0"
"""How a service ends that was told to."""
FIRST_S = 5.0
"""Of load before the first kill."""
MOVED_A_KILL = 20
"""Messages a kill that must have moved, else the run says little."""


@dataclass
class Run:
    """What is done to a system, and what comes of it."""

    system: System
    control: Control
    told: argparse.Namespace
    faults: list[dict[str, Any]] = field(default_factory=list)
    rest_s: list[float] = field(default_factory=list)
    load: list[float] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    """Faults for which there was no time."""
    wrong: list[str] = field(default_factory=list)

    def kills(self) -> None:
        """Kill every service once and then any, at random moments, without waiting for the one before."""
        rng = random.Random(self.told.seed)  # noqa: S311 - a schedule that can be repeated, no secret
        names = sorted(self.system.pids())
        turns = rng.sample(names, len(names))
        while len(self.system.kills) < self.told.kills:
            time.sleep(rng.uniform(0.3, 2 * self.told.every - 0.3))
            name = turns.pop() if turns else rng.choice(names)
            self.system.until_ready(name)
            kill = self.system.kill(name)
            if kill:
                self.load.append(os.getloadavg()[0])
                say(f"{kill.at_s:7.2f} s  kill -9 {name}, {kill.in_flight} messages in flight")
                self.control.suffer(name)

    def strikes(self) -> None:
        """The other faults, one after the other."""
        rng = random.Random(self.told.seed)  # noqa: S311 - as above
        for row in faults.mixed(rng):
            if not named(row, self.told.faults) or (row.is_long and not self.told.long):
                continue
            if row in disk.FAULTS and disk.PRELOAD not in os.environ:
                continue
            if self.told.within and self.system.age_s > self.told.within:
                self.left_out.append(row.name)
                continue
            killed = len(self.system.kills)
            try:
                found = fault.strike(self.system, row)
            except (AssertionError, KeyError, OSError, psycopg.Error, subprocess.SubprocessError) as error:
                say(f"{self.system.age_s:7.2f} s  {row.name}: {error}")
                self.wrong.append("; ".join([f"{row.name}: {error}", *getattr(error, "__notes__", ())]))
                return  # in what state it has left the system nobody knows: the rest is only compared
            self.faults.append(found)
            self.wrong += [f"{row.name}: {why}" for why in found.get("missed", ())]
            say(f"{self.system.age_s:7.2f} s  {row.name}: {figures(found)}")
            for kill in self.system.kills[killed:]:
                self.control.suffer(kill.service)

    def all_ready(self) -> None:
        """Let every service come back."""
        try:
            self.system.until_all_ready(READY_ALL_S)
        except AssertionError as error:
            self.wrong.append("; ".join(error.__notes__))

    def rest(self) -> None:
        """Silence, until everything has arrived; then a probe of each size, and silence again."""
        boxes = [self.system.outbox(agent) for agent in self.system.agents]
        for order in ("stop", "probe 1"):
            try:
                silence.obeyed(self.system, order)
                self.rest_s.append(oracle.quiesce(self.system.connect, boxes, patience.longer(REST_S)))
            except AssertionError as error:  # the comparison still says what is wrong
                self.wrong.append("; ".join([str(error), *getattr(error, "__notes__", ())]))

    def tell_of_slow(self) -> None:
        """Print what the log of each service says that was long in coming back."""
        for kill in self.system.kills:
            if kill.ready_s is None or kill.ready_s > READY_S:
                say(f"{kill.service}, killed at {kill.at_s:.0f} s, was ready after {kill.ready_s} s:")
                for line in self.system.said_since(kill):
                    say(f"    {line}")

    def judge(self) -> dict[str, Any]:
        """Everything the run has found."""
        with self.system.connect() as conn:
            said = oracle.issued(self.system.log(agent) for agent in self.system.agents)
            excuses = self.system.excuses
            verdict = oracle.compare(said, oracle.stored(conn, SITE), excuses)
            books = accounting.books(conn)
            wrong = self.wrong + verdict.faults + oracle.journal_faults(conn)
            wrong += oracle.book_faults(conn, excuses)
        ready = [kill.ready_s for kill in self.system.kills if kill.ready_s is not None]
        return {
            "seed": self.told.seed,
            **verdict.document(),
            "messages": books.messages,
            "kills": [asdict(kill) for kill in self.system.kills],
            "slowest_ready_s": max(ready, default=0.0),
            "killed_in_flight": sum(kill.in_flight > 0 for kill in self.system.kills),
            "faults": self.faults,
            "left_out": self.left_out,
            "rest_s": self.rest_s,
            "load_average": round(sum(self.load) / len(self.load), 1) if self.load else 0.0,
            "wrong": wrong,
        }


def named(row: fault.Fault, only: str) -> bool:
    """Whether a row is among those asked for, by how its name begins."""
    return row.name.startswith(tuple(only.split(",")))


def figures(found: dict[str, Any]) -> str:
    """What a fault's line says."""
    names = ("fault", "reconnects", "lasted_s", "recovered_s", "missed", "slow")
    more = "".join(f", {name}={value}" for name, value in found.items() if name not in names)
    return f"all committed {found['recovered_s']} s later{more}"


def late(kills: list[dict[str, Any]], within_s: float) -> list[tuple[str, float | None, float]]:
    """Services that were not ready in time after a kill, the machine's load considered."""
    return [
        (kill["service"], kill["ready_s"], kill["business"])
        for kill in kills
        if kill["ready_s"] is None or kill["ready_s"] > within_s * kill["business"]
    ]


def slowness(found: dict[str, Any], told: argparse.Namespace) -> list[str]:
    """Which bars of a quiet machine were missed, where this one has been given more time."""
    slow = late(found["kills"], told.ready_within)
    bars = [f"ready after more than {told.ready_within:g} s: {slow}"] if slow else []
    bars += [f"{name} stopped with {end}" for name, end in found["ends"].items() if end.endswith("too late")]
    return bars + [f"{one['fault']}: {why}" for one in found["faults"] for why in one.get("slow", ())]


def failures(found: dict[str, Any], told: argparse.Namespace) -> list[str]:
    """Why the run is no proof, or the proof of a fault."""
    kills = found["kills"]
    slow = late(kills, patience.longer(told.ready_within))
    ill = {name: end for name, end in found["ends"].items() if end != WELL}
    if told.patience > 1:  # a service has 10 s for its end on a slow machine too
        ill = {name: end for name, end in ill.items() if not end.endswith("too late")}
    control = found["control"]
    checks = [
        *(
            (found[what] == 0, f"{found[what]} readings {what}")
            for what in ("lost", "duplicated", "invented")
        ),
        (not found["wrong"], "; ".join(found["wrong"])),
        (len(kills) >= told.kills, f"only {len(kills)} kills"),
        (
            not slow,
            f"not ready in time: {slow}",
        ),
        (not ill, f"not all stopped well: {ill}"),
        # A run in which little happened proves little.
        (found["messages"]["journaled"] >= MOVED_A_KILL * told.kills, "too few messages moved"),
        (found["messages"]["duplicate"] > 0, "no message was ever sent twice"),
        (found["killed_in_flight"] > 0, "no kill while messages were in flight"),
        (control["lost"] > 0, f"the lossy control lost nothing: {control}"),
    ]
    return [why for holds, why in checks if not holds]


def settle(control: Control) -> dict[str, int]:
    """Stop the control's publisher, and let its consumer come to rest."""
    control.stop_publishing()
    still, before = 0, control.judge()
    while still < oracle.POLLS:
        time.sleep(oracle.POLL_S)
        now = control.judge()
        still = still + 1 if now == before else 0
        before = now
    return before


def ends(system: System) -> dict[str, str]:
    """Stop everything; service → how it ended, and its last words where it did not end well."""
    found = system.stop()
    for service, end in found.items():
        if end != WELL:
            say(f"{service} ended with {end}:\n{system.log_of(service)[-LAST:]}")
    return found


def run(told: argparse.Namespace) -> dict[str, Any]:
    """The whole run."""
    begun = time.monotonic()
    library = disk.compile_into(Path(tempfile.mkdtemp(prefix="lineshaft-chaos-disk-")))
    if library is None:
        say("no C compiler: slow, failing and full disks (O3-O5) are left out")
    else:
        library.parent.chmod(0o755)
        os.environ[disk.PRELOAD] = str(library)
    agents = tuple(f"agent-{number}" for number in range(1, told.agents + 1))
    with running(agents, told.rate, told.keep) as system:
        control = Control.start(
            system.broker_url, system.database_url, system.data_dir / "control", told.rate
        )
        try:
            this = Run(system, control, told)
            system.order("run")
            time.sleep(FIRST_S)
            this.kills()
            this.all_ready()
            this.strikes()
            this.all_ready()
            this.rest()
            this.tell_of_slow()
            found = this.judge()
            found["control"] = settle(control)
        finally:
            control.finish()
        found["ends"] = ends(system)
    found["seconds"] = round(time.monotonic() - begun, 1)
    found["slow"] = slowness(found, told)
    found["failures"] = failures(found, told)
    return found


def say(line: str) -> None:
    """Tell what happens."""
    print(line, file=sys.stderr, flush=True)


def main() -> int:
    """Run, print, and judge: 0 only where nothing failed."""
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__.split("\n")[0])
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--every", type=float, default=1.6, help="seconds between two kills, on average")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000), help="of the schedule")
    parser.add_argument("--agents", type=int, default=4)
    parser.add_argument("--rate", type=float, default=25, help="messages a second of each agent")
    parser.add_argument("--ready-within", type=float, default=READY_S, help="seconds from a kill to ready")
    parser.add_argument("--within", type=float, default=0, help="begin no fault after so many seconds")
    parser.add_argument("--long", action="store_true", help="also what takes minutes")
    parser.add_argument("--faults", default="", help="only those whose names begin so: C1,O,N3")
    parser.add_argument(
        "--patience", type=float, default=1, help="how many times slower than a quiet machine this one may be"
    )
    parser.add_argument(
        "--bug", choices=sorted(BUGS), default="", help="plant a bug: 0 then means that it was seen"
    )
    parser.add_argument("--keep", type=Path, help="an empty folder for everything, kept afterwards")
    told = parser.parse_args()
    os.environ[patience.VARIABLE] = str(told.patience)
    if not any(named(row, told.faults) for rows in faults.TABLES for row in rows):
        parser.error(f"no fault is called {told.faults!r}: see docs/faults.md")
    if told.bug:
        os.environ["CHAOS_BUG"] = told.bug
        told.faults = "none"  # an agent that waits in vain is no news then
    found = run(told)
    print(json.dumps(found, indent=1))
    lossy = found["control"]
    print(
        f"lost={found['lost']} duplicated={found['duplicated']} invented={found['invented']}"
        f" kills={len(found['kills'])} slowest_ready={found['slowest_ready_s']:.1f}s"
        f" faults={len(found['faults'])} left_out={len(found['left_out'])}"
        f" readings={found['issued']} replayed={found['messages']['duplicate']}"
        f" control_lost={lossy['lost']}/{lossy['issued']} seconds={found['seconds']:.0f}"
        f" load={found['load_average']:g} seed={told.seed}"
    )
    for one in found["faults"]:
        if "drain_times_nominal" in one:
            print(outages.line(one))
    for why in found["slow"] if told.patience > 1 else ():
        say(f"SLOW, for a quiet machine: {why}")
    for why in found["failures"]:
        say(f"FAILED: {why}")
    if told.bug:
        return 0 if found["lost"] + found["duplicated"] else 1
    return 1 if found["failures"] else 0


if __name__ == "__main__":
    sys.exit(main())
