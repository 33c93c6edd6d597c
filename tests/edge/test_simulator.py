"""A program as a source: its lines, its end, and its place in the world after a restart."""

import sys
import threading
from pathlib import Path
from typing import Any

import msgspec
import pytest

from edge.frame import Frame
from edge.sources.base import Start
from edge.sources.simulator import Simulator, SimulatorConfig
from lineshaft.clock import system_clock

PROGRAM = """
import sys
print('{"device": "pump-1", "kind": "m", "body": {"temp": 21.5}}', flush=True)
print('no message', flush=True)
print('{"device": "pump-2", "kind": "m", "body": {"temp": 22.5}, "more": 1}', flush=True)
sys.stdin.read()
"""


def simulator(tmp_path: Path, clock: Any, position: str | None = None, **said: Any) -> Simulator:
    config = msgspec.convert({"id": "plant", "kind": "simulator", **said}, SimulatorConfig)
    return config.open(Start(position, clock, tmp_path))


def test_each_line_is_a_frame_and_the_program_ends_with_the_agent(tmp_path: Path, clock: Any) -> None:
    source = simulator(tmp_path, clock, command=[sys.executable, "-c", PROGRAM])
    stop = threading.Event()
    frames: list[Frame] = []
    for handed in source.read(stop):
        frames += handed.frames
        if len(frames) == 2:
            stop.set()
    assert frames == [Frame("pump-1", "m", b'{"temp": 21.5}'), Frame("pump-2", "m", b'{"temp": 22.5}')]
    assert source.fault() == "1 lines are no messages"


COUNTER = """
import os, sys
after = int(os.environ["LINESHAFT_SOURCE_POSITION"] or 0)
for n in range(after + 1, after + 4):
    print('{"device": "d", "kind": "m", "body": {"n": %d}, "position": "%d"}' % (n, n), flush=True)
sys.stdin.read()
"""


def test_a_program_is_told_the_position_it_said_with_what_was_kept_last(tmp_path: Path, clock: Any) -> None:
    command = [sys.executable, "-c", COUNTER]
    stop = threading.Event()
    kept = next(iter(simulator(tmp_path, clock, command=command).read(stop)))
    again = next(iter(simulator(tmp_path, clock, kept.position, command=command).read(stop)))
    assert (kept.position, again.position) == ("1", "2")
    assert again.frames == [Frame("d", "m", b'{"n": 2}')]


def test_a_program_without_positions_leaves_none(tmp_path: Path, clock: Any) -> None:
    source = simulator(tmp_path, clock, command=[sys.executable, "-c", PROGRAM])
    assert next(iter(source.read(threading.Event()))).position == ""


def test_a_program_that_ends_by_itself_is_an_error(tmp_path: Path, clock: Any) -> None:
    source = simulator(tmp_path, clock, command=[sys.executable, "-c", "raise SystemExit(3)"])
    with pytest.raises(ChildProcessError, match="plant ended with code 3"):
        list(source.read(threading.Event()))


def test_a_program_that_is_not_there_is_an_error(tmp_path: Path, clock: Any) -> None:
    with pytest.raises(OSError, match="no-such-program"):
        list(simulator(tmp_path, clock, command=["no-such-program"]).read(threading.Event()))


def test_the_world_began_at_its_first_start_here(tmp_path: Path, clock: Any) -> None:
    first = simulator(tmp_path, clock, world="plant", seed=3)
    assert first._command()[1:] == [
        *("-m", "simulators", "run", "plant"),
        *("--seed=3", "--speed=1", "--start-ms=1700000000000"),
    ]
    clock.advance_s(3600)
    again = simulator(tmp_path, clock, position="1700000000000", world="plant", seed=3)
    assert again._command()[1:] == first._command()[1:]


def test_the_simulated_plant_speaks_the_contract(tmp_path: Path) -> None:
    source = simulator(tmp_path, system_clock, world="plant")
    stop = threading.Event()
    kinds = set()
    for handed in source.read(stop):
        kinds |= {frame.kind for frame in handed.frames}
        if "m" in kinds:
            stop.set()
    assert "m" in kinds
    assert source.fault() == ""
