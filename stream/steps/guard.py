"""Keeps a step that fails from stopping the flow: a fault costs the message or machine that shows it.

Without this the flow would start again, come to the same place of the journal, and fail again, for ever.
"""

from collections import Counter as Counts
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from typing import Any, TypeVar

import numpy as np
import structlog
from prometheus_client import Counter

log = structlog.get_logger()

Piece = TypeVar("Piece")
Found = TypeVar("Found")

FAILURES = Counter(
    "lineshaft_flow_step_failures_total", "Times a step failed; the log has the trace", ["step"]
)

LOGGED = 10
"""First failures of a step whose traces are logged, each."""
times: Counts[str] = Counts()
"""How often each step of this process failed."""


def failed(step: str, error: Exception, **where: object) -> None:
    """Count and log that a step failed; of many times the first ones, and then each power of two."""
    FAILURES.labels(step).inc()
    times[step] += 1
    if times[step] <= LOGGED or times[step].bit_count() == 1:
        log.error("step_failed", step=step, times=times[step], exc_info=error, **where)


def isolated(
    piece: Piece,
    take: Callable[[Piece], Found],
    halves: Callable[[Piece], tuple[Piece, Piece] | None],
    blame: Callable[[Piece, Exception], None],
) -> list[Found]:
    """Take a piece; where that fails its halves, down to those that are guilty.

    Args:
        piece: what is taken together.
        take: leaves everything as it was where it raises.
        halves: of a piece, in their order; None where it cannot be parted.
        blame: called with each guilty piece.

    Returns:
        What `take` gave for the parts that went well, in their order; mostly one.
    """
    try:
        return [take(piece)]
    except Exception as error:  # noqa: BLE001 - any fault of ours; blame counts and logs it
        parts = halves(piece)
        if parts is None:
            blame(piece, error)
            return []
    return [found for part in parts for found in isolated(part, take, halves, blame)]


@contextmanager
def unchanged_by_failure(*parts: Any) -> Iterator[None]:
    """Parts of a state are as before where the block raises.

    Args:
        parts: dataclasses whose arrays are written in place and whose lists and dicts change, but not what
            stands in those: copying that much takes microseconds, a deep copy a hundred times as long.
    """
    before = [(part, one.name, _copied(getattr(part, one.name))) for part in parts for one in fields(part)]
    try:
        yield
    except BaseException:
        for part, name, was in before:
            setattr(part, name, was)
        raise


def _copied(value: Any) -> Any:
    return value.copy() if isinstance(value, np.ndarray | list | dict) else value
