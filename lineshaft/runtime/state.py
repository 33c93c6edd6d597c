"""What runs, written to `run/state.json` by the supervisor and read by `status`, `down` and `logs`."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from lineshaft.runtime.files import write_atomically
from lineshaft.runtime.services import MARK


class AlreadyRunningError(RuntimeError):
    """Another supervisor holds this data folder."""


@contextmanager
def held(data_dir: Path) -> Iterator[None]:
    """Hold the data folder for one supervisor; the lock goes with the process, however it ends.

    Raises:
        AlreadyRunningError: another one holds it.
    """
    (data_dir / "run").mkdir(parents=True, exist_ok=True)
    with (data_dir / "run" / "lock").open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyRunningError(
                f"{data_dir} is in use by process {supervisor_pid(data_dir)}: see `lineshaft status`"
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def supervisor_pid(data_dir: Path) -> int | None:
    """The process that holds the data folder now, or None."""
    file = data_dir / "run" / "lock"
    if not file.exists():
        return None
    with file.open("r+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            text = lock.read().strip()
            return int(text) if text.isdigit() else None
    return None


def write(data_dir: Path, document: dict[str, Any]) -> None:
    """Replace the state file."""
    write_atomically(data_dir / "run" / "state.json", json.dumps(document, indent=1), mode=0o600)


def read(data_dir: Path) -> dict[str, Any]:
    """The last state written; empty where nothing ever ran."""
    try:
        document = json.loads((data_dir / "run" / "state.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}


def left_behind(data_dir: Path) -> list[psutil.Process]:
    """Processes that were started for the data folder and still live, whoever their parent is now."""
    mine = str(data_dir)
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == mine and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.Error, OSError):  # gone meanwhile, or another user's
            continue
    return found


def end_left_behind(data_dir: Path, *, within_s: float = 10) -> int:
    """End what a supervisor that was killed could not end itself; gives how many there were."""
    found = left_behind(data_dir)
    for process in found:
        _signal(process, hard=False)
    _, alive = psutil.wait_procs(found, timeout=within_s)
    for process in alive:
        _signal(process, hard=True)
    psutil.wait_procs(alive, timeout=5)
    return len(found)


def _signal(process: psutil.Process, *, hard: bool) -> None:
    try:
        if hard:
            process.kill()
        elif process.name() == "postgres":
            process.send_signal(2)  # SIGINT: do not wait for clients
        else:
            process.terminate()
    except psutil.Error:  # gone meanwhile
        return
