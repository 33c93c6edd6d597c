"""Takes the readings of machines in: checks them, drops repeats, books them, hands them on.

Messages of a stretch (rows up to the next tick, or to the chunk's end) are taken in together: the work a
reading is numpy's. Nothing that is decided depends on how many messages came together.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from lineshaft.domain.readings import Flag, Floats, Quality
from lineshaft.domain.results import CountKey, ReadingRows, TextRow
from lineshaft.store.journal import REPLAYED_LANE
from lineshaft.wire.rejected import Rejected
from stream.bundle import Draft
from stream.rules.base import Bools, Readings
from stream.steps.arrived import Arrived, some
from stream.steps.classes import Sifted, contradiction, note
from stream.steps.described import Described
from stream.steps.letters import letter
from stream.steps.names import Names
from stream.steps.recent import CONFLICT, NEW, SAME, Judged, Recent

RESULTS = {NEW: "stored", SAME: "duplicate_same", CONFLICT: "duplicate_conflict"}


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
    impossible: Readings | None = None
    """Live ones of values that no such sensor can show, without these values; None where there are none."""
    seen: Judged | None = None
    """What to remember of it, once nothing can fail any more (`Recent.remember`)."""

    def watched(self) -> Readings:
        """What windows are made of: the readings, and that some were impossible."""
        if self.impossible is None:
            return self.readings
        return _joined([self.readings, self.impossible])


@dataclass(slots=True)
class Intake:
    """Memory of recent readings."""

    recent: Recent = field(default_factory=Recent)

    def take(self, arrived: Arrived, names: Names, described: Described, draft: Draft) -> Fresh:
        """Judge readings, add the new ones to the draft, and hand the live ones on; nothing is remembered."""
        self.recent.grow(len(names.signal_name))
        rows, texts = arrived.readings, arrived.texts
        impossible = _implausible(rows, described) & (rows.quality < Quality.BAD)
        if impossible.any():
            rows.quality = np.where(impossible, np.uint8(Quality.BAD), rows.quality)
        sifted, seen = self._sift(arrived)
        verdict = sifted.verdict
        _book(sifted, names, draft)
        note(sifted, names, draft)
        new = verdict == NEW
        said = _take_texts(rows, texts, new, names, draft)
        new[list(texts)] = False
        kept = rows if new.all() else some(rows, new)
        draft.readings.append(kept)
        on_time = new & (rows.flags & Flag.LATE == 0)
        live = on_time & (rows.quality < Quality.BAD)
        odd = on_time & impossible
        nothing = _of(arrived, odd, np.full(len(rows), np.nan)) if odd.any() else None
        return Fresh(_of(arrived, live, rows.value), said, nothing, seen)

    def _sift(self, arrived: Arrived) -> tuple[Sifted, Judged]:
        """Judge by what came before; who replayed a message has looked into the tables instead."""
        rows = arrived.readings
        value = _comparable(rows, arrived.texts)
        earlier: dict[int, float] = {}
        replayed = np.array([row.lane == REPLAYED_LANE for row in arrived.rows])
        if not replayed.any():
            judged = self.recent.judge(rows.series, rows.ts_us, value, earlier)
            return Sifted(arrived, judged.verdict, earlier), judged
        own = np.flatnonzero(~replayed[arrived.message])
        verdict = np.full(len(rows), NEW, np.uint8)
        judged = self.recent.judge(rows.series[own], rows.ts_us[own], value[own], earlier)
        verdict[own] = judged.verdict
        return Sifted(arrived, verdict, {int(own[at]): value for at, value in earlier.items()}), judged


def together(parts: Sequence[Fresh]) -> Fresh:
    """What several parts of a stretch brought, one after the other; where there is none, nothing."""
    if len(parts) == 1:
        return parts[0]
    if not parts:
        return none()
    odd = [part.impossible for part in parts if part.impossible is not None]
    said = [one for part in parts for one in part.said]
    return Fresh(_joined([part.readings for part in parts]), said, _joined(odd) if odd else None)


def none() -> Fresh:
    """What a stretch without readings brings."""
    nothing = Readings(np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0), np.empty(0, np.int64))
    return Fresh(nothing, [])


def _comparable(rows: ReadingRows, texts: dict[int, str]) -> Floats:
    """Values that are equal where the readings are: a number stands for a text."""
    if not texts:
        return rows.value
    value = rows.value.copy()
    value[list(texts)] = [float(zlib.crc32(text.encode())) for text in texts.values()]
    return value


def _book(sifted: Sifted, names: Names, draft: Draft) -> None:
    """Book each agent's readings by what was decided, and tell people of contradictions, by message."""
    arrived, kinds = sifted.arrived, len(RESULTS)
    agent = np.array([names.agent_of[device] for device in arrived.device.tolist()])
    booked = np.bincount(agent[arrived.message] * kinds + sifted.verdict)
    agents = list(names.agents)
    for line in np.flatnonzero(booked).tolist():
        number, kind = divmod(line, kinds)
        draft.count(CountKey(*agents[number], RESULTS[kind], ""), 0, int(booked[line]))
    if not sifted.earlier:
        return
    places = np.flatnonzero(sifted.verdict == CONFLICT)
    messages, firsts, counts = np.unique(arrived.message[places], return_index=True, return_counts=True)
    for message, first, count in zip(
        messages.tolist(), places[firsts].tolist(), counts.tolist(), strict=True
    ):
        detail = (
            f"{count} readings differ from earlier ones of the same signal and time:"
            f" {contradiction(first, sifted, names)}"
        )
        draft.rejects.append(letter(arrived.rows[message], Rejected("conflict", detail, count)))


def _implausible(rows: ReadingRows, described: Described) -> Bools:
    """Where a value is physically impossible (NaN of texts compares false)."""
    low, high = described.plausible_low[rows.series], described.plausible_high[rows.series]
    return np.asarray((rows.value < low) | (rows.value > high))


def _of(arrived: Arrived, which: Bools, value: Floats) -> Readings:
    """Some of the readings, as rules and windows take them."""
    rows = arrived.readings
    if which.all():
        return Readings(rows.series, arrived.when_us, value, rows.pos)
    return Readings(rows.series[which], arrived.when_us[which], value[which], rows.pos[which])


def _joined(parts: Sequence[Readings]) -> Readings:
    names = ("row", "ts_us", "value", "pos")
    return Readings(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


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
