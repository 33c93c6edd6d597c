"""Drops what came before: the recent readings of each signal, by their time.

Equal repeats of (signal, time) are how at-least-once senders show; the store has no unique index, so they
are found here. What is decided must not depend on how many readings are looked at together.

A signal's new readings are numbered as they come; its ring holds those of the last `DEPTH` numbers. Whole
stretches are judged at once, on the assumption that nothing leaves the ring between a reading and its
repeat. Where that does not hold, which takes more than `DEPTH` new readings between the two in one stretch,
the signal's readings are judged one after the other.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lineshaft.domain.readings import Bytes8, Floats, Ints32, Ints64
from stream.rules.base import Bools
from stream.steps.columns import Columns, column

DEPTH = 64
"""Readings remembered a signal, 1 kB: a minute at 1 Hz; senders repeat within seconds."""

BLOCK = 8_192
"""Readings looked up in their rings at once."""

NEVER = np.iinfo(np.int64).min

NEW, SAME, CONFLICT = 0, 1, 2
"""Verdicts: store it; drop it, equal; drop it, same signal and time with another value."""


class _Origins(NamedTuple):
    """What each of some readings repeats, itself if nothing; sorted by row, each row's in their order."""

    is_new: Bools
    value: Floats
    is_forgotten: Bools
    """Whether what it repeats would have left the ring by then."""


class Judged(NamedTuple):
    """What was decided about some readings, and the new ones: sorted by row, each row's as they came."""

    verdict: Bytes8
    row: Ints32
    ts_us: Ints64
    value: Floats


@dataclass(slots=True)
class Recent(Columns):
    """The last readings of each signal; a ring a row."""

    ts_us: Ints64 = column(np.int64, NEVER, DEPTH)
    value: Floats = column(np.float64, 0.0, DEPTH)
    head: Ints64 = column(np.int64, 0)
    """The next reading's number."""
    newest_us: Ints64 = column(np.int64, NEVER)

    def sift(
        self, row: Ints32, ts_us: Ints64, value: Floats, earlier: dict[int, float] | None = None
    ) -> Bytes8:
        """Judge readings in the order they came, and remember the new ones; see `judge`."""
        judged = self.judge(row, ts_us, value, earlier)
        self.remember(judged)
        return judged.verdict

    def judge(
        self, row: Ints32, ts_us: Ints64, value: Floats, earlier: dict[int, float] | None = None
    ) -> Judged:
        """Judge readings in the order they came. Nothing is remembered yet: what follows may fail.

        Args:
            row: of each reading's signal; `grow` has made room for them.
            ts_us: their times.
            value: their values; a number that stands for the text of a text reading.
            earlier: gets the remembered value of each that contradicts it, by its place.

        Returns:
            A verdict each, and what to remember.
        """
        verdict = np.zeros(len(row), np.uint8)
        order = np.argsort(row, kind="stable")
        r, t, v = row[order], ts_us[order], value[order]
        first = is_first(r)
        suspects = np.flatnonzero(np.isin(r, self._backward(r, t, first)))
        if len(suspects):
            found = self._origins(r[suspects], t[suspects], v[suspects])
            differs = found.value != v[suspects]
            verdict[order[suspects]] = np.where(found.is_new, NEW, np.where(differs, CONFLICT, SAME))
            if earlier is not None:
                at = np.flatnonzero(~found.is_new & differs)
                earlier.update(zip(order[suspects[at]].tolist(), found.value[at].tolist(), strict=True))
            for one in np.unique(r[suspects[found.is_forgotten]]).tolist():
                self._one_by_one(one, order[r == one], ts_us, value, verdict, earlier)
        is_new = verdict[order] == NEW
        return Judged(verdict, r[is_new], t[is_new], v[is_new])

    def _backward(self, row: Ints32, ts_us: Ints64, first: Bools) -> Ints32:
        """Rows (given sorted) where a time does not only move forward: most do, and hold nothing twice."""
        if not len(row):
            return row
        before = np.empty_like(ts_us)
        before[1:] = ts_us[:-1]
        before[first] = self.newest_us[row[first]]
        back = ts_us <= before
        return np.unique(row[back]) if back.any() else row[:0]

    def _origins(self, row: Ints32, ts_us: Ints64, value: Floats) -> _Origins:
        """See `_Origins`; readings are sorted by row, each row's in the order they came."""
        places = np.arange(len(row))
        slot = self._find(row, ts_us)
        in_ring = slot >= 0
        # The first of each (row, time), by a sort that keeps the order of equals.
        by_time = np.lexsort((ts_us, row))
        starts = np.concatenate([[True], (np.diff(row[by_time]) != 0) | (np.diff(ts_us[by_time]) != 0)])
        origin = np.empty_like(places)
        origin[by_time] = by_time[np.flatnonzero(starts)][np.cumsum(starts) - 1]
        is_new = ~in_ring & (origin == places)
        # Numbers: of the next new reading as each came, and of what each repeats.
        head = self.head[row]
        row_start = np.flatnonzero(is_first(row))
        before = np.cumsum(is_new) - is_new
        number = head + before - np.repeat(before[row_start], np.diff(np.append(row_start, len(row))))
        origin_number = np.where(in_ring, head - 1 - (head - 1 - slot) % DEPTH, number[origin])
        forgotten = ~is_new & (number - origin_number > DEPTH)
        return _Origins(is_new, np.where(in_ring, self.value[row, slot], value[origin]), forgotten)

    def _find(self, row: Ints32, ts_us: Ints64) -> Ints64:
        """Where in its ring each time stands, -1 where it does not; in blocks, for a block needs 4 MB."""
        slot = np.empty(len(row), np.int64)
        for at in range(0, len(row), BLOCK):
            block = slice(at, at + BLOCK)
            hits = self.ts_us[row[block]] == ts_us[block, None]
            slot[block] = np.where(hits.any(axis=1), hits.argmax(axis=1), -1)
        return slot

    def _one_by_one(  # noqa: PLR0913, PLR0917 - the columns of `sift`
        self,
        row: int,
        places: Ints64,
        ts_us: Ints64,
        value: Floats,
        verdict: Bytes8,
        earlier: dict[int, float] | None,
    ) -> None:
        """Judge one row's readings at these places, each after the one before is remembered."""
        slots = self._slots(row)
        known = dict(zip(self.ts_us[row, slots].tolist(), self.value[row, slots].tolist(), strict=True))
        known.pop(NEVER, None)
        for at, when, what in zip(
            places.tolist(), ts_us[places].tolist(), value[places].tolist(), strict=True
        ):
            before = known.get(when)
            verdict[at] = NEW if before is None else SAME if before == what else CONFLICT
            if earlier is not None:
                earlier.pop(at, None)
            if before is None:
                known[when] = what
                if len(known) > DEPTH:
                    del known[next(iter(known))]
            elif before != what and earlier is not None:
                earlier[at] = before

    def _slots(self, row: int) -> Ints64:
        """The ring's places, that of the oldest reading first."""
        return np.asarray((int(self.head[row]) + np.arange(DEPTH)) % DEPTH)

    def remember(self, judged: Judged) -> None:
        """Take in what is new, right after it was judged."""
        row, ts_us, value = judged.row, judged.ts_us, judged.value
        if not len(row):
            return
        starts = np.flatnonzero(is_first(row))
        counts = np.diff(np.append(starts, len(row)))
        rows = row[starts]
        self.newest_us[rows] = np.maximum(self.newest_us[rows], np.maximum.reduceat(ts_us, starts))
        number = np.arange(len(row)) - np.repeat(starts - self.head[rows], counts)
        self.head[rows] += counts
        if counts.max() > DEPTH:  # only the last ones stay
            kept = number >= np.repeat(self.head[rows] - DEPTH, counts)
            row, ts_us, value, number = row[kept], ts_us[kept], value[kept], number[kept]
        self.ts_us[row, number % DEPTH] = ts_us
        self.value[row, number % DEPTH] = value


def is_first(row: Ints32 | Ints64) -> Bools:
    """Which of sorted numbers are the first of their kind."""
    first = np.ones(len(row), np.bool_)
    first[1:] = row[1:] != row[:-1]
    return first
