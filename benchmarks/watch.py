"""Sees what is committed and what can be queried, as anybody could: over a connection of its own.

An observation says up to which message of an agent something was visible at an instant. With the generator's
list of what it made when, each message gets its time: from making until the first look that showed it. So a
time is too long by up to one look (5 ms), never too short, and no message is left out.
"""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray

from benchmarks.bodies import SIGNALS
from benchmarks.load import SITE
from lineshaft.store.database import Connection

LOOK_S = 0.005
_COMMITTED = "SELECT agent, seq FROM cursor WHERE site = %s AND boot = %s AND lane = 0"
_SIGNALS = """
    SELECT d.agent, s.signal_id FROM signal s JOIN device d USING (device_id)
    WHERE d.site = %s AND s.name = %s
"""
_NEWEST = (
    "SELECT signal_id, (extract(epoch FROM ts) * 1000)::bigint FROM latest_reading WHERE signal_id = ANY(%s)"
)

Look = Callable[[], Iterable[tuple[str, int]]]
"""Each agent with the newest that is visible of it."""


@dataclass
class Made:
    """What the generator made: each agent's message times, in order."""

    by_agent: dict[str, NDArray[np.int64]]

    @classmethod
    def of(cls, agent: NDArray[np.int32], made_ms: NDArray[np.int64]) -> "Made":
        """From the generator's log."""
        order = np.argsort(agent, kind="stable")
        numbers, starts = np.unique(agent[order], return_index=True)
        parts = np.split(made_ms[order], starts[1:])
        return cls({f"bench-{n:03}": part for n, part in zip(numbers.tolist(), parts, strict=True)})


@dataclass
class Watch:
    """Looks again and again in a thread of its own; a context."""

    conn: Connection
    look: Look
    seen: dict[str, list[tuple[int, float]]] = field(default_factory=dict)
    """Agent → what was newest, and when that was first seen (epoch seconds)."""
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        if self._thread:
            self._thread.join()
        self.conn.close()

    def _run(self) -> None:
        while not self._stop.wait(LOOK_S):
            rows = self.look()
            at_s = time.time()
            for agent, newest in rows:
                found = self.seen.setdefault(agent, [])
                if not found or newest > found[-1][0]:
                    found.append((newest, at_s))


def committed(conn: Connection, boot: str) -> Watch:
    """Watch the journal: up to which seq each agent is committed."""
    return Watch(conn, lambda: conn.execute(_COMMITTED, (SITE, boot)).fetchall())


def queryable(conn: Connection) -> Watch:
    """Watch the results: the time of each agent's newest reading of its first signal."""
    agents: dict[int, str] = {}

    def look() -> list[tuple[str, int]]:
        if not agents:
            agents.update((signal, agent) for agent, signal in conn.execute(_SIGNALS, (SITE, SIGNALS[0])))
        rows = conn.execute(_NEWEST, (list(agents),)).fetchall()
        return [(agents[signal], newest) for signal, newest in rows]

    return Watch(conn, look)


def journal_s(made: Made, watch: Watch) -> list[float]:
    """Made → committed, for each message."""
    found: list[float] = []
    for agent, made_ms in made.by_agent.items():
        found += _delays(np.arange(1, len(made_ms) + 1), made_ms, watch.seen.get(agent, []))
    return found


def queryable_s(made: Made, watch: Watch, per_message: int) -> list[float]:
    """Made → its results visible, for each message with the signal that is watched."""
    every = len(SIGNALS) if per_message == 1 else 1
    found: list[float] = []
    for agent, made_ms in made.by_agent.items():
        found += _delays(made_ms[::every], made_ms[::every], watch.seen.get(agent, []))
    return found


def _delays(
    keys: NDArray[np.int64], made_ms: NDArray[np.int64], seen: Sequence[tuple[int, float]]
) -> list[float]:
    """From each making until the first sight of its key, or of a later one.

    >>> [round(one, 3) for one in _delays(np.array([1, 2]), np.array([1000, 1500]), [(2, 1.6)])]
    [0.6, 0.1]
    """
    if not seen:
        return []
    newest, at_s = np.array([key for key, _ in seen]), np.array([at for _, at in seen])
    first = np.searchsorted(newest, keys)
    known = first < len(newest)
    delays: list[float] = (at_s[first[known]] - made_ms[known] / 1000).tolist()
    return delays
