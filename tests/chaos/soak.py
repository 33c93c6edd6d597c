"""O8: the real system under a steady load, and what its processes grow by. `make soak SECONDS=1200`.

After a warm-up every process is looked at once in five seconds. The slope of its memory is Theil-Sen's: the
median of all slopes between two looks. Files, threads and sessions at the database must stand still.
"""

import argparse
import json
import statistics
import sys
import time
from typing import Any

from chaos import oracle, silence
from chaos.sampler import Sample, Sampler, slope
from chaos.system import SITE, System, running

LOOK_S = 5.0
SLOPE_MB_MIN = 1.0
QUARTERS = 1.10
"""The last quarter's median of memory over the first's."""
SPARE = 8
"""By how much the most files, threads or sessions of the second half may exceed those of the first."""
KEEPS_FILES_OPEN = {"postgres"}
"""Each of its sessions keeps a table's files open once it has used them, up to max_files_per_process."""


def judge(samples: list[Sample]) -> dict[str, Any]:
    """What one service did: its slope, its quarters, and whether it holds on to anything."""
    rss = [sample.rss_mb for sample in samples]
    quarter, half = max(1, len(rss) // 4), len(samples) // 2
    return {
        "rss_mb": round(rss[-1], 1),
        "slope_mb_min": round(slope((sample.at_s / 60, sample.rss_mb) for sample in samples), 3),
        "quarters": round(statistics.median(rss[-quarter:]) / statistics.median(rss[:quarter]), 3),
        "files": growth([sample.files for sample in samples], half),
        "threads": growth([sample.threads for sample in samples], half),
    }


def growth(counts: list[int], half: int) -> int:
    """How many more there were at most in the second half than in the first."""
    return max(counts[half:], default=0) - max(counts[:half], default=0)


def faults(found: dict[str, Any]) -> list[str]:
    """What does not hold."""
    wrong = [
        f"{name}: {row}"
        for name, row in found["services"].items()
        if row["slope_mb_min"] > SLOPE_MB_MIN or row["quarters"] > QUARTERS
        or max(row["files"] if name not in KEEPS_FILES_OPEN else 0, row["threads"]) > SPARE
    ]  # fmt: skip
    if found["sessions"] > SPARE:
        wrong.append(f"{found['sessions']} more sessions at the database")
    if found["lost"] or found["duplicated"] or found["invented"]:
        wrong.append("readings are lost, doubled or invented")
    return wrong


def run(told: argparse.Namespace) -> dict[str, Any]:
    """Load, look, stop, compare."""
    agents = tuple(f"agent-{number}" for number in range(1, told.agents + 1))
    with running(agents, 1, None) as system:
        each_s = max(1, round(told.readings / told.rows / len(agents)))
        system.order(f"steady {each_s} {told.rows}")
        time.sleep(told.warm_up)
        with Sampler(system, every_s=LOOK_S) as sampler:
            time.sleep(told.seconds)
        silence.hush(system)
        oracle.quiesce(system.connect, [system.outbox(agent) for agent in agents], 60)
        found = compared(system)
        system.stop()
    found |= {
        "seconds": told.seconds,
        "readings_per_s": each_s * told.rows * len(agents),
        "services": {name: judge(samples) for name, samples in sorted(sampler.samples.items())},
        "sessions": growth([count for _, count in sampler.connections], len(sampler.connections) // 2),
    }
    return found | {"faults": faults(found)}


def compared(system: System) -> dict[str, Any]:
    """The oracle's word."""
    with system.connect() as conn:
        said = oracle.issued(system.log(agent) for agent in system.agents)
        verdict = oracle.compare(said, oracle.stored(conn, SITE))
    return {name: getattr(verdict, name) for name in ("issued", "lost", "duplicated", "invented")}


def main() -> int:
    """Run, print, and judge."""
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__.split("\n")[0])
    parser.add_argument("--seconds", type=float, default=1200)
    parser.add_argument("--warm-up", type=float, default=180)
    parser.add_argument("--agents", type=int, default=4)
    parser.add_argument("--readings", type=int, default=1_000, help="a second, all agents together")
    parser.add_argument("--rows", type=int, default=25, help="readings a message")
    found = run(parser.parse_args())
    print(json.dumps(found, indent=1))
    worst = max(row["slope_mb_min"] for row in found["services"].values())
    print(
        f"steepest={worst} MB/min lost={found['lost']} readings={found['issued']}"
        f" seconds={found['seconds']:.0f}"
    )
    for why in found["faults"]:
        print(f"FAILED: {why}", file=sys.stderr)
    return 1 if found["faults"] else 0


if __name__ == "__main__":
    sys.exit(main())
