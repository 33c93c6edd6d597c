"""A small plant with one of each: what rules, screens and routes need to find."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from lineshaft.domain.plant import Plant

PLANT_YAML = """\
version: 1
sites:
  - id: hangzhou
    name: {en: Hangzhou works, zh: 杭州工厂}
    timezone: Asia/Shanghai
    position: [30.27, 120.15]
    shifts:
      - {id: A, start: "06:00", end: "14:00", days: [mon, tue, wed, thu, fri]}
    areas:
      - id: machining
        name: {en: Machining, zh: 机加工}
        lines:
          - id: line-1
            name: Line 1
            machines:
              - {id: pump-101, kind: pump, name: Coolant pump 1, device: plant-1/pump-101}
              - {id: motor-102, kind: motor, name: Main motor, device: plant-1/motor-102}
      - id: warehouse
        name: {en: Warehouse, zh: 仓库}
        zones:
          - {id: dock-1, name: Dock 1, capacity: 200}
          - {id: store-1, name: Store 1, capacity: 500}
        readers:
          - {id: gate-1, name: Gate 1, device: warehouse-1/gate-1, antennas: {1: dock-1, 2: store-1}}
routes:
  - id: hz-sh
    name: Hangzhou to Shanghai
    stops:
      - {name: Hangzhou, lat: 30.27, lon: 120.15, radius_m: 800}
      - {name: Shanghai, lat: 31.23, lon: 121.47, radius_m: 800}
    path: [[30.27, 120.15], [30.75, 120.75], [31.23, 121.47]]
vehicles:
  - {id: truck-01, kind: truck, name: Truck 1, site: hangzhou, device: fleet-1/truck-01, every_s: 5}
"""


@pytest.fixture(scope="session")
def plant() -> "Plant":
    """Two machines, a gate before two zones, one truck on one route."""
    from lineshaft.domain.plant import Plant, parse  # noqa: PLC0415 - tests of other parts run without it

    parsed = parse(PLANT_YAML)
    assert isinstance(parsed, Plant), parsed
    return parsed
