"""What else goes wrong with shipments, beside being late: at risk, dwelling, no signal, limits broken.

Each is a rule of its own, with a beginning and an end; time comes in by ticks of the journal. A vehicle off
its route is told by the shards (`stream.steps`).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from lineshaft.domain.alarms import Condition
from lineshaft.domain.journeys import OPEN, Shipment, ShipmentState
from lineshaft.domain.promises import MINUTE_US, is_at_risk, late_probability
from lineshaft.domain.stops import Stop
from stream.plant_late import Estimate

CONFIRM_US = MINUTE_US
"""A risk is told, or taken back, when all estimates of a minute say so."""
SILENT_US = 10 * MINUTE_US
"""Tunnels and ferries are shorter: longer without an arrival time, and the shipment has no signal."""
NOT_LEFT_US = 30 * MINUTE_US
"""This much after the planned departure, and after its plan was told, a load dwells at its first stop."""
RULES = ("risk", "dwell", "signal", "breach")
PRIORITY = {"risk": 4, "dwell": 3, "signal": 3}
UNIT = {"risk": "%", "dwell": "min", "signal": "min"}


@dataclass(slots=True)
class Exceptions:
    """What was told of each shipment, and what is waiting to be."""

    held: dict[tuple[str, str], Condition] = field(default_factory=dict)
    """(shipment, rule) → the condition that holds."""
    estimates: dict[str, list[Estimate]] = field(default_factory=dict)
    """Shipment → its estimates of the last minute and the one before them, oldest first."""

    def remember(self, shipment_id: str, estimate: Estimate) -> list[Estimate]:
        """Take in an estimate; gives those that count."""
        known = [*self.estimates.get(shipment_id, ()), estimate]
        old = [one for one in known if one.at_us <= estimate.at_us - CONFIRM_US]
        self.estimates[shipment_id] = old[-1:] + known[len(old) :]
        return self.estimates[shipment_id]

    def expect(self, shipment: Shipment, estimate: Estimate, *, is_late: bool) -> list[Condition]:
        """The changes that a new arrival time makes.

        Args:
            shipment: an open one.
            estimate: the new arrival time.
            is_late: whether the shipment is late by itself: then it is no mere risk.
        """
        known = self.remember(shipment.shipment_id, estimate)
        found = self._set(shipment, "signal", None)
        if shipment.promised_us is None:
            return found
        held = (shipment.shipment_id, "risk") in self.held
        chances = [_late_probability(shipment, one) for one in known]
        verdicts = [is_at_risk(chance, held=held) for chance in chances]
        if known[0].at_us > estimate.at_us - CONFIRM_US and not is_late:
            return found
        wanted = not is_late and (any(verdicts) if held else all(verdicts))
        return found + self._set(shipment, "risk", round(100 * chances[-1]) if wanted else None)

    def pass_time(self, shipment: Shipment, now_us: int) -> list[Condition]:
        """The changes that time alone makes."""
        found = self._dwelling(shipment, now_us)
        known = self.estimates.get(shipment.shipment_id)
        if shipment.state is ShipmentState.UNDERWAY and known and now_us - known[-1].at_us > SILENT_US:
            found += self._set(shipment, "signal", _minutes(now_us - known[-1].at_us))
        return found

    def breach(self, condition: Condition) -> list[Condition]:
        """The changes that a broken limit makes, or that it is kept again."""
        which = (str(condition.arguments["shipment"]), condition.rule)
        if condition.active:
            self.held[which] = condition
        elif self.held.pop(which, None) is None:
            return []
        return [condition]

    def end(self, shipment_id: str) -> list[Condition]:
        """The changes when a shipment has arrived or is called off."""
        self.estimates.pop(shipment_id, None)
        mine = [which for which in self.held if which[0] == shipment_id]
        return [replace(self.held.pop(which), active=False) for which in mine]

    def _dwelling(self, shipment: Shipment, now_us: int) -> list[Condition]:
        found: list[Condition] = []
        stops = shipment.stops or (_start(shipment),)
        for stop in stops:
            over_us = _waited_us(shipment, stop, now_us)
            if over_us is not None or (shipment.shipment_id, f"dwell:{stop.id}") in self.held:
                found += self._set(
                    shipment, f"dwell:{stop.id}", None if over_us is None else _minutes(over_us)
                )
        return found

    def _set(self, shipment: Shipment, rule: str, value: float | None) -> list[Condition]:
        """Let a condition hold (with its value) or no longer (None)."""
        which = (shipment.shipment_id, rule)
        before = self.held.get(which)
        if (before is None) == (value is None):
            return []
        if before is not None:
            del self.held[which]
            return [replace(before, active=False)]
        self.held[which] = _condition(shipment, rule, value or 0.0)
        return [self.held[which]]


def restored(conditions: Iterable[Condition]) -> dict[tuple[str, str], Condition]:
    """`Exceptions.held` of the conditions that hold, as the alarms' table tells them."""
    held = {}
    for one in conditions:
        kind, key, *rest = one.rule.split(":")
        rule = one.rule if kind == "breach" else ":".join([kind, *rest])
        held[key, rule] = one
    return held


def _start(shipment: Shipment) -> Stop:
    """The first stop of a shipment that names none: only its departure is known."""
    return Stop("", 0.0, 0.0, planned_depart_us=shipment.planned_departure_us)


def _waited_us(shipment: Shipment, stop: Stop, now_us: int) -> int | None:
    """How long a vehicle has been at a stop, where that is too long; before an appointment does not count."""
    is_last = shipment.has_arrived and stop.id == shipment.stops[-1].id
    if stop.departed_us is not None or not (shipment.state in OPEN or is_last):
        return None
    if stop.arrived_us is not None:
        waited_us = now_us - max(stop.arrived_us, stop.from_us or 0)
        return waited_us if waited_us > stop.free_min * MINUTE_US else None
    first = not shipment.stops or stop.id == shipment.stops[0].id
    leaves_us = stop.planned_depart_us or shipment.planned_departure_us
    if not first or shipment.state is not ShipmentState.PLANNED or leaves_us is None:
        return None
    # Who plans a load that is on its way already has it still planned until its vehicle is heard of.
    waited_us = now_us - max(leaves_us, shipment.updated_us)
    return waited_us if waited_us > NOT_LEFT_US else None


def _late_probability(shipment: Shipment, estimate: Estimate) -> float:
    due_us = (shipment.promised_us or 0) + shipment.grace_us
    return late_probability(due_us, estimate.early_us, estimate.arrival_us, estimate.tardy_us)


def _minutes(span_us: int) -> float:
    return round(span_us / MINUTE_US, 1)


def _condition(shipment: Shipment, rule: str, value: float) -> Condition:
    kind, _, stop = rule.partition(":")
    return Condition(
        source=shipment.vehicle or shipment.shipment_id,
        rule=":".join(filter(None, (kind, shipment.shipment_id, stop))),
        active=True,
        priority=PRIORITY[kind],
        message=f"alarm.{kind}",
        value=value,
        arguments={
            "shipment": shipment.shipment_id,
            "reference": shipment.reference,
            "stop": _name(shipment.stops, stop),
            "value": value,
            "unit": UNIT[kind],
        },
    )


def _name(stops: tuple[Stop, ...], key: str) -> str:
    return next((stop.name or stop.id for stop in stops if stop.id == key), "")
