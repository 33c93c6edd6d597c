"""By which door a foreign message came in: what its topic's binding says of it.

Ingest finds it by the topic and writes it beside the message, so that the flow needs no description to
decode it, and decodes it the same at every replay.
"""

from collections.abc import Mapping
from typing import NamedTuple

WGS84, GCJ02 = "wgs84", "gcj02"


class Door(NamedTuple):
    """A binding, as far as it matters for one message."""

    site: str
    agent: str
    """Speaks for the devices that come in here: the dialect's name, or what the binding calls it."""
    dialect: str
    device: str = ""
    """As the topic names it; empty where only the body does."""
    timezone: str = ""
    """Of times that carry no zone; empty: they are not to be trusted."""
    crs: str = WGS84


def to_properties(door: Door) -> dict[str, object]:
    """What is written beside the message; site and agent have columns of their own.

    >>> to_properties(Door("hall1", "owntracks", "owntracks", "ckrey-phone"))
    {'dialect': 'owntracks', 'device': 'ckrey-phone'}
    """
    said = {"dialect": door.dialect, "device": door.device, "timezone": door.timezone}
    if door.crs != WGS84:
        said["crs"] = door.crs
    return {name: value for name, value in said.items() if value}


def from_properties(site: str, agent: str, properties: Mapping[str, object]) -> Door | None:
    """The door a journal row came by; None where it came by none."""
    dialect = properties.get("dialect")
    if not dialect:
        return None
    device, timezone = str(properties.get("device", "")), str(properties.get("timezone", ""))
    return Door(site, agent, str(dialect), device, timezone, str(properties.get("crs", WGS84)))
