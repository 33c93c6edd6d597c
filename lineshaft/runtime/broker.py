"""The embedded MQTT broker: Mosquitto where it is installed, else rumqttd from the `iotcore` wheel.

Neither is trusted to keep a message: agents hold theirs until the database has committed them. So persistence
is on only to spare resends, and limits are set so that nothing is dropped silently while the broker lives.
"""

import base64
import hashlib
import importlib.util
import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lineshaft.runtime import accounts
from lineshaft.runtime.accounts import Account
from lineshaft.runtime.files import write_atomically
from lineshaft.runtime.homes import home
from lineshaft.runtime.ports import HOST
from lineshaft.wire.topics import KINDS, ROOT, mark_topic

MESSAGE_BYTES = 262_144
"""Twice the contract's limit: what is a little too large still arrives and is explained, a flood does not."""

QUEUED_BYTES = 64 * 1024 * 1024
"""How much may wait for ingest. What is beyond is dropped here and sent again by the agents."""


class BrokerError(RuntimeError):
    """No broker program is installed."""


@dataclass(frozen=True)
class Access:
    """A login and what it may do, in the words of Mosquitto's ACL: `read lineshaft/v1/#`."""

    login: str
    password: str
    rules: tuple[str, ...]

    def url(self, port: int) -> str:
        """The broker's address for this account."""
        return f"mqtt://{self.login}:{self.password}@{HOST}:{port}"


def server_access(password: str) -> Access:
    """The account of our own services: hears everything, speaks below the root only."""
    return Access("lineshaft", password, (f"readwrite {ROOT}/#", "read #", "read $SYS/#"))


def agent_access(site: str, agent: str, password: str) -> Access:
    """The account of an edge agent: its devices' kinds, never a mark or a command, which are the server's."""
    own = f"{ROOT}/{site}/{agent}"
    writes = tuple(f"write {own}/+/{kind}" for kind in (*KINDS, "ack"))
    return Access(
        f"{site}.{agent}", password, (*writes, f"read {mark_topic(site, agent)}", f"read {own}/+/cmd")
    )


def trackers_access(filters: Sequence[str], password: str) -> Access:
    """The account of trackers that speak other dialects: they may write what the plant binds, no more."""
    return Access("trackers", password, tuple(f"write {one}" for one in filters))


def mosquitto() -> str | None:
    """The program's path; Debian puts it where a plain user's PATH does not look."""
    return shutil.which("mosquitto") or shutil.which(
        "mosquitto", path="/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin"
    )


def flavour() -> str:
    """Which broker `prepare` will choose.

    Raises:
        BrokerError: neither is installed.
    """
    if mosquitto() is not None:
        return "mosquitto"
    if importlib.util.find_spec("iotcore") is not None:
        return "iotcore"
    raise BrokerError(
        "no MQTT broker: install mosquitto, or pip install 'lineshaft[all]', or set LINESHAFT_BROKER_URL"
    )


def runs_as() -> Account:
    """Who the broker is to run as.

    Raises:
        BrokerError, AccountError: no broker is installed, or the account is missing.
    """
    account = accounts.unprivileged()
    if flavour() == "iotcore" and not account.can("-x", Path(sys.executable)):
        return Account()  # root's own Python in root's home: the wheel's broker can only run as we do
    return account


def prepare(folder: Path, port: int, accesses: Sequence[Access], account: Account) -> list[str]:
    """Write the broker's files and give the command that runs it in the foreground.

    Raises:
        BrokerError: no broker program is installed.
    """
    kind = flavour()
    folder = home(folder, account)
    if kind == "mosquitto":
        return _prepare_mosquitto(folder, port, accesses, account)
    return _prepare_iotcore(folder, port, accesses, account)


def _prepare_mosquitto(folder: Path, port: int, accesses: Sequence[Access], account: Account) -> list[str]:
    acl = "\n".join(
        line
        for access in accesses
        for line in (f"user {access.login}", *(f"topic {rule}" for rule in access.rules), "")
    )
    passwords = "".join(f"{access.login}:{hashed(access.password)}\n" for access in accesses)
    settings = f"""\
listener {port} {HOST}
allow_anonymous false
password_file {folder}/passwords
acl_file {folder}/acl
persistence true
persistence_location {folder}/
autosave_interval 60
max_inflight_messages 0
max_queued_messages 0
max_queued_bytes {QUEUED_BYTES}
message_size_limit {MESSAGE_BYTES}
max_packet_size {MESSAGE_BYTES + 65_536}
persistent_client_expiration 14d
set_tcp_nodelay true
sys_interval 10
log_dest stderr
log_type error
log_type warning
log_type notice
connection_messages false
"""
    for name, text in (("passwords", passwords), ("acl", acl), ("mosquitto.conf", settings)):
        write_atomically(folder / name, text, mode=0o600, owner=account)
    return [str(mosquitto()), "-c", str(folder / "mosquitto.conf")]


def _prepare_iotcore(folder: Path, port: int, accesses: Sequence[Access], account: Account) -> list[str]:
    # rumqttd knows passwords but no ACL, and keeps a bounded log in memory: 10 segments of 10 MB, oldest out.
    # Its MQTT 5 listener is one of its own, and the only one: our clients all speak 5.
    logins = "\n".join(f'"{access.login}" = "{access.password}"' for access in accesses)
    settings = f"""\
id = 0

[router]
id = 0
max_connections = 10000
max_outgoing_packet_count = 200
max_segment_size = 10485760
max_segment_count = 10

[v5.1]
name = "v5"
listen = "{HOST}:{port}"
next_connection_delay_ms = 1

[v5.1.connections]
connection_timeout_ms = 10000
max_payload_size = {MESSAGE_BYTES}
max_inflight_count = 100
dynamic_filters = true

[v5.1.connections.auth]
{logins}
"""
    write_atomically(folder / "rumqttd.toml", settings, mode=0o600, owner=account)
    return [
        sys.executable,
        "-m",
        "iotcore",
        "--config",
        str(folder / "rumqttd.toml"),
        "--log-level",
        "WARNING",
    ]


def hashed(password: str) -> str:
    """Mosquitto's form of a password (`mosquitto_passwd` is not on every machine that has the broker).

    PBKDF2-SHA512 with its own count of rounds: our passwords are random, 144 bits, and need no slow hash.
    """
    salt, rounds = os.urandom(12), 101
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, rounds)
    return f"$7${rounds}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"
