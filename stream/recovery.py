"""Where the flow keeps its state between runs: a cache of the journal, which may be deleted at any time.

It is only believed where it was made from the same journal, by the same version of the steps, in a cluster of
as many processes; else it is deleted, and the states come from the database's snapshots. It holds what a
snapshot an hour old would have to catch up with.

The processes of a cluster share one folder, on one machine; who comes first prepares it.
"""

import fcntl
import shutil
from pathlib import Path

import structlog
from bytewax.recovery import RecoveryConfig, init_db_dir

from lineshaft.store.journal import Head
from stream.snapshots import CODE

log = structlog.get_logger()

MARK = "made-from"


def open_store(folder: Path, head: Head, processes: int = 1) -> RecoveryConfig:
    """The recovery store in a folder, emptied where its state is not of this journal, version and cluster.

    Args:
        folder: made where it is missing.
        head: the journal's id and last position.
        processes: of the cluster; each writes a partition.
    """
    mark = f"{head.db} {CODE} {processes}\n"
    folder.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = (folder / MARK).read_text() if (folder / MARK).exists() else ""
        if found != mark:
            log.info("state_is_derived_anew", folder=str(folder), found=found.strip(), expected=mark.strip())
            shutil.rmtree(folder)
            folder.mkdir()
            init_db_dir(folder, processes)  # type: ignore[no-untyped-call]  # bytewax leaves it untyped
            (folder / MARK).write_text(mark)
    return RecoveryConfig(str(folder))  # type: ignore[no-untyped-call]  # bytewax leaves it untyped


def distrust(folder: Path) -> None:
    """Have the state derived anew at the next start."""
    (folder / MARK).unlink(missing_ok=True)
