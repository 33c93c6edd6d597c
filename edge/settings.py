"""What an agent is told by its environment rather than by its file."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from edge.config import Agent
from lineshaft import settings


@dataclass(slots=True, frozen=True)
class EdgeSettings:
    """Where the broker and the outbox are."""

    broker_url: str
    data_dir: Path
    metrics_port: int | None
    log_level: str

    @classmethod
    def read(cls, environ: Mapping[str, str], agent: Agent) -> "EdgeSettings":
        """From the environment, where the agent's file does not say it.

        Raises:
            SettingsError: neither says it.
        """
        config = agent.config
        url = config.broker.url if config.broker else settings.text(environ, "LINESHAFT_BROKER_URL")
        if config.data_dir:
            data_dir = agent.folder / config.data_dir
        else:
            data_dir = Path(settings.text(environ, "LINESHAFT_DATA_DIR")) / "edge" / config.agent
        port = settings.number(environ, "LINESHAFT_METRICS_PORT", -1, low=-1)
        level = settings.text(environ, "LINESHAFT_LOG_LEVEL", "INFO")
        return cls(url, data_dir, None if port < 0 else int(port), level)
