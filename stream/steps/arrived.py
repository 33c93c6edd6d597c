"""The readings of a stretch's messages as columns, in the order of the journal."""

from dataclasses import dataclass, field, replace

import numpy as np

from lineshaft.domain.readings import Batch, Flag, Ints32, Ints64
from lineshaft.domain.results import ReadingRows
from lineshaft.store.journal import Row
from lineshaft.wire.columnar import Stack
from stream.bundle import joined
from stream.rules.base import Bools
from stream.steps.names import UNKNOWN


@dataclass(slots=True)
class Arrived:
    """Readings, none of them judged yet; `message` and the columns of `readings` have one entry a reading."""

    rows: list[Row]
    """The messages."""
    device: Ints64
    """Of each message, its row in the shard."""
    now_us: Ints64
    """At each message; unlike its receipt it never goes back."""
    late: Bools
    """Which messages nothing of the present follows from."""
    message: Ints64
    """Of each reading, the place of its message in `rows`; ascending."""
    readings: ReadingRows
    """Their series are the shard's own rows."""
    when_us: Ints64
    """When each reading counts: at its own time, or at that of its receipt where its clock is bad."""
    texts: dict[int, str]
    """Place of a reading → what it says; its value is NaN."""

    def with_late(self, late: Bools) -> "Arrived":
        """The same, where of these messages nothing of the present follows."""
        late = self.late | late
        flags = self.readings.flags | np.where(late[self.message], np.uint8(Flag.LATE), np.uint8(0))
        return replace(self, late=late, readings=replace(self.readings, flags=flags))

    def only(self, which: Bools) -> "Arrived":
        """Some of the readings, of the same messages."""
        place = np.cumsum(which) - 1
        texts = {int(place[at]): text for at, text in self.texts.items() if which[at]}
        return replace(
            self,
            message=self.message[which],
            readings=some(self.readings, which),
            when_us=self.when_us[which],
            texts=texts,
        )

    def halves(self) -> "tuple[Arrived, Arrived] | None":
        """Its messages with readings in two parts; None where there is but one."""
        messages = np.unique(self.message)
        if len(messages) <= 1:
            return None
        first = self.message < messages[len(messages) // 2]
        return self.only(first), self.only(~first)


@dataclass(slots=True)
class Gathering:
    """Messages with readings, as a stretch brings them."""

    rows: list[Row] = field(default_factory=list)
    devices: list[int] = field(default_factory=list)
    now_us: list[int] = field(default_factory=list)
    stacked: list[int] = field(default_factory=list)
    """Of each message in the stack, its place here; -1 where it has no readings."""
    series: list[Ints32] = field(default_factory=list)
    """Of each message in the stack, its signals' rows by column."""
    batches: list[tuple[int, Ints32, Batch]] = field(default_factory=list)
    """Of each other message: its place here, its signals' rows by column, its readings."""

    def add_stacked(self, row: Row, device: int, now_us: int, series: Ints32) -> None:
        """Take in the next message of the stack."""
        self.stacked.append(self._add(row, device, now_us))
        self.series.append(series)

    def add_batch(self, row: Row, device: int, now_us: int, series: Ints32, batch: Batch) -> None:
        """Take in a message that was decoded by itself."""
        self.batches.append((self._add(row, device, now_us), series, batch))

    def skip(self) -> None:
        """Pass by the next message of the stack: it has no readings."""
        self.stacked.append(-1)
        self.series.append(UNKNOWN)

    def _add(self, row: Row, device: int, now_us: int) -> int:
        self.rows.append(row)
        self.devices.append(device)
        self.now_us.append(now_us)
        return len(self.rows) - 1

    def arrived(self, stack: Stack) -> Arrived:
        """The columns of all that was gathered; at least one message."""
        message, rows, texts = self._of_stack(stack)
        if self.batches:
            message, rows, texts = self._with_batches(message, rows, texts)
        rows.pos = np.array([row.pos for row in self.rows], np.int64)[message]
        when_us, late = rows.ts_us, np.array([is_late(row) for row in self.rows])
        if rows.flags.any():
            received_us = np.array([row.received_us for row in self.rows], np.int64)
            when_us = np.where(rows.flags & Flag.CLOCK_BAD != 0, received_us[message], when_us)
        device, now_us = np.array(self.devices), np.array(self.now_us, np.int64)
        found = Arrived(self.rows, device, now_us, late, message, rows, when_us, texts)
        return found.with_late(late) if late.any() else found

    def _of_stack(self, stack: Stack) -> tuple[Ints64, ReadingRows, dict[int, str]]:
        if not self.stacked:
            return np.empty(0, np.int64), ReadingRows(), {}
        ends = np.cumsum(np.fromiter(map(len, self.series), np.int64, len(self.series)))
        starts = np.concatenate([[0], ends[:-1]])
        series = np.concatenate(self.series)[starts[stack.message] + stack.column]
        rows = ReadingRows(series, stack.ts_us, stack.value, stack.quality, stack.flags)
        return np.array(self.stacked)[stack.message], rows, stack.texts

    def _with_batches(
        self, message: Ints64, rows: ReadingRows, texts: dict[int, str]
    ) -> tuple[Ints64, ReadingRows, dict[int, str]]:
        """The messages that were decoded one by one, put in at their places."""
        parts, texts, size = [rows], dict(texts), len(rows)
        for _, series, batch in self.batches:
            at = (batch.text_row + size).tolist()
            texts.update(zip(at, batch.texts, strict=True))
            parts.append(
                ReadingRows(series[batch.column], batch.ts_us, batch.value, batch.quality, batch.flags)
            )
            size += len(batch)
        places = [np.full(len(batch), place) for place, _, batch in self.batches]
        message = np.concatenate([message, *places])
        order = np.argsort(message, kind="stable")
        place = np.empty(size, np.int64)
        place[order] = np.arange(size)
        said = sorted((int(place[at]), text) for at, text in texts.items())
        return message[order], some(joined(parts), order), dict(said)


def is_late(row: Row) -> bool:
    """Whether it came by the late lane or is replayed: stored, and nothing of the present follows from it."""
    return bool(row.lane)


def some(rows: ReadingRows, which: Bools | Ints64) -> ReadingRows:
    """Some of the rows; positions may not be known yet."""
    return ReadingRows(
        rows.series[which],
        rows.ts_us[which],
        rows.value[which],
        rows.quality[which],
        rows.flags[which],
        rows.pos[which] if len(rows.pos) else rows.pos,
    )
