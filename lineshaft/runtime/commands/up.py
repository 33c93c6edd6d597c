"""`lineshaft up`: start the monitor of a data folder."""

import argparse
import asyncio
import logging
import os
import subprocess
import sys
import time
from pathlib import Path

from lineshaft import logs, settings
from lineshaft.clock import SECOND_US, monotonic_clock, system_clock
from lineshaft.runtime import accounts, agents, broker, folders, options, postgres, state
from lineshaft.runtime.up import READY_S, Running, StartError, up
from lineshaft.settings import SettingsError

EXPECTED = (
    StartError,
    SettingsError,
    state.AlreadyRunningError,
    agents.AgentError,
    accounts.AccountError,
    broker.BrokerError,
    postgres.PostgresError,
)
"""What is said in one sentence, without a traceback."""


def run(told: argparse.Namespace) -> int:
    """Start it here, or with --detach in the background."""
    data_dir = folders.to_start(told.data_dir)
    if told.detach:
        return _detach(data_dir, told)
    return start(data_dir, told)


def start(data_dir: Path, told: argparse.Namespace) -> int:
    """Run the monitor of a folder in this process until it is told to stop."""
    _log_to(data_dir / "logs" / "supervisor.log")
    try:
        chosen = options.read(
            os.environ,
            data_dir=data_dir,
            port=told.port,
            host=told.host,
            flow_processes=told.flow_processes if "flow_processes" in told else None,
        )
        first = "" if (data_dir / "postgres").exists() else " (the first start takes a little longer)"
        print(f"Starting in {data_dir}{first} …", flush=True)
        asyncio.run(up(chosen, system_clock, _announce))
    except EXPECTED as error:
        print(f"lineshaft: {error}", file=sys.stderr)
        return 1
    print("Stopped.", flush=True)
    return 0


def _log_to(file: Path) -> None:
    # The terminal is for the few sentences a person needs.
    logs.configure("supervisor", settings.text(os.environ, "LINESHAFT_LOG_LEVEL", "INFO"))
    file.parent.mkdir(parents=True, exist_ok=True)
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.setStream(file.open("a", encoding="utf-8"))


def _announce(running: Running) -> None:
    password = running.data_dir / "secrets" / "admin-password"
    lines = ["", f"  Lineshaft is running:  {running.address}"]
    if password.exists():
        lines.append(f"  Login:                 admin / {password.read_text(encoding='utf-8').strip()}")
    lines.append(f"  Kept in:               {running.data_dir}")
    if running.late:
        lines.append(
            f"  Not ready yet:         {', '.join(running.late)} (see `lineshaft logs {running.late[0]}`)"
        )
    lines += ["", "  Ctrl-C stops everything.", ""]
    print("\n".join(lines), flush=True)


def _detach(data_dir: Path, told: argparse.Namespace) -> int:
    command = [sys.executable, "-m", "lineshaft.cli", "up", "--data-dir", str(data_dir)]
    command += ["--port", str(told.port)] if told.port else []
    command += ["--host", told.host] if told.host else []
    command += ["--flow-processes", str(told.flow_processes)] if told.flow_processes else []
    (data_dir / "logs").mkdir(parents=True, exist_ok=True)
    file = data_dir / "logs" / "supervisor.log"
    with file.open("ab") as out:
        began = out.tell()
        child = subprocess.Popen(  # noqa: S603 - our own command
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
        )
    deadline_us = monotonic_clock() + round(2 * READY_S) * SECOND_US
    while child.poll() is None and monotonic_clock() < deadline_us:
        if state.supervisor_pid(data_dir) == child.pid and state.read(data_dir).get("phase") == "running":
            print(f"Running: {state.read(data_dir)['address']} (stop it with `lineshaft down`)")
            return 0
        time.sleep(0.1)
    with file.open(encoding="utf-8", errors="replace") as said:
        said.seek(began)
        print(said.read()[-2000:], file=sys.stderr)
    return 1
