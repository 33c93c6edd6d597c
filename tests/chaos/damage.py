"""Files that are torn, old or gone, as rows: an agent's outbox, a recovery store, the server's database.

What is destroyed with a file cannot come again. Each row says which readings that may be, and whose count of
them must agree (`Excuse`); the oracle takes no other excuse.
"""

import contextlib
import json
import shutil
import sqlite3
import subprocess
import time
from pathlib import Path

import psycopg

from chaos import oracle
from chaos.fault import Fault, Figures, recover
from chaos.oracle import Excuse
from chaos.patience import wait_until
from chaos.silence import hush, new_memory, silence
from chaos.system import System
from lineshaft.runtime import postgres
from lineshaft.runtime.accounts import unprivileged
from lineshaft.runtime.files import secret
from lineshaft.store import journal

TORN_BYTES = 6_000
"""Overwritten in the middle of a file: some pages."""
LOAD_S = 3.0
TOLD_S = 20.0
SERVICES = ("ingest", "flow", "plant", "upkeep", "notify", "web")
VICTIM = "agent-2"


def torn_outbox(system: System) -> Figures:
    """Bytes in the middle of an agent's file are overwritten, while it holds what is not committed.

    What it holds is on its way as well: the broker keeps it for ingest, which is away. What can be read
    must keep its numbers.
    """
    path, service = system.outbox(VICTIM), f"edge-{VICTIM}"
    hush(system)
    recover(system, "silence")
    with system.held_down("ingest"):
        system.order("run")
        time.sleep(LOAD_S)
        hush(system)
        boot = boot_of(path)
        with new_memory(system, VICTIM), system.held_down(service):
            held = uncommitted(path)
            tear(path, held[len(held) // 2][1])
        assert boot_of(path) == boot, "another boot"
        with oracle.looking(path) as conn:
            (missing,) = conn.execute("SELECT sum(dropped) FROM lane").fetchone()
    system.order("run")
    system.excuses.append(Excuse("torn outbox", [numbers(body) for _, body in held], lambda: int(missing)))
    said(system, "edge.damaged")
    assert missing > 0, "nothing was torn"
    assert list(path.parent.glob("*.damaged-*")), "the damaged file is not kept"
    return {"held": len(held), "missing": int(missing)}


def torn_log(system: System) -> Figures:
    """Half of an agent's write-ahead log is gone: what it knew last, it knows no more."""
    path = system.outbox(VICTIM)
    boot = boot_of(path)
    with silence(system), new_memory(system, VICTIM), system.held_down(f"edge-{VICTIM}"):
        log = path.with_name(path.name + "-wal")
        size = log.stat().st_size if log.exists() else 0
        assert size, "there is no log"
        with log.open("r+b") as file:
            file.truncate(size // 2 + 7)
    wait_until(lambda: boot_of(path) != boot, "a new boot", within_s=TOLD_S)
    said(system, "edge.old_copy")
    return {"log_bytes": size}


def old_image(system: System) -> Figures:
    """An agent's file is restored from an image taken some seconds before, under load."""
    path, image = system.outbox(VICTIM), system.data_dir / "image.sqlite3"
    image.unlink(missing_ok=True)
    with oracle.looking(path) as conn, contextlib.closing(sqlite3.connect(image)) as copy:
        conn.backup(copy)
    boot = boot_of(path)
    time.sleep(LOAD_S)
    with silence(system), new_memory(system, VICTIM), system.held_down(f"edge-{VICTIM}"):
        behind = oracle.waiting(path)[0] - oracle.waiting(image)[0]
        remove(path)
        shutil.copy(image, path)
    assert behind > 0, "the image was not old"
    wait_until(lambda: boot_of(path) != boot, "a new boot", within_s=TOLD_S)
    said(system, "edge.old_copy")
    return {"messages_behind": behind}


def wiped(system: System) -> None:
    """An agent's folder is emptied."""
    with silence(system), new_memory(system, VICTIM), system.held_down(f"edge-{VICTIM}"):
        remove(system.outbox(VICTIM))


def restored_server(system: System) -> Figures:
    """The database is restored from a dump taken under load; one agent has let go of what it needed."""
    dump = system.data_dir / "backup.dump"
    binaries = postgres._binaries(unprivileged())
    cut = [str(binaries / "pg_dump"), "-Fc", "-f", str(dump), system.database_url]
    subprocess.run(cut, check=True, capture_output=True)
    time.sleep(LOAD_S)
    path, services = system.outbox(VICTIM), (*SERVICES, f"edge-{VICTIM}")
    with silence(system), system.held_down(*services):
        held = let_go(path)
        with psycopg.connect(superuser_url(system), autocommit=True) as conn:
            conn.execute("DROP DATABASE lineshaft WITH (FORCE)")
            conn.execute("CREATE DATABASE lineshaft OWNER lineshaft")
        paste = [str(binaries / "pg_restore"), "-d", system.database_url, str(dump)]
        subprocess.run(paste, check=True, capture_output=True)
        with system.connect() as conn:
            conn.autocommit = False
            journal.renew(conn)
    wait_until(lambda: booked_lost(system), "the loss is booked", within_s=TOLD_S, alive=system.process)
    recover(system, "the database is restored")
    why = "let go by the agent, lost by the server"
    system.excuses.append(Excuse(why, held, lambda: booked_lost(system)))
    return {"booked_server_restored": booked_lost(system)}


def torn_recovery(system: System) -> Figures:
    """The flow's own recovery store is overwritten: it must rebuild from what the database holds."""
    with system.held_down("flow"):
        files = [file for file in (system.data_dir / "recovery").rglob("*") if file.is_file()]
        for file in files:
            file.write_bytes(b"torn" * 2_000)
    return {"files": len(files)}


def booked_lost(system: System) -> int:
    """Messages that the server has booked as its own loss."""
    try:
        with system.connect() as conn:
            row = conn.execute(
                "SELECT coalesce(sum(last_seq - first_seq + 1), 0)::bigint FROM gap"
                " WHERE cause = 'server_restored'"
            ).fetchone()
    except psycopg.Error:
        return 0
    return int(str(row[0])) if row else 0


def boot_of(path: Path) -> str:
    """The id of the file that is there now; empty where there is none or it is torn."""
    try:
        with oracle.looking(path) as conn:
            return str(conn.execute("SELECT boot FROM file").fetchone()[0])
    except (sqlite3.Error, TypeError):
        return ""


def uncommitted(path: Path) -> list[tuple[str, bytes]]:
    """Topic and body of the readings that a file holds and does not know to be committed, all in the file."""
    with contextlib.closing(sqlite3.connect(path)) as conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return [
            (topic, body)
            for number, lane in enumerate(("live", "late"))
            for topic, body in conn.execute(
                f"SELECT topic, body FROM {lane}, lane WHERE lane.lane = ? AND seq > committed ORDER BY seq",  # noqa: S608 - two names
                (number,),
            )
            if topic.endswith("/m")
        ]


def tear(path: Path, at: bytes) -> None:
    """Overwrite the pages round some bytes."""
    found = bytearray(path.read_bytes())
    middle = found.index(at)
    found[max(4096, middle - TORN_BYTES // 2) : middle + TORN_BYTES // 2] = b"\xff" * TORN_BYTES
    path.write_bytes(found[: path.stat().st_size])


def let_go(path: Path) -> list[range]:
    """Take the committed rows out of a file's ring, as age does; whose readings they were."""
    with contextlib.closing(sqlite3.connect(path)) as conn, conn:
        bodies = [
            body
            for number, lane in enumerate(("live", "late"))
            for (body,) in conn.execute(
                f"DELETE FROM {lane} WHERE seq <= (SELECT committed FROM lane WHERE lane = ?)"  # noqa: S608 - two names
                " RETURNING CASE WHEN topic LIKE '%/m' THEN body END",
                (number,),
            )
            if body is not None
        ]
    return [numbers(body) for body in bodies]


def numbers(body: bytes) -> range:
    """The numbers that a load's message says."""
    rows = json.loads(body)["r"]
    return range(rows[0][1], rows[-1][1] + 1)


def remove(path: Path) -> None:
    """Delete an outbox file with its log."""
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def said(system: System, code: str) -> None:
    """Wait until the agent's event about it stands in the database: that is the alarm a person sees."""

    def is_there() -> bool:
        try:
            with system.connect() as conn:
                return conn.execute("SELECT 1 FROM event WHERE code = %s", (code,)).fetchone() is not None
        except psycopg.Error:
            return False

    wait_until(is_there, f"{code} is told", within_s=TOLD_S * 2, alive=system.process)


def superuser_url(system: System) -> str:
    """The address for what the owner may not do: dropping its own database while it stands."""
    password = secret(system.data_dir / "secrets", "database-superuser")
    rest = system.database_url.partition("@")[2].rpartition("/")[0]
    return f"postgresql://postgres:{password}@{rest}/postgres"


FAULTS = (
    Fault("C5 an agent's file torn in the middle", torn_outbox, "counted and told"),
    Fault("C5 an agent's log torn", torn_log, "told; nothing lost"),
    Fault("C5 the flow's recovery store torn", torn_recovery, "nothing lost"),
    Fault("R1 an agent restored from an old image", old_image, "told; nothing lost, nothing doubled"),
    Fault("R2 an agent's folder emptied", wiped, "nothing that was committed is doubled"),
    Fault("R3 the server restored from a dump", restored_server, "what no agent holds is booked"),
)
