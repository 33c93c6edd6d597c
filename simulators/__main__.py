"""`python -m simulators run WORLD | describe | truth`: the composition root of the simulators.

`run` prints one JSON line a message for the edge agent that started it, and ends when its standard input
closes: an agent that was killed leaves no orphan behind.
"""

import argparse
import os
import sys
import threading
from functools import partial

from lineshaft.clock import system_clock
from simulators import describe, pace, truth
from simulators.base import SECOND_US
from simulators.worlds import WORLDS


def main(arguments: list[str] | None = None) -> int:
    """Run the command; the exit code."""
    options = _parser().parse_args(arguments)
    now_us = system_clock()
    start_us = now_us if options.start_ms is None else options.start_ms * 1000
    match options.command:
        case "describe":
            sys.stdout.write(describe.text())
        case "truth":
            sys.stdout.write(truth.text(options.seed, start_us, int(options.hours * 3600) * SECOND_US))
        case _:
            until_us = None if options.until_ms is None else options.until_ms * 1000
            span = pace.Span(start_us, until_us, options.speed)
            return _run(options.world, options.seed, span)
    return 0


def _run(world: str, seed: int, span: pace.Span) -> int:
    stop = threading.Event()
    threading.Thread(target=_watch_stdin, args=(stop,), daemon=True).start()
    try:
        pace.run(partial(WORLDS[world], seed), span, sys.stdout.buffer, system_clock, stop)
    except (BrokenPipeError, KeyboardInterrupt):
        # Nobody reads any more. Python flushes stdout once more at exit and would complain.
        sys.stderr.close()
    return 0


def _watch_stdin(stop: threading.Event) -> None:
    # Not sys.stdin: a daemon thread inside its lock would stop the interpreter from ending.
    while os.read(0, 4096):
        pass
    stop.set()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m simulators", description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="print a world's messages, one JSON line each")
    run.add_argument("world", choices=list(WORLDS))
    run.add_argument(
        "--speed",
        type=float,
        default=1.0,
        help="world seconds a second, stamped as they are sent; 0: from --start-ms with the world's own "
        "stamps as fast as they can be read, and at speed 1 once the present is reached",
    )
    run.add_argument("--until-ms", type=int, help="end here (world time)")
    describe_parser = commands.add_parser("describe", help="print the plant.yaml of all worlds")
    truth_parser = commands.add_parser("truth", help="print the planted faults as JSON")
    truth_parser.add_argument("--hours", type=float, default=24.0, help="how far from the start")
    for command in (run, describe_parser, truth_parser):
        command.add_argument("--seed", type=int, default=7)
        command.add_argument(
            "--start-ms", type=int, help="when the world began, ms since 1970 (default: now)"
        )
    return parser


if __name__ == "__main__":
    sys.exit(main())
