import os
from collections import Counter
from pathlib import Path
from threading import Event
from typing import Any

import msgspec
import pytest
import yaml

from edge.sources.base import Start
from edge.sources.replay import ReplayConfig
from lineshaft.domain import plant
from lineshaft.domain.readings import DeviceKey
from lineshaft.wire import codec
from lineshaft.wire.rejected import Rejected

ROOT = Path(__file__).parents[2]
KIT = ROOT / "deploy" / "replay"
RECORDED = Path(os.environ.get("LINESHAFT_DATA", ROOT.parent / "shared" / "data"))
NOW_US = 1_795_294_800_000_000

AGENTS = [KIT / name for name in yaml.safe_load((KIT / "public.yaml").read_text(encoding="utf-8"))["agents"]]
needs_recordings = pytest.mark.skipif(
    not (RECORDED / "skab").is_dir(), reason=f"no recorded data in {RECORDED}; set LINESHAFT_DATA"
)


def agent(file: Path) -> dict[str, Any]:
    text = file.read_text(encoding="utf-8").replace("{source}", str(RECORDED))
    document: dict[str, Any] = yaml.safe_load(text)
    return document


def described() -> plant.Plant:
    name = yaml.safe_load((KIT / "public.yaml").read_text(encoding="utf-8"))["plant"]
    found = plant.parse((KIT / name).read_text(encoding="utf-8"))
    assert isinstance(found, plant.Plant), found
    return found


@needs_recordings
@pytest.mark.parametrize("file", AGENTS, ids=lambda file: file.stem)
def test_every_recorded_row_is_accepted_and_has_its_place_in_the_plant(file: Path) -> None:
    document, known = agent(file), described()
    for raw in document["sources"]:
        config = msgspec.convert(raw | {"shift": "none", "speed": 0, "loop": False}, ReplayConfig)
        assert not list(config.flaws(KIT))
        source = config.open(Start(None, lambda: NOW_US, KIT))
        rejected: Counter[str] = Counter()
        accepted = 0
        for handed in source.read(Event()):
            for frame in handed.frames:
                topic = f"lineshaft/v1/{document['site']}/{document['agent']}/{frame.device}/{frame.kind}"
                assert DeviceKey(document["site"], document["agent"], frame.device) in known.asset_of
                for part in codec.decode(topic, frame.body, "", NOW_US):
                    if isinstance(part, Rejected):
                        rejected[f"{part.code}: {part.detail}"] += 1
                    else:
                        accepted += 1
        assert accepted
        assert not rejected
        assert not source.fault()


def test_signals_that_are_replayed_are_those_the_plant_describes() -> None:
    known = described()
    for file in AGENTS:
        for source in agent(file)["sources"]:
            if source.get("emit", "m") == "m":
                machine = known.machines[source["device"]]
                assert {signal.name for signal in machine.signals} == set(source["columns"])


def test_trips_are_planned_on_a_route_of_the_plant() -> None:
    sources = [source for file in AGENTS for source in agent(file)["sources"]]
    (trips,) = [source for source in sources if source.get("emit") == "evt"]
    assert trips["columns"]["route"]["value"] in described().route_of
