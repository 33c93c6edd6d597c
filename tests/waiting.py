"""How tests wait for real processes: by looking, until a deadline."""

import time
from collections.abc import Callable
from pathlib import Path
from subprocess import Popen


def wait_until(
    condition: Callable[[], object],
    what: str,
    *,
    within_s: float = 20,
    alive: Popen[bytes] | None = None,
    log: Path | None = None,
) -> None:
    """Look every 20 ms until the condition holds.

    Raises:
        AssertionError: it did not hold in time, or the process it needs has ended; with its last words.
    """
    deadline = time.monotonic() + within_s
    while not condition():
        ended = alive is not None and alive.poll() is not None
        if ended or time.monotonic() > deadline:
            said = log.read_text(errors="replace")[-2000:] if log else ""
            why = "its process ended" if ended else f"not within {within_s:g} s"
            raise AssertionError(f"{what}: {why}\n{said}")
        time.sleep(0.02)
