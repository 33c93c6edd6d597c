import io
import subprocess
import sys
import threading

import orjson
import pytest

from simulators import pace
from simulators.__main__ import main
from simulators.base import SECOND_US, Message
from simulators.worlds import WORLDS

START_MS = 1_795_294_800_000


def run(*arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "simulators", *arguments]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


@pytest.mark.parametrize("world", WORLDS)
def test_as_fast_as_possible_tells_a_span_once_and_ends(world: str) -> None:
    until = str(START_MS + 20_000)
    with run("run", world, "--speed", "0", "--start-ms", str(START_MS), "--until-ms", until) as child:
        lines = child.stdout.read().splitlines()
        child.stdin.close()
    assert child.returncode == 0
    assert len(lines) > 20
    for line in lines:
        message = orjson.loads(line)
        assert set(message) == {"device", "kind", "body"}
        assert message["body"]["ts"] <= START_MS + 20_000


def test_a_child_ends_when_its_stdin_closes() -> None:
    with run("run", "plant") as child:
        assert orjson.loads(child.stdout.readline())["kind"] == "m"
        child.stdin.close()
        assert child.wait(10) == 0


def test_a_child_whose_reader_is_gone_ends() -> None:
    with run("run", "plant", "--speed", "20") as child:
        child.stdout.readline()
        child.stdout.close()
        assert child.wait(10) == 0


class Ticking:
    """A world that says every second what second it is."""

    def __init__(self, _start_us: int, from_us: int) -> None:
        self.done_us = from_us

    def step(self, now_us: int) -> list[Message]:
        due = range(self.done_us // SECOND_US + 1, now_us // SECOND_US + 1)
        self.done_us = now_us
        return [Message(s * SECOND_US, "d", "m", {"v": 1, "ts": s * 1000, "values": {"s": s}}) for s in due]


def told(speed: float, start_s: int, until_s: int, wall_s: list[float]) -> list[dict[str, object]]:
    out, instants = io.BytesIO(), iter(wall_s)
    stop = threading.Event()
    stop.wait = lambda _timeout: stop.is_set()  # The clock is ours: no need to wait for it.
    span = pace.Span(start_s * SECOND_US, until_s * SECOND_US, speed)
    pace.run(Ticking, span, out, lambda: int(next(instants) * SECOND_US), stop)
    return [orjson.loads(line)["body"] for line in out.getvalue().splitlines()]


def test_at_speed_10_ten_seconds_of_the_world_are_told_and_stamped_in_one() -> None:
    bodies = told(10.0, 1000, 1020, [1000.0, 1001.0, 1002.0])
    assert [body["values"]["s"] for body in bodies] == list(range(1001, 1021))
    assert [body["ts"] for body in bodies] == [1_000_000 + 100 * k for k in range(1, 21)]


def test_a_world_that_began_in_the_past_is_joined_at_the_present() -> None:
    bodies = told(1.0, 1000, 5003, [5000.0, 5001.0, 5003.0])
    assert [body["values"]["s"] for body in bodies] == [5001, 5002, 5003]


def test_at_speed_0_the_past_is_told_with_its_own_times() -> None:
    bodies = told(0, 1000, 1100, [5000.0] * 10)
    assert [body["ts"] for body in bodies] == [1000 * s for s in range(1001, 1101)]


def test_describe_and_truth_print_documents(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["describe"]) == 0
    assert "hangzhou" in capsys.readouterr().out
    assert main(["truth", "--seed", "7", "--start-ms", str(START_MS), "--hours", "2"]) == 0
    faults = orjson.loads(capsys.readouterr().out)["faults"]
    assert len(faults) > 10
    assert all(f["onset_ms"] < f["full_ms"] < f["stop_ms"] <= f["end_ms"] for f in faults)
