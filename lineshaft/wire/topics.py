"""Topics of the native contract: `lineshaft/v1/{site}/{agent}/{device}/{kind}`."""

import re
import zlib
from functools import lru_cache
from typing import NamedTuple

from lineshaft.domain.readings import DeviceKey

ROOT = "lineshaft/v1"
EVERYTHING = f"{ROOT}/#"
"""The one native subscription: several filters on one connection break the order on some brokers."""

KINDS = ("m", "rfid", "gps", "evt", "state", "meta")
"""What devices send; `cmd` and levels that start with `_` belong to the server."""

SHARDS = 16
"""Fixed for good: it is part of every stored position's meaning."""

LEVEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


class Topic(NamedTuple):
    """One device's topic for one kind of telemetry."""

    site: str
    agent: str
    device: str
    kind: str

    @property
    def key(self) -> DeviceKey:
        """The device that speaks on it."""
        return DeviceKey(self.site, self.agent, self.device)

    def __str__(self) -> str:
        return f"{ROOT}/{self.site}/{self.agent}/{self.device}/{self.kind}"


def parse(topic: str) -> Topic | None:
    """The device topic behind a string, or None where it is not one of the contract.

    The kind is not judged here: an unknown kind is a decodable message's fault, not a foreign topic.

    >>> parse("lineshaft/v1/hall1/gw1/press-1/m")
    Topic(site='hall1', agent='gw1', device='press-1', kind='m')
    >>> parse("lineshaft/v1/hall1/gw1/_/mark") is None
    True
    """
    levels = topic.split("/")
    if len(levels) != 6 or levels[0] != "lineshaft" or levels[1] != "v1":
        return None
    names = levels[2:]
    if not all(LEVEL.fullmatch(name) for name in names):
        return None
    return Topic(*names)


@lru_cache(maxsize=65_536)
def device_of(topic: str) -> tuple[DeviceKey, str] | None:
    """The device that speaks on a topic, and the kind of what it says; devices have few topics each."""
    place = parse(topic)
    return place and (place.key, place.kind)


def is_server_own(topic: str) -> bool:
    """Whether a topic under the root is the server's own: marks, alerts, commands."""
    levels = topic.split("/")
    return any(level.startswith("_") for level in levels[2:]) or levels[-1] == "cmd"


def mark_topic(site: str, agent: str) -> str:
    """Where the server tells an agent what is committed (retained)."""
    return f"{ROOT}/{site}/{agent}/_/mark"


def alert_topic(site: str, asset: str, rule: str) -> str:
    """Where an open alarm stands, retained until it closes."""
    return f"{ROOT}/{site}/_alerts/{asset}/{rule}"


def shard_of(site: str, agent: str) -> int:
    """The journal shard of an agent: all its messages keep their order within it."""
    return zlib.crc32(f"{site}/{agent}".encode()) % SHARDS


def shard_of_foreign(topic: str) -> int:
    """The journal shard of a message that has no agent: by its topic."""
    return zlib.crc32(topic.encode()) % SHARDS
