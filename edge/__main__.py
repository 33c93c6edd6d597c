"""`python -m edge run | check | status --config agent.yaml`: the edge agent."""

import argparse
import json
import os
import sqlite3
import sys
from pathlib import Path

from edge import config
from edge.agent import Agent
from edge.outbox import Outbox
from edge.settings import EdgeSettings
from lineshaft import logs, metrics
from lineshaft.clock import system_clock
from lineshaft.settings import SettingsError
from lineshaft.stopping import when_told
from lineshaft.wire.envelope import Lane


def main(arguments: list[str] | None = None) -> int:
    """Run the command; the exit code: 0 well, 1 it failed, 2 the configuration does not hold."""
    parser = argparse.ArgumentParser(prog="python -m edge", description=__doc__)
    parser.add_argument("command", choices=["run", "check", "status"])
    parser.add_argument("--config", type=Path, required=True, help="agent.yaml")
    options = parser.parse_args(arguments)
    try:
        text = options.config.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return _complain(f"{options.config}: {error}")
    found = config.parse(text, options.config.resolve().parent, os.environ)
    if isinstance(found, list):
        return _complain(*(f"{options.config}: {problem}" for problem in found))
    if options.command == "check":
        sys.stdout.write(f"{options.config}: good, {len(found.sources)} sources\n")
        return 0
    try:
        settings = EdgeSettings.read(os.environ, found)
    except SettingsError as error:
        return _complain(str(error))
    return _run(found, settings) if options.command == "run" else _status(settings)


def _run(description: config.Agent, settings: EdgeSettings) -> int:
    logs.configure(f"edge-{description.config.agent}", settings.log_level)
    try:
        agent = Agent(description, settings.broker_url, settings.data_dir, system_clock)
    except (OSError, sqlite3.Error, ValueError) as error:
        return _complain(f"cannot start: {error}")
    if settings.metrics_port is not None:
        checks = {"broker": agent.not_ready}
        metrics.serve(settings.metrics_port, checks)
    when_told(agent.stop)
    agent.run()
    return 0


def _status(settings: EdgeSettings) -> int:
    """Print what waits in the outbox; the agent may be running."""
    path = settings.data_dir / "outbox.sqlite3"
    if not path.exists():
        return _complain(f"{path}: there is no outbox yet")
    with Outbox.look(path, system_clock) as outbox:
        depth = outbox.depth()._asdict()
        lanes = {lane.name.lower(): (outbox.committed[lane], outbox.issued[lane]) for lane in Lane}
        said = {"boot": outbox.boot, "run": outbox.run, "committed_issued": lanes, **depth}
        sys.stdout.write(json.dumps(said) + "\n")
    return 0


def _complain(*lines: str) -> int:
    sys.stderr.write("".join(f"{line}\n" for line in lines))
    return 2


if __name__ == "__main__":
    sys.exit(main())
