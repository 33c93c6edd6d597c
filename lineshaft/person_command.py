"""`lineshaft person add | password | disable | enable | list`: who may log in.

A password is never an argument.
"""

import argparse
import asyncio
import getpass
import os
import secrets
import sys
from collections.abc import Mapping, Sequence

from lineshaft import passwords, target
from lineshaft.clock import Clock, system_clock
from lineshaft.settings import SettingsError
from lineshaft.store import audit, people
from lineshaft.store.database import ConnectionLost, RowError, connect_async
from lineshaft.store.people import Person
from lineshaft.target import Target


def main(
    arguments: Sequence[str], environ: Mapping[str, str] = os.environ, clock: Clock = system_clock
) -> int:
    """Run the command, its arguments without the leading `person`; 0 when it did what was asked, else 1."""
    options = _parser().parse_args(arguments)
    try:
        sys.stdout.write(_run(options, target.find(options.data_dir, environ), clock))
    except (passwords.PasswordError, LookupError, SettingsError, OSError, *ConnectionLost) as error:
        sys.stderr.write(f"{error.args[0]}\n")
        return 1
    return 0


def _run(options: argparse.Namespace, where: Target, clock: Clock) -> str:
    if options.command == "list":
        rows = asyncio.run(listed(where))
        return "".join(
            f"{row.login:<24} {'disabled' if row.disabled else row.role:<12} {row.name}\n" for row in rows
        )
    if options.command in {"disable", "enable"}:
        asyncio.run(allow(where, options.login, clock, is_allowed=options.command == "enable"))
        return f"{options.login}: {options.command}d\n"
    password, shown = _password(options)
    if options.command == "add":
        name = options.name or options.login
        asyncio.run(add(where, (options.login, name, options.role), password, clock))
    else:
        asyncio.run(change(where, options.login, password, clock))
    return f"{options.login}: password {password}\n" if shown else f"{options.login}: done\n"


async def add(where: Target, who: tuple[str, str, str], password: str, clock: Clock) -> None:
    """Add a person: login, name, role.

    Raises:
        PasswordError: the password is too weak.
        LookupError: the login is taken or cannot be one, or there is no such role.
    """
    login, name, role = who
    hashed = passwords.hashed(password, login)
    async with await connect_async(where.url, schema=where.schema, application="lineshaft person") as conn:
        try:
            added = await people.add(conn, Person(login, name, role, hashed, "en", None), clock())
        except RowError as error:
            raise LookupError(
                f"{login!r} with role {role!r}: use lower-case letters, digits, _ . @ -"
            ) from error
        if not added:
            raise LookupError(f"{login!r} is taken")
        deed = audit.Deed(by="cli", peer="", action="person.add", object=login, after={"role": role})
        await audit.append(conn, deed, clock())


async def change(where: Target, login: str, password: str, clock: Clock) -> None:
    """Give a person another password, which ends their sessions.

    Raises:
        PasswordError: the password is too weak.
        LookupError: there is no such person.
    """
    hashed = passwords.hashed(password, login)
    async with await connect_async(where.url, schema=where.schema, application="lineshaft person") as conn:
        if not await people.set_password(conn, login, hashed):
            raise LookupError(f"there is no {login!r}")
        await audit.append(
            conn, audit.Deed(by="cli", peer="", action="person.password", object=login), clock()
        )


async def allow(where: Target, login: str, clock: Clock, *, is_allowed: bool) -> None:
    """Let a person log in no more, which ends their sessions; or again.

    Raises:
        LookupError: there is no such person.
    """
    async with await connect_async(where.url, schema=where.schema, application="lineshaft person") as conn:
        found = await (people.enable(conn, login) if is_allowed else people.disable(conn, login, clock()))
        if not found:
            raise LookupError(f"there is no {login!r}")
        action = "person.enable" if is_allowed else "person.disable"
        await audit.append(conn, audit.Deed(by="cli", peer="", action=action, object=login), clock())


async def listed(where: Target) -> list[Person]:
    """Everyone, by login."""
    async with await connect_async(where.url, schema=where.schema, application="lineshaft person") as conn:
        return await people.every(conn)


def made() -> str:
    """A password nobody chose: 96 random bits."""
    return secrets.token_urlsafe(12)


def _password(options: argparse.Namespace) -> tuple[str, bool]:
    """The password to set and whether to show it: a made one is shown, once."""
    if options.make_password:
        return made(), True
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n"), False
    password = getpass.getpass(f"Password for {options.login}: ")
    if getpass.getpass("Once more: ") != password:
        raise passwords.PasswordError("the two passwords differ")
    return password, False


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="lineshaft person", description=__doc__)
    target.add_argument(parser)
    commands = parser.add_subparsers(dest="command", required=True)
    added = commands.add_parser("add", help="add a person; the password is asked for, or read from a pipe")
    added.add_argument("login")
    added.add_argument("--name", default="", help="as shown on screens; default: the login")
    added.add_argument("--role", default="viewer", choices=people.ROLES)
    changed = commands.add_parser("password", help="change a password and end that person's sessions")
    changed.add_argument("login")
    for command in (added, changed):
        command.add_argument("--make-password", action="store_true", help="make one and show it, once")
    for name, purpose in (
        ("disable", "let a person log in no more, and end that person's sessions"),
        ("enable", "let a disabled person log in again"),
    ):
        commands.add_parser(name, help=purpose).add_argument("login")
    commands.add_parser("list", help="everyone who may log in")
    return parser
