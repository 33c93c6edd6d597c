"""Planted bugs: the product with one mistake each, which the oracle must see. `python -m chaos --bug NAME`.

Each is what somebody could write. They live here and nowhere else; the product knows nothing of them.
"""

import dataclasses
import runpy
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

PAUSE_S = 0.2
"""Long, so that a few kills meet it."""


@dataclass(frozen=True)
class Bug:
    """A mistake: which module is started with it, and what plants it."""

    module: str
    plant: Callable[[], None]


def cursor_before_rows() -> None:
    """Ingest commits how far an agent is, and then the messages."""
    from lineshaft.store import cursors  # noqa: PLC0415 - only the process that has the bug needs it
    from stream import append  # noqa: PLC0415 - likewise

    write = append.Appender._write

    def apart(self: Any, conn: Any, verdict: Any, now_us: int) -> int:
        cursors.move(conn, verdict.steps, now_us)
        conn.commit()
        time.sleep(PAUSE_S)
        return write(self, conn, dataclasses.replace(verdict, steps={}), now_us)

    append.Appender._write = apart  # type: ignore[method-assign]  # that is the bug


def delete_on_puback() -> None:
    """The agent lets go of a message when the broker has it."""
    from edge import outbox_file, uplink  # noqa: PLC0415 - only the process that has the bug needs it

    heed = uplink.Uplink.heed_published

    def heed_published(self: uplink.Uplink, mid: int, reason: int, monotonic_us: int) -> None:
        lane, seq = self._unacked.get(mid, (None, 0))
        heed(self, mid, reason, monotonic_us)
        if lane is not None and reason < uplink.REFUSED:
            with self._outbox._connection:
                self._outbox._connection.execute(outbox_file.DELETE[lane], (seq,))
            self._outbox._lo[lane] = max(self._outbox._lo[lane], seq + 1)

    uplink.Uplink.heed_published = heed_published  # type: ignore[method-assign]  # that is the bug


def position_apart() -> None:
    """The flow commits its rows, and then its position."""
    from lineshaft.store import bundles  # noqa: PLC0415 - only the process that has the bug needs it

    finish = bundles._finish

    def apart(conn: Any, *arguments: Any, **options: Any) -> None:
        conn.commit()
        if conn._pipeline:
            conn._pipeline.sync()  # now, not with what follows
        time.sleep(PAUSE_S)
        finish(conn, *arguments, **options)

    bundles._finish = apart


BUGS = {
    "cursor_before_rows": Bug("stream.ingest", cursor_before_rows),
    "delete_on_puback": Bug("edge", delete_on_puback),
    "position_apart": Bug("stream.flow", position_apart),
}


def command(bug: str, words: tuple[str, ...]) -> tuple[str, ...]:
    """A service's command line (`python -m module …`) with a bug; as it was where the bug is not in it."""
    if bug not in BUGS or words[1:3] != ("-m", BUGS[bug].module):
        return words
    return (words[0], __file__, bug, *words[2:])


def main() -> None:
    """Plant the bug, then be the module."""
    bug, module, *arguments = sys.argv[1:]
    BUGS[bug].plant()
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
