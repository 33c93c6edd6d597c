"""`python -m determinism`: kills the flows again and again on one recorded journal; results must not differ.

Prints a line for each run, and exits with 1 where a table differs from the uninterrupted run's.
"""

import argparse
import sys
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path

import structlog

from determinism.proof import TOUCHED, different, killed, reference
from determinism.runs import Run
from fix_store import server


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(prog="python -m determinism", description=__doc__)
    parser.add_argument("--database", help="an empty one, its owner's address (default: an own server)")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seconds", type=int, default=900, help="of the recorded journal")
    parser.add_argument("--seed", type=int, default=7)
    told = parser.parse_args()
    with nullcontext(told.database) if told.database else server() as url:
        return prove(url, told.kills, told.seconds, told.seed)


def prove(url: str, kills: int, seconds: int, seed: int) -> int:
    """Run it on a database; the exit code."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    folder = Path(tempfile.mkdtemp(prefix="lineshaft-determinism-"))
    failed = 0
    whole = Run(url, "whole", folder / "whole")
    journal, expected = reference(whole, seconds, seed)
    whole.close()
    rows = {name: rows for name, (rows, _) in expected.items()}
    say(f"journal={len(journal)} " + " ".join(f"{name}={count}" for name, count in rows.items()))
    failed += any(not rows[name] for name in TOUCHED)
    for processes, times in ((1, kills), (2, 0), (2, kills // 5)):
        begun = time.monotonic()
        run = killed(url, folder, journal, times, processes, seed)
        differing = different(expected, run.prints())
        run.close()
        say(
            f"kills={run.kills} in_work={run.in_work} processes={processes} starts={run.flows.starts}"
            f" equal={not differing}{' differing=' + ','.join(differing) if differing else ''}"
            f" seconds={time.monotonic() - begun:.0f}"
        )
        failed += bool(differing)
    return 1 if failed else 0


def say(line: str) -> None:
    """A line for who watches."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
