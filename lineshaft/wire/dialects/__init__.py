"""The dialects of trackers that do not speak our contract: one file each, and its line here.

A dialect is a pure function: what the message's JSON (or text) holds goes into a `Found`. It raises nothing
on what a device sent. Which dialect a message is in says its topic's binding (plant.yaml, `dialects`).
"""

from collections.abc import Callable
from types import MappingProxyType
from typing import NamedTuple

from lineshaft.domain.readings import Decoded, Identity
from lineshaft.wire.body import parse
from lineshaft.wire.dialects import flespi, meshtastic, osmand, owntracks, teltonika, traccar
from lineshaft.wire.dialects.found import Found
from lineshaft.wire.door import Door
from lineshaft.wire.rejected import Rejected

Read = Callable[[Found, str, object], None]
"""Gathers what a message holds: where to, its topic, and its JSON."""


class Dialect(NamedTuple):
    """How one kind of foreign message is read."""

    read: Read
    has_text: Callable[[bytes], bool] = lambda _: False
    """Whether a body is the dialect's own text instead of JSON; `read` then gets a str."""
    shared_levels: int = 0
    """So many first levels of the topic decide the journal's shard; 0: the whole topic. A device that several
    gateways hear, each with a topic of its own, must not be spread over several shards."""


DIALECTS: MappingProxyType[str, Dialect] = MappingProxyType(
    {
        "owntracks": Dialect(owntracks.read),
        "teltonika": Dialect(teltonika.read),
        "traccar": Dialect(traccar.read),
        "osmand": Dialect(osmand.read, has_text=osmand.is_query),
        "flespi": Dialect(flespi.read),
        "meshtastic": Dialect(meshtastic.read, shared_levels=1),
    }
)
"""Name, as plant.yaml has it → the dialect."""


def decode(door: Door, topic: str, body: bytes, received_us: int) -> list[Decoded | Identity | Rejected]:
    """The parts of a foreign message, then what had to be set aside.

    Args:
        door: what its binding says.
        topic: where it was published.
        body: plain.
        received_us: the time of what carries none.
    """
    dialect = DIALECTS.get(door.dialect)
    if dialect is None:
        return [Rejected("kind", f"dialect {door.dialect!r:.64}, expected one of {', '.join(DIALECTS)}")]
    value: object = body.decode("utf-8", "replace") if dialect.has_text(body) else parse(body)
    if isinstance(value, Rejected):
        return [value]
    found = Found(door, received_us)
    dialect.read(found, topic, value)
    return found.parts() or [Rejected("shape", f"nothing in it that {door.dialect} is known to send")]


def shard_topic(dialect: str, topic: str) -> str:
    """What of a topic decides the shard of its message.

    >>> shard_topic("owntracks", "owntracks/a/b"), shard_topic("meshtastic", "msh/EU/2/json/L/!7e")
    ('owntracks/a/b', 'msh')
    """
    known = DIALECTS.get(dialect)
    levels = known.shared_levels if known else 0
    return "/".join(topic.split("/")[:levels]) if levels else topic
