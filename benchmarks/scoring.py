"""What judging machines costs the flow: how fast it goes with the ISO 13374 chain, and without.

    python -m benchmarks.scoring --url postgresql://… [--seconds 300] [--rounds 2] [--json]
    python -m benchmarks.scoring --state

It fills the journals of databases of its own, made on that server, with readings of many machines; the flow
then goes through each as fast as it can, with and without the chain in turn. The plants differ in how often
their machines measure; a window is five seconds of a machine, however many readings it holds.

With `--state` it only says how many bytes of numpy arrays a machine's models are: of one that says little,
and of one with all the signals that are looked at, in all its modes.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from operator import attrgetter
from statistics import median
from typing import Any, NamedTuple

import msgspec
import numpy as np

import stream.flow
from benchmarks import flow
from benchmarks.system import database_of_its_own
from lineshaft import logs
from lineshaft.clock import system_clock
from lineshaft.detect.features import Features
from lineshaft.domain.machines import STATES
from lineshaft.domain.readings import DeviceKey
from lineshaft.domain.results import MachineRow
from lineshaft.runtime import ports
from lineshaft.store import journal
from lineshaft.store.database import Connection, connect
from lineshaft.store.migrate import migrate
from stream.rules.base import Scores
from stream.steps.described import Described
from stream.steps.machines import Machines
from stream.steps.names import Names
from stream.steps.rollback import paths
from stream.steps.windows import Closed

SIGNALS = ("temp", "vib", "current", "pressure", "flow")
WINDOW_S = 5


class Plant(NamedTuple):
    """Machines that send alike."""

    machines: int
    rows: int
    """Of all signals, in a message."""
    every_s: int
    """Seconds between a machine's messages."""


PLANTS = {
    "50 Hz, by the 250": Plant(100, 50, 1),
    "10 Hz, by the hundred": Plant(200, 20, 2),
    "1 Hz, one by one": Plant(400, 1, 1),
}


def fill(conn: Connection, plant: Plant, seconds: int) -> int:
    """Fill a journal with so long of a plant; gives the last position."""
    rng, start_us = np.random.default_rng(7), system_clock()
    step_ms, last = 1000 * plant.every_s // plant.rows, 0
    for second in range(seconds):
        now_us = start_us + second * 1_000_000
        values = 50 + rng.normal(size=(plant.machines, plant.rows, len(SIGNALS))).round(3)
        some = [
            flow.entry(
                machine, second * plant.machines + machine, body(values[machine], now_us, step_ms), now_us
            )
            for machine in range(second % plant.every_s, plant.machines, plant.every_s)
        ]
        last = journal.append(conn, [*some, flow.tick(now_us)]) + len(some)
        conn.commit()
    return last


def body(values: np.ndarray[Any, np.dtype[np.float64]], now_us: int, step_ms: int) -> bytes:
    """A message of some rows of all signals, the last one of now."""
    first_ms = now_us // 1000 - step_ms * (len(values) - 1)
    rows = [[step_ms * n, *row] for n, row in enumerate(values.tolist())]
    return msgspec.json.encode({"v": 1, "ts": first_ms, "n": SIGNALS, "r": rows})


def run(server: str, plant: Plant, seconds: int, *, chain: bool) -> dict[str, float]:
    """One run of the flow over a fresh journal: seconds it took, and of processor time."""
    with database_of_its_own(server) as url, tempfile.TemporaryDirectory() as folder:
        migrate(url)
        with connect(url) as conn:
            last, port = fill(conn, plant, seconds), ports.choose(["flow"])["flow"]
            process = start(url, folder, port, chain=chain)
            try:
                while flow.reached(conn) == 0:
                    time.sleep(0.002)
                begun = time.monotonic()
                while flow.reached(conn) < last:
                    time.sleep(0.01)
                took_s = time.monotonic() - begun
                cpu_s = flow.metrics(port)["process_cpu_seconds_total"]
            finally:
                process.terminate()
                process.wait(30)
    return {"took_s": took_s, "cpu_s": cpu_s}


def start(url: str, folder: str, port: int, *, chain: bool) -> subprocess.Popen[bytes]:
    """The flow as a process of its own."""
    environment = {
        **os.environ, "LINESHAFT_DATABASE_URL": url, "LINESHAFT_DATA_DIR": folder,
        "LINESHAFT_METRICS_PORT": str(port), "LINESHAFT_LOG_LEVEL": "WARNING",
    }  # fmt: skip
    module = ["stream.flow"] if chain else ["benchmarks.scoring", "--flow-without"]
    return subprocess.Popen([sys.executable, "-m", *module], env=environment)


def flow_without() -> None:
    """The flow, but for the chain: windows are made, and nobody judges them."""

    def judge(_: Machines, *given: Any) -> tuple[list[MachineRow], Scores]:
        return [], Scores.none(given[2].speaker)

    Machines.judge = judge  # type: ignore[assignment,method-assign] # that is what this is for
    stream.flow.main()


def measure(server: str, seconds: int, rounds: int) -> dict[str, Any]:
    """All plants, with and without in turn; medians of the rounds."""
    found: dict[str, Any] = {}
    for name, plant in PLANTS.items():
        runs: dict[bool, list[dict[str, float]]] = {True: [], False: []}
        for _ in range(rounds):
            for chain in (False, True):
                runs[chain].append(run(server, plant, seconds, chain=chain))
        took, cpu = (
            {chain: median(one[key] for one in some) for chain, some in runs.items()}
            for key in ("took_s", "cpu_s")
        )
        readings = plant.machines * plant.rows * len(SIGNALS) * seconds // plant.every_s
        windows = plant.machines * seconds / WINDOW_S
        found[name] = {
            "readings_s": round(readings / took[True]),
            "readings_s_without": round(readings / took[False]),
            "costs_share_of_throughput": round(1 - took[False] / took[True], 3),
            "costs_share_of_cpu": round(1 - cpu[False] / cpu[True], 3),
            "costs_cpu_us_a_window": round(1e6 * (cpu[True] - cpu[False]) / windows),
            "machines_kept_up_with": round(windows * WINDOW_S / took[True]),
        }
    return found


def crowd(count: int, signals: int, modes: int, windows: int = 60) -> Machines:
    """So many machines that were judged for some windows, in each of so many states in turn."""
    machines, names, described = Machines(), Names(), Described()
    for number in range(count):
        device = names.device(DeviceKey("hangzhou", "plant-1", f"machine-{number}"))
        for signal in range(signals):
            names.signal(device, f"signal-{signal}")
    machines.grow(count)
    described.extend(names)
    machines.said_us[:count] = modes > 1
    random, series = np.random.default_rng(1), np.arange(count * signals)
    flat = np.zeros(len(series))
    for window in range(windows):
        machines.said[:count] = window // 10 % modes
        level = 50 + random.normal(size=len(series))
        seen = Features(level, flat + 0.3, flat, level + 1, level - 1, level + 1, flat.astype(np.int64) + 50)
        closed = Closed(series, np.full(len(series), window), seen, np.zeros(len(series), np.int64))
        machines.judge(closed, names, described, window)
    return machines


def state_bytes(machines: Machines) -> int:
    """Of numpy arrays, a machine."""
    found: int = sum(
        getattr(attrgetter(path)(machines) if path else machines, name).nbytes
        for path, names in paths(machines)
        for name in names
    )
    return round(found / len(machines.profiles.devices))


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--url", help="of a server on which databases may be made, as its owner")
    parser.add_argument("--seconds", type=int, default=300, help="of the plants' time")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--state", action="store_true", help="only the bytes of state a machine")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--flow-without", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.flow_without:
        flow_without()
        return
    state = {
        "5 signals, one mode": state_bytes(crowd(400, len(SIGNALS), 1)),
        "16 signals, all modes": state_bytes(crowd(400, 16, len(STATES))),
    }
    if arguments.state or not arguments.url:
        print(json.dumps(state) if arguments.json else "\n".join(f"{k:30} {v}" for k, v in state.items()))
        return
    logs.configure("benchmarks", "WARNING")
    found = measure(arguments.url, arguments.seconds, arguments.rounds)
    found["bytes of state a machine"] = state
    if arguments.json:
        print(json.dumps(found))
        return
    for name, figures in found.items():
        print(name)
        for what, value in figures.items():
            print(f"    {what:30} {value}")


if __name__ == "__main__":
    main()
