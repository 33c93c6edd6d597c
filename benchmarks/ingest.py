"""How many readings a second go from a device to the database, and how soon: `python -m benchmarks.ingest`.

Everything is on one machine: generator, broker, all services and the database, each in processes of its own.

- *flat out*: as fast as the windows of uncommitted messages allow, with 1, 10 and 100 readings a message;
  from the making of the first message to the commit of the last one's results.
- *delays*: at steady rates, from a message's making until its journal row is committed, until another
  connection can query its readings, and until they have come to a browser.
- *edge*: one real agent with its outbox on disk instead of the generator.
- *ten times nominal load*: 100,000 readings/s for longer; how far results fall behind, and with what memory.
- *books*: what was sent, against the rows that are there.

Nominal load is 10,000 readings/s in 100 messages/s from 100 agents.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import figures, tables
from benchmarks.phases import Wanted, books, edge, flat_out, steady
from benchmarks.system import database_of_its_own, running
from lineshaft.store.database import flavour

NOMINAL = 10_000.0
TEN_TIMES = 10 * NOMINAL


@dataclass(frozen=True)
class Options:
    """How much is measured."""

    per_message: Sequence[int] = (1, 10, 100)
    flat_out_s: float = 8.0
    steady_s: float = 10.0
    ten_times_s: float = 60.0
    agents: int = 100
    window: int = 100

    @property
    def steady(self) -> list[Wanted]:
        """The rates and sizes whose delays are taken; ten times nominal load comes last."""
        sizes = sorted(self.per_message, reverse=True)
        found = [Wanted(size, NOMINAL, self.steady_s, self.agents) for size in sizes] if self.steady_s else []
        if self.ten_times_s:
            found.append(Wanted(sizes[0], TEN_TIMES, self.ten_times_s, self.agents))
        return found


QUICK = Options((1, 100), flat_out_s=2, steady_s=4, ten_times_s=0, agents=20, window=500)


def measure(options: Options, *, database_url: str = "", broker_url: str = "") -> dict[str, Any]:
    """The whole system on one database: the embedded one, or a fresh one on the server given."""
    with tempfile.TemporaryDirectory(prefix="lineshaft-bench-") as temporary:
        folder = Path(temporary)
        folder.chmod(0o711)  # the servers may run under accounts of their own
        with running(
            folder / "monitor", broker_url=broker_url, database_url=database_url, agents=options.agents
        ) as system:
            with system.connect() as conn:
                found: dict[str, Any] = {"database": flavour(conn)}
            warm_up = flat_out(system, Wanted(max(options.per_message), seconds=1, agents=options.agents))
            sizes = options.per_message if options.flat_out_s else ()
            found["flat_out"] = [
                flat_out(system, Wanted(size, 0.0, options.flat_out_s, options.agents, options.window))
                for size in sizes
            ]
            found["steady"] = [steady(system, wanted) for wanted in options.steady]
            found["edge"] = [
                edge(system, Wanted(size, seconds=options.flat_out_s / 2), number)
                for number, size in enumerate(sizes, start=1)
            ]
            phases = [warm_up, *found["flat_out"], *found["steady"], *found["edge"]]
            sent = sum(phase["messages"] * phase["readings_a_message"] for phase in phases)
            found["books"] = books(system, sent)
            found["restarts"] = system.restarts()
    return found


def measure_all(options: Options, urls: Sequence[str], broker_url: str = "") -> list[dict[str, Any]]:
    """On the embedded database, and on each server given."""
    found = [measure(options, broker_url=broker_url)]
    for url in urls:
        with database_of_its_own(url) as own:
            found.append(measure(options, database_url=own, broker_url=broker_url))
    return found


def options_of(wanted: argparse.Namespace) -> Options:
    """The options in a command line."""
    base = QUICK if wanted.quick else Options()
    return Options(
        per_message=tuple(wanted.per_message or base.per_message),
        flat_out_s=_said(wanted.flat_out_seconds, base.flat_out_s),
        steady_s=_said(wanted.steady_seconds, base.steady_s),
        ten_times_s=_said(wanted.ten_times_seconds, base.ten_times_s),
        agents=wanted.agents or base.agents,
        window=wanted.window or base.window,
    )


def _said(wanted: float | None, base: float) -> float:
    return base if wanted is None else wanted


def arguments(parser: argparse.ArgumentParser) -> None:
    """What a command line may say."""
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    parser.add_argument("--quick", action="store_true", help="a minute, to see that everything works")
    parser.add_argument("--per-message", type=int, nargs="+", help="readings a message (default: 1 10 100)")
    parser.add_argument("--flat-out-seconds", type=float, help="each; 0: none")
    parser.add_argument("--steady-seconds", type=float, help="at nominal load; 0: none")
    parser.add_argument("--ten-times-seconds", type=float, help="at ten times nominal load; 0: none")
    parser.add_argument("--agents", type=int)
    parser.add_argument("--window", type=int, help="uncommitted messages, an agent")
    parser.add_argument(
        "--database-url",
        default=os.environ.get("LINESHAFT_DATABASE_URL", ""),
        help="a server to measure too, in a database of its own (default: LINESHAFT_DATABASE_URL)",
    )
    parser.add_argument(
        "--only-given", action="store_true", help="not the embedded database, only the server given"
    )


def main(words: list[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ingest", description=__doc__.split("\n")[0])
    arguments(parser)
    wanted = parser.parse_args(words)
    options, urls = options_of(wanted), [wanted.database_url] if wanted.database_url else []
    broker_url = os.environ.get("LINESHAFT_BROKER_URL", "")
    if wanted.only_given and urls:
        with database_of_its_own(urls[0]) as own:
            systems = [measure(options, database_url=own, broker_url=broker_url)]
    else:
        systems = measure_all(options, urls, broker_url)
    found = {"machine": figures.machine(), "commit": figures.commit(), "systems": systems}
    print(json.dumps(found, indent=1) if wanted.json else tables.ingest(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
