"""Drops what came before: the recent readings of each signal, by their time.

Equal repeats of (signal, time) are how at-least-once senders show; the store has no unique index, so they
are found here. What is decided must not depend on how many readings are looked at together.
"""

from dataclasses import dataclass

import numpy as np

from lineshaft.domain.readings import Bytes8, Floats, Ints32, Ints64
from stream.steps.columns import Columns, column

DEPTH = 64
"""Readings remembered a signal, 1 kB: a minute at 1 Hz; senders repeat within seconds."""

NEVER = np.iinfo(np.int64).min

NEW, SAME, CONFLICT = 0, 1, 2
"""Verdicts: store it; drop it, equal; drop it, same signal and time with another value."""


@dataclass(slots=True)
class Recent(Columns):
    """The last readings of each signal; a ring a row."""

    ts_us: Ints64 = column(np.int64, NEVER, DEPTH)
    value: Floats = column(np.float64, 0.0, DEPTH)
    head: Ints64 = column(np.int64, 0)
    newest_us: Ints64 = column(np.int64, NEVER)

    def sift(self, row: Ints32, ts_us: Ints64, value: Floats) -> Bytes8:
        """Judge readings in the order they came, and remember the new ones.

        Args:
            row: of each reading's signal; `grow` has made room for them.
            ts_us: their times.
            value: their values; a number that stands for the text of a text reading.

        Returns:
            A verdict each.
        """
        verdict = np.zeros(len(row), np.uint8)
        order = np.argsort(row, kind="stable")
        suspects = self._suspects(row[order], ts_us[order], value[order])
        if len(suspects):
            careful = np.isin(row, suspects)
            for at in np.flatnonzero(careful).tolist():
                verdict[at] = self._one(int(row[at]), int(ts_us[at]), float(value[at]))
            order = order[~careful[order]]
        self._remember(row[order], ts_us[order], value[order])
        return verdict

    def _suspects(self, row: Ints32, ts_us: Ints64, value: Floats) -> Ints32:
        """Rows (given sorted) where a time may have come before: most messages only ever move forward."""
        if not len(row):
            return row
        first = np.concatenate([[True], row[1:] != row[:-1]])
        before = np.where(first, self.newest_us[row], np.concatenate([[NEVER], ts_us[:-1]]))
        backward = np.unique(row[ts_us <= before])
        if not len(backward):
            return backward
        looked = np.isin(row, backward)
        row, ts_us, value = row[looked], ts_us[looked], value[looked]
        in_ring = (self.ts_us[row] == ts_us[:, None]).any(axis=1)
        by_time = np.lexsort((ts_us, row))
        r, t = row[by_time], ts_us[by_time]
        twice = (r[1:] == r[:-1]) & (t[1:] == t[:-1])
        return np.unique(np.concatenate([row[in_ring], r[1:][twice]]))

    def _one(self, row: int, ts_us: int, value: float) -> int:
        (at,) = np.nonzero(self.ts_us[row] == ts_us)
        if len(at):
            return SAME if self.value[row, at[0]] == value else CONFLICT
        place = int(self.head[row]) % DEPTH
        self.ts_us[row, place], self.value[row, place] = ts_us, value
        self.head[row] += 1
        self.newest_us[row] = max(int(self.newest_us[row]), ts_us)
        return NEW

    def _remember(self, row: Ints32, ts_us: Ints64, value: Floats) -> None:
        """Take in new readings, sorted by row, each row's in the order they came."""
        if not len(row):
            return
        starts = np.flatnonzero(np.concatenate([[True], row[1:] != row[:-1]]))
        counts = np.diff(np.append(starts, len(row)))
        rank = np.arange(len(row)) - np.repeat(starts, counts)
        kept = rank >= np.repeat(counts, counts) - DEPTH
        place = (self.head[row[kept]] + rank[kept]) % DEPTH
        self.ts_us[row[kept], place] = ts_us[kept]
        self.value[row[kept], place] = value[kept]
        rows = row[starts]
        self.head[rows] += counts
        self.newest_us[rows] = np.maximum(self.newest_us[rows], np.maximum.reduceat(ts_us, starts))
