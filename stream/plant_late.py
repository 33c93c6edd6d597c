"""Which shipments are late, as conditions: by their expected arrival, or by the clock where all is silent."""

from dataclasses import dataclass, field
from typing import NamedTuple

from lineshaft.domain.alarms import Condition
from lineshaft.domain.journeys import OPEN, Shipment, ShipmentState
from lineshaft.domain.promises import PRIORITY, lateness

MINUTE_US = 60_000_000

CONFIRM_US = MINUTE_US
"""A shipment is called later, or less late, when all its estimates of a minute say so: single ones jump,
above all the first ones of a vehicle that is seen for the first time."""


class Estimate(NamedTuple):
    """An expected arrival, and when it was made."""

    at_us: int
    arrival_us: int
    """The median."""
    early_us: int = 0
    """P10."""
    tardy_us: int = 0
    """P90."""


@dataclass(slots=True)
class Lateness:
    """The level of lateness that was last reported for each shipment."""

    held: dict[str, Condition] = field(default_factory=dict)
    """Shipment → the condition that holds."""
    level: dict[str, int] = field(default_factory=dict)
    estimates: dict[str, list[Estimate]] = field(default_factory=dict)
    """Those of the last minute and the one before them, oldest first."""

    def remember(self, shipment_id: str, estimate: Estimate) -> list[Estimate]:
        """Take in an estimate; gives those that count."""
        known = [*self.estimates.get(shipment_id, ()), estimate]
        old = [one for one in known if one.at_us <= estimate.at_us - CONFIRM_US]
        known = old[-1:] + known[len(old) :]
        self.estimates[shipment_id] = known
        return known

    def expect(self, shipment: Shipment, estimate: Estimate) -> list[Condition]:
        """The changes that a new expected arrival makes."""
        promised_us, grace_us = shipment.promised_us, shipment.grace_us
        if promised_us is None or shipment.state not in OPEN:
            return []
        held = self.level.get(shipment.shipment_id, 0)
        known = self.remember(shipment.shipment_id, estimate)
        levels = [lateness(one.arrival_us - promised_us, held, grace_us) for one in known]
        if known[0].at_us > estimate.at_us - CONFIRM_US:
            return []
        level = min(max(held, min(levels)), max(levels))
        return self._set(shipment, level, estimate.arrival_us - promised_us)

    def pass_time(self, shipment: Shipment, now_us: int) -> list[Condition]:
        """The changes that time alone makes: a shipment that should be there gets later, never less late."""
        if shipment.promised_us is None or shipment.state not in OPEN:
            return []
        # Who puts past deliveries on file has a minute to say that they have arrived.
        if shipment.state is ShipmentState.PLANNED and now_us - shipment.updated_us < CONFIRM_US:
            return []
        late_us = now_us - shipment.promised_us
        level = self.level.get(shipment.shipment_id, 0)
        return self._set(shipment, max(level, lateness(late_us, level, shipment.grace_us)), late_us)

    def end(self, shipment: Shipment) -> list[Condition]:
        """The changes when a shipment has arrived or is called off."""
        self.estimates.pop(shipment.shipment_id, None)
        return self._set(shipment, 0, 0)

    def _set(self, shipment: Shipment, level: int, late_us: int) -> list[Condition]:
        key = shipment.shipment_id
        if level == self.level.get(key, 0):
            return []
        before = self.held.pop(key, None)
        self.level.pop(key, None)
        condition = _condition(shipment, level, late_us)
        changes = []
        if before and (level == 0 or before.source != condition.source):
            changes.append(_condition(shipment, 0, late_us, source=before.source))
        if level:
            self.held[key], self.level[key] = condition, level
            changes.append(condition)
        return changes


def _condition(shipment: Shipment, level: int, late_us: int, source: str | None = None) -> Condition:
    minutes = round(late_us / MINUTE_US, 1)
    return Condition(
        source=source or shipment.vehicle or shipment.shipment_id,
        rule=f"late:{shipment.shipment_id}",
        active=level > 0,
        priority=PRIORITY[max(level, 1)],
        message="alarm.late",
        value=minutes,
        arguments={
            "shipment": shipment.shipment_id,
            "reference": shipment.reference,
            "value": minutes,
            "unit": "min",
        },
    )
