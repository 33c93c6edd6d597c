"""What hostile messages cost at full load, with and without 10 % of them: `python -m benchmarks.poison`.

A poisoned run has a hostile message in the place of every tenth; throughput is messages a second, of both
kinds, from the making of the first to the commit of the last one's results. Clean and poisoned runs take
turns, each the first one every second time, and their medians are compared.

Judged is the ratio of messages a second: at least 0.9 of clean. Good readings a second are printed beside it:
as a tenth of the messages has none, they come to 0.9 of that ratio, and so to 0.81 at the limit.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks import figures
from benchmarks.phases import stored, until_stored
from benchmarks.system import System, database_of_its_own, running
from lineshaft.store import accounting
from lineshaft.store.database import flavour

SHARE = 0.1
LEAST = 0.9


def flat_out(system: System, share: float, wanted: argparse.Namespace) -> dict[str, float]:
    """One run at full load."""
    command = [
        *(sys.executable, "-m", "benchmarks.poison_load", str(share), "--url", system.broker_url),
        *("--per-message", str(wanted.per_message), "--seconds", str(wanted.seconds)),
    ]
    with system.connect() as conn:
        before = stored(conn)
        said = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
        until_stored(conn, before + said["readings"])
        until_at_rest(system)
        took_s = time.time() - said["begin_s"]
    time.sleep(max(0.0, said["last_ms"] / 1000 - time.time()))
    return {
        "messages_s": round((said["messages"] + said["poison"]) / took_s),
        "good_readings_s": round(said["readings"] / took_s),
        "poison": said["poison"],
        "resent": said["resent"],
    }


def until_at_rest(system: System) -> None:
    """Wait until the flow has seen everything."""
    while True:
        with system.connect() as conn:
            if accounting.books(conn).in_flight["messages"] == 0:
                return
        time.sleep(0.02)


def measure(system: System, wanted: argparse.Namespace) -> dict[str, Any]:
    """All rounds, clean and poisoned in turns, after one of each to warm up."""
    runs: dict[float, list[dict[str, float]]] = {0: [], SHARE: []}
    for number in range(wanted.rounds + 1):
        # What is second finds larger tables.
        for share in (0, SHARE) if number % 2 else (SHARE, 0):
            runs[share].append(flat_out(system, share, wanted))
    clean, poisoned = runs[0][1:], runs[SHARE][1:]

    def ratio(what: str) -> float:
        medians = [statistics.median(run[what] for run in runs) for runs in (poisoned, clean)]
        return round(medians[0] / medians[1], 3)

    with system.connect() as conn:
        books = accounting.books(conn)
        letters = conn.execute("SELECT count(*), count(body) FROM dead_letter").fetchone()
        kind = flavour(conn)
    return {
        "database": kind,
        "readings_a_message": wanted.per_message,
        "clean": clean,
        "poisoned": poisoned,
        "messages_ratio": ratio("messages_s"),
        "good_readings_ratio": ratio("good_readings_s"),
        "faults": books.faults,
        "letters": letters,
        "restarts": system.restarts(),
    }


def main(words: list[str] | None = None) -> int:
    """Measure, print, and judge: 0 only where poison costs little enough."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.poison", description=__doc__.split("\n")[0])
    parser.add_argument("--per-message", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=5.0, help="of each run")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--database-url", default="", help="a server (default: the embedded one)")
    wanted = parser.parse_args(words)
    with tempfile.TemporaryDirectory(prefix="lineshaft-poison-") as temporary:
        Path(temporary).chmod(0o711)
        folder = Path(temporary, "monitor")
        if wanted.database_url:
            with database_of_its_own(wanted.database_url) as own, running(folder, database_url=own) as system:
                found = measure(system, wanted)
        else:
            with running(folder) as system:
                found = measure(system, wanted)
    found = {"machine": figures.machine(), "commit": figures.commit(), **found}
    print(json.dumps(found, indent=1))
    print(
        f"poison={SHARE:.0%} messages={found['messages_ratio']:.2f} of clean"
        f" (good readings {found['good_readings_ratio']:.2f}), restarts={found['restarts']}"
    )
    return 0 if found["messages_ratio"] >= LEAST and not found["faults"] and not found["restarts"] else 1


if __name__ == "__main__":
    sys.exit(main())
