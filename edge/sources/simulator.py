"""Runs a program as a source: each line it prints is one message.

    - id: plant
      kind: simulator
      world: plant            # plant, warehouse or fleet
      seed: 7
      speed: 1                # simulated seconds a second

A line is `{"device": "pump-101", "kind": "m", "body": {…}}`, the body as in the wire contract. So any
program can be a source: `command: [my-gateway, --line]` in place of `world`. It must end when its standard
input closes, and is started again when it ends by itself.

What it had printed when the agent died may not have been kept. A program that can go back says so: a
`"position"` in a line is kept together with the message, and the last one kept is told to the next start in
the environment, as `LINESHAFT_SOURCE_POSITION`. What it prints from there on is stored exactly once.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import msgspec
import structlog

from edge.frame import Frame
from edge.sources.base import Flaw, Handed, SourceConfig, Start

POSITION = "LINESHAFT_SOURCE_POSITION"
STOP_S = 5
LINES = 200
"""Lines handed over at once at most: what has been printed while the last ones were kept."""

log = structlog.get_logger()


class SimulatorConfig(SourceConfig, frozen=True, kw_only=True):
    """A simulated world, or any program, in agent.yaml."""

    world: str = ""
    command: tuple[str, ...] = ()
    seed: int = 7
    speed: float = 1
    start_ms: int | None = None
    """When the simulated world began; default: at its first start here, which is remembered."""

    def flaws(self, folder: Path) -> Iterator[Flaw]:
        """See the base."""
        yield from super().flaws(folder)
        if bool(self.world) == bool(self.command):
            yield Flaw((), "expected either world or command", "give one of them")

    def open(self, start: Start) -> "Simulator":
        """See the base."""
        return Simulator(self, start)


class _Line(msgspec.Struct):
    device: str
    kind: str
    body: msgspec.Raw
    position: str = ""


_LINE = msgspec.json.Decoder(_Line)


class Simulator:
    """A program that is running, or will be."""

    def __init__(self, config: SimulatorConfig, start: Start) -> None:
        self._config = config
        self._position = start.position or ""
        if config.world:
            began = config.start_ms if config.start_ms is not None else start.position
            self._position = str(int(began) if began else start.clock() // 1000)
        self._unreadable = 0

    def fault(self) -> str:
        """What is wrong: lines that are no messages."""
        return f"{self._unreadable} lines are no messages" if self._unreadable else ""

    def read(self, stop: Event) -> Iterator[Handed]:
        """Give each line as a frame until the program ends.

        Raises:
            OSError: the program cannot be started, or ended without being told to.
        """
        with subprocess.Popen(  # noqa: S603 — the agent's owner names the program
            self._command(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | ({} if self._config.world else {POSITION: self._position}),
        ) as child:
            threading.Thread(target=_end_with, args=(stop, child), daemon=True).start()
            if child.stdout is None:
                raise BrokenPipeError("the program has no output")
            for line in child.stdout:
                handed = self._handed(line)
                if handed is not None:
                    yield handed
                if stop.is_set():
                    break
        if not stop.is_set():
            raise ChildProcessError(f"{self._config.id} ended with code {child.returncode}")

    def _command(self) -> list[str]:
        if self._config.command:
            return list(self._config.command)
        run = [sys.executable, "-m", "simulators", "run", self._config.world]
        options = {"seed": self._config.seed, "speed": self._config.speed, "start-ms": self._position}
        return [*run, *(f"--{name}={value}" for name, value in options.items())]

    def _handed(self, line: bytes) -> Handed | None:
        try:
            said = _LINE.decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            self._unreadable += 1
            if self._unreadable == 1:
                log.warning("line_unreadable", source=self._config.id, why=str(error)[:200])
            return None
        position = self._position if self._config.world else said.position
        return Handed([Frame(said.device, said.kind, bytes(said.body))], position)


def _end_with(stop: Event, child: subprocess.Popen[bytes]) -> None:
    """Close the program's input when told to stop; end it if it does not follow."""
    while not stop.wait(1):
        if child.poll() is not None:
            return
    if child.stdin is not None:
        child.stdin.close()
    try:
        child.wait(STOP_S)
    except subprocess.TimeoutExpired:
        child.kill()
