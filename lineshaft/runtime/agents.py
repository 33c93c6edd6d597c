"""The edge agents of a data folder: one file each in `agents/`."""

from dataclasses import dataclass
from pathlib import Path

import yaml

from lineshaft.wire.topics import LEVEL


class AgentError(ValueError):
    """An agent's file cannot be used to start it."""


@dataclass(frozen=True)
class Agent:
    """What the runtime must know of an agent to give it an account; the rest is the agent's own business."""

    config: Path
    site: str
    agent: str


def read(data_dir: Path) -> list[Agent]:
    """All agents of the folder, by file name.

    Raises:
        AgentError: a file is no YAML or names no site and agent; the text says which and what to write.
    """
    return [_read(file) for file in sorted((data_dir / "agents").glob("*.yaml"))]


def _read(file: Path) -> Agent:
    try:
        document = yaml.safe_load(file.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise AgentError(f"{file}: {error}") from error
    names = {
        key: str(document.get(key, "")) if isinstance(document, dict) else "" for key in ("site", "agent")
    }
    for key, name in names.items():
        if not LEVEL.fullmatch(name):
            raise AgentError(
                f"{file}: `{key}` is {name!r}; write `{key}: NAME` with letters, digits, . _ - (at most 64)"
            )
    return Agent(file, names["site"], names["agent"])
