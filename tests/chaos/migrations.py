"""C6: kills during the migration of an empty database, and what the next start makes of it.

`python -m chaos.migrations --kills 20` starts an embedded server of its own, kills the migrating process (and
every third time the server too) at random moments, lets it run again to its end, and compares the schema with
that of a migration nobody disturbed: tables, columns, indexes, constraints, functions, views and rights.
"""

import argparse
import json
import random
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg

from chaos.patience import wait_until
from lineshaft.runtime import accounts, ports, postgres

MIGRATE = "import sys; from lineshaft.store.migrate import migrate; migrate(sys.argv[1])"


@dataclass
class Server:
    """An embedded server that syncs; it may be killed."""

    folder: Path

    def __post_init__(self) -> None:
        account = accounts.unprivileged()
        self.cluster = postgres.prepare(self.folder / "postgres", self.folder / "secrets", account)
        self.port = ports.choose(["postgres"])["postgres"]
        self.start()

    def start(self) -> None:
        """Start it, and wait until it accepts connections."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                self.cluster.command(self.port), stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/",
                **self.cluster.account.spawn_arguments(),
            )  # fmt: skip
        # Until the dead server's last sessions are gone, another one is refused: begin again.
        try:
            wait_until(
                lambda: self.cluster.is_ready(self.port), "the server is ready", alive=self.process,
                within_s=30,
            )  # fmt: skip
        except AssertionError:
            if self.process.poll() is None:
                raise
            time.sleep(0.5)
            self.start()

    def kill(self) -> None:
        """End it without a word, and start it again."""
        self.process.kill()
        self.process.wait()
        self.start()

    def fresh(self, name: str) -> str:
        """An empty database's address."""
        with psycopg.connect(self.cluster.url(self.port, "postgres"), autocommit=True) as conn:
            conn.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())
            conn.execute(f"CREATE DATABASE {name}".encode())
        return self.cluster.url(self.port, name)

    def dump(self, url: str) -> str:
        """The schema as `pg_dump -s` tells it, without the names that change from run to run."""
        command = [str(self.cluster.binaries / "pg_dump"), "-s", url]
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        return "\n".join(line for line in told.splitlines() if not line.startswith("\\"))

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(30)


def migrating(url: str) -> "subprocess.Popen[bytes]":
    """A process that migrates."""
    return subprocess.Popen([sys.executable, "-c", MIGRATE, url], stderr=subprocess.DEVNULL)


def run(kills: int, seed: int) -> dict[str, object]:
    """Migrate once in peace, then as often as told with a kill; what differs."""
    rng = random.Random(seed)  # noqa: S311 - a schedule that can be repeated, no secret
    folder = Path(tempfile.mkdtemp(prefix="lineshaft-chaos-migrations-"))
    folder.chmod(0o711)
    server = Server(folder)
    met, different, half = 0, [], 0
    try:
        begun = time.monotonic()
        assert migrating(server.fresh("peace")).wait() == 0
        whole_s = time.monotonic() - begun
        # How long an interpreter takes before it touches the database; kills then would say nothing.
        begun = time.monotonic()
        assert migrating(server.cluster.url(server.port, "peace")).wait() == 0
        start_s = time.monotonic() - begun
        wanted = server.dump(server.cluster.url(server.port, "peace"))
        for number in range(kills):
            url = server.fresh("torn")
            process = migrating(url)
            time.sleep(rng.uniform(min(start_s * 0.8, whole_s * 0.8), whole_s))
            met += process.poll() is None
            process.kill()
            process.wait()
            if number % 3 == 2:
                server.kill()
            half += 0 < applied(url) < applied(server.cluster.url(server.port, "peace"))
            assert migrating(url).wait() == 0, f"kill {number}: the next migration failed"
            if server.dump(url) != wanted:
                different.append(number)
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
    return {
        "kills": kills,
        "met": met,
        "half_done": half,
        "different": different,
        "whole_s": round(whole_s, 1),
    }


def applied(url: str) -> int:
    """How many migrations a database has."""
    with psycopg.connect(url) as conn:
        if conn.execute("SELECT to_regclass('lineshaft.migration')").fetchone() == (None,):
            return 0
        row = conn.execute("SELECT count(*) FROM lineshaft.migration").fetchone()
        return int(row[0]) if row else 0


def main() -> int:
    """Run, print, and judge."""
    parser = argparse.ArgumentParser(prog="python -m chaos.migrations")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    told = parser.parse_args()
    found = run(told.kills, told.seed)
    print(json.dumps(found | {"seed": told.seed}))
    return 0 if found["met"] and not found["different"] else 1


if __name__ == "__main__":
    sys.exit(main())
