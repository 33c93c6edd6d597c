"""A machine that remembers what it said: the ground truth of the fault suite.

An edge agent runs it as a source (`kind: simulator`, `command: […]`). It knows nothing of the system under
test but the contract of a program's lines. Every reading's value is a number that is never said twice for
two readings; what it is about to say is written to its own log and synced before it is said. After a restart
it goes on behind what the agent says it has kept, so a number may be said again, and only then; and whatever
the orders are, it first says all that its log has beyond that, for a logged number counts as said. Only one
that is started under the order `skip` goes on behind its log: its agent has been given an old memory.

Standard library only, nothing of ours.
"""

import argparse
import fcntl
import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import IO

DEVICES = 5
EVERY = 50
"""One message in so many is a large one."""
LARGE = 200
TICK_S = 0.02
AT_ONCE = 25
"""Messages said together where there is something to catch up with."""
HEEDED = ".heeded"
TAIL = 4_096
"""Bytes of the log's end, in which there is a whole line."""
PROBES = (1, 4_000, 4_900)
"""Rows of the messages of a probe: a few bytes, some 64 kB, and as many as a message may have."""


class Machine:
    """What is to be said next, and the log of what was said."""

    def __init__(self, log: IO[str], after: int) -> None:
        self._log = log
        self.said = after
        self._number = 0
        self._newest_ms: dict[str, int] = {}

    def say(self, sizes: list[int]) -> None:
        """Log messages of so many rows each, sync, and only then print them."""
        lines = [self._line(rows) for rows in sizes]
        self._log.flush()
        os.fsync(self._log.fileno())
        sys.stdout.write("".join(lines))
        sys.stdout.flush()

    def heed(self, order: str) -> None:
        """Tell in a file beside the log which order is obeyed."""
        Path(self._log.name).with_suffix(HEEDED).write_text(order, encoding="utf-8")

    def next_size(self) -> int:
        """How many rows the next message has."""
        self._number += 1
        return LARGE if self._number % EVERY == 0 else 1

    def _line(self, rows: int) -> str:
        first, last = self.said + 1, self.said + rows
        self.said = last
        device = f"d{last % DEVICES}"
        # A device's times never repeat, not even when a number is said again: the stream's memory of repeats
        # must not hide what was delivered twice.
        begin_ms = max(self._newest_ms.get(device, 0) + 1, time.time_ns() // 1_000_000 - rows)
        self._newest_ms[device] = begin_ms + rows - 1
        self._log.write(f"{first} {last} {device}\n")
        cells = [[n, first + n] for n in range(rows)]
        body = {"v": 1, "ts": begin_ms, "n": ["id"], "r": cells}
        line = {"device": device, "kind": "m", "body": body, "position": str(last)}
        return json.dumps(line, separators=(",", ":")) + "\n"


def speak(machine: Machine, orders: Path, rate: float) -> None:
    """Say so many messages a second while the orders are `run`; `probe N` once for each N; else be silent.

    `steady M R` are M messages a second of R rows each.
    """
    probed = read(orders)  # one that was given before we were started again is done
    heard = ""
    owed, then = 0.0, time.monotonic()
    while True:
        time.sleep(TICK_S)
        now = time.monotonic()
        order = read(orders)
        if order != heard and not order.startswith("probe"):
            machine.heed(order)  # before we act: who orders silence must know that it has begun
            heard = order
        if order == "run":
            owed = min(owed + (now - then) * rate, rate)
            machine.say([machine.next_size() for _ in range(int(owed))])
            owed %= 1
        elif order.startswith("steady"):
            each_s, rows = map(int, order.split()[1:])
            owed = min(owed + (now - then) * each_s, each_s)
            machine.say([rows] * int(owed))
            owed %= 1
        elif order.startswith("probe") and order != probed:
            probed = order
            machine.say(list(PROBES))
            machine.heed(order)
            heard = order
        then = now


def catch_up(machine: Machine, logged: int) -> None:
    """Say what was logged and has not been kept: its first speaker may have died before it was heard."""
    while machine.said < logged:
        machine.say([machine.next_size() for _ in range(AT_ONCE)])


def read(orders: Path) -> str:
    """What to do now; nothing where nobody said."""
    return orders.read_text(encoding="utf-8").strip() if orders.exists() else ""


def cut_off(log: Path) -> None:
    """Take half a line off the log's end: who wrote it ended before saying it."""
    whole, newline, _ = log.read_bytes().rpartition(b"\n")
    os.truncate(log, len(whole + newline))


def last_logged(log: Path) -> int:
    """The last number this log has; 0 where it has none."""
    if not log.exists():
        return 0
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - TAIL))
        whole, _, _ = file.read().rpartition(b"\n")  # behind it is what is being written just now
    lines = whole.splitlines()
    return int(lines[-1].split()[1]) if lines else 0


def heeded(log: Path) -> str:
    """Which order is obeyed by the load that writes this log; nothing where it has just been started."""
    file = log.with_suffix(HEEDED)
    return file.read_text(encoding="utf-8") if file.exists() else ""


def main() -> None:
    """Run until standard input closes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--orders", type=Path, required=True)
    parser.add_argument("--base", type=int, required=True, help="numbers begin behind this one")
    parser.add_argument("--rate", type=float, required=True)
    told = parser.parse_args()
    threading.Thread(target=_end_with_input, daemon=True).start()
    with told.log.open("a", encoding="utf-8") as log:
        fcntl.flock(log, fcntl.LOCK_EX)  # one speaker at a time: the one before us may not be gone yet
        told.log.with_suffix(HEEDED).unlink(missing_ok=True)
        cut_off(told.log)
        logged = last_logged(told.log)
        after = int(os.environ.get("LINESHAFT_SOURCE_POSITION") or told.base)
        if read(told.orders) == "skip":
            machine = Machine(log, max(after, logged))
            machine.say([1])  # so that the agent's new memory knows where it is
        else:
            machine = Machine(log, after)
            catch_up(machine, logged)
        speak(machine, told.orders, told.rate)


def _end_with_input() -> None:
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
