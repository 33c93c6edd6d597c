"""The services' log files: kept small, and readable in order of time."""

import shutil
from pathlib import Path

LIMIT_BYTES = 16 * 1024 * 1024
KEPT = 3


def rotate(log: Path, limit: int = LIMIT_BYTES) -> None:
    """Move a log that has grown too large to `.1`, older ones one further, the oldest out.

    Copied and emptied rather than renamed: the service writes on to the file it has open (in append mode, so
    at its new end). What it writes between copy and emptying is lost: a few lines at most, of a log.
    """
    if not log.exists() or log.stat().st_size < limit:
        return
    for number in range(KEPT - 1, 0, -1):
        older = log.with_name(f"{log.name}.{number}")
        if older.exists():
            older.replace(log.with_name(f"{log.name}.{number + 1}"))
    shutil.copyfile(log, log.with_name(f"{log.name}.1"))
    with log.open("r+b") as file:
        file.truncate(0)
