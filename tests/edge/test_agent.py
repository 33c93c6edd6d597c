"""The agent as a process: it is killed, told to stop, and finds its broker gone."""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lineshaft.domain.readings import Batch, Report
from lineshaft.wire import codec
from lineshaft.wire.envelope import Lane
from waiting import wait_until

pytestmark = pytest.mark.broker

ROWS = 300


class Process:
    """One `python -m edge run`, and its outbox's folder, which outlives it."""

    def __init__(self, url: str, server: Any, folder: Path) -> None:
        self.folder, self.server = folder, server
        self.environ = {**os.environ, "LINESHAFT_BROKER_URL": url, "LINESHAFT_DATA_DIR": str(folder)}
        self.log = folder / "log"

    def describe(self, speed: float = 50) -> None:
        rows = "".join(f"{1_600_000_000_000 + n * 1000},{n}\n" for n in range(ROWS))
        (self.folder / "rig.csv").write_text("t,a\n" + rows)
        (self.folder / "agent.yaml").write_text(
            f"site: {self.server.site}\nagent: gw1\nsources:\n"
            f"  - {{id: rig, kind: replay, file: rig.csv, device: rig-1, speed: {speed}, shift: none,\n"
            "     time: {column: t, format: ms}, columns: {a: {column: a}}}\n"
        )

    def start(self, command: str = "run") -> "subprocess.Popen[bytes]":
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "edge", command, "--config", str(self.folder / "agent.yaml")],
                env=self.environ,
                stdout=log,
                stderr=log,
            )

    def values(self) -> list[float]:
        """What the server kept of the recorded column, in the order it was kept."""
        found = []
        for _, topic, body in list(self.server.kept):
            for part in codec.decode(topic, body, "", 1_700_000_000_000_000):
                if isinstance(part, Batch):
                    found += part.value.tolist()
        return found

    def until(
        self, condition: Callable[[], object], what: str, alive: "subprocess.Popen[bytes] | None"
    ) -> None:
        def look() -> object:
            self.server.work()
            return condition()

        wait_until(look, what, alive=alive, log=self.log, within_s=40)


@pytest.fixture
def process(broker_url: str, server: Any, tmp_path: Path) -> Process:
    process = Process(broker_url, server, tmp_path)
    process.describe()
    wait_until(lambda: server.link.is_up, "the server is up")
    return process


def test_killed_at_any_moment_it_neither_loses_nor_repeats(process: Process, server: Any) -> None:
    for part in (0.2, 0.5, 0.8):
        agent = process.start()
        process.until(lambda part=part: len(process.values()) >= ROWS * part, f"{part:.0%} arrived", agent)
        agent.kill()
        agent.wait(10)
    agent = process.start()
    process.until(lambda: len(process.values()) >= ROWS, "all arrived", agent)
    agent.send_signal(signal.SIGTERM)
    assert agent.wait(10) == 0
    server.work()
    assert process.values() == [float(n) for n in range(ROWS)]
    assert server.gaps == []


def test_told_to_stop_it_says_goodbye_and_ends_well(process: Process, server: Any) -> None:
    agent = process.start()
    process.until(lambda: server.kept and server.plain, "messages and a state came", agent)
    agent.send_signal(signal.SIGTERM)
    assert agent.wait(10) == 0
    process.until(lambda: b'"reason":"stop"' in server.plain[-1].body, "the goodbye came", None)
    states = [
        codec.decode(message.topic, message.body, "", 1_700_000_000_000_000) for message in server.plain
    ]
    assert all(isinstance(part, Report) for (part,) in states)
    assert b'"src":{"rig":"ok"}' in server.plain[0].body


def test_killed_its_will_is_said(process: Process, server: Any) -> None:
    agent = process.start()
    process.until(lambda: server.plain, "a state came", agent)
    agent.kill()
    agent.wait(10)
    process.until(lambda: b'"reason":"lwt"' in server.plain[-1].body, "the will came", None)


def test_without_a_server_all_is_kept_and_sent_later(process: Process, server: Any) -> None:
    process.describe(speed=0)
    process.environ["LINESHAFT_BROKER_URL"] = "mqtt://127.0.0.1:9"
    agent = process.start()
    status = process.folder / "log"
    wait_until(lambda: b"broker_unreachable" in status.read_bytes(), "it found no broker", alive=agent)
    agent.send_signal(signal.SIGTERM)
    assert agent.wait(10) == 0
    assert server.kept == []
    process.environ["LINESHAFT_BROKER_URL"] = str(server.url)
    agent = process.start()
    process.until(lambda: len(process.values()) == ROWS, "all arrived", agent)
    agent.send_signal(signal.SIGTERM)
    assert agent.wait(10) == 0
    assert process.values() == [float(n) for n in range(ROWS)]
    assert Counter(found.lane for found, _, _ in server.kept) == {Lane.LIVE: len(server.kept)}


def test_status_tells_what_waits(process: Process, server: Any) -> None:
    agent = process.start()
    process.until(lambda: len(process.values()) > 10, "some arrived", agent)
    said = process.start("status")
    assert said.wait(20) == 0
    assert f'"boot": "{server.kept[0][0].boot}"' in process.log.read_text()
    agent.send_signal(signal.SIGTERM)
    assert agent.wait(10) == 0


def test_a_configuration_that_does_not_hold_is_refused(process: Process) -> None:
    (process.folder / "agent.yaml").write_text("site: hall1\nagent: gw1\nsources: []\n")
    for command in ("run", "check"):
        assert process.start(command).wait(20) == 2
    assert "agent.yaml: line 3: there is no source — add one" in process.log.read_text()
