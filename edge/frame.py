"""What a source hands over: one message of one device, before it has a place in the outbox."""

from typing import NamedTuple


class Frame(NamedTuple):
    """A native message body without envelope."""

    device: str
    kind: str
    """m, rfid, gps, evt, state or meta."""
    body: bytes
