"""Which database a command of the owner works on: the one that is named, or that of a running data folder."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from lineshaft import settings


class Target(NamedTuple):
    """A database and the schema in it; the owner's address, no role."""

    url: str
    schema: str = "lineshaft"


def add_argument(parser: argparse.ArgumentParser) -> None:
    """Let a person name the data folder."""
    parser.add_argument(
        "--data-dir",
        type=Path,
        metavar="FOLDER",
        help="whose database is meant (default: LINESHAFT_DATABASE_URL, else the folder that runs)",
    )


def find(data_dir: Path | None, environ: Mapping[str, str]) -> Target:
    """The database: as the environment names it, else the embedded one of the folder.

    Raises:
        SettingsError: none is named and none was ever started.
    """
    url = environ.get("LINESHAFT_DATABASE_URL", "").strip()
    if data_dir or not url:
        # Imported late: who names a database needs none of what embedded servers need.
        from lineshaft.runtime import folders, report  # noqa: PLC0415

        folder = folders.to_look_at(data_dir)
        url = report.database_url(folder, "")
        if not url:
            raise settings.SettingsError(f"{folder} has no database: start it with `lineshaft up`")
    return Target(url, settings.text(environ, "LINESHAFT_DATABASE_SCHEMA", "lineshaft"))
