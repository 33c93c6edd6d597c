"""What is read off processes, disks and lists of times."""

import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from lineshaft.store.database import Connection, flavour

# Bytes of a partitioned table and of its indexes; on TimescaleDB with what is in the columnstore.
_PLAIN_SIZE = """
    SELECT coalesce(sum(pg_table_size(relid)), 0)::bigint, coalesce(sum(pg_indexes_size(relid)), 0)::bigint
    FROM pg_partition_tree(%s::regclass) WHERE isleaf
"""
_HYPERTABLE_SIZE = """
    SELECT coalesce(sum(table_bytes + toast_bytes), 0)::bigint, coalesce(sum(index_bytes), 0)::bigint
    FROM hypertable_detailed_size(%s::regclass)
"""


def percentiles(seconds: Sequence[float]) -> dict[str, float]:
    """p50, p95 and p99 in milliseconds, and of how many.

    >>> percentiles([0.001, 0.002, 0.003])
    {'n': 3, 'p50_ms': 2.0, 'p95_ms': 2.9, 'p99_ms': 3.0}
    """
    if not len(seconds):
        return {"n": 0}
    p50, p95, p99 = np.percentile(seconds, [50, 95, 99]) * 1000
    return {
        "n": len(seconds),
        "p50_ms": round(float(p50), 1),
        "p95_ms": round(float(p95), 1),
        "p99_ms": round(float(p99), 1),
    }


def cpu_s(process: psutil.Process) -> float:
    """CPU seconds of a process, its children, and those that it has waited for; 0 when it has gone."""
    try:
        family = [process, *process.children(recursive=True)]
    except psutil.Error:
        return 0.0
    return sum(map(_used_s, family))


def _used_s(process: psutil.Process) -> float:
    try:
        return float(sum(process.cpu_times()[:4]))
    except psutil.Error:
        return 0.0


def memory_mb(process: psutil.Process) -> float:
    """Proportional memory (PSS) of a process and its children, MB; 0 when it may not be looked at."""
    try:
        family = [process, *process.children(recursive=True)]
        return sum(member.memory_full_info().pss for member in family) / 1e6
    except psutil.Error:
        return 0.0


def memory(processes: Mapping[str, psutil.Process]) -> dict[str, float]:
    """Of each process, and of all."""
    each = {name: round(memory_mb(process), 1) for name, process in processes.items()}
    return each | {"all": round(sum(each.values()), 1)}


@dataclass(frozen=True)
class Meter:
    """CPU seconds of each process at an instant."""

    processes: Mapping[str, psutil.Process]
    at_s: dict[str, float]

    @classmethod
    def start(cls, processes: Mapping[str, psutil.Process]) -> "Meter":
        """Begin to count."""
        return cls(processes, {name: cpu_s(process) for name, process in processes.items()})

    def used_s(self) -> dict[str, float]:
        """CPU seconds of each since the start."""
        return {name: cpu_s(process) - self.at_s[name] for name, process in self.processes.items()}


@dataclass(frozen=True)
class Disk:
    """Bytes on disk, and written to the log."""

    table: int
    index: int
    journal: int
    wal: int

    def since(self, before: "Disk", readings: int) -> dict[str, float]:
        """Bytes a reading that came since."""
        return {
            name: round((getattr(self, name) - getattr(before, name)) / max(readings, 1), 1)
            for name in ("table", "index", "journal", "wal")
        }


def disk(conn: Connection) -> Disk:
    """How large the readings, their indexes and the journal are, and where the log stands."""
    size = _HYPERTABLE_SIZE if flavour(conn) == "timescaledb" else _PLAIN_SIZE
    table, index = conn.execute(size, ("reading",)).fetchone() or (0, 0)
    journal = sum(conn.execute(_PLAIN_SIZE, ("journal",)).fetchone() or (0, 0))
    (wal,) = conn.execute("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint").fetchone() or (0,)
    return Disk(table, index, journal, wal)


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    return {
        "cpu": _cpu_name(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
    }


def _cpu_name() -> str:
    file = Path("/proc/cpuinfo")
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def commit() -> str:
    """The commit that is measured; empty outside a checkout."""
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parent,
    )
    return done.stdout.strip()
