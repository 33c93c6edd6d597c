"""Disks that are slow, failing or full, as rows, by a library preloaded into the database and the agents.

`disk.c` is compiled when a run begins; where there is no compiler these rows are left out, and said to be.
"""

import errno
import os
import shutil
import subprocess
import time
from pathlib import Path

from chaos.fault import Deed, Fault, Figures
from chaos.outages import metric
from chaos.patience import wait_until
from chaos.system import SITE, System, port_of
from lineshaft.runtime import state
from lineshaft.wire.topics import Topic

HERE = Path(__file__).parent
SLOW_US = 200_000
PRELOAD = "CHAOS_PRELOAD"
"""Environment variable with the library's path."""


def compile_into(folder: Path) -> Path | None:
    """The library; None where it cannot be made."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        return None
    library = folder / "disk.so"
    command = [compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(HERE / "disk.c"), "-ldl"]
    done = subprocess.run(command, capture_output=True, check=False)
    library.chmod(0o755)
    return None if done.returncode else library


def bad_disk(service: str, words: str, seconds: float) -> Deed:
    """A service's disk behaves so for a while: `microseconds error error`, see `disk.c`."""

    def happen(system: System) -> Figures:
        file = Path(os.environ[PRELOAD]).with_name(f"disk-{service}")
        exits = restarts(system, service)
        file.write_text(words, encoding="ascii")
        file.chmod(0o644)
        try:
            time.sleep(seconds)
        finally:
            file.unlink()
        begun = time.monotonic()
        wait_until(lambda: service in system.pids(), f"{service} is back", within_s=60, alive=system.process)
        return {
            "restarts": restarts(system, service) - exits,
            "ready_after_s": round(time.monotonic() - begun, 1),
        }

    return happen


def bad_outbox_disk(agent: str, words: str, seconds: float) -> Deed:
    """An agent's disk refuses: it says so, counts it, lets its sources wait, and loses nothing."""
    deed = bad_disk(f"edge-{agent}", words, seconds)

    def happen(system: System) -> Figures:
        port = port_of(system.data_dir, f"edge-{agent}")
        name = "lineshaft_edge_outbox_write_faults_total"
        before = metric(port, name)
        figures = dict(deed(system) or {})
        figures["write_faults"] = round(metric(port, name) - before)
        assert figures["write_faults"] > 0, "the agent counted no fault"
        assert figures["restarts"] == 0, "the agent died of its disk"
        wait_until(lambda: has_told(system, agent), "the agent has told", within_s=20, alive=system.process)
        return figures

    return happen


def has_told(system: System, agent: str) -> bool:
    """Whether the agent's state said that its outbox is in trouble."""
    with system.connect() as conn:
        found = conn.execute(
            "SELECT 1 FROM journal WHERE topic = %s AND convert_from(body, 'UTF8') LIKE '%%outbox: %%'",
            (str(Topic(SITE, agent, agent, "state")),),
        )
        return found.fetchone() is not None


def restarts(system: System, service: str) -> int:
    """How often the supervisor has started a service again."""
    rows = state.read(system.data_dir)["services"]
    return int(next(row["restarts"] for row in rows if row["service"] == service))


EIO, ENOSPC = errno.EIO, errno.ENOSPC
FAULTS = (
    Fault("O3 the database's disk slow, 200 ms a sync", bad_disk("postgres", f"{SLOW_US} 0 0", 4)),
    Fault("O5 an agent's disk full", bad_outbox_disk("agent-3", f"0 0 {ENOSPC}", 4)),
    Fault("O4 the database's disk failing", bad_disk("postgres", f"0 {EIO} 0", 3), recover_s=75),
    Fault("O4 an agent's disk failing", bad_outbox_disk("agent-4", f"0 {EIO} 0", 4), is_long=True),
    Fault("O5 the database's disk full", bad_disk("postgres", f"0 0 {ENOSPC}", 3), recover_s=75),
    Fault(
        "O3 an agent's disk slow, 200 ms a sync", bad_disk("edge-agent-3", f"{SLOW_US} 0 0", 4), is_long=True
    ),
)
