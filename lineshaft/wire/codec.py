"""Decodes a message of the native contract: topic and body in, batches and rejections out.

It never raises on what a device sent: a step that raises stops the whole flow. One message may give good
parts and rejected ones.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from lineshaft.domain.readings import Decoded, DeviceKey, Identity
from lineshaft.wire import dialects, events, gps, readings, reports, rfid, topics
from lineshaft.wire.columnar import Columnar, Stack, fits, stack
from lineshaft.wire.compression import unpack
from lineshaft.wire.door import Door
from lineshaft.wire.rejected import Rejected

Decoder = Callable[[DeviceKey, bytes, int], Sequence[Decoded | Rejected]]
"""Device, plain body, time of receipt in µs → what is in it."""

DECODERS: MappingProxyType[str, Decoder] = MappingProxyType(
    {
        "m": readings.decode,
        "rfid": rfid.decode,
        "gps": gps.decode,
        "evt": events.decode,
        "state": reports.decode_state,
        "meta": reports.decode_meta,
    }
)
"""Kind → its decoder."""


Sent = tuple[str, bytes, str, int]
"""A message: its topic, body, encoding and time of receipt, as `decode` takes them."""

Part = Decoded | Identity | Rejected


class Foreign(NamedTuple):
    """A message of another dialect: the same, behind the door it came in by."""

    door: Door
    topic: str
    body: bytes
    encoding: str
    received_us: int


class Stacked(NamedTuple):
    """A message of readings that is in the stack."""

    device: DeviceKey
    names: tuple[str, ...]
    readings: int
    """How many of the stack's are its own; there may be none."""


@dataclass(slots=True, frozen=True)
class Opened:
    """What many messages hold."""

    messages: list[Stacked | list[Part]]
    """Of each what `decode` or `decode_foreign` makes of it, or that it is the next in the stack."""
    stack: Stack
    error: Exception | None = None
    """Why none could be decoded together with others; they were one by one, at ten times the cost."""


def decode_many(messages: Sequence[Sent | Foreign]) -> Opened:
    """Decode messages together: what `decode` makes of each, at a tenth of the cost for readings of ours."""
    opened: list[Stacked | list[Part]] = []
    stacked: list[tuple[int, DeviceKey]] = []
    whole: list[Columnar] = []
    received: list[int] = []
    for at, sent in enumerate(messages):
        if isinstance(sent, Foreign):
            opened.append(decode_foreign(*sent))
            continue
        topic, body, encoding, received_us = sent
        place = topics.device_of(topic)
        message = _columnar(body, encoding) if place is not None and place[1] == "m" else None
        if place is None or message is None:
            opened.append([*decode(topic, body, encoding, received_us)])
            continue
        opened.append([])
        stacked.append((at, place[0]))
        whole.append(message)
        received.append(received_us)
    if not whole:
        return Opened(opened, Stack())
    try:
        found = stack(whole, np.array(received, np.int64))
    except Exception as error:  # noqa: BLE001 - a fault of ours: the careful way tells whose message it is
        return Opened([_apart(message) for message in messages], Stack(), error)
    sizes = np.bincount(found.message, minlength=len(whole)).tolist()
    for (at, device), message, size in zip(stacked, whole, sizes, strict=True):
        opened[at] = Stacked(device, message.n, size)
    return Opened(opened, found)


def _apart(sent: Sent | Foreign) -> list[Part]:
    return decode_foreign(*sent) if isinstance(sent, Foreign) else [*decode(*sent)]


def _columnar(body: bytes, encoding: str) -> Columnar | None:
    try:
        plain = unpack(body, encoding)
        return None if isinstance(plain, Rejected) else fits(plain)
    except Exception:  # noqa: BLE001 - a fault of ours: the careful way books it
        return None


def decode(topic: str, body: bytes, encoding: str, received_us: int) -> list[Decoded | Rejected]:
    """Decode one message.

    Args:
        topic: where it was published.
        body: its bytes as they came, at most 128 KiB.
        encoding: the property `ce`: `gzip`, `zstd` or empty.
        received_us: when the server received it; the time of readings that carry none.

    Returns:
        Batches, reads, fixes, events and reports in the order of the message, then what had to be set aside.
        Empty where the message holds nothing (no rows, or only empty cells).
    """
    place = topics.device_of(topic)
    if place is None:
        return [Rejected("topic", f"{topic[:200]!r}, expected {topics.ROOT}/site/agent/device/kind")]
    device, kind = place
    decoder = DECODERS.get(kind)
    if decoder is None:
        return [Rejected("kind", f"{kind!r}, expected one of {', '.join(DECODERS)}")]
    try:
        plain = unpack(body, encoding)
        if isinstance(plain, Rejected):
            return [plain]
        return list(decoder(device, plain, received_us))
    except Exception as error:  # noqa: BLE001 — a fault of ours must cost one message, not the flow; it is counted
        return [Rejected("internal", f"{type(error).__name__}: {error}"[:300])]


def decode_foreign(door: Door, topic: str, body: bytes, encoding: str, received_us: int) -> list[Part]:
    """Decode one message of another dialect; otherwise as `decode`."""
    try:
        plain = unpack(body, encoding)
        if isinstance(plain, Rejected):
            return [plain]
        return dialects.decode(door, topic, plain, received_us)
    except Exception as error:  # noqa: BLE001 - likewise
        return [Rejected("internal", f"{type(error).__name__}: {error}"[:300])]
