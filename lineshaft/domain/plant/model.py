"""The plant as values: what is where, what it is called, which device speaks for it, and its limits.

ISA-95 words. Every asset has a `key`, its id in plant.yaml, unique in the whole plant. A machine's
`signals` are complete: the kind's defaults with the description's own merged over them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from lineshaft.domain.bindings import Binding
from lineshaft.domain.machines import KINDS, MachineKind
from lineshaft.domain.readings import DeviceKey

LIMITS = ("low_low", "low", "high", "high_high")
"""The limits of a signal, from the bottom up; the order is also the order their values must keep."""


@dataclass(slots=True, frozen=True)
class Name:
    """What people call a thing, in each language of the screens."""

    en: str
    zh: str


@dataclass(slots=True, frozen=True)
class Shift:
    """A stretch of the working day, in the site's time zone; `end` at or before `start` is the next day."""

    key: str
    start_min: int
    """Minutes after midnight, 0 … 1439."""
    end_min: int
    days: tuple[str, ...]
    """Week days it starts on, of `DAYS`."""


@dataclass(slots=True, frozen=True)
class Signal:
    """What is expected of one signal of a machine; a limit that does not apply is None."""

    name: str
    label: Name
    unit: str
    """UCUM, empty for text."""
    quantity: str
    """Key of `lineshaft.domain.signals.SIGNALS`, or empty."""
    every_s: float | None
    """Expected seconds between readings."""
    low_low: float | None = None
    low: float | None = None
    high: float | None = None
    high_high: float | None = None


@dataclass(slots=True, frozen=True)
class Machine:
    """A work unit on a line."""

    key: str
    kind: str
    name: Name
    device: DeviceKey
    signals: tuple[Signal, ...]
    depends: tuple[str, ...] = ()
    """Keys of machines and utilities of its site whose failure it cannot stand."""


@dataclass(slots=True, frozen=True)
class Utility:
    """What several machines of a site run on: compressed air, power, a network switch."""

    key: str
    kind: str
    """Key of `lineshaft.domain.utilities.UTILITIES`."""
    name: Name
    feeds: tuple[str, ...]
    """Keys of areas, lines, machines, readers and other utilities of its site."""
    depends: tuple[str, ...] = ()
    """Keys of the machines that make it, and of utilities it needs itself."""


@dataclass(slots=True, frozen=True)
class Zone:
    """A storage zone: where items are."""

    key: str
    name: Name
    capacity: int | None


@dataclass(slots=True, frozen=True)
class Reader:
    """An RFID reader and the zone each of its antennas looks at."""

    key: str
    name: Name
    device: DeviceKey
    antennas: dict[int, str]
    """Antenna port → zone key."""


@dataclass(slots=True, frozen=True)
class Line:
    """A production line, its machines in the order of the screens."""

    key: str
    name: Name
    machines: tuple[Machine, ...]


@dataclass(slots=True, frozen=True)
class Area:
    """A part of a site."""

    key: str
    name: Name
    lines: tuple[Line, ...]
    zones: tuple[Zone, ...]
    readers: tuple[Reader, ...]


@dataclass(slots=True, frozen=True)
class Site:
    """A works or a warehouse at one place, with one time zone."""

    key: str
    name: Name
    timezone: str
    position: tuple[float, float] | None
    """Latitude and longitude, degrees WGS-84."""
    shifts: tuple[Shift, ...]
    areas: tuple[Area, ...]
    utilities: tuple[Utility, ...] = ()


@dataclass(slots=True, frozen=True)
class RouteStop:
    """A place a route calls at: a circle on the map."""

    name: Name
    lat: float
    lon: float
    radius_m: float


@dataclass(slots=True, frozen=True)
class Route:
    """A way between stops."""

    key: str
    name: Name
    stops: tuple[RouteStop, ...]
    path: tuple[tuple[float, float], ...]
    """Latitude and longitude along the road; empty: straight legs between the stops."""

    @property
    def polyline(self) -> tuple[tuple[float, float], ...]:
        """The way as points, whether or not a path was given."""
        return self.path or tuple((stop.lat, stop.lon) for stop in self.stops)


@dataclass(slots=True, frozen=True)
class Vehicle:
    """Something that moves between sites and sends fixes."""

    key: str
    kind: str
    name: Name
    device: DeviceKey
    every_s: float
    """Expected seconds between fixes."""

    @property
    def site(self) -> str:
        """The site it belongs to."""
        return self.device.site


@dataclass(frozen=True)
class Plant:
    """The whole description. Look-ups are computed once and kept."""

    sites: tuple[Site, ...] = ()
    routes: tuple[Route, ...] = ()
    vehicles: tuple[Vehicle, ...] = ()
    kinds: tuple[MachineKind, ...] = ()
    """Machine kinds of its own, beside those of `lineshaft.domain.machines`."""
    dialects: tuple[Binding, ...] = ()
    """Foreign topics it hears."""

    @cached_property
    def kind_of(self) -> dict[str, MachineKind]:
        """Key → machine kind, those that everyone has among them."""
        return {**KINDS, **{kind.key: kind for kind in self.kinds}}

    @property
    def areas(self) -> Iterator[tuple[Site, Area]]:
        """Every area with its site."""
        return ((site, area) for site in self.sites for area in site.areas)

    @cached_property
    def machines(self) -> dict[str, Machine]:
        """Machine key → machine, in plant order."""
        lines = (line for _, area in self.areas for line in area.lines)
        return {machine.key: machine for line in lines for machine in line.machines}

    @cached_property
    def zones(self) -> dict[str, Zone]:
        """Zone key → zone."""
        return {zone.key: zone for _, area in self.areas for zone in area.zones}

    @cached_property
    def readers(self) -> dict[str, Reader]:
        """Reader key → reader."""
        return {reader.key: reader for _, area in self.areas for reader in area.readers}

    @cached_property
    def vehicle_of(self) -> dict[str, Vehicle]:
        """Vehicle key → vehicle."""
        return {vehicle.key: vehicle for vehicle in self.vehicles}

    def is_foreign(self, device: DeviceKey) -> bool:
        """Whether a device is heard on foreign topics, which decide the shard it comes by."""
        return any((one.site, one.agent) == (device.site, device.agent) for one in self.dialects)

    @cached_property
    def route_of(self) -> dict[str, Route]:
        """Route key → route."""
        return {route.key: route for route in self.routes}

    @cached_property
    def asset_of(self) -> dict[DeviceKey, str]:
        """Device → key of the asset it speaks for."""
        speaking: tuple[Machine | Reader | Vehicle, ...] = (
            *self.machines.values(),
            *self.readers.values(),
            *self.vehicles,
        )
        return {asset.device: asset.key for asset in speaking}

    @cached_property
    def site_of(self) -> dict[str, str]:
        """Key of a machine, zone, reader or vehicle → key of its site."""
        found = {vehicle.key: vehicle.site for vehicle in self.vehicles}
        for site, area in self.areas:
            machines = [machine.key for line in area.lines for machine in line.machines]
            others = [*(zone.key for zone in area.zones), *(reader.key for reader in area.readers)]
            found.update(dict.fromkeys(machines + others, site.key))
        return found
