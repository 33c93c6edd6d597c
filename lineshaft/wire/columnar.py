"""The fast way of kind `m`: our own columnar shape, many messages turned into columns together.

`fits` decides about one message, and finally: what it takes is without any fault, and gives the readings that
the careful way (`loose.py`) would give. Whatever else a device sent is gone through there, cell by cell.
`stack` then makes columns of thousands of messages at the cost of numpy's calls for one.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from typing import Annotated

import msgspec
import numpy as np

from lineshaft.domain.readings import Bytes8, Flag, Floats, Ints64
from lineshaft.wire import limits, times
from lineshaft.wire.body import JSON_ERRORS

EARLIEST_MS, LATEST_MS = times.EARLIEST_US // 1000 + 1, times.LATEST_US // 1000 - 1
"""The contract's first and last instants, less what rounding to microseconds could carry across."""

_SPAN = msgspec.Meta(ge=EARLIEST_MS, le=LATEST_MS)
Instant = Annotated[int, _SPAN] | Annotated[float, _SPAN]
Number = (
    Annotated[int, msgspec.Meta(ge=-limits.INTEGER, le=limits.INTEGER)]
    | Annotated[float, msgspec.Meta(ge=-limits.NUMBER, le=limits.NUMBER)]
)
Text = Annotated[str, msgspec.Meta(max_length=limits.TEXT_BYTES // 4)]
"""Short enough in any script."""
Cell = Number | bool | Text | None
Quality = tuple[Annotated[int, msgspec.Meta(ge=0)], str, Annotated[int, msgspec.Meta(ge=0, le=3)]]

_NUL = b"\\u0000"
"""The one way in which JSON text can write it."""


class Columnar(msgspec.Struct, gc=False):
    """A message of ours, its types and sizes checked by the parser."""

    ts: Instant
    n: tuple[str, ...]
    r: Annotated[list[list[Cell]], msgspec.Meta(min_length=1, max_length=limits.ROWS)]
    v: Annotated[int, msgspec.Meta(ge=1, le=1)] = 1
    q: list[Quality] = []


_parse = msgspec.json.Decoder(Columnar).decode


def fits(body: bytes) -> Columnar | None:
    """The message in a plain body, if there is nothing in it to be set aside or looked at with care."""
    if _NUL in body:
        return None
    try:
        if not body.isascii():
            body.decode()  # the parser does not look into fields that it skips
        message = _parse(body)
    except JSON_ERRORS:
        return None
    return message if _are_names(message.n) and _is_whole(message) else None


_NUMBERS = frozenset((int, float))
"""Not bool, which is an int in Python."""


def _is_whole(message: Columnar) -> bool:
    """Whether each row has an instant and a cell for each name, and qualities are of cells that are there."""
    width, base_ms = len(message.n) + 1, message.ts
    for row in message.r:
        if len(row) != width:
            return False
        offset_ms = row[0]
        if type(offset_ms) not in _NUMBERS:
            return False
        if not EARLIEST_MS <= base_ms + offset_ms <= LATEST_MS:  # type: ignore[operator] # it is a number
            return False
    return all(row < len(message.r) and name in message.n for row, name, _ in message.q)


@lru_cache(maxsize=16_384)
def _are_names(names: tuple[str, ...]) -> bool:
    """Whether signals may be called so, each once; agents send the same few lists again and again."""
    is_list = 1 <= len(names) <= limits.NAMES and len(set(names)) == len(names)
    return is_list and all(map(limits.is_name, names))


@dataclass(slots=True, frozen=True)
class Stack:
    """The readings of many messages, in their order; every array has one entry a reading."""

    message: Ints64 = field(default_factory=lambda: np.empty(0, np.int64))
    """Place of its message among those that were stacked."""
    column: Ints64 = field(default_factory=lambda: np.empty(0, np.int64))
    """Place of its name among its message's."""
    ts_us: Ints64 = field(default_factory=lambda: np.empty(0, np.int64))
    value: Floats = field(default_factory=lambda: np.empty(0))
    """NaN for a text."""
    quality: Bytes8 = field(default_factory=lambda: np.empty(0, np.uint8))
    flags: Bytes8 = field(default_factory=lambda: np.empty(0, np.uint8))
    texts: dict[int, str] = field(default_factory=dict)
    """Place among the readings → text."""

    def __len__(self) -> int:
        return len(self.ts_us)


def stack(messages: Sequence[Columnar], received_us: Ints64) -> Stack:
    """The readings of messages that fit.

    Args:
        messages: at least one.
        received_us: when each was received.
    """
    rows = list(chain.from_iterable([message.r for message in messages]))
    cells, texts = _numbers(messages, rows)
    widths = np.fromiter(map(len, rows), np.int64, len(rows))
    starts = np.cumsum(widths) - widths
    heights = np.fromiter([len(message.r) for message in messages], np.int64, len(messages))
    message_of_row = np.repeat(np.arange(len(messages)), heights)
    base_us = np.rint(np.array([message.ts for message in messages], np.float64) * 1000)
    ts_us = (base_us[message_of_row] + np.rint(cells[starts] * 1000)).astype(np.int64)
    present = ~np.isnan(cells)
    present[list(texts)] = True
    present[starts] = False  # offsets
    (cell,) = np.nonzero(present)
    row = np.repeat(np.arange(len(rows)), widths)[cell]
    message, when = message_of_row[row], ts_us[row]
    return Stack(
        message=message,
        column=cell - starts[row] - 1,
        ts_us=when,
        value=cells[cell],
        quality=_qualities(messages, len(cells), starts, heights)[cell],
        flags=np.where(when > received_us[message] + times.AHEAD_US, np.uint8(Flag.CLOCK_BAD), np.uint8(0)),
        texts=dict(zip(np.searchsorted(cell, list(texts)).tolist(), texts.values(), strict=True)),
    )


def _numbers(messages: Sequence[Columnar], rows: list[list[Cell]]) -> tuple[Floats, dict[int, str]]:
    """Cells as numbers, NaN where there is none, and the texts among them by their place.

    Args:
        messages: what fits.
        rows: theirs.
    """
    try:
        # Takes numbers and booleans alone; np.array would read a number out of the text "5".
        return np.frombuffer(array("d", list(chain.from_iterable(rows)))), {}  # type: ignore[type-var] # that is what the try is for
    except TypeError:
        pass
    # A message with a text or an empty cell must not make all the others slow.
    parts, texts, start = list[Floats](), dict[int, str](), 0
    for message in messages:
        cells = list(chain.from_iterable(message.r))
        try:
            parts.append(np.frombuffer(array("d", cells)))  # type: ignore[type-var] # likewise
        except TypeError:
            texts |= {start + at: cell for at, cell in enumerate(cells) if type(cell) is str}
            parts.append(np.array([None if type(cell) is str else cell for cell in cells], np.float64))
        start += len(cells)
    return np.concatenate(parts), texts


def _qualities(messages: Sequence[Columnar], cells: int, starts: Ints64, heights: Ints64) -> Bytes8:
    """A quality for each cell, good where `q` says nothing."""
    quality = np.zeros(cells, np.uint8)
    said = [at for at, message in enumerate(messages) if message.q]
    if said:
        first_row = (np.cumsum(heights) - heights).tolist()
        for at in said:
            for row, name, code in messages[at].q:
                quality[starts[first_row[at] + row] + 1 + messages[at].n.index(name)] = code
    return quality
