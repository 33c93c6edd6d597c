"""The data folder of a demo: its plant and agents, written from a kit.

A kit is a plant file and agent files. In an agent's texts `{source}` stands for the folder of recorded
data; a speed that is asked for goes to all its sources.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

import lineshaft

KITS = Path(lineshaft.__file__).parent.parent / "deploy"
SIMULATED = KITS / "demo"
RECORDED = KITS / "replay" / "public.yaml"


class DemoError(RuntimeError):
    """There is nothing to demonstrate with; the text says what is missing."""


@dataclass(frozen=True)
class Wish:
    """What the person who starts the demo asks for."""

    source: str
    speed: float | None


def lay_out_simulated(data_dir: Path, speed: float | None) -> None:
    """Write the simulated plant into the data folder.

    Raises:
        DemoError: the kit is not there.
    """
    plant, agents = SIMULATED / "plant.yaml", sorted((SIMULATED / "agents").glob("*.yaml"))
    if not plant.exists() or not agents:
        raise DemoError(
            f"the demo's files are missing in {SIMULATED}: it runs from a clone of the repository"
        )
    _write(data_dir, plant, agents, Wish("", speed))
    for name in ("maintenance.yaml", "fences.yaml", "carriers.yaml", "office.yaml", "rules.yaml"):
        shutil.copyfile(SIMULATED / name, data_dir / name)


def lay_out_recorded(data_dir: Path, source: Path, speed: float | None) -> None:
    """Write the plant and agents that replay a folder of recorded data.

    Args:
        data_dir: the demo's data folder.
        source: the recorded data; its own `replay.yaml` says what is in it, else ours for public data.
        speed: how much faster than life; None as the files say.

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
        _write(data_dir, plant, agents, Wish(str(source.resolve()), speed))
    except (OSError, yaml.YAMLError) as error:
        raise DemoError(f"{kit}: {error}") from error
    except (KeyError, TypeError) as error:
        raise DemoError(f"{kit}: write `plant: FILE` and `agents: [FILE, …]`, beside it") from error


def _write(data_dir: Path, plant: Path, agents: list[Path], wish: Wish) -> None:
    # The demo's folder is the demo's: agents of an earlier kit go.
    folder = data_dir / "agents"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (data_dir / "plant.yaml").write_text(plant.read_text(encoding="utf-8"), encoding="utf-8")
    for file in agents:
        agent = _filled(yaml.safe_load(file.read_text(encoding="utf-8")), wish.source)
        if wish.speed is not None:
            for source in agent["sources"]:
                source["speed"] = wish.speed
        text = yaml.safe_dump(agent, sort_keys=False, allow_unicode=True)
        (folder / file.name).write_text(
            f"# Written by `lineshaft demo`; its origin: {file.name}\n{text}", "utf-8"
        )


def _filled(value: Any, source: str) -> Any:
    if isinstance(value, str):
        return value.replace("{source}", source)
    if isinstance(value, list):
        return [_filled(part, source) for part in value]
    if isinstance(value, dict):
        return {name: _filled(part, source) for name, part in value.items()}
    return value
