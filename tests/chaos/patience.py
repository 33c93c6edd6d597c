"""How many times slower than a quiet machine with two processors this one may be: `--patience`.

All waits, and all bars of time, are so many times longer; what is lost, doubled or made up is counted as
ever. In an environment variable, for waits are many and everywhere in the suite.
"""

import os
from collections.abc import Callable
from pathlib import Path
from subprocess import Popen

import waiting

VARIABLE = "CHAOS_PATIENCE"


def times() -> float:
    """How many times; 1 where nobody said."""
    return float(os.environ.get(VARIABLE, "1"))


def longer(seconds: float) -> float:
    """A time, as long as it may be here."""
    return seconds * times()


def wait_until(
    condition: Callable[[], object],
    what: str,
    *,
    within_s: float = 20,
    alive: Popen[bytes] | None = None,
    log: Path | None = None,
) -> None:
    """Look until the condition holds, as long as it may take here.

    Raises:
        AssertionError: it did not hold in time, or the process it needs has ended.
    """
    waiting.wait_until(condition, what, within_s=longer(within_s), alive=alive, log=log)
