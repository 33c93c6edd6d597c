"""Kind `m`: the readings of a machine, in columns.

Our own shape is decoded here a message at a time. A message of another shape, or not wholly good, is gone
through cell by cell (`loose.py`), to keep what is good in it.
"""

from itertools import chain
from typing import Annotated

import msgspec
import numpy as np

from lineshaft.domain.readings import Batch, Bytes8, DeviceKey
from lineshaft.wire import limits, loose, times
from lineshaft.wire.body import JSON_ERRORS, parse
from lineshaft.wire.cells import Cells
from lineshaft.wire.rejected import Rejected

Value = Annotated[int, msgspec.Meta(ge=-limits.INTEGER, le=limits.INTEGER)] | float | bool | str | None
QualityOf = tuple[Annotated[int, msgspec.Meta(ge=0)], str, Annotated[int, msgspec.Meta(ge=0, le=3)]]


class _Columnar(msgspec.Struct):
    """The shape of ours; whatever does not fit it takes the slow way."""

    ts: int | float
    n: Annotated[list[str], msgspec.Meta(max_length=limits.NAMES)]
    r: Annotated[list[list[Value]], msgspec.Meta(max_length=limits.ROWS)]
    v: Annotated[int, msgspec.Meta(ge=1, le=1)] = 1
    q: list[QualityOf] = []


_COLUMNAR = msgspec.json.Decoder(_Columnar)


def decode(device: DeviceKey, body: bytes, received_us: int) -> list[Batch | Rejected]:
    """The readings in a body, and what had to be set aside; empty where it holds no reading at all."""
    try:
        batch = _whole(device, _COLUMNAR.decode(body), received_us)
    except JSON_ERRORS:
        batch = None
    if batch is not None:
        return [batch] if len(batch) else []
    value = parse(body)
    if isinstance(value, Rejected):
        return [value]
    cells = Cells(received_us)
    refused = loose.read(cells, value)
    if refused is not None:
        return [refused]
    batch = cells.batch(device)
    return [*([batch] if len(batch) else []), *cells.faults.rejected()]


def _whole(device: DeviceKey, message: _Columnar, received_us: int) -> Batch | None:
    """The batch of a message without any fault, else None."""
    names, rows = tuple(message.n), message.r
    width = len(names) + 1
    base_us = times.to_us(message.ts)
    if base_us is None or not rows or not _are_names(names) or set(map(len, rows)) != {width}:
        return None
    flat: list[Value] = list(chain.from_iterable(rows))
    if not set(map(type, flat[::width])) <= {int, float}:
        return None
    texts = _take_texts(flat, width)
    grid = np.array(flat, np.float64).reshape(len(rows), width)  # bool → 0, 1; None → NaN
    quality = _qualities(message, names)
    if np.abs(grid[:, 0]).max() > times.LATEST_US:  # else the product below could overflow
        return None
    ts_us = base_us + np.rint(grid[:, 0] * 1000)
    if quality is None or ts_us.min() < times.EARLIEST_US or ts_us.max() >= times.LATEST_US:
        return None
    if not all(map(limits.is_text, texts.values())):
        return None
    value = grid[:, 1:].ravel()
    present = ~np.isnan(value)
    at = np.fromiter(texts, np.int64, len(texts))
    present[at] = True
    (cell,) = np.nonzero(present)
    ts_cell = ts_us.astype(np.int64)[cell // len(names)]
    return Batch(
        device=device,
        names=names,
        column=(cell % len(names)).astype(np.int32),
        ts_us=ts_cell,
        value=value[cell],
        quality=quality[cell],
        flags=times.flags_of(ts_cell, received_us),
        text_row=np.searchsorted(cell, at).astype(np.int32),
        texts=tuple(texts.values()),
    )


def _are_names(names: tuple[str, ...]) -> bool:
    return bool(names) and len(set(names)) == len(names) and all(map(limits.is_name, names))


def _take_texts(flat: list[Value], width: int) -> dict[int, str]:
    """Take the texts out of the cells: place among the values (offsets not counted) → text."""
    if str not in set(map(type, flat)):
        return {}
    found = [(place, cell) for place, cell in enumerate(flat) if isinstance(cell, str)]
    for place, _ in found:
        flat[place] = None
    return {place - place // width - 1: cell for place, cell in found}


def _qualities(message: _Columnar, names: tuple[str, ...]) -> Bytes8 | None:
    """One quality a cell, good where `q` says nothing; None where `q` names a cell that does not exist."""
    quality = np.zeros(len(message.r) * len(names), np.uint8)
    for row, name, code in message.q:
        if row >= len(message.r) or name not in names:
            return None
        quality[row * len(names) + names.index(name)] = code
    return quality


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
