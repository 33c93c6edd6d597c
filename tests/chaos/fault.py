"""What a fault is: one row of a table. It happens and passes; then every agent must get on.

The tables are `crashes.py`, `outages.py`, `wires.py` and others beside them, put together in `faults.py`.
Names begin with the fault's id in the list of faults (docs/faults.md).
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from chaos import oracle
from chaos.patience import wait_until
from chaos.system import System

RECOVER_S = 45.0
"""Until all is committed again: the longest pauses are the agent's own, 4 s doubled, and its backoff."""

READY_S = 60.0
"""Until all are ready again after the fault before."""

Figures = Mapping[str, Any]
Deed = Callable[[System], Figures | None]


@dataclass(frozen=True)
class Fault:
    """One row."""

    name: str
    happen: Deed
    """Makes it happen and pass; may give figures to print, and raises where they do not hold."""
    expected: str = "all committed"
    recover_s: float = RECOVER_S
    is_long: bool = False
    """Only in the long suite."""


def strike(system: System, fault: Fault) -> dict[str, Any]:
    """Let a fault happen and pass, and see the agents get on.

    Raises:
        AssertionError: they do not, or the fault itself says what went wrong.
    """
    system.until_all_ready(READY_S)
    accepted = system.accepted
    begun = time.monotonic()
    figures = fault.happen(system) or {}
    lasted_s = round(time.monotonic() - begun, 1)
    recovered_s = recover(system, fault.name, fault.recover_s)
    reconnects = system.accepted - accepted
    return {
        "fault": fault.name,
        "lasted_s": lasted_s,
        "recovered_s": recovered_s,
        "reconnects": reconnects,
        **figures,
    }


def recover(system: System, after: str, within_s: float = RECOVER_S) -> float:
    """Wait until every agent has committed what it has numbered by now; how long that took."""
    begun = time.monotonic()
    numbered = {agent: oracle.waiting(system.outbox(agent))[0] for agent in system.agents}

    def is_committed() -> bool:
        for agent, target in numbered.items():
            now, uncommitted = oracle.waiting(system.outbox(agent))
            if now - uncommitted < target:
                return False
        return True

    wait_until(is_committed, f"all is committed after: {after}", within_s=within_s, alive=system.process)
    return round(time.monotonic() - begun, 1)
