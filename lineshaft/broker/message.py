"""What passes the door to MQTT, in the words of its owners."""

from typing import NamedTuple


class Message(NamedTuple):
    """A message as it came."""

    topic: str
    body: bytes
    properties: list[tuple[str, str]]
    """MQTT 5 user properties, in order."""
    content_type: str
    retained: bool
    mid: int
    qos: int
    generation: int
    """Which connection it came by: 1, 2, …"""


class Will(NamedTuple):
    """What the broker says for us when the connection is lost without a goodbye."""

    topic: str
    body: bytes
    qos: int = 1
    retain: bool = True


class Subscription(NamedTuple):
    """A topic filter and how to subscribe to it."""

    filter: str
    qos: int = 1
    retain_handling: int = 0
    """Retained messages come: 0 at each subscribe, 1 only if it is new to the broker, 2 never."""
