"""What runs now, as one value: for `lineshaft status`, and for tests."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

from lineshaft.clock import SECOND_US, Clock
from lineshaft.runtime import postgres, state
from lineshaft.runtime.files import secret
from lineshaft.store import figures
from lineshaft.store.database import ConnectionLost, connect_async

ROLE = "lineshaft_readonly"


@dataclass(frozen=True)
class ServiceLine:
    """One service."""

    service: str
    state: str
    ready: bool
    pid: int | None
    uptime_s: float | None
    restarts: int
    memory_mb: float | None
    """Its share of the machine's memory with its children (PSS), MB; None where we may not look."""


@dataclass(frozen=True)
class Report:
    """A data folder's monitor."""

    data_dir: str
    running: bool
    phase: str
    address: str
    version: str
    services: list[ServiceLine]
    memory_mb: float | None
    """Of all processes together, the supervisor too (PSS), MB; None where we may not look."""

    @property
    def healthy(self) -> bool:
        """Whether it runs, and every service is ready."""
        return self.running and self.phase == "running" and all(line.ready for line in self.services)

    def document(self) -> dict[str, Any]:
        """The same for JSON."""
        return asdict(self) | {"healthy": self.healthy}


def read(data_dir: Path, clock: Clock) -> Report:
    """The report of a folder, from its state file and the processes themselves."""
    document = state.read(data_dir)
    supervisor = state.supervisor_pid(data_dir)
    running = supervisor is not None
    return Report(
        data_dir=str(data_dir),
        running=running,
        phase=str(document.get("phase", "never started")) if running else "stopped",
        address=str(document.get("address", "")),
        version=str(document.get("version", "")),
        services=[_line(row, running, clock()) for row in document.get("services", [])],
        memory_mb=_memory_mb(supervisor) if supervisor else None,  # with all its children
    )


def database_url(data_dir: Path, given: str) -> str:
    """The owner's address of the folder's database: given, or the embedded one's; "" if that never ran."""
    if given:
        return given
    for row in state.read(data_dir).get("services", []):
        if row.get("service") == "postgres":
            return postgres.url(secret(data_dir / "secrets", "database-owner"), int(row["port"]))
    return ""


async def readings(url: str, schema: str) -> figures.Readings | None:
    """The readings' totals, or None where the database does not answer."""
    try:
        async with await connect_async(url, role=ROLE, schema=schema, application="lineshaft status") as conn:
            return await figures.readings(conn)
    except ConnectionLost:
        return None


def _line(row: dict[str, Any], running: bool, now_us: int) -> ServiceLine:  # noqa: FBT001 - private, one caller
    pid = row["pid"] if running else None
    started_us = row["started_us"]
    return ServiceLine(
        service=row["service"],
        state=row["state"] if running else "stopped",
        ready=bool(row["ready"]) and running,
        pid=pid,
        uptime_s=round((now_us - started_us) / SECOND_US, 1) if pid and started_us else None,
        restarts=row["restarts"],
        memory_mb=_memory_mb(pid) if pid else None,
    )


def _memory_mb(pid: int) -> float | None:
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
        return round(sum(member.memory_full_info().pss for member in family) / 1e6, 1)
    except psutil.Error:
        return None
