"""`lineshaft plant apply FILE | export | check FILE`: the description, from a file into the database."""

import argparse
import asyncio
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from lineshaft.clock import Clock
from lineshaft.domain.plant import Plant, Problem, from_document, parse, to_yaml
from lineshaft.store import audit, plants
from lineshaft.store.database import connect_async


class Target(NamedTuple):
    """The database a command works on; the owner's address, no role."""

    url: str
    schema: str = "lineshaft"


class PlantError(ValueError):
    """The description cannot be used."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


def main(arguments: Sequence[str], target: Callable[[], Target], clock: Clock) -> int:
    """Run the command; 0 when it did what was asked, 1 when the description has problems.

    Args:
        arguments: without the leading `plant`.
        target: asked only by the commands that need a database; `check` does not.
        clock: for the time it is applied.
    """
    options = _parser().parse_args(arguments)
    if options.command == "export":
        sys.stdout.write(asyncio.run(exported(target())) or "# no plant was applied yet\n")
        return 0
    try:
        plant = read(options.file)
        if options.command == "check":
            sys.stdout.write(f"{options.file}: good: {counted(plant)}\n")
        else:
            version = asyncio.run(apply(target(), plant, "cli", clock))
            state = f"applied as version {version}" if version else "unchanged"
            sys.stdout.write(f"{options.file}: {state}: {counted(plant)}\n")
    except PlantError as error:
        sys.stderr.write("".join(f"{options.file}:{problem}\n" for problem in error.problems))
        return 1
    except OSError as error:
        sys.stderr.write(f"{options.file}: {error.strerror}\n")
        return 1
    return 0


def read(file: Path) -> Plant:
    """The plant of a file.

    Raises:
        PlantError: it has problems; each with its line and what to do.
        OSError: the file cannot be read.
    """
    try:
        parsed = parse(file.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        parsed = [Problem(1, "the file is not UTF-8 text", "save it as UTF-8")]
    if not isinstance(parsed, Plant):
        raise PlantError(parsed)
    return parsed


async def apply(target: Target, plant: Plant, by: str, clock: Clock) -> int | None:
    """Make a plant the current one; gives its version, or None where nothing changed.

    Raises:
        ConnectionLost: the database does not answer.
    """
    async with await connect_async(target.url, schema=target.schema, application="lineshaft plant") as conn:
        version = await plants.apply(conn, plant, by, clock())
        if version:
            deed = audit.Deed(by=by, peer="", action="plant.apply", object=str(version))
            await audit.append(conn, deed, clock())
    return version


async def exported(target: Target) -> str:
    """The current plant as plant.yaml; empty where none was applied."""
    async with await connect_async(target.url, schema=target.schema, application="lineshaft plant") as conn:
        version = await plants.current(conn)
    return to_yaml(from_document(version.document)) if version else ""


def counted(plant: Plant) -> str:
    """What a plant has, for people."""
    counts = {
        "sites": len(plant.sites),
        "machines": len(plant.machines),
        "readers": len(plant.readers),
        "zones": len(plant.zones),
        "routes": len(plant.routes),
        "vehicles": len(plant.vehicles),
    }
    return ", ".join(f"{number} {noun}" for noun, number in counts.items())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="lineshaft plant", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, what in (
        ("apply", "make FILE the plant; does nothing when it already is"),
        ("check", "say what is wrong with FILE, line by line"),
    ):
        commands.add_parser(name, help=what).add_argument("file", type=Path, metavar="FILE")
    commands.add_parser("export", help="write the current plant to standard output")
    return parser
