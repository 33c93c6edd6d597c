"""Which data folder a command means."""

import os
from pathlib import Path

from lineshaft.runtime import state

MAIN = Path(".lineshaft/main")
DEMO = Path(".lineshaft/demo")
REPLAY = Path(".lineshaft/replay")


def to_start(given: Path | None, default: Path = MAIN) -> Path:
    """The folder to start in: as given, as the environment says, or the default below the current one."""
    named = os.environ.get("LINESHAFT_DATA_DIR", "").strip()
    return (given or (Path(named) if named else default)).absolute()


def to_look_at(given: Path | None) -> Path:
    """The folder to ask about: as `to_start`, but where nothing is named, one that runs comes first."""
    if given is None and not os.environ.get("LINESHAFT_DATA_DIR", "").strip():
        here = [folder.absolute() for folder in (MAIN, DEMO, REPLAY) if folder.exists()]
        running = [folder for folder in here if state.supervisor_pid(folder) is not None]
        return [*running, *here, MAIN.absolute()][0]
    return to_start(given)
