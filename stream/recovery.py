"""Where the flow keeps its state between runs: a cache of the journal, which may be deleted at any time.

It is only believed where it was made from the same journal by the same version of the steps; else it is
deleted, and the state is derived again.
"""

import shutil
from pathlib import Path

import structlog
from bytewax.recovery import RecoveryConfig, init_db_dir

from lineshaft import __version__
from lineshaft.store.journal import Head

log = structlog.get_logger()

STATE = 1
"""Of the state's shape; a change that an old state cannot be read into, or must not be, raises it."""
PARTITIONS = 1
MARK = "made-from"


def open_store(folder: Path, head: Head) -> RecoveryConfig:
    """The recovery store in a folder, emptied where its state is not of this journal and version.

    Args:
        folder: made where it is missing.
        head: the journal's id and last position.
    """
    mark = f"{head.db} {__version__} {STATE}\n"
    found = (folder / MARK).read_text() if (folder / MARK).exists() else ""
    if found != mark:
        log.info("state_is_derived_anew", folder=str(folder), found=found.strip(), expected=mark.strip())
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        init_db_dir(folder, PARTITIONS)  # type: ignore[no-untyped-call]  # bytewax leaves it untyped
        (folder / MARK).write_text(mark)
    return RecoveryConfig(str(folder))  # type: ignore[no-untyped-call]  # bytewax leaves it untyped


def distrust(folder: Path) -> None:
    """Have the state derived anew at the next start."""
    (folder / MARK).unlink(missing_ok=True)
