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
DEVICES = 100
"""Behind the agent: else one signal would have more readings than there are milliseconds."""


def main() -> None:
    """Do what the folder says, one after the other."""
    folder = Path(sys.argv[1])
    threading.Thread(target=_end_with_input, daemon=True).start()
    last_ms = [0] * DEVICES
    for number in range(1, 1_000):
        wanted = folder / f"{number}.json"
        while not wanted.exists():
            time.sleep(LOOK_S)
        said = _print(last_ms, **json.loads(wanted.read_text(encoding="utf-8")))
        draft = folder / f"{number}.draft"
        draft.write_text(json.dumps(said), encoding="utf-8")
        draft.rename(folder / f"{number}.done")


def _print(last_ms: list[int], per_message: int, seconds: float) -> dict[str, float]:
    shape = bodies.shape_of(per_message)
    tails = bodies.tails(shape, spacing_ms=1)
    heads = [b'{"device":"%b-%d","kind":"m","body":' % (DEVICE.encode(), n) for n in range(DEVICES)]
    begin_s, printed = time.time(), 0
    while (now_s := time.time()) - begin_s < seconds:
        lines = []
        for n in range(printed, printed + AT_ONCE):
            device = n % DEVICES
            last_ms[device] = first_ms = max(int(now_s * 1000), last_ms[device] + shape.rows)
            lines.append(heads[device] + bodies.HEAD % first_ms + tails[n // DEVICES % len(tails)] + b"}\n")
        sys.stdout.buffer.write(b"".join(lines))
        sys.stdout.buffer.flush()
        printed += AT_ONCE
    return {"messages": printed, "begin_s": begin_s}


def _end_with_input() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    main()
