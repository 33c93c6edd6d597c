"""Decodes a message of the native contract: topic and body in, batches and rejections out.

It never raises on what a device sent: a step that raises stops the whole flow. One message may give good
parts and rejected ones.
"""

from collections.abc import Callable, Sequence
from types import MappingProxyType

from lineshaft.domain.readings import Decoded, DeviceKey
from lineshaft.wire import events, gps, readings, reports, rfid, topics
from lineshaft.wire.compression import unpack
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
    place = topics.parse(topic)
    if place is None:
        return [Rejected("topic", f"{topic[:200]!r}, expected {topics.ROOT}/site/agent/device/kind")]
    decoder = DECODERS.get(place.kind)
    if decoder is None:
        return [Rejected("kind", f"{place.kind!r}, expected one of {', '.join(DECODERS)}")]
    plain = unpack(body, encoding)
    if isinstance(plain, Rejected):
        return [plain]
    try:
        return list(decoder(place.key, plain, received_us))
    except Exception as error:  # noqa: BLE001 — a fault of ours must cost one message, not the flow; it is counted
        return [Rejected("internal", f"{type(error).__name__}: {error}"[:300])]
