"""`lineshaft model list | promote | rollback | demote | retire`: whose word counts."""

import argparse
import asyncio
import os
import sys
from collections.abc import Mapping, Sequence

from lineshaft import target
from lineshaft.clock import Clock, system_clock
from lineshaft.settings import SettingsError
from lineshaft.store import audit, models
from lineshaft.store.database import AsyncConnection, ConnectionLost, connect_async
from lineshaft.store.models import Decision, ModelRow, Role

ROLES: dict[str, Role] = {"promote": "champion", "demote": "advisory", "retire": "retired"}
"""Command → what the model becomes."""


def main(
    arguments: Sequence[str], environ: Mapping[str, str] = os.environ, clock: Clock = system_clock
) -> int:
    """Run the command, its arguments without the leading `model`; 0 when it did what was asked, else 1."""
    options = _parser().parse_args(arguments)
    try:
        sys.stdout.write(asyncio.run(_run(options, environ, clock)))
    except (LookupError, SettingsError, OSError, *ConnectionLost) as error:
        sys.stderr.write(f"{error.args[0]}\n")
        return 1
    return 0


async def _run(options: argparse.Namespace, environ: Mapping[str, str], clock: Clock) -> str:
    where = target.find(options.data_dir, environ)
    async with await connect_async(where.url, schema=where.schema, application="lineshaft model") as conn:
        if options.command == "list":
            return "".join(map(_line, await models.listing(conn)))
        if options.command == "rollback":
            model_id = await models.before(conn, options.name, options.kind)
            if model_id is None:
                raise LookupError(f"no {options.name} of kind {options.kind!r} was champion before")
            return await give(conn, model_id, Decision("champion", "cli", options.why), clock())
        model_id = await models.find(conn, options.model)
        if model_id is None:
            raise LookupError(f"there is no model {options.model!r}: see `lineshaft model list`")
        return await give(conn, model_id, Decision(ROLES[options.command], "cli", options.why), clock())


async def give(conn: AsyncConnection, model_id: int, decided: Decision, now_us: int) -> str:
    """Give a model its role, with a line in the audit; what to tell.

    Raises:
        LookupError: it has that role.
    """
    row = await models.one(conn, model_id)
    label = row.label if row else str(model_id)
    before = {"role": row.role} if row else None
    deed = audit.Deed(
        by=decided.by, peer="", action="model.role", object=label, before=before,
        after={"role": decided.role}, reason=decided.why,
    )  # fmt: skip
    await audit.append(conn, deed, now_us)
    if not await models.become(conn, model_id, decided, now_us):
        raise LookupError(f"{label} is {decided.role} already")
    await conn.commit()
    return f"{label}: {decided.role}\n"


def _line(row: ModelRow) -> str:
    got = row.standing
    precision = "-" if got["precision"] is None else f"{got['precision']:.2f}"
    return (
        f"{row.label:<24} {row.role:<11} precision {precision} of {got['confirmed'] + got['refuted']} judged,"
        f" {got['found']} of {got['found'] + got['missed']} faults found\n"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="lineshaft model", description=__doc__)
    target.add_argument(parser)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="every model, its role and how good it is in use")
    for name, purpose in (
        ("promote", "let its word count; the champion before it retires"),
        ("demote", "show its word, but let it alarm nobody"),
        ("retire", "ask it no more"),
    ):
        command = commands.add_parser(name, help=purpose)
        command.add_argument("model", help="its label, as `list` shows it")
        command.add_argument("--why", required=True, help="noted with the change")
    back = commands.add_parser("rollback", help="let the champion before the last one speak again")
    back.add_argument("--name", default="failure")
    back.add_argument("--kind", default="*", help="machine kind (default: the model for all)")
    back.add_argument("--why", required=True, help="noted with the change")
    return parser
