"""agent.yaml: read, checked, and each fault named with its line and what to do about it.

    site: hangzhou
    agent: plant-1
    broker: {url: "mqtts://plant-1:${PASSWORD}@broker"} # default: LINESHAFT_BROKER_URL
    data_dir: /var/lib/lineshaft/edge/plant-1           # default: LINESHAFT_DATA_DIR/edge/plant-1
    outbox: {max_bytes: 1073741824, max_hours: 72}
    sources:
      - {id: plant, kind: simulator, world: plant, seed: 7}

The sources' own keys stand in edge/sources/<kind>.py.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from edge.sources import SOURCES
from edge.sources.base import SourceConfig
from lineshaft.broker import address
from lineshaft.domain.plant.sheet import Place, Problem, Sheet, choose, load
from lineshaft.wire.topics import LEVEL

Kind = TypeVar("Kind", bound=msgspec.Struct)

FIXES = {
    "Object": "add the key, or take the unknown one out",
    "Expected": "write the value so (a text in quotes, a number without)",
    "Invalid": "use one of the words that docs/edge.md lists",
}
"""First word of what the checker says → what to do."""

VARIABLE = re.compile(r"\$\{(\w+)\}")


class BrokerConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the broker is."""

    url: str


class OutboxConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much the outbox may keep before it lets go of the oldest."""

    max_bytes: int = 1024**3
    max_hours: float = 72


class AgentConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An agent: who it is, and what it reads."""

    site: str
    agent: str
    sources: list[Any]
    broker: BrokerConfig | None = None
    data_dir: str = ""
    outbox: OutboxConfig = OutboxConfig()


class Agent(msgspec.Struct, frozen=True):
    """A configuration that holds."""

    config: AgentConfig
    sources: tuple[SourceConfig, ...]
    folder: Path
    """Where its relative paths begin."""


def parse(text: str, folder: Path, environ: Mapping[str, str]) -> Agent | list[Problem]:
    """The agent of an agent.yaml, or everything that is wrong with it, in the order of its lines.

    Args:
        text: the YAML.
        folder: beside which files are looked for.
        environ: values for `${NAME}`.
    """
    if not text.strip():
        return [Problem(1, "the file is empty", "start with site:, agent: and sources:")]
    sheet = load(text)
    if sheet.problems:
        return sheet.problems
    document = _substitute(sheet, sheet.document, (), environ)
    config = _fit(sheet, document, AgentConfig, ())
    sources = () if config is None else _check(sheet, config, folder)
    if sheet.problems or config is None:
        return sorted(sheet.problems)
    return Agent(config, sources, folder)


def _check(sheet: Sheet, config: AgentConfig, folder: Path) -> tuple[SourceConfig, ...]:
    _check_agent(sheet, config)
    found = [_source(sheet, said, ("sources", n), folder) for n, said in enumerate(config.sources)]
    sources = tuple(source for source in found if source is not None)
    for n, source in enumerate(sources):
        if source.id in {other.id for other in sources[:n]}:
            sheet.complain(("sources", n, "id"), f"{source.id!r} stands twice", "give each source its own id")
    return sources


def _check_agent(sheet: Sheet, config: AgentConfig) -> None:
    for key, word in (("site", config.site), ("agent", config.agent)):
        if not LEVEL.fullmatch(word):
            sheet.complain(
                (key,), f"{key} is {word!r}", "1 to 64 of A-Z a-z 0-9 _ . -, first a letter or digit"
            )
    if config.broker is not None:
        try:
            address.parse(config.broker.url)
        except address.AddressError as error:
            sheet.complain(("broker", "url"), str(error), "write mqtt://user:password@host:1883")
    if config.outbox.max_bytes < 1024**2 or not config.outbox.max_hours > 0:
        sheet.complain(("outbox",), "the outbox has no room", "max_bytes at least 1048576, max_hours above 0")
    if not config.sources:
        sheet.complain(("sources",), "there is no source", "add one, such as {id: plant, kind: simulator, …}")


def _source(sheet: Sheet, said: object, place: Place, folder: Path) -> SourceConfig | None:
    kind = said.get("kind") if isinstance(said, dict) else None
    if not isinstance(kind, str) or kind not in SOURCES:
        sheet.complain((*place, "kind"), f"{kind!r} is no kind of source", choose(kind, SOURCES))
        return None
    source = _fit(sheet, said, SOURCES[kind], place)
    if source is None:
        return None
    for flaw in source.flaws(folder):
        sheet.complain((*place, *flaw.place), flaw.what, flaw.fix)
    return source


def _fit(sheet: Sheet, said: object, kind: type[Kind], place: Place) -> Kind | None:
    """The values as their type; None, and a problem noted where it does not fit."""
    try:
        return msgspec.convert(said, kind)
    except msgspec.ValidationError as error:
        what, _, path = str(error).partition(" - at `$")
        way = path.strip("`").partition("[...]")[0]  # msgspec does not say which key of a mapping it was
        inner = tuple(int(part) if part.isdecimal() else part for part in re.findall(r"\w+", way))
        here = (*place, *inner)
        field = "".join(re.findall(r"unknown field `(.*)`", what))
        known = [name.encode_name for name in msgspec.structs.fields(kind)] if not inner else []
        fix = choose(field, known) if field and known else FIXES.get(what.split(" ")[0], "see docs/edge.md")
        sheet.complain(_find(sheet, here, field), what.replace("`", "'"), fix)
        return None


def _find(sheet: Sheet, place: Place, field: str) -> Place:
    """The place of a key somewhere below a place; that place itself where there is no such key."""
    below = (key for key in sheet.lines if key[: len(place)] == place and key[-1:] == (field,))
    return next(below, place) if field else place


def _substitute(sheet: Sheet, said: Any, place: Place, environ: Mapping[str, str]) -> Any:
    """The values with `${NAME}` replaced."""
    if isinstance(said, dict):
        return {key: _substitute(sheet, value, (*place, key), environ) for key, value in said.items()}
    if isinstance(said, list):
        return [_substitute(sheet, value, (*place, n), environ) for n, value in enumerate(said)]
    if not isinstance(said, str):
        return said
    for name in VARIABLE.findall(said):
        if name not in environ:
            sheet.complain(place, f"${{{name}}} is not set", f"set the environment variable {name}")
    return VARIABLE.sub(lambda found: environ.get(found[1], found[0]), said)
