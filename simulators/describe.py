"""The plant.yaml of the simulated worlds, so that what they send has a place and a name."""

from typing import Any

import yaml

from simulators.base import SECOND_US
from simulators.fleet import FIX_EVERY_US, TRUCKS, device
from simulators.machines import MACHINES
from simulators.routes import STOP_RADIUS_M, WAYS, Way
from simulators.shared import SUPPLIES
from simulators.warehouse import ANTENNAS, READERS, ZONES

SITE = "hangzhou"
HEAD = """\
# The simulated plant, as `python -m simulators describe` prints it. To describe your own, change a copy:
# docs/operations.md explains every key, and `lineshaft plant check FILE` names the line of each mistake.
"""
AREAS = {
    "machining": ("Machining", "机加工", ("line-1", "line-2")),
    "assembly": ("Assembly", "装配", ("line-3", "line-4")),
}

DIALECTS = (
    {"filter": "owntracks/+/+", "dialect": "owntracks"},
    {"filter": "traccar/positions", "dialect": "traccar"},
    {"filter": "cn/+/pos", "dialect": "osmand", "timezone": "Asia/Shanghai", "crs": "gcj02"},
)
VANS = (
    ("1", "owntracks/van-1-phone"),
    ("2", "owntracks/van-2-phone"),
    ("3", "traccar/van-3"),
    ("4", "osmand/van-4"),
)
"""Number and tracker of each van (simulators/office/vans.py says what they send)."""

Node = dict[str, Any]


def text() -> str:
    """The description, as plant.yaml."""
    plant = {"version": 1, "sites": [_site()], "routes": [_route(way) for way in WAYS.values()]}
    plant["dialects"] = [{**one, "site": SITE} for one in DIALECTS]
    plant["vehicles"] = [*(_vehicle(number) for number in range(TRUCKS)), *(_van(*one) for one in VANS)]
    # None: what holds only plain values stands on one line, as people write it.
    body = yaml.safe_dump(plant, sort_keys=False, allow_unicode=True, width=110, default_flow_style=None)
    return HEAD + str(body)


def _name(english: str, chinese: str) -> Node:
    return {"en": english, "zh": chinese}


def _site() -> Node:
    start = WAYS["hz-sh"].stops[0]
    return {
        "id": SITE,
        "name": _name("Hangzhou works", "杭州工厂"),
        "timezone": "Asia/Shanghai",
        "position": [start.lat, start.lon],
        "shifts": [
            {"id": "A", "start": "06:00", "end": "14:00"},
            {"id": "B", "start": "14:00", "end": "22:00"},
            {"id": "C", "start": "22:00", "end": "06:00"},
        ],
        "utilities": [
            {
                "id": one.key,
                "kind": one.kind,
                "name": _name(one.name_en, one.name_zh),
                "feeds": list(one.feeds),
            }
            for one in SUPPLIES
        ],
        "areas": [*(_area(key) for key in AREAS), _warehouse()],
    }


def _area(key: str) -> Node:
    english, chinese, lines = AREAS[key]
    return {"id": key, "name": _name(english, chinese), "lines": [_line(line) for line in lines]}


def _line(line: str) -> Node:
    number = line.removeprefix("line-")
    machines = [
        {
            "id": machine.id,
            "kind": machine.kind,
            "name": _name(machine.name_en, machine.name_zh),
            "device": f"plant-1/{machine.id}",
        }
        for machine in MACHINES
        if machine.line == line
    ]
    return {"id": line, "name": _name(f"Line {number}", f"{number} 号线"), "machines": machines}


def _warehouse() -> Node:
    zones = [{"id": z.id, "name": _name(z.en, z.zh), "capacity": z.capacity} for z in ZONES]
    readers = [
        {
            "id": reader,
            "name": _name(english, chinese),
            "device": f"warehouse-1/{reader}",
            "antennas": {a.port: a.zone for a in ANTENNAS if a.reader == reader},
        }
        for reader, (english, chinese, _) in READERS.items()
    ]
    return {"id": "warehouse", "name": _name("Warehouse", "仓库"), "zones": zones, "readers": readers}


def _route(way: Way) -> Node:
    first, last = way.stops[0], way.stops[-1]
    stops = [
        {"name": _name(city.en, city.zh), "lat": city.lat, "lon": city.lon, "radius_m": STOP_RADIUS_M}
        for city in way.stops
    ]
    path = [list(point) for point in zip(way.line.lat, way.line.lon, strict=True)]
    name = _name(f"{first.en} → {last.en}", f"{first.zh} → {last.zh}")
    return {"id": way.key, "name": name, "stops": stops, "path": path}


def _vehicle(truck: int) -> Node:
    return {
        "id": device(truck),
        "kind": "truck",
        "name": _name(f"Truck {truck + 1:02}", f"货车 {truck + 1:02}"),
        "site": SITE,
        "device": f"fleet-1/{device(truck)}",
        "every_s": FIX_EVERY_US // SECOND_US,
    }


def _van(number: str, tracker: str) -> Node:
    name = _name(f"Van {number}", f"厢车 {number}")
    return {"id": f"van-{number}", "kind": "van", "name": name, "site": SITE, "device": tracker, "every_s": 5}
