"""Ingest and the shard flow as processes between a real broker and a real database, for tests of both."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import psycopg

from waiting import wait_until

ROOT = Path(__file__).parent.parent
SERVICES = (("stream.ingest", "lineshaft_ingest"), ("stream.flow", "lineshaft_stream"))
READY = """
    SELECT 1 FROM service_beat AS ingest JOIN service_beat AS flow ON flow.service = 'flow'
    WHERE ingest.service = 'ingest' AND ingest.detail @> '{"connected": true}'
    AND least(ingest.started, flow.started) > to_timestamp(%f)
"""
"""Their beats, not those of who was there before."""


@contextlib.contextmanager
def running(
    database_url: str, broker_url: str, folder: Path, environ: Mapping[str, str] | None = None
) -> Iterator[list["subprocess.Popen[bytes]"]]:
    """Both, from when both work; at the end each must stop with code 0, and have been the same.

    Args:
        database_url: a migrated database.
        broker_url: of a broker of the test's own.
        folder: for the flow's state and the log.
        environ: more of the environment of both.
    """
    own = {
        "PATH": os.environ["PATH"],
        "LINESHAFT_DATABASE_URL": database_url,
        "LINESHAFT_BROKER_URL": broker_url,
        "LINESHAFT_DATA_DIR": str(folder),
        **(environ or {}),
    }
    begun_s = time.time()
    with (folder / "log").open("wb") as log:
        started = [
            subprocess.Popen(
                [sys.executable, "-m", module], env=own | {"LINESHAFT_DATABASE_ROLE": role}, cwd=ROOT,
                stdout=log, stderr=log,
            )
            for module, role in SERVICES
        ]  # fmt: skip
        try:
            wait_until(
                lambda: rows(database_url, READY % begun_s), "both work", alive=started[0], log=folder / "log"
            )
            yield started
            for process in started:
                process.terminate()
            assert [process.wait(20) for process in started] == [0, 0], said(folder)
        finally:
            for process in started:
                process.kill()
                process.wait()


def rows(database_url: str, query: str) -> list[tuple[Any, ...]]:
    """What a query finds, in the schema."""
    with psycopg.connect(database_url, options="-c search_path=lineshaft,public") as conn:
        return conn.execute(query.encode()).fetchall()


def said(folder: Path) -> str:
    """The last words of both."""
    return (folder / "log").read_text(errors="replace")[-3000:]
