"""Silence of the loads, for what may happen only while nothing is between a source and its agent's file."""

import contextlib
import sqlite3
from collections.abc import Iterator

from chaos import oracle
from chaos.fault import recover
from chaos.load import heeded, last_logged
from chaos.patience import wait_until
from chaos.system import System

KEPT_S = 45.0
"""Until an agent has all that its source logged: its supervisor may make it wait 20 s."""


def hush(system: System) -> None:
    """Have everybody stop, and wait until all that was logged is in the agents' files.

    Raises:
        AssertionError: an agent does not get there.
    """
    obeyed(system, "stop")


def obeyed(system: System, order: str) -> None:
    """Give an order after which all are silent, and wait until it is done and what was said is kept.

    Raises:
        AssertionError: an agent does not get there.
    """
    system.order(order)

    def is_done() -> bool:
        return all(
            heeded(system.log(agent)) == order and kept(system, agent) == last_logged(system.log(agent))
            for agent in system.agents
        )

    try:
        wait_until(is_done, f"{order!r} is done and kept", within_s=KEPT_S, alive=system.process)
    except AssertionError as error:
        logs = {agent: system.log(agent) for agent in system.agents}
        stands = {agent: (kept(system, agent), last_logged(log), heeded(log)) for agent, log in logs.items()}
        error.add_note(f"kept, logged and heeded: {stands}")
        raise


@contextlib.contextmanager
def silence(system: System) -> Iterator[None]:
    """Nobody speaks, and all that was said is committed; then they speak again."""
    hush(system)
    recover(system, "silence")
    yield
    system.order("run")


@contextlib.contextmanager
def new_memory(system: System, agent: str) -> Iterator[None]:
    """In silence an agent is ended, and its successor finds another file, which may know no source.

    That source goes on behind its log all the same, as a real machine, which does not turn back time. It says
    one message at once; when that is kept, the new file knows how far the source is.
    """
    before = last_logged(system.log(agent))
    system.order("skip")
    yield

    def is_kept() -> bool:
        now = last_logged(system.log(agent))
        return now > before and kept(system, agent) == now

    wait_until(is_kept, f"the new memory of {agent} knows its source", within_s=KEPT_S, alive=system.process)
    system.order("stop")


def kept(system: System, agent: str) -> int:
    """The last number that an agent's file has; 0 where there is none."""
    try:
        with oracle.looking(system.outbox(agent)) as conn:
            row = conn.execute("SELECT at FROM position WHERE source = 'load'").fetchone()
    except sqlite3.Error:
        return 0
    return int(row[0]) if row else 0
