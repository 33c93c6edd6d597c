"""A plant as a plain document: what the database, the journal and the API carry as JSON.

The same shape as plant.yaml, with every default filled in. `from_document` trusts what it is given: what
people write goes through `parse` first.
"""

from collections.abc import Iterable
from typing import Any

from lineshaft.domain.bindings import COORDINATES, Binding
from lineshaft.domain.machines import MachineKind, SignalDefault
from lineshaft.domain.plant.model import (
    LIMITS,
    Area,
    Line,
    Machine,
    Name,
    Plant,
    Reader,
    Route,
    RouteStop,
    Shift,
    Signal,
    Site,
    Utility,
    Vehicle,
    Zone,
)
from lineshaft.domain.readings import DeviceKey

Document = dict[str, Any]

VERSION = 1
"""Of the description's format."""


def to_document(plant: Plant) -> Document:
    """The plant as JSON-able values; `from_document` gives an equal plant back."""
    kinds = {"kinds": [_kind(kind) for kind in plant.kinds]} if plant.kinds else {}
    dialects = {"dialects": [_binding(one) for one in plant.dialects]} if plant.dialects else {}
    return {
        "version": VERSION,
        **kinds,
        "sites": [_site(site) for site in plant.sites],
        "routes": [_route(route) for route in plant.routes],
        "vehicles": [_vehicle(vehicle) for vehicle in plant.vehicles],
        **dialects,
    }


def from_document(document: Document) -> Plant:
    """The plant of a document that `to_document` or `parse` made; nothing is checked."""
    return Plant(
        sites=tuple(_to_site(raw) for raw in document.get("sites", ())),
        routes=tuple(_to_route(raw) for raw in document.get("routes", ())),
        vehicles=tuple(_to_vehicle(raw) for raw in document.get("vehicles", ())),
        kinds=tuple(to_kind(raw) for raw in document.get("kinds", ())),
        dialects=to_bindings(document),
    )


def hour_text(minutes: int) -> str:
    """Minutes after midnight as plant.yaml writes them.

    >>> hour_text(405)
    '06:45'
    """
    return f"{minutes // 60:02}:{minutes % 60:02}"


def to_minutes(hour: str) -> int:
    """Minutes after midnight of `HH:MM`.

    >>> to_minutes("06:45")
    405
    """
    hours, minutes = hour.split(":")
    return int(hours) * 60 + int(minutes)


def _name(name: Name) -> Document:
    return {"en": name.en, "zh": name.zh}


def _device(device: DeviceKey) -> str:
    return f"{device.agent}/{device.device}"


def _site(site: Site) -> Document:
    return {
        "id": site.key,
        "name": _name(site.name),
        "timezone": site.timezone,
        "position": list(site.position) if site.position else None,
        "shifts": [_shift(shift) for shift in site.shifts],
        "areas": [_area(area) for area in site.areas],
        **({"utilities": [_utility(one) for one in site.utilities]} if site.utilities else {}),
    }


def _utility(utility: Utility) -> Document:
    return {
        "id": utility.key,
        "kind": utility.kind,
        "name": _name(utility.name),
        "feeds": list(utility.feeds),
        **_depends(utility.depends),
    }


def _depends(depends: tuple[str, ...]) -> Document:
    # Left out where there is none: descriptions made before there were any stay what they were.
    return {"depends": list(depends)} if depends else {}


def _shift(shift: Shift) -> Document:
    return {
        "id": shift.key,
        "start": hour_text(shift.start_min),
        "end": hour_text(shift.end_min),
        "days": list(shift.days),
    }


def _area(area: Area) -> Document:
    return {
        "id": area.key,
        "name": _name(area.name),
        "lines": [
            {"id": line.key, "name": _name(line.name), "machines": [_machine(one) for one in line.machines]}
            for line in area.lines
        ],
        "zones": [
            {"id": zone.key, "name": _name(zone.name), "capacity": zone.capacity} for zone in area.zones
        ],
        "readers": [_reader(reader) for reader in area.readers],
    }


def _machine(machine: Machine) -> Document:
    return {
        "id": machine.key,
        "kind": machine.kind,
        "name": _name(machine.name),
        "device": _device(machine.device),
        "signals": [_signal(signal) for signal in machine.signals],
        **_depends(machine.depends),
    }


def _signal(signal: Signal) -> Document:
    return {
        "name": signal.name,
        "label": _name(signal.label),
        "unit": signal.unit,
        "quantity": signal.quantity,
        "every_s": signal.every_s,
        **{limit: getattr(signal, limit) for limit in LIMITS},
    }


def _reader(reader: Reader) -> Document:
    return {
        "id": reader.key,
        "name": _name(reader.name),
        "device": _device(reader.device),
        "antennas": {str(port): zone for port, zone in reader.antennas.items()},
    }


def _route(route: Route) -> Document:
    return {
        "id": route.key,
        "name": _name(route.name),
        "stops": [
            {"name": _name(stop.name), "lat": stop.lat, "lon": stop.lon, "radius_m": stop.radius_m}
            for stop in route.stops
        ],
        "path": [list(point) for point in route.path],
    }


def _vehicle(vehicle: Vehicle) -> Document:
    return {
        "id": vehicle.key,
        "kind": vehicle.kind,
        "name": _name(vehicle.name),
        "site": vehicle.site,
        "device": _device(vehicle.device),
        "every_s": vehicle.every_s,
    }


def _to_name(raw: Document) -> Name:
    return Name(raw["en"], raw["zh"])


def _to_device(site: str, raw: str) -> DeviceKey:
    agent, device = raw.split("/")
    return DeviceKey(site, agent, device)


def _to_point(raw: Iterable[float]) -> tuple[float, float]:
    lat, lon = raw
    return float(lat), float(lon)


def _to_site(raw: Document) -> Site:
    position = raw.get("position")
    return Site(
        key=raw["id"],
        name=_to_name(raw["name"]),
        timezone=raw["timezone"],
        position=_to_point(position) if position else None,
        shifts=tuple(
            Shift(one["id"], to_minutes(one["start"]), to_minutes(one["end"]), tuple(one["days"]))
            for one in raw.get("shifts", ())
        ),
        areas=tuple(_to_area(raw["id"], one) for one in raw.get("areas", ())),
        utilities=tuple(
            Utility(
                key=one["id"],
                kind=one["kind"],
                name=_to_name(one["name"]),
                feeds=tuple(one["feeds"]),
                depends=tuple(one.get("depends", ())),
            )
            for one in raw.get("utilities", ())
        ),
    )


def _to_area(site: str, raw: Document) -> Area:
    return Area(
        key=raw["id"],
        name=_to_name(raw["name"]),
        lines=tuple(
            Line(one["id"], _to_name(one["name"]), tuple(_to_machine(site, m) for m in one["machines"]))
            for one in raw.get("lines", ())
        ),
        zones=tuple(
            Zone(one["id"], _to_name(one["name"]), one.get("capacity")) for one in raw.get("zones", ())
        ),
        readers=tuple(_to_reader(site, one) for one in raw.get("readers", ())),
    )


def _to_machine(site: str, raw: Document) -> Machine:
    return Machine(
        key=raw["id"],
        kind=raw["kind"],
        name=_to_name(raw["name"]),
        device=_to_device(site, raw["device"]),
        signals=tuple(_to_signal(one) for one in raw.get("signals", ())),
        depends=tuple(raw.get("depends", ())),
    )


def _to_signal(raw: Document) -> Signal:
    return Signal(
        name=raw["name"],
        label=_to_name(raw["label"]),
        unit=raw["unit"],
        quantity=raw["quantity"],
        every_s=raw["every_s"],
        **{limit: raw.get(limit) for limit in LIMITS},
    )


def _to_reader(site: str, raw: Document) -> Reader:
    return Reader(
        key=raw["id"],
        name=_to_name(raw["name"]),
        device=_to_device(site, raw["device"]),
        antennas={int(port): zone for port, zone in raw["antennas"].items()},
    )


def _to_route(raw: Document) -> Route:
    return Route(
        key=raw["id"],
        name=_to_name(raw["name"]),
        stops=tuple(
            RouteStop(_to_name(one["name"]), float(one["lat"]), float(one["lon"]), float(one["radius_m"]))
            for one in raw["stops"]
        ),
        path=tuple(_to_point(point) for point in raw.get("path", ())),
    )


def _kind(kind: MachineKind) -> Document:
    return {
        "id": kind.key,
        "name": {"en": kind.name_en, "zh": kind.name_zh},
        "iso_group": kind.iso_group,
        "support": kind.support,
        "failure_modes": list(kind.failure_modes),
        "signals": [signal._asdict() for signal in kind.signals],
    }


def to_kind(raw: Document) -> MachineKind:
    """A machine kind that a plant describes itself."""
    return MachineKind(
        key=raw["id"],
        name_en=raw["name"]["en"],
        name_zh=raw["name"]["zh"],
        iso_group=raw["iso_group"],
        support=raw["support"],
        signals=tuple(SignalDefault(**one) for one in raw["signals"]),
        failure_modes=tuple(raw["failure_modes"]),
    )


def _binding(one: Binding) -> Document:
    agent = {} if one.agent == one.dialect else {"agent": one.agent}
    zone = {"timezone": one.timezone} if one.timezone else {}
    crs = {} if one.crs == COORDINATES[0] else {"crs": one.crs}
    return {"filter": one.filter, "dialect": one.dialect, "site": one.site, **agent, **zone, **crs}


def to_bindings(document: Document) -> tuple[Binding, ...]:
    """The foreign topics of a document."""
    return tuple(
        Binding(
            filter=raw["filter"],
            dialect=raw["dialect"],
            site=raw["site"],
            agent=raw.get("agent", raw["dialect"]),
            timezone=raw.get("timezone", ""),
            crs=raw.get("crs", COORDINATES[0]),
        )
        for raw in document.get("dialects", ())
    )


def _to_vehicle(raw: Document) -> Vehicle:
    return Vehicle(
        key=raw["id"],
        kind=raw["kind"],
        name=_to_name(raw["name"]),
        device=_to_device(raw["site"], raw["device"]),
        every_s=float(raw["every_s"]),
    )
