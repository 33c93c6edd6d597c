from pathlib import Path

import pytest
import yaml

from lineshaft.domain.plant import Plant, parse
from lineshaft.runtime import agents, demo, servers
from lineshaft.wire import topics


def test_the_simulated_demo_is_a_good_plant_with_its_agents(tmp_path: Path) -> None:
    demo.lay_out_simulated(tmp_path, None)
    plant = parse((tmp_path / "plant.yaml").read_text(encoding="utf-8"))
    assert isinstance(plant, Plant)
    found = agents.read(tmp_path)
    foreign = {one.agent for one in plant.dialects}
    assert {agent.agent for agent in found} | foreign == {device.agent for device in plant.asset_of}
    assert servers.foreign_filters(tmp_path) == [one.filter for one in plant.dialects]
    assert {agent.site for agent in found} == {site.key for site in plant.sites}


def test_a_speed_goes_to_every_source(tmp_path: Path) -> None:
    demo.lay_out_simulated(tmp_path, 20)
    for file in (tmp_path / "agents").iterdir():
        assert all(source["speed"] == 20 for source in yaml.safe_load(file.read_text())["sources"])


def test_recorded_data_with_its_own_description_is_laid_out(tmp_path: Path) -> None:
    source, data_dir = tmp_path / "recorded", tmp_path / "data"
    source.mkdir()
    (source / "replay.yaml").write_text("plant: plant.yaml\nagents: [gate.yaml]\n")
    (source / "plant.yaml").write_text("version: 1\n")
    (source / "gate.yaml").write_text("site: s\nagent: gate\nsources: [{id: a, file: '{source}/a.csv'}]\n")
    (data_dir / "agents").mkdir(parents=True)
    (data_dir / "agents" / "old.yaml").write_text("site: s\nagent: old\n")
    demo.lay_out_recorded(data_dir, source, 2)
    assert [agent.agent for agent in agents.read(data_dir)] == ["gate"]
    written = yaml.safe_load((data_dir / "agents" / "gate.yaml").read_text())
    assert written["sources"] == [{"id": "a", "file": f"{source}/a.csv", "speed": 2}]


@pytest.mark.parametrize("text", ["{", "plant: nowhere.yaml\nagents: []\n", "agents: []\n", "[]"])
def test_what_cannot_be_replayed_is_said_in_words(tmp_path: Path, text: str) -> None:
    (tmp_path / "replay.yaml").write_text(text)
    with pytest.raises(demo.DemoError, match=r"replay\.yaml"):
        demo.lay_out_recorded(tmp_path / "data", tmp_path, None)


def test_an_agent_without_a_name_is_refused_with_what_to_write(tmp_path: Path) -> None:
    (tmp_path / "agents").mkdir()
    (tmp_path / "agents" / "a.yaml").write_text("site: s\nagent: a/b\n")
    with pytest.raises(agents.AgentError, match=r"a\.yaml.*`agent`.*a/b.*write"):
        agents.read(tmp_path)
    assert topics.LEVEL.fullmatch("a/b") is None
