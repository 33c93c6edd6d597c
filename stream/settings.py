"""What the stream's processes are told by their environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from lineshaft import settings


@dataclass(slots=True, frozen=True)
class StreamSettings:
    """The same for ingest, flow, plant, upkeep and notify; what one does not need may be empty."""

    database_url: str
    database_role: str
    database_schema: str
    broker_url: str
    data_dir: str
    metrics_port: int
    log_level: str

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Self:
        """Read the environment.

        Raises:
            SettingsError: a variable is missing or cannot be used.
        """
        return cls(
            database_url=settings.text(environ, "LINESHAFT_DATABASE_URL"),
            database_role=environ.get("LINESHAFT_DATABASE_ROLE", "").strip(),
            database_schema=settings.text(environ, "LINESHAFT_DATABASE_SCHEMA", "lineshaft"),
            broker_url=environ.get("LINESHAFT_BROKER_URL", "").strip(),
            data_dir=environ.get("LINESHAFT_DATA_DIR", "").strip(),
            metrics_port=int(settings.number(environ, "LINESHAFT_METRICS_PORT", 0)),
            log_level=settings.text(environ, "LINESHAFT_LOG_LEVEL", "INFO").upper(),
        )
