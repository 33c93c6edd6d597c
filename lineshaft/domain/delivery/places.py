"""Where an alarm's source stands and what it is called: what routing and messages need of the plant."""

from dataclasses import dataclass, field
from typing import Any

from lineshaft.domain.alarms import Alarm
from lineshaft.domain.delivery.notices import Notice
from lineshaft.domain.plant import Name, Plant, Reader, Shift, Signal, Zone
from lineshaft.domain.shifts import turn_at


@dataclass(slots=True, frozen=True)
class Place:
    """One asset as routing sees it."""

    name: Name
    labels: dict[str, str]
    """site, area, line, kind: those that apply."""
    above: tuple[Name, ...] = ()
    """Names of what it is part of, the nearest first, without the site."""
    signals: dict[str, Signal] = field(default_factory=dict)
    is_machine: bool = False


@dataclass(slots=True, frozen=True)
class Places:
    """All assets of a plant; made once a version."""

    of: dict[str, Place] = field(default_factory=dict)
    zones: dict[str, str] = field(default_factory=dict)
    """Site → time zone."""
    shifts: dict[str, tuple[Shift, ...]] = field(default_factory=dict)

    def shift(self, site: str, at_us: int) -> str:
        """The shift that works at a site; empty between shifts."""
        turn = turn_at(self.shifts.get(site, ()), self.zones.get(site, "UTC"), at_us)
        return turn.key if turn else ""


def places_of(plant: Plant) -> Places:
    """The places of a plant."""
    found = Places(
        zones={site.key: site.timezone for site in plant.sites},
        shifts={site.key: site.shifts for site in plant.sites},
    )
    for site in plant.sites:
        found.of[site.key] = Place(site.name, {"site": site.key})
    for site, area in plant.areas:
        inside = {"site": site.key, "area": area.key}
        found.of[area.key] = Place(area.name, inside)
        things: tuple[Zone | Reader, ...] = (*area.zones, *area.readers)
        for thing in things:
            found.of[thing.key] = Place(thing.name, inside, (area.name,))
        for line in area.lines:
            at_line = inside | {"line": line.key}
            found.of[line.key] = Place(line.name, at_line, (area.name,))
            for machine in line.machines:
                found.of[machine.key] = Place(
                    machine.name,
                    at_line | {"kind": machine.kind},
                    (line.name, area.name),
                    {signal.name: signal for signal in machine.signals},
                    is_machine=True,
                )
    for vehicle in plant.vehicles:
        labels = {"site": vehicle.site, "kind": vehicle.kind}
        found.of[vehicle.key] = Place(vehicle.name, labels)
    return found


def notice_of(alarm: Alarm, event: str, places: Places) -> Notice:
    """An alarm after a change as delivery sees it."""
    place = places.of.get(alarm.source)
    family = alarm.rule.partition(":")[0]
    labels = {
        "site": alarm.site,
        **(place.labels if place else {}),
        "source": alarm.source,
        "rule": alarm.rule,
        "family": family,
        "priority": str(alarm.priority),
        "alarm": str(alarm.alarm_id),
        "cause": str(alarm.cause_id or ""),
        "group": alarm.group_key or "",
    }
    path = (alarm.source, *(labels[level] for level in ("line", "area", "site") if labels.get(level)))
    return Notice(
        alarm_id=str(alarm.alarm_id),
        source=alarm.source,
        rule=alarm.rule,
        priority=alarm.priority,
        state=str(alarm.state),
        event=event,
        at_us=alarm.updated_us,
        since_us=alarm.raised_us,
        order=alarm.pos,
        labels=labels,
        path=path,
        shift=places.shift(alarm.site, alarm.raised_us),
        is_answered=alarm.acked_us is not None,
        facts=_facts(alarm, place, places),
    )


def _facts(alarm: Alarm, place: Place | None, places: Places) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "id": str(alarm.alarm_id),
        "source": alarm.source,
        "rule": alarm.rule,
        "priority": alarm.priority,
        "state": str(alarm.state),
        "active": alarm.state in {"unacknowledged", "acknowledged"},
        "ts": alarm.updated_us // 1000,
        "since": alarm.raised_us // 1000,
        "value": alarm.value,
        "limit": alarm.threshold,
        "msg": alarm.message,
        "ctx": alarm.arguments,
        "zone": places.zones.get(alarm.site, "UTC"),
    }
    if place:
        facts["name"] = _words(place.name)
        if place.above:
            facts["place"] = {
                "en": ", ".join(name.en for name in place.above),
                "zh": " ".join(name.zh or name.en for name in reversed(place.above)),
            }
        if place.is_machine:
            facts["machine"] = alarm.source
        signal = place.signals.get(str(alarm.arguments.get("signal") or ""))
        if signal and (signal.label.en or signal.label.zh):
            facts["signal"] = _words(signal.label)
    return facts


def _words(name: Name) -> dict[str, str]:
    return {"en": name.en, "zh": name.zh or name.en}
