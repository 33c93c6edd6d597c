"""The data folder of a demo: its plant and agents, written from a kit.

A kit is a folder with `plant.yaml` and `agents/*.yaml`; in these files `{source}` stands for the folder of
recorded data and `{speed}` for how much faster than life it is to run.
"""

import shutil
from pathlib import Path

import yaml

import lineshaft

KITS = Path(lineshaft.__file__).parent.parent / "deploy"
SIMULATED = KITS / "demo"
RECORDED = KITS / "replay" / "public.yaml"


class DemoError(RuntimeError):
    """There is nothing to demonstrate with; the text says what is missing."""


def lay_out_simulated(data_dir: Path, speed: float) -> None:
    """Write the simulated plant into the data folder.

    Raises:
        DemoError: the kit is not there.
    """
    plant, agents = SIMULATED / "plant.yaml", sorted((SIMULATED / "agents").glob("*.yaml"))
    if not plant.exists() or not agents:
        raise DemoError(
            f"the demo's files are missing in {SIMULATED}: it runs from a clone of the repository"
        )
    _write(data_dir, plant, agents, {"speed": f"{speed:g}"})


def lay_out_recorded(data_dir: Path, source: Path, speed: float) -> None:
    """Write the plant and agents that replay a folder of recorded data.

    Args:
        data_dir: the demo's data folder.
        source: the recorded data; its own `replay.yaml` says what is in it, else ours for public data.
        speed: how much faster than life.

    Raises:
        DemoError: the folder or its description cannot be used.
    """
    if not source.is_dir():
        raise DemoError(f"{source} is no folder")
    own = source / "replay.yaml"
    kit = own if own.exists() else RECORDED
    try:
        document = yaml.safe_load(kit.read_text(encoding="utf-8"))
        plant = kit.parent / document["plant"]
        agents = [kit.parent / name for name in document["agents"]]
        _write(data_dir, plant, agents, {"source": str(source.resolve()), "speed": f"{speed:g}"})
    except (OSError, yaml.YAMLError) as error:
        raise DemoError(f"{kit}: {error}") from error
    except (KeyError, TypeError) as error:
        raise DemoError(f"{kit}: write `plant: FILE` and `agents: [FILE, …]`, beside it") from error


def _write(data_dir: Path, plant: Path, agents: list[Path], words: dict[str, str]) -> None:
    # The demo's folder is the demo's: agents of an earlier kit go.
    folder = data_dir / "agents"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (data_dir / "plant.yaml").write_text(plant.read_text(encoding="utf-8"), encoding="utf-8")
    for agent in agents:
        text = agent.read_text(encoding="utf-8")
        for name, value in words.items():
            text = text.replace(f"{{{name}}}", value)
        (folder / agent.name).write_text(text, encoding="utf-8")
