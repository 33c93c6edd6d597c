"""What `lineshaft up` is told: by its arguments, and by the environment for what an operator sets once."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lineshaft import settings

WEB_PORT = 8050
FLOWS_MOST = 16
"""A process more would have no shard to look after."""


@dataclass(frozen=True)
class Options:
    """Where a plant's monitor lives and which servers it uses."""

    data_dir: Path
    web_host: str
    web_port: int | None  # None: 8050, or any free one when that is taken
    database_url: str  # "": the embedded one
    broker_url: str  # "": the embedded one
    schema: str
    log_level: str
    flow_processes: int = 1  # of the shard flow's cluster


def read(
    environ: Mapping[str, str],
    *,
    data_dir: Path,
    port: int | None,
    host: str | None,
    flow_processes: int | None = None,
) -> Options:
    """The options of one start.

    Raises:
        SettingsError: a variable cannot be used.
    """
    processes = flow_processes or round(settings.number(environ, "LINESHAFT_FLOW_PROCESSES", 1, low=1))
    if processes > FLOWS_MOST:
        raise settings.SettingsError(f"{processes} processes of the flow, expected at most {FLOWS_MOST}")
    wanted = port or round(settings.number(environ, "LINESHAFT_WEB_PORT", 0)) or None
    return Options(
        data_dir=data_dir.absolute(),
        web_host=host or settings.text(environ, "LINESHAFT_WEB_HOST", "127.0.0.1"),
        web_port=wanted,
        database_url=environ.get("LINESHAFT_DATABASE_URL", "").strip(),
        broker_url=environ.get("LINESHAFT_BROKER_URL", "").strip(),
        schema=settings.text(environ, "LINESHAFT_DATABASE_SCHEMA", "lineshaft"),
        log_level=settings.text(environ, "LINESHAFT_LOG_LEVEL", "INFO"),
        flow_processes=processes,
    )
