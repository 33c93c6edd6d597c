"""Starts one child process so that nothing is left behind, whatever happens to us."""

import ctypes
import os
import resource
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from lineshaft.runtime.accounts import Account

PR_SET_PDEATHSIG = 1
OPEN_FILES = 65_536
"""A broker holds one for each device; the customary soft limit of 1,024 would turn the others away."""

# Loaded here, in the parent: the child may do little between fork and exec.
_prctl = getattr(ctypes.CDLL(None), "prctl", None)


def spawn(
    command: Sequence[str],
    *,
    log: Path,
    environ: Mapping[str, str] | None = None,
    account: Account | None = None,
    death_signal: signal.Signals = signal.SIGTERM,
) -> "subprocess.Popen[bytes]":
    """Start a command in a session of its own, its output appended to a log file.

    A session of its own keeps the terminal's Ctrl-C from it (we stop our children in order) and lets `end`
    reach its children as well. It may have as many files open as the system allows us. Linux sends it
    `death_signal` when we die, even by `kill -9`. Call it from the main thread: the signal follows the death
    of the thread that started the child.
    """
    with log.open("ab") as out:
        return subprocess.Popen(  # noqa: S603 - the table of services and their arguments
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env=None if environ is None else dict(environ),
            cwd=None if account is None else "/",  # another account may not be able to enter our folder
            start_new_session=True,
            preexec_fn=_tie_to_us(death_signal, os.getpid()),  # noqa: PLW1509 - three system calls, no lock taken
            **(account or Account()).spawn_arguments(),
        )


def end(process: "subprocess.Popen[bytes]", how: signal.Signals) -> None:
    """Send a signal to a child and, where it is the last one, to all it started."""
    try:
        if how == signal.SIGKILL:
            os.killpg(process.pid, how)
        else:
            process.send_signal(how)
    except ProcessLookupError:
        return


def _tie_to_us(death_signal: signal.Signals, parent: int) -> Callable[[], None] | None:
    if _prctl is None:  # not Linux: what remains then is found by its pid at the next start
        return None
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = hard if hard != resource.RLIM_INFINITY else OPEN_FILES
    files = max(soft, min(files, OPEN_FILES))

    def tie() -> None:
        _prctl(PR_SET_PDEATHSIG, int(death_signal))
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, hard))
        if os.getppid() != parent:  # we died between fork and here
            os._exit(1)

    return tie
