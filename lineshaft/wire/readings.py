"""Kind `m`: the readings of a machine, in columns.

A message of our own shape without any fault goes the fast way (`columnar.py`). Any other is gone through cell
by cell (`loose.py`), to keep what is good in it.
"""

import msgspec
import numpy as np

from lineshaft.domain.readings import Batch, DeviceKey
from lineshaft.wire import columnar, loose
from lineshaft.wire.body import parse
from lineshaft.wire.cells import Cells
from lineshaft.wire.rejected import Rejected


def decode(device: DeviceKey, body: bytes, received_us: int) -> list[Batch | Rejected]:
    """The readings in a body, and what had to be set aside; empty where it holds no reading at all."""
    message = columnar.fits(body)
    if message is None:
        return decode_carefully(device, body, received_us)
    found = columnar.stack([message], np.array([received_us]))
    if not len(found):
        return []
    return [
        Batch(
            device=device,
            names=message.n,
            column=found.column.astype(np.int32),
            ts_us=found.ts_us,
            value=found.value,
            quality=found.quality,
            flags=found.flags,
            text_row=np.fromiter(found.texts, np.int32, len(found.texts)),
            texts=tuple(found.texts.values()),
        )
    ]


def decode_carefully(device: DeviceKey, body: bytes, received_us: int) -> list[Batch | Rejected]:
    """The same for a body of any shape: cell by cell."""
    value = parse(body)
    if isinstance(value, Rejected):
        return [value]
    cells = Cells(received_us)
    refused = loose.read(cells, value)
    if refused is not None:
        return [refused]
    batch = cells.batch(device)
    return [*([batch] if len(batch) else []), *cells.faults.rejected()]


def encode(
    ts_ms: int,
    names: tuple[str, ...],
    rows: list[list[float | int | bool | str | None]],
    qualities: list[tuple[int, str, int]] | None = None,
) -> bytes:
    """The body of a message of readings.

    Args:
        ts_ms: the time that the offsets count from.
        names: signal names.
        rows: each `[offset in ms, one value a name]`; None is no sample.
        qualities: what is not good: `(row, name, quality)`.
    """
    body: dict[str, object] = {"v": 1, "ts": ts_ms, "n": names, "r": rows}
    if qualities:
        body["q"] = qualities
    return msgspec.json.encode(body)
