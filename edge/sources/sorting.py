"""Sorts recordings that do not fit into memory: sorted stretches in a file, merged when they are read."""

import pickle
import tempfile
import weakref
from collections.abc import Iterable, Iterator
from heapq import merge
from itertools import islice
from operator import attrgetter
from typing import IO

from edge.sources.table import Row

STRETCH = 50_000
"""Rows sorted in memory at once: some 50 MB of wide ones."""
BLOCK = 100
"""Rows of a stretch in memory while stretches are merged."""

by_time = attrgetter("ts_us")


class Sorted:
    """Rows by time, to be read as often as one likes; rows of one time stay in their order."""

    def __init__(self, rows: Iterable[Row], stretch: int = STRETCH) -> None:
        """Read all rows once.

        Args:
            rows: in any order.
            stretch: how many are held in memory; what is more goes into a temporary file.
        """
        rest = iter(rows)
        self._only = sorted(islice(rest, stretch), key=by_time)
        self._stretches: list[list[int]] = []
        """Of each sorted stretch, where its blocks begin in the file."""
        if len(self._only) == stretch:
            self._file: IO[bytes] = tempfile.TemporaryFile(prefix="lineshaft-replay-")  # noqa: SIM115 - see below
            weakref.finalize(self, self._file.close)
            part = self._only
            while part:
                self._stretches.append(self._spill(part))
                part = sorted(islice(rest, stretch), key=by_time)
            self._only = []

    def __iter__(self) -> Iterator[Row]:
        if not self._stretches:
            return iter(self._only)
        return merge(*map(self._read, self._stretches), key=by_time)

    def _spill(self, rows: list[Row]) -> list[int]:
        places = []
        for begin in range(0, len(rows), BLOCK):
            places.append(self._file.tell())
            pickle.dump(rows[begin : begin + BLOCK], self._file, pickle.HIGHEST_PROTOCOL)
        return places

    def _read(self, places: list[int]) -> Iterator[Row]:
        for place in places:
            self._file.seek(place)
            yield from pickle.load(self._file)  # noqa: S301 - written by us, in a file without a name
