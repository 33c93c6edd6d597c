"""A vehicle's signal beyond what its load may suffer: too warm, too cold, too hard a knock.

The limits come with the shipment's document and count from its departure to its arrival; the alarm of one
that has ended is taken back by the plant flow (`stream.plant_exceptions`).
"""

from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from lineshaft.domain.alarms import Condition
from lineshaft.domain.cargo import Limit, limits_of
from lineshaft.domain.stops import stops_of
from stream.rules.base import Change, Signals, Stretch

BAND = 0.02
"""Share of a bound by which a value must have come back."""
OFF_S = 60.0
"""How long it must have kept to the limits again."""
PRIORITY = 2
KEPT = 20
"""Shipments with limits of one vehicle; the oldest goes first, as its trips do."""


class Watched(NamedTuple):
    """One limit of one shipment."""

    shipment_id: str
    limit: Limit


@dataclass(slots=True)
class Breach:
    """A rule for each limit of each shipment."""

    name: str = "breach"
    watched: dict[str, list[Watched]] = field(default_factory=dict)
    """Vehicle → the limits of what it carries or will carry."""
    last: dict[str, str] = field(default_factory=dict)
    """Watched shipment → its last stop, of those with stops of their own."""
    underway: set[str] = field(default_factory=set)
    """Shipments that have left."""
    waiting_us: dict[tuple[str, str], int] = field(default_factory=dict)
    """(shipment, signal) → since when it is on the other side of its limit."""
    raised: dict[tuple[str, str], Condition] = field(default_factory=dict)

    def order(self, order: dict[str, Any]) -> None:
        """A shipment is planned, changed or called off.

        Raises:
            ValueError: its limits or stops cannot be used.
        """
        key, vehicle = str(order.get("id")), str(order.get("vehicle") or "")
        limits = [] if order.get("state") == "cancelled" else limits_of(order.get("limits") or [])
        others = {
            source: [one for one in mine if one.shipment_id != key] for source, mine in self.watched.items()
        }
        mine = [*others.get(vehicle, ()), *(Watched(key, limit) for limit in limits)]
        stops = stops_of(order.get("stops") or []) if limits else ()
        if stops:
            self.last[key] = stops[-1].id
        loads = list(dict.fromkeys(one.shipment_id for one in mine))[-KEPT:]
        self._watch({**others, vehicle: [one for one in mine if one.shipment_id in loads]})

    def heed(self, kind: str, body: dict[str, Any]) -> None:
        """A milestone was reached, of a fact's kind and body."""
        if kind == "departure":
            self.departed(body["shipment_id"])
        elif kind == "arrival" and body.get("stop") in {None, self.last.get(body["shipment_id"])}:
            self.arrived(body["shipment_id"])

    def departed(self, shipment_id: str) -> None:
        """A shipment has left: its limits count."""
        if any(one.shipment_id == shipment_id for mine in self.watched.values() for one in mine):
            self.underway.add(shipment_id)

    def arrived(self, shipment_id: str) -> None:
        """A shipment has come to its last stop: its limits count no longer."""
        self._watch(
            {
                source: [one for one in mine if one.shipment_id != shipment_id]
                for source, mine in self.watched.items()
            }
        )

    def _watch(self, watched: dict[str, list[Watched]]) -> None:
        self.watched = {source: mine for source, mine in watched.items() if mine}
        kept = {(one.shipment_id, one.limit.signal) for mine in self.watched.values() for one in mine}
        self.underway &= {shipment_id for shipment_id, _ in kept}
        self.last = {key: stop for key, stop in self.last.items() if any(key == one for one, _ in kept)}
        self.raised = {which: one for which, one in self.raised.items() if which in kept}
        self.waiting_us = {which: since for which, since in self.waiting_us.items() if which in kept}

    def evaluate(self, stretch: Stretch) -> list[Change]:
        """See `Rule`."""
        if not self.underway or not len(stretch.readings.row):
            return []
        signals, readings = stretch.signals, stretch.readings
        mine = {row: self._of(signals, row) for row in np.unique(readings.row).tolist()}
        matter = np.flatnonzero(np.isin(readings.row, [row for row, limits in mine.items() if limits]))
        changes = []
        for at in matter.tolist():
            row, ts_us = int(readings.row[at]), int(readings.ts_us[at])
            for one in mine[row]:
                change = self._sample(one, signals, row, (ts_us, float(readings.value[at])))
                if change:
                    changes.append(Change(int(readings.pos[at]), ts_us, change))
        return changes

    def _of(self, signals: Signals, row: int) -> list[Watched]:
        limits = self.watched.get(signals.source[row], ())
        return [
            one
            for one in limits
            if one.limit.signal == signals.name[row] and one.shipment_id in self.underway
        ]

    def _sample(
        self, one: Watched, signals: Signals, row: int, sample: tuple[int, float]
    ) -> Condition | None:
        ts_us, value = sample
        which = (one.shipment_id, one.limit.signal)
        before = self.raised.get(which)
        bound = beyond(one.limit, value, held=before is not None)
        if (bound is not None) == (before is not None):
            self.waiting_us.pop(which, None)
            return None
        since_us = self.waiting_us.setdefault(which, ts_us)
        if ts_us - since_us < (OFF_S if before else one.limit.for_s) * 1e6:
            return None
        del self.waiting_us[which]
        if before:
            return replace(self.raised.pop(which), active=False, value=value)
        self.raised[which] = _condition(one, signals, row, (value, bound or 0.0))
        return self.raised[which]


def beyond(limit: Limit, value: float, *, held: bool) -> float | None:
    """The bound a value is beyond, None where it keeps to the limit.

    Args:
        limit: of the signal.
        value: the signal's.
        held: whether it was beyond already, and has to come back by a little.

    >>> cold = Limit("temperature", 2.0, 8.0)
    >>> beyond(cold, 8.1, held=False), beyond(cold, 7.9, held=True), beyond(cold, 5.0, held=True)
    (8.0, 8.0, None)
    """
    slack = BAND * max(abs(limit.low or 0.0), abs(limit.high or 0.0)) if held else 0.0
    if limit.high is not None and value > limit.high - slack:
        return limit.high
    if limit.low is not None and value < limit.low + slack:
        return limit.low
    return None


def _condition(one: Watched, signals: Signals, row: int, found: tuple[float, float]) -> Condition:
    value, bound = found
    name = one.limit.signal
    return Condition(
        source=signals.source[row],
        rule=f"breach:{one.shipment_id}:{name}",
        active=True,
        priority=PRIORITY,
        message="alarm.breach",
        value=value,
        threshold=bound,
        arguments={
            "shipment": one.shipment_id,
            "signal": name,
            "value": value,
            "threshold": bound,
            "unit": signals.unit[row],
        },
    )
