"""`lineshaft plant apply FILE | export | check FILE`: the description, from a file into the database."""

import argparse
import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from lineshaft import target
from lineshaft.clock import Clock, system_clock
from lineshaft.domain.plant import Plant, Problem, from_document, parse, to_yaml
from lineshaft.settings import SettingsError
from lineshaft.store import audit, plants
from lineshaft.store.database import ConnectionLost, connect_async
from lineshaft.target import Target


class PlantError(ValueError):
    """The description cannot be used."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


def main(
    arguments: Sequence[str], environ: Mapping[str, str] = os.environ, clock: Clock = system_clock
) -> int:
    """Run the command, its arguments without the leading `plant`; 0 when it did what was asked, else 1."""
    options = _parser().parse_args(arguments)
    try:
        sys.stdout.write(_run(options, environ, clock))
    except PlantError as error:
        sys.stderr.write("".join(f"{options.file}: {problem}\n" for problem in error.problems))
    except (SettingsError, OSError, *ConnectionLost) as error:
        sys.stderr.write(f"{error}\n")
    else:
        return 0
    return 1


def _run(options: argparse.Namespace, environ: Mapping[str, str], clock: Clock) -> str:
    if options.command == "export":
        found = target.find(options.data_dir, environ)
        return asyncio.run(exported(found)) or "# no plant was applied yet\n"
    plant = read(options.file)
    if options.command == "check":
        return f"{options.file}: good: {counted(plant)}\n"
    version = asyncio.run(apply(target.find(options.data_dir, environ), plant, "cli", clock))
    state = f"applied as version {version}" if version else "unchanged"
    return f"{options.file}: {state}: {counted(plant)}\n"


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


async def apply(where: Target, plant: Plant, by: str, clock: Clock) -> int | None:
    """Make a plant the current one; gives its version, or None where nothing changed.

    Raises:
        ConnectionLost: the database does not answer.
    """
    async with await connect_async(where.url, schema=where.schema, application="lineshaft plant") as conn:
        version = await plants.apply(conn, plant, by, clock())
        if version:
            deed = audit.Deed(by=by, peer="", action="plant.apply", object=str(version))
            await audit.append(conn, deed, clock())
    return version


async def exported(where: Target) -> str:
    """The current plant as plant.yaml; empty where none was applied."""
    async with await connect_async(where.url, schema=where.schema, application="lineshaft plant") as conn:
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
    target.add_argument(parser)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, what in (
        ("apply", "make FILE the plant; does nothing when it already is"),
        ("check", "say what is wrong with FILE, line by line"),
    ):
        commands.add_parser(name, help=what).add_argument("file", type=Path, metavar="FILE")
    commands.add_parser("export", help="write the current plant to standard output")
    return parser
