"""What the stream's processes are told by their environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from lineshaft import settings
from lineshaft.store.upkeep import Keep


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
    ingest_rate: float = 10_000
    """Messages a second that one agent may send in the long run; 0: as many as it likes."""
    flow_process: int = 0
    """Number of this process in a cluster of flows."""
    flow_addresses: tuple[str, ...] = ()
    """`host:port` of every process of the cluster, in their order; empty: this process alone."""

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
            ingest_rate=settings.number(environ, "LINESHAFT_INGEST_RATE", 10_000),
            flow_process=int(settings.number(environ, "LINESHAFT_FLOW_PROCESS", 0)),
            flow_addresses=tuple(environ.get("LINESHAFT_FLOW_ADDRESSES", "").replace(",", " ").split()),
        )


def keep_from_environment(environ: Mapping[str, str]) -> Keep:
    """How long upkeep keeps things: the defaults, unless `LINESHAFT_KEEP_…` says otherwise.

    Raises:
        SettingsError: a variable is no number, or less than a day.
    """
    default = Keep()

    def days(what: str, usual: int) -> int:
        return int(settings.number(environ, f"LINESHAFT_KEEP_{what}_DAYS", usual, low=1))

    gigabytes = settings.number(environ, "LINESHAFT_KEEP_JOURNAL_GB", default.journal_bytes >> 30, low=0.1)
    return Keep(
        series_days=days("READINGS", default.series_days),
        minutes_days=days("MINUTES", default.minutes_days),
        journal_days=days("JOURNAL", default.journal_days),
        journal_bytes=int(gigabytes * (1 << 30)),
        dead_letter_days=days("DEAD_LETTERS", default.dead_letter_days),
    )
