"""What hangs on what in a plant: from an alarm's source up to whatever several sources share.

Nodes are the assets and utilities of the plant's description, by their keys, and the gateways their devices
speak through, as `net:site/agent`. An edge leads from what fails to what fails with it. Areas and sites are
ways, not nodes: that something happened somewhere in a hall is no cause.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, Self

from lineshaft.domain.plant import Machine, Plant, Site
from lineshaft.domain.readings import DeviceKey
from lineshaft.domain.utilities import UTILITIES

LINE: Final = "line"
ASSET: Final = "asset"
NETWORK: Final = "network"


@dataclass(slots=True, frozen=True)
class TopologyNode:
    """One thing that may be why several sources alarm."""

    key: str
    kind: str
    """`ASSET`, `LINE`, or a key of `lineshaft.domain.utilities.UTILITIES`."""
    site: str
    feeds: tuple[str, ...] = ()
    """Every source below it, itself among them where it is one."""
    makes: str = ""
    """Of a machine: the kind of utility that fails with it."""


@dataclass(slots=True)
class Topology:
    """The plant's nodes, and which of them each source hangs on."""

    nodes: dict[str, TopologyNode] = field(default_factory=dict)
    above: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Source → keys of the nodes it hangs on, itself first, then in plant order."""
    quantity: dict[tuple[str, str], str] = field(default_factory=dict)
    """(source, signal) → what it measures."""
    areas: dict[str, str] = field(default_factory=dict)
    """Source → its area."""
    sources: dict[str, int] = field(default_factory=dict)
    """Site → how many sources it has."""

    @classmethod
    def of(cls, plant: Plant) -> Self:
        """The topology of a description."""
        edges: dict[str, dict[str, None]] = defaultdict(dict)  # node → what it feeds directly, ordered
        kinds: dict[str, tuple[str, str]] = {}
        sources: dict[str, str] = {}
        for site in plant.sites:
            _add_site(site, edges, kinds, sources)
        for vehicle in plant.vehicles:
            sources[vehicle.key] = vehicle.site
            _add_gateway(vehicle.device, vehicle.key, edges, kinds)
        topology = cls(
            quantity={
                (machine.key, signal.name): signal.quantity
                for machine in plant.machines.values()
                for signal in machine.signals
            },
            areas=_areas(plant),
        )
        topology._fill(edges, kinds, sources)
        return topology

    def parents(self, source: str) -> tuple[str, ...]:
        """Keys of the nodes a source hangs on, itself first; one that nobody described knows its gateway."""
        known = self.above.get(source)
        if known is not None:
            return known
        levels = source.split("/")
        if len(levels) != 3:
            return (source,)
        return (source, gateway(DeviceKey(*levels)))

    def node(self, key: str) -> TopologyNode:
        """A node; a source that nobody described stands for itself."""
        known = self.nodes.get(key)
        if known is not None:
            return known
        kind = NETWORK if key.startswith("net:") else ASSET
        site = key.removeprefix("net:").split("/")[0] if "/" in key else ""
        return TopologyNode(key, kind, site, (key,) if kind == ASSET else ())

    def _fill(
        self,
        edges: dict[str, dict[str, None]],
        kinds: dict[str, tuple[str, str]],
        sources: dict[str, str],
    ) -> None:
        found: dict[str, list[str]] = {source: [source] for source in sources}
        for key in (*kinds, *sources):
            kind, site = kinds.get(key, (ASSET, sources.get(key, "")))
            below = tuple(one for one in _below(edges, key) if one in sources)
            if not kind:
                continue
            made = next(
                (kinds[one][0] for one in edges.get(key, ()) if kinds.get(one, ("",))[0] in UTILITIES), ""
            )
            self.nodes[key] = TopologyNode(key, kind, site, below, made if kind == ASSET else "")
            for source in below:
                if source != key:
                    found[source].append(key)
        self.above = {source: tuple(nodes) for source, nodes in found.items()}
        self.sources = dict(Counter(sources.values()))


def gateway(device: DeviceKey) -> str:
    """The node of the agent a device speaks through.

    >>> gateway(DeviceKey("hall1", "gw", "press"))
    'net:hall1/gw'
    """
    return f"net:{device.site}/{device.agent}"


def _add_site(
    site: Site,
    edges: dict[str, dict[str, None]],
    kinds: dict[str, tuple[str, str]],
    sources: dict[str, str],
) -> None:
    for area in site.areas:
        kinds[area.key] = ("", site.key)
        for line in area.lines:
            kinds[line.key] = (LINE, site.key)
            edges[area.key][line.key] = None
            for machine in line.machines:
                _add_machine(machine, line.key, edges, kinds)
                sources[machine.key] = site.key
        for reader in area.readers:
            edges[area.key][reader.key] = None
            sources[reader.key] = site.key
            _add_gateway(reader.device, reader.key, edges, kinds)
    for utility in site.utilities:
        kinds[utility.key] = (utility.kind, site.key)
        for key in utility.feeds:
            edges[utility.key][key] = None
        for key in utility.depends:
            edges[key][utility.key] = None


def _add_machine(
    machine: Machine, line: str, edges: dict[str, dict[str, None]], kinds: dict[str, tuple[str, str]]
) -> None:
    edges[line][machine.key] = None
    for key in machine.depends:
        edges[key][machine.key] = None
    _add_gateway(machine.device, machine.key, edges, kinds)


def _add_gateway(
    device: DeviceKey, source: str, edges: dict[str, dict[str, None]], kinds: dict[str, tuple[str, str]]
) -> None:
    kinds[gateway(device)] = (NETWORK, device.site)
    edges[gateway(device)][source] = None


def _areas(plant: Plant) -> dict[str, str]:
    found = {}
    for _, area in plant.areas:
        machines = (machine.key for line in area.lines for machine in line.machines)
        others: Iterable[str] = (*(zone.key for zone in area.zones), *(one.key for one in area.readers))
        found.update(dict.fromkeys((*machines, *others), area.key))
    return found


def _below(edges: dict[str, dict[str, None]], start: str) -> Iterator[str]:
    """A node and all it feeds, directly or not, each once."""
    seen, waiting = {start}, [start]
    while waiting:
        key = waiting.pop()
        yield key
        for below in edges.get(key, ()):
            if below not in seen:
                seen.add(below)
                waiting.append(below)
