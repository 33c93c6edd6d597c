"""`lineshaft logs`: what the services say, all or one."""

import argparse
import sys
import time
from pathlib import Path

from lineshaft.runtime import folders

LINES_OF_ONE = 40
LINES_OF_EACH = 5
TAIL_BYTES = 256 * 1024


def run(told: argparse.Namespace) -> int:
    """Print the last lines, and with --follow what comes."""
    folder = folders.to_look_at(told.data_dir) / "logs"
    files = sorted(folder.glob(f"{told.service}.log" if told.service else "*.log"))
    if not files:
        known = ", ".join(file.stem for file in sorted(folder.glob("*.log"))) or "none yet"
        print(f"No log of {told.service or 'any service'} in {folder}; there: {known}", file=sys.stderr)
        return 1
    count = told.lines or (LINES_OF_ONE if told.service else LINES_OF_EACH)
    try:
        for file in files:
            _print(file, _tail(file, count), named=len(files) > 1)
        if told.follow:
            _follow(files)
    except (KeyboardInterrupt, BrokenPipeError):
        return 0
    return 0


def _tail(file: Path, count: int) -> list[str]:
    with file.open("rb") as opened:
        opened.seek(max(0, file.stat().st_size - TAIL_BYTES))
        return opened.read().decode(errors="replace").splitlines()[-count:]


def _follow(files: list[Path]) -> None:
    ends = {file: file.stat().st_size for file in files}
    while True:
        for file in files:
            size = file.stat().st_size
            with file.open("rb") as opened:
                opened.seek(ends[file] if size >= ends[file] else 0)  # smaller than it was: rotated
                _print(file, opened.read().decode(errors="replace").splitlines(), named=len(files) > 1)
                ends[file] = opened.tell()
        sys.stdout.flush()
        time.sleep(0.3)


def _print(file: Path, lines: list[str], *, named: bool) -> None:
    for line in lines:
        print(f"{file.stem:<12} {line}" if named else line)
