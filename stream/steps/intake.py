"""Takes the readings of machines in: checks them, drops repeats, books them, hands them on.

Messages of a stretch (rows up to the next tick, or to the chunk's end) are taken in together: the work a
reading is numpy's. Nothing that is decided depends on how many messages came together.
"""

import zlib
from dataclasses import dataclass, field

import numpy as np

from lineshaft.domain.readings import Batch, Bytes8, Flag, Ints32, Quality
from lineshaft.domain.results import CountKey, Letter, ReadingRows, TextRow
from lineshaft.store.journal import Row
from lineshaft.wire import topics
from lineshaft.wire.rejected import Rejected
from stream.bundle import Draft
from stream.rules.base import Bools, Readings
from stream.steps.described import Described
from stream.steps.names import Names
from stream.steps.recent import CONFLICT, NEW, SAME, Recent

RESULTS = {NEW: "stored", SAME: "duplicate_same", CONFLICT: "duplicate_conflict"}


@dataclass(slots=True)
class Taken:
    """One message's readings, named by rows."""

    row: Row
    series: Ints32
    batch: Batch
    flags: Bytes8


@dataclass(slots=True)
class Said:
    """A text reading that was new and came live."""

    device: int
    name: str
    ts_us: int
    text: str
    pos: int


@dataclass(slots=True)
class Fresh:
    """What a stretch brought that is new: what rules and windows see, and what was said."""

    readings: Readings
    said: list[Said]


@dataclass(slots=True)
class Intake:
    """Memory of recent readings, and the messages of the present stretch."""

    recent: Recent = field(default_factory=Recent)
    waiting: list[Taken] = field(default_factory=list)

    def flush(self, names: Names, described: Described, draft: Draft) -> Fresh:
        """Judge what waits, add the new readings to the draft, and hand the live ones on."""
        taken, self.waiting = self.waiting, []
        if not taken:
            return Fresh(Readings(_ints(), np.empty(0, np.int64), np.empty(0), np.empty(0, np.int64)), [])
        self.recent.grow(len(names.signal_name))
        sizes = [len(one.batch) for one in taken]
        rows = ReadingRows(
            series=np.concatenate([one.series for one in taken]),
            ts_us=np.concatenate([one.batch.ts_us for one in taken]),
            value=np.concatenate([one.batch.value for one in taken]),
            quality=np.concatenate([one.batch.quality for one in taken]),
            flags=np.concatenate([one.flags for one in taken]),
            pos=np.repeat(np.array([one.row.pos for one in taken], np.int64), sizes),
        )
        received = np.repeat(np.array([one.row.received_us for one in taken], np.int64), sizes)
        texts = _texts(taken, sizes)
        rows.quality = _plausible(rows, described)
        key = rows.value.copy()
        key[list(texts)] = [float(zlib.crc32(text.encode())) for text in texts.values()]
        verdict = self.recent.sift(rows.series, rows.ts_us, key)
        _book(taken, sizes, verdict, draft)
        new = verdict == NEW
        said = _take_texts(rows, texts, new, names, draft)
        new[list(texts)] = False
        draft.readings.append(_some(rows, new))
        live = new & (rows.flags & Flag.LATE == 0) & (rows.quality < Quality.BAD)
        when = np.where(rows.flags & Flag.CLOCK_BAD != 0, received, rows.ts_us)
        return Fresh(Readings(rows.series[live], when[live], rows.value[live], rows.pos[live]), said)


def _book(taken: list[Taken], sizes: list[int], verdict: Bytes8, draft: Draft) -> None:
    message = np.repeat(np.arange(len(taken)), sizes)
    booked = np.bincount(message * len(RESULTS) + verdict, minlength=len(RESULTS) * len(taken))
    for one, counts in zip(taken, booked.reshape(-1, len(RESULTS)).tolist(), strict=True):
        key = one.batch.device
        for kind, readings in enumerate(counts):
            if readings:
                draft.count(CountKey(key.site, key.agent, RESULTS[kind], ""), 0, readings)
        if counts[CONFLICT]:
            detail = f"{counts[CONFLICT]} readings differ from earlier ones of the same signal and time"
            draft.letters.append(letter(one.row, Rejected("conflict", detail, counts[CONFLICT])))


def letter(row: Row, fault: Rejected) -> Letter:
    """A dead letter about a journal row."""
    place = topics.parse(row.topic)
    return Letter(
        row.pos, row.received_us, row.topic, place.device if place else None, row.site, row.agent, row.boot,
        row.lane, row.seq, fault.code, fault.detail, fault.readings, row.body,
    )  # fmt: skip


def only(batch: Batch, which: Bools) -> Batch:
    """Some readings of a batch."""
    kept = which[batch.text_row]
    return Batch(
        device=batch.device,
        names=batch.names,
        column=batch.column[which],
        ts_us=batch.ts_us[which],
        value=batch.value[which],
        quality=batch.quality[which],
        flags=batch.flags[which],
        text_row=(np.cumsum(which) - 1)[batch.text_row[kept]].astype(np.int32),
        texts=tuple(text for text, stays in zip(batch.texts, kept.tolist(), strict=True) if stays),
    )


def _ints() -> Ints32:
    return np.empty(0, np.int32)


def _texts(taken: list[Taken], sizes: list[int]) -> dict[int, str]:
    """Place among all readings of the stretch → text."""
    found: dict[int, str] = {}
    offset = 0
    for one, size in zip(taken, sizes, strict=True):
        if one.batch.texts:
            places = (one.batch.text_row + offset).tolist()
            found.update(zip(places, one.batch.texts, strict=True))
        offset += size
    return found


def _plausible(rows: ReadingRows, described: Described) -> Bytes8:
    """The quality, bad where a value is physically impossible (NaN of texts compares false)."""
    low, high = described.plausible_low[rows.series], described.plausible_high[rows.series]
    impossible = (rows.value < low) | (rows.value > high)
    return np.where(impossible, np.maximum(rows.quality, np.uint8(Quality.BAD)), rows.quality)


def _take_texts(
    rows: ReadingRows, texts: dict[int, str], new: Bools, names: Names, draft: Draft
) -> list[Said]:
    said = []
    for at, text in texts.items():
        if not new[at]:
            continue
        series, ts_us, pos = int(rows.series[at]), int(rows.ts_us[at]), int(rows.pos[at])
        flags = int(rows.flags[at])
        draft.texts.append(TextRow(series, ts_us, int(rows.quality[at]), flags, text, pos))
        if not flags & (Flag.LATE | Flag.CLOCK_BAD):
            device, name = names.signal_device[series], names.signal_name[series]
            said.append(Said(device, name, ts_us, text, pos))
    return said


def _some(rows: ReadingRows, which: Bools) -> ReadingRows:
    return ReadingRows(
        rows.series[which],
        rows.ts_us[which],
        rows.value[which],
        rows.quality[which],
        rows.flags[which],
        rows.pos[which],
    )
