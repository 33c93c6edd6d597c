"""Writes bundles in the background: the database takes one commit while the next one is being derived.

What waits goes into one transaction, so commits grow with the load: few rows each and at once while there is
little to do, hundreds of thousands when the flow is behind.
"""

import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from lineshaft.domain.results import Bundle

ROWS: Final = 200_000
"""In one transaction, and waiting beside it, at most: some 10 MB each."""
BUNDLES: Final = 1_600
"""The same for bundles with few rows or none."""
PAUSE: Final = 0.1
"""Times the last commit's time until the next one begins: longer ones double the delays and save little."""
GATHERING: Final = 1.0
"""The same after many rows where larger commits are the cheaper ones."""
MANY: Final = 5_000
"""Rows: from as many on, series may have enough for the columnstore."""
MOST_PAUSE_S: Final = 0.04
"""Whatever the last one took: 100,000 readings/s are then some twenty rows a series, enough to gain."""
SWITCH_S: Final = 0.001
"""How long the thread that derives may keep the interpreter when this one wants it. A commit asks for it
dozens of times: with Python's 5 ms one beside busy steps took 151 ms, with this 83; steps lost nothing."""


class Commits:
    """One thread and what waits for it. Errors of the thread are raised by the next call, whichever it is."""

    def __init__(
        self, write: Callable[[list[Bundle]], None], gathers: Callable[[], bool] = lambda: False
    ) -> None:
        """Start the thread; it ends with the process, or with an error.

        Args:
            write: commits bundles of any shards, each shard's in order; called in the thread.
            gathers: whether a row costs the less the more rows come together; asked after each commit.
        """
        self._write = write
        self._gathers = gathers
        self._changed = threading.Condition()
        self._waiting: deque[Bundle] = deque()
        self._rows = 0
        self._in_hand = 0
        self._is_urgent = False
        self._error: BaseException | None = None
        sys.setswitchinterval(SWITCH_S)
        threading.Thread(target=self._run, name="commits", daemon=True).start()

    def put(self, bundles: list[Bundle]) -> None:
        """Have bundles written; waits while too much is waiting."""
        with self._changed:
            self._changed.wait_for(lambda: self._error or not self._is_full())
            self._check()
            self._waiting.extend(bundles)
            self._rows += sum(map(rows_of, bundles))
            self._changed.notify_all()

    def finish(self) -> None:
        """Wait until everything is committed."""
        with self._changed:
            self._is_urgent = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._error or not (self._waiting or self._in_hand))
            self._is_urgent = False
            self._check()

    def _check(self) -> None:
        if self._error:
            raise self._error

    def _is_full(self) -> bool:
        return self._rows >= ROWS or len(self._waiting) >= BUNDLES

    def _run(self) -> None:
        try:
            while True:
                some = self._take()
                begun = time.monotonic()
                self._write(some)
                is_worth = self._gathers() and sum(map(rows_of, some)) >= MANY
                self._done((time.monotonic() - begun) * (GATHERING if is_worth else PAUSE))
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits for it
            with self._changed:
                self._error = error
                self._changed.notify_all()

    def _take(self) -> list[Bundle]:
        """What waits, in its order, up to what one transaction should hold."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting)
            some: list[Bundle] = []
            rows = 0
            while self._waiting and rows < ROWS and len(some) < BUNDLES:
                bundle = self._waiting.popleft()
                some.append(bundle)
                rows += rows_of(bundle)
            self._rows -= rows
            self._in_hand = len(some)
            self._changed.notify_all()
            return some

    def _done(self, pause_s: float) -> None:
        with self._changed:
            self._in_hand = 0
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._is_urgent or self._is_full(), min(pause_s, MOST_PAUSE_S))


def rows_of(bundle: Bundle) -> int:
    """How many rows a bundle writes, about."""
    return (
        len(bundle.readings)
        + len(bundle.texts)
        + len(bundle.reads)
        + len(bundle.fixes)
        + len(bundle.machines)
    )
