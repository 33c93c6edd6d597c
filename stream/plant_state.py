"""What the plant flow makes of facts and control rows: one chunk in, one bundle out, nothing else touched.

What is many, the items and the alarms, stays in the database: the bundle says what happened, and the sink
lets it happen to the rows. What is few, the open shipments, is held here.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, NamedTuple

import orjson

from lineshaft.clock import SECOND_US
from lineshaft.domain import journeys
from lineshaft.domain.alarms import Act, Condition, ConditionChange
from lineshaft.domain.cargo import proof_of
from lineshaft.domain.items import Sighting
from lineshaft.domain.journeys import OPEN, Shipment
from lineshaft.domain.plant import from_document
from lineshaft.domain.results import Kept
from lineshaft.domain.rules.parents import Parents
from lineshaft.store.causes import Together
from lineshaft.store.facts import Control, Fact
from lineshaft.store.shipments import Delivery
from stream.plant_acts import Shelvings, ack_of, acts_of
from stream.plant_causes import Causes
from stream.plant_exceptions import Exceptions
from stream.plant_late import Estimate, Lateness

MALFORMED = (KeyError, TypeError, ValueError, AttributeError)
"""What a body of the wrong shape ends in: it is set aside with its reason, and the flow goes on."""


UNLOADING_US = 24 * 3_600 * SECOND_US
"""A vehicle that stands this long where it arrived is not unloading any more (`stream.steps.unloading`)."""


class PlantChunk(NamedTuple):
    """Facts and control rows of the positions `after_pos` < pos ≤ `pos`, in order."""

    after_pos: int
    pos: int
    rows: list[Fact | Control]


class Refused(NamedTuple):
    """A row that could not be used."""

    row: Fact | Control
    detail: str


@dataclass(slots=True)
class PlantBundle:
    """What a chunk came to, in the journal's order."""

    after_pos: int
    pos: int
    alarms: list[ConditionChange | Act] = field(default_factory=list)
    sightings: list[tuple[int, Sighting]] = field(default_factory=list)
    """(position, sighting)"""
    shipments: dict[str, Shipment] = field(default_factory=dict)
    """As they are at the chunk's end."""
    deliveries: list[Delivery] = field(default_factory=list)
    """Signed for after their arrival: they are in the table, no longer here."""
    together: Together = field(default_factory=Together)
    """What all alarms at once came to."""
    down: list[str] | None = None
    """The machines that are down at the chunk's end; None: as before."""
    refused: list[Refused] = field(default_factory=list)
    state: Kept | None = None
    """What the plant flow remembers behind `pos`, where it is to be kept."""

    @property
    def is_empty(self) -> bool:
        """Whether only the position moves."""
        others = self.sightings or self.shipments or self.deliveries or self.refused or self.state
        return not (self.alarms or self.together.is_any or others or self.down is not None)

    def pieces(self) -> Iterator["PlantBundle"]:
        """The same, one thing at a time, in an order that keeps that of each kind."""
        for change in self.alarms:
            yield PlantBundle(self.after_pos, self.pos, alarms=[change])
        for _, some in groupby(self.sightings, lambda one: one[0]):  # moves are numbered at their position
            yield PlantBundle(self.after_pos, self.pos, sightings=list(some))
        for key, shipment in self.shipments.items():
            yield PlantBundle(self.after_pos, self.pos, shipments={key: shipment})
        for delivery in self.deliveries:
            yield PlantBundle(self.after_pos, self.pos, deliveries=[delivery])
        yield PlantBundle(self.after_pos, self.pos, together=self.together, down=self.down)
        yield PlantBundle(self.after_pos, self.pos, refused=self.refused)


@dataclass(slots=True)
class PlantState:
    """The plant flow's memory at a position."""

    pos: int = 0
    kept_us: int = 0
    """The tick at which the state was last kept (`stream.snapshots`)."""
    site_of: dict[str, str] = field(default_factory=dict)
    """Asset key → site."""
    shipments: dict[str, Shipment] = field(default_factory=dict)
    """The open ones."""
    unloading: dict[str, Shipment] = field(default_factory=dict)
    """Those whose vehicle still stands at their last stop."""
    ended: set[str] = field(default_factory=set)
    """Ids of those that have arrived or were called off: saying their plan again does not bring them back."""
    lateness: Lateness = field(default_factory=Lateness)
    shelvings: Shelvings = field(default_factory=Shelvings)
    exceptions: Exceptions = field(default_factory=Exceptions)
    causes: Causes = field(default_factory=Causes)
    parents: Parents = field(default_factory=Parents)

    def step(self, chunk: PlantChunk) -> PlantBundle:
        """Take the next chunk; one that was taken before gives an empty bundle."""
        bundle = PlantBundle(max(chunk.after_pos, self.pos), max(chunk.pos, self.pos))
        for row in chunk.rows:
            if row.pos <= self.pos:
                continue
            key = row.kind if isinstance(row, Fact) else row.topic
            step = STEPS.get(key)
            if step is None:
                continue
            try:
                step(self, row, bundle)
            except MALFORMED as error:
                bundle.refused.append(Refused(row, f"{key}: {type(error).__name__}: {error}"))
        self.causes.settle(bundle.together)
        self.pos = bundle.pos
        return bundle

    def condition(self, row: Fact, bundle: PlantBundle) -> None:
        """A rule's condition has changed at one of the shard's assets."""
        condition = self.parents.take(Condition.from_body(row.source, row.body))
        if not condition.rule.startswith("breach:"):
            self._put(condition, row, bundle)
        elif condition.arguments["shipment"] in self.shipments:
            self._put_all(self.exceptions.breach(condition), row, bundle)

    def down(self, row: Fact, bundle: PlantBundle) -> None:
        """A machine says that it is down, or no longer: what depends on it is quiet meanwhile."""
        self._put_all(self.parents.say(row.source, is_down=bool(row.body["down"])), row, bundle)
        bundle.down = sorted(self.parents.down)

    def presence(self, row: Fact, bundle: PlantBundle) -> None:
        """A zone has begun or ceased to see a tag."""
        body = row.body
        last_seen_us = int(body.get("last_seen_us", row.at_us))
        sighting = Sighting(body["epc"], body["zone"], bool(body["present"]), row.at_us, last_seen_us)
        bundle.sightings.append((row.pos, sighting))

    def event(self, row: Fact, bundle: PlantBundle) -> None:
        """A device has said something once; the plant cares for shipments."""
        if row.body["code"] == "shipment.planned":
            self._plan({**row.body["detail"], "vehicle": row.source}, row, bundle)

    def departure(self, row: Fact, bundle: PlantBundle) -> None:
        """A vehicle has left with a shipment."""
        body = row.body
        there = self.unloading.pop(body["shipment_id"], None)
        shipment = self.shipments.get(body["shipment_id"]) or there
        if shipment:
            self._keep(journeys.depart(shipment, int(body["at_us"]), row.pos, body.get("stop")), bundle)
        if there:
            self._put_all(self.exceptions.end(there.shipment_id), row, bundle)

    def arrival(self, row: Fact, bundle: PlantBundle) -> None:
        """A vehicle has reached a shipment's stop, or, where none is named, its last."""
        shipment = self.shipments.get(row.body["shipment_id"])
        if shipment:
            body = row.body
            there = journeys.arrive(shipment, int(body["at_us"]), row.pos, body.get("stop"))
            self._keep(there, bundle)
            if there.state not in OPEN:
                self._close(shipment, row, bundle)
                if there.stops:
                    self.unloading[there.shipment_id] = there

    def eta(self, row: Fact, bundle: PlantBundle) -> None:
        """A shipment's expected arrival has changed."""
        shipment = self.shipments.get(row.body["shipment_id"])
        if shipment:
            p10_us, p50_us, p90_us = (int(row.body[f"eta_p{tenth}_us"]) for tenth in (10, 50, 90))
            estimate = Estimate(row.at_us, p50_us, p10_us, p90_us)
            self._put_all(self.lateness.expect(shipment, estimate), row, bundle)
            is_late = shipment.shipment_id in self.lateness.level
            self._put_all(self.exceptions.expect(shipment, estimate, is_late=is_late), row, bundle)

    def tick(self, row: Control, bundle: PlantBundle) -> None:
        """A second has passed."""
        bundle.alarms.extend(self.shelvings.pass_time(row.at_us, row.pos))
        for shipment in self.shipments.values():
            self._put_all(self.lateness.pass_time(shipment, row.at_us), row, bundle)
            self._put_all(self.exceptions.pass_time(shipment, row.at_us), row, bundle)
        for shipment in [*self.unloading.values()]:
            self._put_all(self.exceptions.pass_time(shipment, row.at_us), row, bundle)
            if row.at_us - (shipment.arrived_us or 0) > UNLOADING_US:
                del self.unloading[shipment.shipment_id]
                self._put_all(self.exceptions.end(shipment.shipment_id), row, bundle)
        bundle.together.pos = row.pos
        self.causes.tick(row.at_us, bundle.together)

    def plant(self, row: Control, bundle: PlantBundle) -> None:
        """The plant has been described anew."""
        plant = from_document(orjson.loads(row.body))
        self.site_of = plant.site_of
        self.causes.describe(plant)
        self._put_all(self.parents.describe(self.causes.topology), row, bundle)
        bundle.down = sorted(self.parents.down)

    def ack(self, row: Control, bundle: PlantBundle) -> None:
        """Somebody has acknowledged an alarm, by a software that knew no other acts."""
        bundle.alarms.append(ack_of(row))

    def act(self, row: Control, bundle: PlantBundle) -> None:
        """Somebody has done something to alarms."""
        for act in acts_of(row):
            self.shelvings.begin(act)
            bundle.alarms.append(act)

    def shipment(self, row: Control, bundle: PlantBundle) -> None:
        """Somebody has planned a shipment, changed its plan or called it off."""
        self._plan(orjson.loads(row.body), row, bundle)

    def proof(self, row: Control, bundle: PlantBundle) -> None:
        """A receiver has signed for a shipment."""
        body: dict[str, Any] = orjson.loads(row.body)
        key, proof = str(body["id"]), proof_of(body["proof"])
        shipment = self.shipments.get(key)
        there = self.unloading.get(key)
        if there is not None:
            self.unloading[key] = journeys.prove(there, proof, row.at_us, row.pos)
            self._keep(self.unloading[key], bundle)
        elif shipment is None:
            bundle.deliveries.append(Delivery(key, proof, row.at_us, row.pos))
        else:
            self._keep(journeys.prove(shipment, proof, row.at_us, row.pos), bundle)
            self._close(shipment, row, bundle)

    def _plan(self, order: dict[str, Any], row: Fact | Control, bundle: PlantBundle) -> None:
        plan = journeys.planned(order, row.at_us, row.pos)
        if plan.shipment_id in self.ended:
            return
        known = self.shipments.get(plan.shipment_id)
        self._keep(journeys.replan(known, plan), bundle)
        if known and plan.shipment_id in self.ended:
            self._close(known, row, bundle)

    def _keep(self, shipment: Shipment, bundle: PlantBundle) -> None:
        bundle.shipments[shipment.shipment_id] = shipment
        if shipment.state in OPEN:
            self.shipments[shipment.shipment_id] = shipment
        else:
            self.shipments.pop(shipment.shipment_id, None)
            self.ended.add(shipment.shipment_id)

    def _close(self, shipment: Shipment, row: Fact | Control, bundle: PlantBundle) -> None:
        self._put_all(self.lateness.end(shipment), row, bundle)
        self._put_all(self.exceptions.end(shipment.shipment_id), row, bundle)

    def _put_all(self, conditions: list[Condition], row: Fact | Control, bundle: PlantBundle) -> None:
        for condition in conditions:
            self._put(condition, row, bundle)

    def _put(self, condition: Condition, row: Fact | Control, bundle: PlantBundle) -> None:
        source = condition.source
        site = self.site_of.get(source) or (source.split("/")[0] if "/" in source else "")
        change = ConditionChange(condition, site, row.at_us, row.pos)
        bundle.alarms.append(change)
        bundle.together.pos = row.pos
        self.causes.condition(change, bundle.together)


STEPS: dict[str, Callable[[PlantState, Any, PlantBundle], None]] = {
    # kinds of facts
    "condition": PlantState.condition,
    "down": PlantState.down,
    "presence": PlantState.presence,
    "event": PlantState.event,
    "departure": PlantState.departure,
    "arrival": PlantState.arrival,
    "eta": PlantState.eta,
    # topics of control rows
    "_/tick": PlantState.tick,
    "_/plant": PlantState.plant,
    "_/ack": PlantState.ack,
    "_/alarm": PlantState.act,
    "_/shipment": PlantState.shipment,
    "_/proof": PlantState.proof,
}
"""What is known; other facts and control rows are for others."""
