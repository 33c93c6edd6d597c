"""How a process of ours is asked to end, and that it does.

A handler in Python runs on the main thread, in the middle of whatever that thread does: if it holds a lock
that the handler needs (an `Event` has one), both wait for ever. So nothing happens in a handler here. The
interpreter writes the signal's number into a socket, and a thread of its own reads it and passes it on.
"""

import faulthandler
import signal
import socket
from collections.abc import Callable
from threading import Thread

GRACE_S = 9.5
"""A stop takes 10 s at the most; after that a supervisor kills, and nobody learns what it waited for."""


def when_told(stop: Callable[[], object], *, grace_s: float = GRACE_S) -> None:
    """Call `stop`, on a thread of its own, at SIGTERM or SIGINT. Call this once, from the main thread.

    Args:
        stop: tells the work to end; the work returns by itself, and with it the process.
        grace_s: see `within`.
    """
    told, teller = socket.socketpair()
    teller.settimeout(0)  # the interpreter must never wait for us
    signal.set_wakeup_fd(teller.fileno(), warn_on_full_buffer=False)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _passed_on)

    def wait() -> None:
        with told, teller:  # both live as long as the thread
            told.recv(1)
            within(grace_s)
            stop()
            told.recv(1)

    Thread(target=wait, name="stopping", daemon=True).start()


def within(grace_s: float = GRACE_S) -> None:
    """End this process with exit code 1 if it still runs by then; stderr then tells where each thread is."""
    faulthandler.dump_traceback_later(grace_s, exit=True)


def _passed_on(*_: object) -> None:
    """What the interpreter calls as well; without it the signal would end the process at once."""
