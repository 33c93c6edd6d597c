"""Arrays that grow together: the columnar state of a shard, one row a signal, device or model."""

from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

LEAST = 16
"""Rows of the first growth; from then on it doubles."""


def column(dtype: DTypeLike, fill: object, *shape: int) -> Any:
    """A field of a `Columns` dataclass: an array with one entry a row, `fill` in rows never written.

    Args:
        dtype: of the array.
        fill: what a new row holds.
        shape: of one row's entry; none for a number.
    """
    return field(default_factory=lambda: np.empty((0, *shape), dtype), metadata={"fill": fill})


@dataclass(slots=True)
class Columns:
    """Base of dataclasses whose `column` fields all have room for the same rows."""

    room: int = field(default=0, kw_only=True)
    """Rows there is room for."""

    def grow(self, rows: int) -> None:
        """Make room for at least so many rows; what is there stays."""
        if rows <= self.room:  # called for each message: cheap when there is nothing to do
            return
        room = max(rows, 2 * self.room, LEAST)
        for one in fields(self):
            if "fill" not in one.metadata:
                continue
            old: NDArray[Any] = getattr(self, one.name)
            new = np.full((room, *old.shape[1:]), one.metadata["fill"], old.dtype)
            new[: len(old)] = old
            setattr(self, one.name, new)
        self.room = room
