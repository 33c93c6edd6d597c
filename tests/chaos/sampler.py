"""Looks at every process once in a while: memory, files, threads, connections. And what to make of it."""

import statistics
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import combinations
from typing import NamedTuple, Self

import psutil
import psycopg

from chaos.system import System

MB = 1024 * 1024


class Sample(NamedTuple):
    """One look at one service, its children included."""

    at_s: float
    rss_mb: float
    files: int
    threads: int


@dataclass
class Sampler:
    """Samples while its context is open."""

    system: System
    every_s: float = 1.0
    samples: dict[str, list[Sample]] = field(default_factory=dict)
    connections: list[tuple[float, int]] = field(default_factory=list)
    """Seconds since the beginning, and sessions at the database."""
    began: float = field(default_factory=time.monotonic)
    _done: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._run, name="sampler", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join(30)

    def _run(self) -> None:
        while not self._done.wait(self.every_s):
            at_s = time.monotonic() - self.began
            for service, pid in self.system.processes().items():
                found = look(pid)
                if found:
                    self.samples.setdefault(service, []).append(Sample(at_s, *found))
            try:
                with self.system.connect() as conn:
                    row = conn.execute("SELECT count(*) FROM pg_stat_activity").fetchone()
                    self.connections.append((at_s, int(str(row[0])) if row else 0))
            except psycopg.Error:
                continue  # the database is away; that is another's business

    def growth_mb(self) -> dict[str, float]:
        """How much more memory each service had at its largest than at the first look."""
        return {
            service: round(max(sample.rss_mb for sample in found) - found[0].rss_mb, 1)
            for service, found in self.samples.items()
        }


def look(pid: int) -> tuple[float, int, int] | None:
    """Megabytes, open files and threads of a process and its children; None where it has gone.

    Shared memory counts once: a database's sessions all map the same.
    """
    rss = files = threads = 0
    try:
        family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
        for number, process in enumerate(family):
            memory = process.memory_info()
            rss += memory.rss if number == 0 else max(0, memory.rss - memory.shared)
            files += process.num_fds()
            threads += process.num_threads()
    except psutil.Error:
        return None
    return rss / MB, files, threads


def slope(points: Iterable[tuple[float, float]]) -> float:
    """Theil-Sen: the median of the slopes between all pairs of points; no single spike moves it.

    >>> slope([(0, 1.0), (1, 3.0), (2, 5.0), (3, 90.0), (4, 9.0)])
    2.0
    """
    found = [
        (y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in combinations(thinned(list(points)), 2) if x2 != x1
    ]
    return statistics.median(found) if found else 0.0


def thinned(points: list[tuple[float, float]], most: int = 400) -> list[tuple[float, float]]:
    """Every so many-th point, so that pairs stay countable."""
    return points[:: max(1, len(points) // most)]
