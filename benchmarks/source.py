"""A source for the real agent: prints messages as fast as the agent takes them, when it is told to.

    python -m benchmarks.source FOLDER

A file `1.json` in the folder, `{"per_message": 100, "seconds": 5}`, lets it begin; what it printed, and since
when, it leaves in `1.done`. Then it waits for `2.json`, until its standard input closes.
"""

import json
import os
import sys
import threading
import time
from pathlib import Path

from benchmarks import bodies
from benchmarks.load import DEVICE

LOOK_S = 0.05
AT_ONCE = 50
"""Messages in one write."""


def main() -> None:
    """Do what the folder says, one after the other."""
    folder = Path(sys.argv[1])
    threading.Thread(target=_end_with_input, daemon=True).start()
    for number in range(1, 1_000):
        wanted = folder / f"{number}.json"
        while not wanted.exists():
            time.sleep(LOOK_S)
        said = _print(**json.loads(wanted.read_text(encoding="utf-8")))
        draft = folder / f"{number}.draft"
        draft.write_text(json.dumps(said), encoding="utf-8")
        draft.rename(folder / f"{number}.done")


def _print(per_message: int, seconds: float) -> dict[str, float]:
    shape = bodies.shape_of(per_message)
    tails = bodies.tails(shape, spacing_ms=1)
    head = b'{"device":"%b","kind":"m","body":' % DEVICE.encode()
    begin_s = time.time()
    last_ms, printed = 0, 0
    while (now_s := time.time()) - begin_s < seconds:
        lines = []
        for n in range(printed, printed + AT_ONCE):
            last_ms = max(int(now_s * 1000) - shape.rows, last_ms + shape.rows)
            lines.append(head + bodies.HEAD % last_ms + tails[n % len(tails)] + b"}\n")
        sys.stdout.buffer.write(b"".join(lines))
        sys.stdout.buffer.flush()
        printed += AT_ONCE
    return {"messages": printed, "begin_s": begin_s}


def _end_with_input() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    main()
