"""Which data folder a command means."""

import os
from pathlib import Path

from lineshaft.runtime import state

MAIN = Path(".lineshaft/main")
DEMO = Path(".lineshaft/demo")


def to_start(given: Path | None, default: Path = MAIN) -> Path:
    """The folder to start in: as given, as the environment says, or the default below the current one."""
    named = os.environ.get("LINESHAFT_DATA_DIR", "").strip()
    return (given or (Path(named) if named else default)).absolute()


def to_look_at(given: Path | None) -> Path:
    """The folder to ask about: as `to_start`, but where nothing is named, one that runs comes first."""
    if given is None and not os.environ.get("LINESHAFT_DATA_DIR", "").strip():
        for folder in (MAIN, DEMO):
            if state.supervisor_pid(folder.absolute()) is not None:
                return folder.absolute()
        if not MAIN.exists() and DEMO.exists():
            return DEMO.absolute()
    return to_start(given)
