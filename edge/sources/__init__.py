"""Where an agent's messages come from, one file a kind."""

from types import MappingProxyType

from edge.sources.base import SourceConfig
from edge.sources.nmea import NmeaConfig
from edge.sources.replay import ReplayConfig
from edge.sources.simulator import SimulatorConfig
from edge.sources.teltonika import TeltonikaConfig

SOURCES: MappingProxyType[str, type[SourceConfig]] = MappingProxyType(
    {
        "replay": ReplayConfig,
        "simulator": SimulatorConfig,
        "nmea": NmeaConfig,
        "teltonika": TeltonikaConfig,
    }
)
"""`kind` in agent.yaml → its configuration, which opens the source."""
