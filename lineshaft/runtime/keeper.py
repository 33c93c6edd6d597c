"""Keeps one service alive: starts it, watches it, starts it again."""

import asyncio
import logging
import signal
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from subprocess import Popen, TimeoutExpired
from typing import Any

from lineshaft.clock import SECOND_US, Clock, monotonic_clock
from lineshaft.runtime.logfiles import rotate
from lineshaft.runtime.probes import Probe
from lineshaft.runtime.services import Spec
from lineshaft.runtime.spawn import end, spawn

DELAYS_S = (0.1, 0.5, 1, 2, 5, 10, 20)
"""Waits before a restart: the first are short, so that a killed service is back within seconds."""

FORGIVEN_US = 10 * SECOND_US
"""A service that was ready this long starts its delays anew: what ends it then is not how it starts."""

LOOK_S = 0.1
PROBE_US = SECOND_US
FIRST_ANSWER_US = 60 * SECOND_US  # ten interpreters starting at once on one core
SILENT_US = 15 * SECOND_US  # a process stopped, or a loop that never ends; far above any honest pause
GRACE_S = 10.0

log = logging.getLogger(__name__)


@dataclass
class Standing:
    """How a service stands, as the state file tells it."""

    service: str
    state: str = "waiting"  # waiting, starting, up, down, stopped
    pid: int | None = None
    port: int = 0
    started_us: int | None = None
    restarts: int = 0
    ready: bool = False
    last_exit: str = ""

    def row(self) -> dict[str, Any]:
        """Its line in the state file."""
        return asdict(self)


class Keeper:
    """One service's life; `run` in a task of the main thread, `stop` to end it."""

    def __init__(self, spec: Spec, logs: Path, clock: Clock, changed: Callable[[], None]) -> None:
        self.spec = spec
        self.standing = Standing(spec.name, port=spec.port)
        self.grace_s = GRACE_S
        self._log = logs / f"{spec.name}.log"
        self._clock = clock
        self._changed = changed
        self._process: Popen[bytes] | None = None
        self._stopping = False
        self._failures = 0
        self._ready_us: int | None = None

    async def run(self) -> None:
        """Keep the service alive until `stop` is called."""
        while not self._stopping:
            self._start()
            await self._watch()
            if self._ready_us is not None and monotonic_clock() - self._ready_us > FORGIVEN_US:
                self._failures = 0
            if not self._stopping:
                await asyncio.sleep(DELAYS_S[min(self._failures, len(DELAYS_S) - 1)])
                self._failures += 1
                self.standing.restarts += 1

    async def stop(self) -> None:
        """Ask it to end, and after `GRACE_S` end it with all it started."""
        self._stopping = True
        process = self._process
        if process is None:
            return
        end(process, self.spec.stop_signal)
        try:
            await asyncio.to_thread(process.wait, self.grace_s)
        except TimeoutExpired:
            log.warning("%s did not stop within %g s and is killed", self.spec.name, self.grace_s)
        end(process, signal.SIGKILL)  # also what it may have left in its process group
        process.wait()
        self._tell(state="stopped", pid=None, ready=False, last_exit=_words(process.returncode))

    def _start(self) -> None:
        rotate(self._log)
        self._process = spawn(
            self.spec.command,
            log=self._log,
            environ=self.spec.environ,
            account=self.spec.account,
            death_signal=self.spec.stop_signal,
        )
        self._ready_us = None
        self._tell(state="starting", pid=self._process.pid, started_us=self._clock(), ready=False)

    async def _watch(self) -> None:
        process = self._process
        assert process is not None, "started just before"  # noqa: S101 - for the type checker
        patience_us, heard_us, asked_us = FIRST_ANSWER_US, monotonic_clock(), 0
        while process.poll() is None and not self._stopping:
            now_us = monotonic_clock()
            # Until it is ready it is asked often: a start should not wait for the next full second.
            if now_us - asked_us >= (PROBE_US if self.standing.ready else PROBE_US // 4):
                asked_us = now_us
                if await _answers(self.spec.live):
                    patience_us, heard_us = SILENT_US, monotonic_clock()
                    self._tell(state="up", ready=await _answers(self.spec.ready))
                    if self.standing.ready and self._ready_us is None:
                        self._ready_us = now_us
                rotate(self._log)
            if monotonic_clock() - heard_us > patience_us:
                log.warning(
                    "%s has not answered for %d s: restarting it", self.spec.name, patience_us // SECOND_US
                )
                end(process, signal.SIGKILL)
            await asyncio.sleep(LOOK_S)
        if not self._stopping:
            end(process, signal.SIGKILL)  # its children, when it died alone
            process.wait()
            self._tell(state="down", pid=None, ready=False, last_exit=_words(process.returncode))
            log.warning("%s ended (%s)", self.spec.name, self.standing.last_exit)

    def _tell(self, **news: Any) -> None:
        before = self.standing.row()
        for name, value in news.items():
            setattr(self.standing, name, value)
        if self.standing.row() != before:
            self._changed()


async def _answers(probe: Probe) -> bool:
    try:
        return await probe()
    except (OSError, TimeoutError, EOFError):
        return False


def _words(code: int | None) -> str:
    if code is not None and code < 0:
        return f"killed by {signal.Signals(-code).name}"
    return f"exit code {code}"
