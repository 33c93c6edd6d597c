"""Upkeep: the service that keeps the tables going while the others fill them.

Rollups every few seconds, the journal's partitions every minute, everything else every hour. A job that fails
is logged and counted and comes again at its next turn; the others go on.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from threading import Event, Thread
from typing import NamedTuple

import structlog
from prometheus_client import Counter, Histogram

from lineshaft import logs, metrics
from lineshaft.broker.backoff import Backoff
from lineshaft.clock import SECOND_US, Clock, monotonic_clock, system_clock
from lineshaft.stopping import when_told
from lineshaft.store import beats, dead_letters, journal, models, plan_orders, upkeep
from lineshaft.store.database import Connection, ConnectionLost, Flavour, connect, flavour
from lineshaft.store.upkeep import Keep
from stream import ways
from stream.settings import StreamSettings, keep_from_environment

STATEMENT_TIMEOUT_S = 600
HOUR_S = 3600

JOBS = Counter("lineshaft_upkeep_jobs_total", "Upkeep jobs run, by result", ["job", "result"])
JOB_SECONDS = Histogram("lineshaft_upkeep_job_duration_seconds", "Time of a job", ["job"])

_log = structlog.get_logger(__name__)


class Job(NamedTuple):
    """Something to do again and again; what it gives is how much it did."""

    name: str
    every_s: float
    do: Callable[[Connection, int], int]


def jobs(database: Flavour, keep: Keep) -> tuple[Job, ...]:
    """What there is to do on a flavour, in the order of the first round."""
    common = (
        Job("journal_partitions", 60, lambda conn, _: _journal_partitions(conn)),
        Job("journal_dropping", HOUR_S / 6, lambda conn, now_us: upkeep.drop_journal(conn, now_us, keep)),
        Job("clearing", HOUR_S, lambda conn, now_us: upkeep.clear(conn, now_us, keep)),
        Job("dead_letters", 60, dead_letters.drop_excess),
        Job("model_demotion", 20, models.demote),
        Job("maintenance_plans", 30, plan_orders.make_due),
    )
    if database == "timescaledb":
        return (
            *common,
            Job("policies", HOUR_S, lambda conn, _: upkeep.set_policies(conn, keep)),
            Job("settling", HOUR_S / 6, lambda conn, _: upkeep.settle_series(conn)),
        )
    return (
        Job("partitions", HOUR_S, lambda conn, now_us: upkeep.make_partitions(conn, now_us, keep)),
        *common,
        Job("rollups", 5, lambda conn, _: upkeep.roll_up(conn)),
        Job("series_dropping", HOUR_S, lambda conn, now_us: upkeep.drop_series(conn, now_us, keep)),
    )


@dataclass(slots=True)
class Rounds:
    """When each job is next due, on a clock that never goes back."""

    jobs: tuple[Job, ...]
    due_us: dict[str, int] = field(default_factory=dict)

    def take_due(self, now_us: int) -> list[Job]:
        """The jobs to do now; each comes again after its interval."""
        due = [job for job in self.jobs if self.due_us.get(job.name, 0) <= now_us]
        for job in due:
            self.due_us[job.name] = now_us + int(job.every_s * SECOND_US)
        return due

    def is_due(self, now_us: int) -> bool:
        """Whether there is something to do already."""
        return any(due_us <= now_us for due_us in self.due_us.values())

    def again(self, job: Job, now_us: int) -> None:
        """Do a job again at once: there is more of it."""
        self.due_us[job.name] = now_us


def run(settings: StreamSettings, keep: Keep, stopping: Event, clock: Clock = system_clock) -> None:
    """Keep up until told to stop; a lost database is waited for."""
    started_us = clock()
    connected = Event()
    checks: dict[str, metrics.Check] = {
        "database": lambda: None if connected.is_set() else "no connection to the database"
    }
    server = metrics.serve(settings.metrics_port, checks)
    backoff = Backoff(base_s=0.5, cap_s=10)
    try:
        while not stopping.is_set():
            try:
                with _connect(settings) as conn:
                    connected.set()
                    backoff.reset()
                    _keep_up(conn, jobs(flavour(conn), keep), stopping, clock, started_us)
            except ConnectionLost as error:
                connected.clear()
                _log.warning("database lost", error=str(error).strip())
                stopping.wait(backoff.next_s())
    finally:
        server.shutdown()


def _keep_up(conn: Connection, todo: tuple[Job, ...], stopping: Event, clock: Clock, started_us: int) -> None:
    rounds = Rounds(todo)
    done: dict[str, object] = {}
    while not stopping.is_set():
        beats.beat(conn, "upkeep", started_us, clock(), done)
        for job in rounds.take_due(monotonic_clock()):
            amount = _do(conn, job, clock())
            if amount is not None:
                done[job.name] = amount
            if job.name == "rollups" and amount == upkeep.ROLLUP_POSITIONS:
                rounds.again(job, monotonic_clock())
            beats.beat(conn, "upkeep", started_us, clock(), done)
        stopping.wait(0 if rounds.is_due(monotonic_clock()) else beats.EVERY_S)


def _do(conn: Connection, job: Job, now_us: int) -> int | None:
    """Do one job; None if it failed for a reason that may pass, like a table in use by others."""
    try:
        with JOB_SECONDS.labels(job.name).time():
            amount = job.do(conn, now_us)
    except ConnectionLost as error:
        if conn.closed:
            raise
        conn.rollback()
        JOBS.labels(job.name, "failed").inc()
        _log.warning("job put off", job=job.name, error=str(error).strip())
        return None
    JOBS.labels(job.name, "done").inc()
    if amount and job.name != "rollups":
        _log.info("job done", job=job.name, amount=amount)
    return amount


def _journal_partitions(conn: Connection) -> int:
    made = journal.make_partitions(conn)
    conn.commit()
    return made


def _connect(settings: StreamSettings) -> Connection:
    return connect(
        settings.database_url,
        role=settings.database_role,
        schema=settings.database_schema,
        application="lineshaft upkeep",
        timeout_s=STATEMENT_TIMEOUT_S,
    )


def main() -> int:
    """Run as a process."""
    settings = StreamSettings.from_environment(os.environ)
    logs.configure("upkeep", settings.log_level)
    stopping = Event()
    when_told(stopping.set)
    server = ways.RoutingServer.from_environment(os.environ)
    if server:  # beside the jobs: who waits for a network must not hold them up
        asking = ways.Asking(server, system_clock)
        Thread(
            target=ways.run, args=(asking, partial(_connect, settings), stopping), name="ways", daemon=True
        ).start()
    _log.info("started")
    run(settings, keep_from_environment(os.environ), stopping)
    _log.info("stopped")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
