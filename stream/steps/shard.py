"""One shard's state, and the order in which a journal row goes through the steps.

Pure and picklable: a chunk in, a bundle out. "Now" is a row's time of receipt; only ticks move time on. What
comes out depends on the rows alone, not on how they are cut into chunks: readings are taken in by stretches
(up to each tick), and whatever looks at time looks at ticks.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import structlog

from lineshaft.domain.plant import from_document
from lineshaft.domain.readings import Batch, Decoded, DeviceKey, Event, Fixes, Flag, Ints32, Reads, Report
from lineshaft.domain.results import Bundle, CountKey, EventRow, HeardRow, ReportRow
from lineshaft.store.journal import CONTROL_SHARD, Row
from lineshaft.wire.codec import decode
from lineshaft.wire.envelope import Lane
from lineshaft.wire.rejected import Rejected
from lineshaft.wire.topics import shard_of
from stream.bundle import Draft, TakenFixes, TakenReads
from stream.chunk import Chunk
from stream.rules import RULES
from stream.rules.base import Rule, Scores, Signals, Stretch
from stream.steps.described import Described
from stream.steps.gates import Gates, without_repeats
from stream.steps.hearing import Hearing, SignalTimes
from stream.steps.intake import RESULTS, Intake, Taken, letter, only
from stream.steps.machines import Machines
from stream.steps.names import SIGNALS_PER_DEVICE, Names
from stream.steps.vehicles import Vehicles
from stream.steps.windows import WINDOW_US, Windows

log = structlog.get_logger()


@dataclass(slots=True)
class ShardState:
    """Everything that a shard remembers."""

    shard: int
    pos: int = 0
    now_us: int = 0
    kept_us: int = 0
    """The tick at which the state was last kept (`stream.snapshots`)."""
    names: Names = field(default_factory=Names)
    described: Described = field(default_factory=Described)
    hearing: Hearing = field(default_factory=Hearing)
    signal_times: SignalTimes = field(default_factory=SignalTimes)
    intake: Intake = field(default_factory=Intake)
    windows: Windows = field(default_factory=Windows)
    machines: Machines = field(default_factory=Machines)
    rules: list[Rule] = field(default_factory=lambda: [make() for make in RULES])
    gates: Gates = field(default_factory=Gates)
    vehicles: Vehicles = field(default_factory=Vehicles)

    def step(self, chunk: Chunk) -> Bundle:
        """Take the next chunk; rows that were taken before change nothing and give nothing."""
        draft = Draft()
        for row in chunk.rows:
            if row.pos <= self.pos:
                continue
            # A clock that is set back must not take time back with it.
            self.now_us = max(self.now_us, row.received_us)
            if row.shard == CONTROL_SHARD:
                self._control(row, draft)
            else:
                self._message(row, draft)
            self.pos = row.pos
        self._end_stretch(self.pos, draft, tick=False)
        self.pos = max(self.pos, chunk.last_pos)
        bundle = Bundle(chunk.shard, chunk.first_pos, chunk.last_pos, self.now_us)
        return draft.finish(bundle, self.names, self.described.assets)

    def _control(self, row: Row, draft: Draft) -> None:
        """Time moves on, or what is known of the plant changes."""
        if self.shard == 0:  # every shard sees it, one books it
            draft.count(CountKey("", "", "control", ""), 1, 0)
        self._end_stretch(row.pos, draft, tick=row.topic == "_/tick")
        try:
            if row.topic == "_/plant":
                self.described.apply(from_document(json.loads(row.body)), self.names)
            elif row.topic == "_/shipment":
                self._order_of_all(json.loads(row.body))
        except Exception as error:
            log.exception("step_failed", shard=self.shard, pos=row.pos, topic=row.topic)
            self._reject(row, draft, _internal(error, 0))

    def _message(self, row: Row, draft: Draft) -> None:
        encoding = str((row.properties or {}).get("ce", ""))
        parts = decode(row.topic, row.body, encoding, row.received_us)
        faults = [part for part in parts if isinstance(part, Rejected)]
        good = [part for part in parts if not isinstance(part, Rejected)]
        whole = not good and bool(faults)
        result, code = ("rejected", faults[0].code) if whole else ("stored", "")
        draft.count(CountKey(row.site or "", row.agent or "", result, code), 1, 0)
        for fault in faults:
            self._reject(row, draft, fault)
        for at, part in enumerate(good):
            try:
                self._part(row, at, part, draft)
            except Exception as error:
                log.exception("step_failed", shard=self.shard, pos=row.pos, topic=row.topic)
                self._reject(
                    row, draft, _internal(error, 1 if isinstance(part, Event | Report) else len(part))
                )

    def _part(self, row: Row, at: int, part: Decoded, draft: Draft) -> None:
        device = self._device(part.device)
        if not _is_late(row):
            self.hearing.hear(device, self.now_us)
        match part:
            case Batch():
                self._batch(row, device, part, draft)
            case Reads():
                self._reads(row, device, part, draft)
            case Fixes():
                self._fixes(row, device, part, draft)
            case Event():
                self._event(row, EventRow(device, row.pos, at, part), draft)
            case Report():
                draft.reports.append(ReportRow(device, part.kind, part.ts_us, part.body))
                _book(row, draft, [1, 0, 0])

    def _device(self, key: DeviceKey) -> int:
        """The row of a device, with room for it everywhere."""
        device = self.names.device(key)
        for columns in (self.hearing, self.windows, self.machines):
            columns.grow(len(self.names.devices))
        self.described.extend(self.names)
        return device

    def _batch(self, row: Row, device: int, batch: Batch, draft: Draft) -> None:
        series = self.names.signals(device, batch.names)[batch.column]
        known = series >= 0
        if not known.all():
            above = int((~known).sum())
            self._reject(
                row, draft, Rejected("cardinality", f"more than {SIGNALS_PER_DEVICE} signals", above)
            )
            batch, series = only(batch, known), series[known]
        if not len(batch):
            return
        self.described.extend(self.names)
        self.signal_times.grow(len(self.names.signal_name))
        if not _is_late(row):
            self._advance(row, device, batch, draft)
        self.machines.sends[device] = True
        self.signal_times.heard_us[series] = self.now_us
        flags = batch.flags | np.uint8(Flag.LATE) if _is_late(row) else batch.flags
        self.intake.waiting.append(Taken(row, series, batch, flags))

    def _advance(self, row: Row, device: int, batch: Batch, draft: Draft) -> None:
        """Move a device's own time on."""
        newest_us = int(batch.ts_us.max())
        if batch.flags.any():
            newest_us = int(np.where(batch.flags & Flag.CLOCK_BAD != 0, row.received_us, batch.ts_us).max())
        if self.windows.went_back(device, newest_us):
            self._end_stretch(self.pos, draft, tick=False)
            self.windows.start_anew(device, self._device_of())
        self.windows.advance(device, newest_us)

    def _reads(self, row: Row, device: int, reads: Reads, draft: Draft) -> None:
        reads, again = without_repeats(reads)
        draft.reads.append(TakenReads(device, row.pos, reads))
        _book(row, draft, [len(reads), again, 0])
        if not _is_late(row):
            reader = self.described.reader_of.get(reads.device)
            listened_us = self.hearing.listened_us(self.now_us)
            entered = self.gates.take(reads, device, reader.antennas if reader else {}, listened_us)
            source = self.described.speaker[device]
            self.gates.tell_entered(entered, row.pos, source, draft)

    def _fixes(self, row: Row, device: int, fixes: Fixes, draft: Draft) -> None:
        fixes, counts = self.vehicles.sift(device, fixes)
        _book(row, draft, counts)
        taken = TakenFixes(device, row.pos, fixes)
        if _is_late(row):
            fixes.flags[:] |= np.uint8(Flag.LATE)
        else:
            source = self.described.speaker[device]
            taken = taken._replace(fixes=self.vehicles.follow(taken, source, self.now_us, draft))
        draft.fixes.append(taken)

    def _event(self, row: Row, happened: EventRow, draft: Draft) -> None:
        event = happened.event
        draft.events.append(happened)
        _book(row, draft, [1, 0, 0])
        source = self.described.speaker[happened.device]
        body = {"code": event.code, "severity": event.severity, "text": event.text, "detail": event.detail}
        draft.fact(row.pos, event.ts_us, "event", source, body)
        if event.code == "shipment.planned":
            self._order({**event.detail, "vehicle": source})

    def _order_of_all(self, order: dict[str, Any]) -> None:
        """What people plan is said to every shard; the one that hears the vehicle follows it."""
        found = self.described.plant.vehicle_of.get(str(order.get("vehicle") or ""))
        if found is None or shard_of(found.device.site, found.device.agent) == self.shard:
            self._order(order)

    def _order(self, order: dict[str, Any]) -> None:
        """A shipment is planned, changed or called off."""
        route = self.described.plant.route_of.get(str(order.get("route")))
        self.vehicles.order(order, route, self.now_us)

    def _end_stretch(self, pos: int, draft: Draft, *, tick: bool) -> None:
        """Take in the readings of the rows until now, and at a tick let everything see that time moved on."""
        fresh = self.intake.flush(self.names, self.described, draft)
        self.machines.listen(fresh.said)
        self.windows.add(fresh.readings)
        scores: Scores | None = None
        if tick:
            self.hearing.tick(self.now_us, self.signal_times)
            scores = self._guarded(self._turn_machines, pos, draft)
            self._guarded(self._turn_gates, pos, draft)
            for device in self.hearing.untold(self.now_us).tolist():
                draft.heard.append(HeardRow(device, int(self.hearing.received_us[device])))
        if tick or len(fresh.readings.row):
            seen = scores or Scores.none(self.described.speaker)
            self._ask(Stretch(pos, self.now_us, tick, self._signals(), fresh.readings, seen), draft)

    def _guarded(self, step: Callable[[int, Draft], Scores | None], pos: int, draft: Draft) -> Scores | None:
        """A step at a tick that fails must not keep the others, or the flow, from going on."""
        try:
            return step(pos, draft)
        except Exception:
            log.exception("step_failed", shard=self.shard, pos=pos, step=step.__name__)
            return None

    def _turn_machines(self, pos: int, draft: Draft) -> Scores | None:
        silent = self.hearing.silent(self.now_us, np.array(self.described.quickest_s))
        draft.machines += self.machines.turn(self.now_us, silent, pos)
        quiet = self.now_us - self.hearing.heard_us > 2 * WINDOW_US
        closed = self.windows.close(self._device_of(), quiet)
        if closed is None:
            return None
        rows, scores = self.machines.judge(closed, self.names, self.described, pos)
        draft.machines += rows
        return scores

    def _turn_gates(self, pos: int, draft: Draft) -> None:
        listened_us = self.hearing.listened_us(self.now_us)
        self.gates.turn(listened_us, pos, self.described, draft)

    def _ask(self, stretch: Stretch, draft: Draft) -> None:
        for rule in self.rules:
            try:
                changes = rule.evaluate(stretch)
            except Exception:
                log.exception("rule_failed", shard=self.shard, pos=stretch.pos, rule=rule.name)
                continue
            for change in changes:
                condition = change.condition
                draft.fact(change.pos, change.ts_us, "condition", condition.source, condition.to_body())

    def _signals(self) -> Signals:
        described, count = self.described, len(self.names.signal_name)
        self.signal_times.grow(count)
        return Signals(
            source=described.source,
            name=self.names.signal_name,
            quantity=described.quantity,
            unit=described.unit,
            limits=described.limits[:count],
            every_s=described.every_s[:count],
            received_us=self.signal_times.heard_us[:count],
        )

    def _device_of(self) -> Ints32:
        return np.array(self.names.signal_device, np.int32)

    def _reject(self, row: Row, draft: Draft, fault: Rejected) -> None:
        key = CountKey(row.site or "", row.agent or "", "rejected", fault.code)
        draft.count(key, 0, fault.readings)
        draft.letters.append(letter(row, fault))


def _internal(error: Exception, readings: int) -> Rejected:
    """A step failed on a row: it is set aside, and the next one's turn comes."""
    return Rejected("internal", f"{type(error).__name__}: {error}"[:300], readings)


def _is_late(row: Row) -> bool:
    return row.lane == Lane.LATE


def _book(row: Row, draft: Draft, counts: list[int]) -> None:
    """Book readings by `RESULTS`: new, the same, in contradiction."""
    for result, readings in zip(RESULTS.values(), counts, strict=True):
        if readings:
            draft.count(CountKey(row.site or "", row.agent or "", result, ""), 0, readings)
