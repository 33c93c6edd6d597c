"""One shard's state, and the order in which a journal row goes through the steps.

Pure and picklable: a chunk in, a bundle out. "Now" is a row's time of receipt; only ticks move time on. What
comes out depends on the rows alone, not on how they are cut into chunks: readings are taken in by stretches
(up to each tick), and whatever looks at time looks at ticks.
"""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from lineshaft.domain.plant import from_document
from lineshaft.domain.readings import (
    Batch,
    Decoded,
    Event,
    Fixes,
    Flag,
    Identity,
    Reads,
    Report,
)
from lineshaft.domain.results import Bundle, CountKey, EventRow, ReportRow
from lineshaft.store.journal import CONTROL_SHARD, REPLAYED_LANE, Row
from lineshaft.wire.codec import Part, Stacked, decode_many
from lineshaft.wire.rejected import Rejected
from lineshaft.wire.topics import shard_of
from stream.bundle import Draft, TakenFixes, TakenReads
from stream.chunk import Chunk
from stream.steps import intake
from stream.steps.arrived import Arrived, Gathering, is_late
from stream.steps.booking import book, book_again, count_stacked, sent, size_of
from stream.steps.guard import failed, isolated, unchanged_by_failure
from stream.steps.intake import Fresh, together
from stream.steps.letters import letter
from stream.steps.memory import Memory
from stream.steps.names import SIGNALS_PER_DEVICE
from stream.steps.recent import is_first
from stream.steps.turning import end_stretch


@dataclass(slots=True)
class ShardState(Memory):
    """What a shard remembers, and what it does with the rows of the journal."""

    def step(self, chunk: Chunk) -> Bundle:
        """Take the next chunk; rows that were taken before change nothing and give nothing."""
        draft = Draft()
        stretch: list[Row] = []
        for row in chunk.rows:
            if row.pos <= self.pos:
                continue
            if row.shard == CONTROL_SHARD:
                self._control(row, self._take(stretch, draft), draft)
                stretch = []
            else:
                stretch.append(row)
        end_stretch(self, chunk.last_pos, self._take(stretch, draft), draft, tick=False)
        self.pos = max(self.pos, chunk.last_pos)
        draft.forewarnings += self.machines.forewarnings()
        bundle = Bundle(chunk.shard, chunk.first_pos, chunk.last_pos, self.now_us)
        return draft.finish(bundle, self.names, self.described.assets)

    def _control(self, row: Row, fresh: Fresh, draft: Draft) -> None:
        """Time moves on, or what is known of the plant changes."""
        # A clock that is set back must not take time back with it.
        self.now_us = max(self.now_us, row.received_us)
        if self.shard == 0:  # every shard sees it, one books it
            draft.count(CountKey("", "", "control", ""), 1, 0)
        end_stretch(self, row.pos, fresh, draft, tick=row.topic == "_/tick")
        try:
            self._learn(row)
        except Exception as error:  # noqa: BLE001 - any fault of ours; it is counted and logged
            self._fail(row, error, 0, draft)

    def _learn(self, row: Row) -> None:
        """What people decided."""
        if row.topic == "_/plant":
            self.described.apply(from_document(json.loads(row.body)), self.names)
        elif row.topic == "_/shipment":
            self._order_of_all(json.loads(row.body))
        elif row.topic == "_/model":
            self.machines.take_model(row.body, self.now_us, row.pos)
        elif row.topic == "_/fence":
            self.vehicles.fence(json.loads(row.body))
        elif row.topic == "_/way":
            self.vehicles.shipments.take_way(json.loads(row.body))
        elif row.topic == "_/rule":
            self.book.take(row.body, self.now_us)
        elif row.topic == "_/label":
            self.machines.take_label(row.body, self.names, self.described)

    def _take(self, rows: list[Row], draft: Draft) -> Fresh:
        """Take the rows of a stretch: decode them together, go through them in their order, sift together."""
        if not rows:
            return intake.none()
        opened, gathering = decode_many([*map(sent, rows)]), Gathering()
        if opened.error:
            failed("decode_together", opened.error, shard=self.shard, pos=rows[0].pos)
        for row, message in zip(rows, opened.messages, strict=True):
            self.now_us = max(self.now_us, row.received_us)
            if isinstance(message, Stacked):
                self._stacked(row, message, gathering, draft)
            else:
                self._message(row, message, gathering, draft)
        self.described.extend(self.names)
        self.hearing.listen()
        count_stacked(rows, opened, draft)
        return self._readings(gathering.arrived(opened.stack), draft) if gathering.rows else intake.none()

    def _stacked(self, row: Row, message: Stacked, gathering: Gathering, draft: Draft) -> None:
        """Take a message of readings that was decoded with others; there is no fault in it."""
        if not message.readings:
            gathering.skip()
            return
        try:
            device = self.device(message.device)
            if not is_late(row):
                self.hearing.hear(device, self.now_us)
            series = self.names.signals(device, message.names)
        except Exception as error:  # noqa: BLE001 - likewise
            self._fail(row, error, message.readings, draft)
            gathering.skip()
            return
        gathering.add_stacked(row, device, self.now_us, series)

    def _message(self, row: Row, parts: list[Part], gathering: Gathering, draft: Draft) -> None:
        """Take a message that was decoded by itself."""
        faults = [part for part in parts if isinstance(part, Rejected)]
        good = [part for part in parts if not isinstance(part, Rejected | Identity)]
        identities = [part for part in parts if isinstance(part, Identity)]
        if row.lane != REPLAYED_LANE and self.packets.is_repeat(identities):
            book_again(row, draft, good)
            return
        whole = not good and bool(faults)
        result, code = ("rejected", faults[0].code) if whole else ("stored", "")
        draft.count(CountKey(row.site or "", row.agent or "", result, code), 1, 0)
        readings = sum(fault.readings for fault in faults) + sum(map(size_of, good))
        draft.count(CountKey(row.site or "", row.agent or "", "decoded", ""), 0, readings)
        for fault in faults:
            self._reject(row, draft, fault)
        for at, part in enumerate(good):
            try:
                self._part(row, at, part, gathering, draft)
            except Exception as error:  # noqa: BLE001 - likewise
                self._fail(row, error, size_of(part), draft)

    def _part(self, row: Row, at: int, part: Decoded, gathering: Gathering, draft: Draft) -> None:
        device = self.device(part.device)
        if not is_late(row):
            self.hearing.hear(device, self.now_us)
        match part:
            case Batch():
                series = self.names.signals(device, part.names)
                gathering.add_batch(row, device, self.now_us, series, part)
            case Reads():
                self._reads(row, device, part, draft)
            case Fixes():
                self._fixes(row, device, part, draft)
            case Event():
                self._event(row, EventRow(device, row.pos, at, part), draft)
            case Report():
                draft.reports.append(ReportRow(device, part.kind, part.ts_us, part.body))
                book(row, draft, [1, 0, 0])

    def _readings(self, arrived: Arrived, draft: Draft) -> Fresh:
        """Take in the readings of a stretch; a message that a step fails on is set aside."""

        def blame(guilty: Arrived, error: Exception) -> None:
            for message in guilty.message[:1].tolist():
                self._fail(guilty.rows[message], error, len(guilty.readings), draft)

        return together(isolated(arrived, lambda some: self._take_in(some, draft), Arrived.halves, blame))

    def _take_in(self, arrived: Arrived, draft: Draft) -> Fresh:
        """Take in readings, wholly, or not at all where it raises."""
        apart = Draft()
        with unchanged_by_failure(self.windows, self.machines, self.punctual):
            arrived = self._known(arrived, apart)
            arrived, anew = self._follow(arrived)
            fresh = self.intake.take(arrived, self.names, self.described, apart)
            watched = fresh.watched()
            self.windows.add(self.windows.start_anew(anew, watched, self.device_of()) if anew else watched)
            self.machines.listen(fresh.said)
        # What follows writes down what is known to fit; it has nothing to fail on.
        self.signal_times.grow(len(self.names.signal_name))
        self.signal_times.heard_us[arrived.readings.series] = arrived.now_us[arrived.message]
        self.machines.sends[arrived.device[arrived.message]] = True
        if fresh.seen:
            self.intake.recent.remember(fresh.seen)
        draft.add(apart)
        return fresh

    def _known(self, arrived: Arrived, draft: Draft) -> Arrived:
        """Those of signals that have a row; a device may not have more of them than the contract says."""
        known = arrived.readings.series >= 0
        if known.all():
            return arrived
        above = np.bincount(arrived.message[~known])
        for message in np.flatnonzero(above).tolist():
            fault = Rejected("cardinality", f"more than {SIGNALS_PER_DEVICE} signals", int(above[message]))
            self._reject(arrived.rows[message], draft, fault)
        return arrived.only(known)

    def _follow(self, arrived: Arrived) -> tuple[Arrived, dict[int, int]]:
        """Move devices' own times on; gives late ones marked, and whose time began anew at which position."""
        starts = np.flatnonzero(is_first(arrived.message))
        newest_us, pos = np.maximum.reduceat(arrived.when_us, starts), arrived.readings.pos[starts]
        message = arrived.message[starts]
        if arrived.late.any():
            live = ~arrived.late[message]
            message, newest_us, pos = message[live], newest_us[live], pos[live]
        old = self.punctual.late(arrived.device[message], newest_us, arrived.now_us[message])
        if old.any():
            arrived = arrived.with_late(np.isin(np.arange(len(arrived.rows)), message[old]))
            message, newest_us, pos = message[~old], newest_us[~old], pos[~old]
        return arrived, self.windows.follow(arrived.device[message], newest_us, pos)

    def _reads(self, row: Row, device: int, reads: Reads, draft: Draft) -> None:
        again = 0
        if row.lane != REPLAYED_LANE:
            reads, again = self.gates.repeats.sift(device, reads)
        if not is_late(row):
            reader = self.described.reader_of.get(reads.device)
            listened_us = self.hearing.listened_us(self.now_us)
            entered = self.gates.take(reads, device, reader.antennas if reader else {}, listened_us)
            source = self.described.speaker[device]
            self.gates.tell_entered(entered, row.pos, source, draft)
        # Last: what failed on the way is booked as rejected, and only so.
        draft.reads.append(TakenReads(device, row.pos, reads))
        book(row, draft, [len(reads), again, 0])

    def _fixes(self, row: Row, device: int, fixes: Fixes, draft: Draft) -> None:
        counts = [len(fixes), 0, 0]
        if row.lane != REPLAYED_LANE:
            fixes, counts = self.vehicles.sift(device, fixes)
        taken = TakenFixes(device, row.pos, fixes)
        if is_late(row):
            fixes.flags[:] |= np.uint8(Flag.LATE)
        else:
            source = self.described.speaker[device]
            self.vehicles.hear(device, source, row.pos, self.hearing.listened_us(self.now_us), draft)
            told = len(draft.facts)
            taken = taken._replace(fixes=self.vehicles.follow(taken, source, self.now_us, draft))
            for fact in draft.facts[told:]:
                self.breach.heed(fact.kind, fact.body)
        draft.fixes.append(taken)
        book(row, draft, counts)

    def _event(self, row: Row, happened: EventRow, draft: Draft) -> None:
        event = happened.event
        source = self.described.speaker[happened.device]
        body = {"code": event.code, "severity": event.severity, "text": event.text, "detail": event.detail}
        draft.fact(row.pos, event.ts_us, "event", source, body)
        if not is_late(row):
            self.happened.append(happened)
        if event.code == "shipment.planned":
            self._order({**event.detail, "vehicle": source})
        draft.events.append(happened)
        book(row, draft, [1, 0, 0])

    def _order_of_all(self, order: dict[str, Any]) -> None:
        """What people plan is said to every shard; the one that hears the vehicle follows it.

        By foreign topics any may: then all have the plan, and it waits where the vehicle is never heard.
        """
        found = self.described.plant.vehicle_of.get(str(order.get("vehicle") or ""))
        if (
            found is None
            or self.described.plant.is_foreign(found.device)
            or shard_of(found.device.site, found.device.agent) == self.shard
        ):
            self._order(order)
        else:
            self.breach.arrived(str(order.get("id")))

    def _order(self, order: dict[str, Any]) -> None:
        """A shipment is planned, changed or called off."""
        route = self.described.plant.route_of.get(str(order.get("route")))
        self.vehicles.order(order, route, self.now_us)
        self.breach.order(order)

    def _fail(self, row: Row, error: Exception, readings: int, draft: Draft) -> None:
        """A step failed on a row: it is set aside, and the next one's turn comes."""
        failed("take", error, shard=self.shard, pos=row.pos, topic=row.topic)
        self._reject(row, draft, Rejected("internal", f"{type(error).__name__}: {error}"[:300], readings))

    def _reject(self, row: Row, draft: Draft, fault: Rejected) -> None:
        key = CountKey(row.site or "", row.agent or "", "rejected", fault.code)
        draft.count(key, 0, fault.readings)
        draft.rejects.append(letter(row, fault))
