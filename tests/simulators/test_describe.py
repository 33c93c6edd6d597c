from pathlib import Path

import pytest

from lineshaft.domain import plant
from lineshaft.domain.readings import DeviceKey
from simulators import describe
from simulators.base import SECOND_US
from simulators.worlds import WORLDS

ROOT = Path(__file__).parents[2]
START = 1_795_294_800 * SECOND_US


def described() -> plant.Plant:
    found = plant.parse(describe.text())
    assert isinstance(found, plant.Plant), found
    return found


def test_the_demonstrations_plant_is_what_the_simulators_describe() -> None:
    assert (ROOT / "deploy/demo/plant.yaml").read_text(encoding="utf-8") == describe.text()


@pytest.mark.parametrize("world", WORLDS)
def test_every_device_of_a_world_has_its_place_in_the_plant(world: str) -> None:
    known = described().asset_of
    sent = {message.device for message in WORLDS[world](7, START, START).step(START + 30 * SECOND_US)}
    agent = {"plant": "plant-1", "warehouse": "warehouse-1", "fleet": "fleet-1"}[world]
    assert {DeviceKey("hangzhou", agent, device) for device in sent} <= set(known)


def test_loads_are_planned_on_routes_the_plant_knows() -> None:
    known = described().route_of
    for message in WORLDS["fleet"](7, START, START).step(START + SECOND_US):
        if message.kind == "evt":
            assert message.body["events"][0]["data"]["route"] in known


def test_names_are_in_both_languages() -> None:
    assert all(machine.name.en != machine.name.zh for machine in described().machines.values())
