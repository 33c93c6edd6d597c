"""The `lineshaft` command: starts the monitor, looks after it, and passes on to other commands.

It imports no service: `lineshaft edge …` becomes `python -m edge …` in the same process. A command's modules
are imported when it runs, so that `lineshaft edge` works on a small computer with only the edge's packages.
"""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from lineshaft import __version__

PASSED_ON = {
    "edge": ("edge", "the agent beside the machines: run it, or check its configuration"),
    "simulators": ("simulators", "a plant, a warehouse and a fleet that do not exist"),
    "train": ("stream.train", "learn from the stored past when machines fail; adds a challenger"),
    "score": ("stream.score", "scores, alarms and changepoints of one machine's export, row by row"),
    "rul": ("stream.rul", "remaining life: learn from a run-to-failure export, predict for another"),
    "eta": ("stream.eta", "arrival times: learn from past trips, predict for trips under way"),
    "backtest": ("stream.backtest", "what an alarm rule would have raised in the stored past"),
    "replay": ("stream.replay", "derive results anew from the journal; compare them with the live ones"),
}
"""Command → module run as `python -m`, and what it is for."""

IN_PROCESS = {
    "plant": ("lineshaft.plant_command", "apply, check or export the description of the plant"),
    "model": ("lineshaft.model_command", "whose word counts: list, promote, roll back, demote, retire"),
    "person": ("lineshaft.person_command", "add, list or disable people, change their passwords"),
}
"""Command → module whose `main(arguments)` gives the exit code."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code: 0 well, 1 failed, 2 not understood."""
    try:
        return _run(list(sys.argv[1:] if arguments is None else arguments))
    except BrokenPipeError:  # read by `head`, say, which has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _run(words: list[str]) -> int:
    if words and words[0] in PASSED_ON:
        module = PASSED_ON[words[0]][0]
        os.execv(sys.executable, [sys.executable, "-m", module, *words[1:]])  # noqa: S606 - no shell is wanted
    if words and words[0] in IN_PROCESS:
        return int(importlib.import_module(IN_PROCESS[words[0]][0]).main(words[1:]))
    told = _parser().parse_args(words)
    return int(importlib.import_module(f"lineshaft.runtime.commands.{told.command}").run(told))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lineshaft",
        description="A live monitor for factories and deliveries: machine health, alarms, stock, arrivals.",
        epilog="Each command has its own --help. First look: `lineshaft demo`.",
    )
    parser.add_argument("--version", action="version", version=f"lineshaft {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    demo = commands.add_parser("demo", help="a simulated plant, or recorded data")
    _add_place(demo)
    _add_web(demo)
    demo.add_argument(
        "--replay", type=Path, metavar="FOLDER", help="recorded data instead of the simulated plant"
    )
    demo.add_argument(
        "--speed", type=float, help="how much faster than life (default: as the files say, mostly 1)"
    )

    up = commands.add_parser("up", help="start the monitor of a data folder and keep it running")
    _add_place(up)
    _add_web(up)
    up.add_argument(
        "--detach", action="store_true", help="return once it is running; `lineshaft down` stops it"
    )

    for started in (demo, up):
        started.add_argument(
            "--flow-processes",
            type=int,
            metavar="N",
            help="how many processes share the work of the shard flow (default: 1)",
        )

    down = commands.add_parser("down", help="stop it, with all it started")
    _add_place(down)

    status = commands.add_parser("status", help="each service, and the readings coming in")
    _add_place(status)
    status.add_argument("--json", action="store_true", help="for programs")

    logs = commands.add_parser("logs", help="what the services say")
    _add_place(logs)
    logs.add_argument("service", nargs="?", help="one service (default: all)")
    logs.add_argument("-f", "--follow", action="store_true", help="go on as more is written")
    logs.add_argument(
        "-n", "--lines", type=int, help="how many last lines (default: 40, of all services 5 each)"
    )

    doctor = commands.add_parser("doctor", help="look for what would keep it from running well")
    _add_place(doctor)
    _add_web(doctor)

    restored = commands.add_parser(
        "restored", help="after restoring a backup of the database: agents send again what they hold"
    )
    _add_place(restored)

    for name, (_, purpose) in {**IN_PROCESS, **PASSED_ON}.items():
        commands.add_parser(name, help=purpose, add_help=False)
    return parser


def _add_place(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data-dir",
        type=Path,
        metavar="FOLDER",
        help="where everything is kept (default: LINESHAFT_DATA_DIR, else .lineshaft/main, or …/demo)",
    )


def _add_web(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, help="of the screens and the API (default: 8050 or a free one)")
    parser.add_argument("--host", help="address to listen on (default: 127.0.0.1, this machine only)")


if __name__ == "__main__":
    sys.exit(main())
