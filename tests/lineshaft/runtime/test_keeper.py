import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from fix_clock import FakeClock
from lineshaft.clock import monotonic_clock
from lineshaft.runtime import keeper as keeper_module
from lineshaft.runtime import ports, probes
from lineshaft.runtime.keeper import Keeper
from lineshaft.runtime.services import Spec

# A service as small as can be: health over HTTP, a child of its own, and SIGTERM heeded or not.
PROGRAM = """
import signal, subprocess, sys, time
from lineshaft.metrics import serve
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
if sys.argv[2] == "deaf":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
serve(int(sys.argv[1]), {})
print("child", child.pid, flush=True)
time.sleep(600)
"""


@asynccontextmanager
async def kept(folder: Path, clock: FakeClock, manner: str = "polite") -> AsyncIterator[Keeper]:
    port = ports.choose(["service"])["service"]
    probe = probes.http(port, "/livez")
    command = (sys.executable, "-c", PROGRAM, str(port), manner)
    keeper = Keeper(
        Spec("service", command, dict(os.environ), probe, probe, port), folder, clock, lambda: None
    )
    task = asyncio.create_task(keeper.run())
    try:
        yield keeper
    finally:
        await keeper.stop()
        await task


async def until(condition: Callable[[], object], within_s: float = 20) -> None:
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110 - another process is waited for
            await asyncio.sleep(0.02)


async def test_a_killed_service_is_started_again_at_once(tmp_path: Path, clock: FakeClock) -> None:
    async with kept(tmp_path, clock) as keeper:
        await until(lambda: keeper.standing.ready)
        first = keeper.standing.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        await until(lambda: keeper.standing.ready and keeper.standing.pid != first, 10)
        assert keeper.standing.restarts == 1
        assert keeper.standing.last_exit == "killed by SIGKILL"
    assert keeper.standing.state == "stopped"


async def test_a_service_that_was_ready_for_a_while_never_waits_to_be_started_again(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper_module, "FORGIVEN_US", 100_000)
    monkeypatch.setattr(keeper_module, "DELAYS_S", (0.1, 600))
    async with kept(tmp_path, clock) as keeper:
        for restarts in range(3):
            await until(lambda: keeper.standing.ready)
            ready_us = monotonic_clock()
            await until(lambda since=ready_us: monotonic_clock() - since > 200_000)
            assert keeper.standing.pid is not None
            os.kill(keeper.standing.pid, signal.SIGKILL)
            await until(lambda seen=restarts: keeper.standing.restarts == seen + 1)


async def test_nothing_a_service_started_outlives_it(tmp_path: Path, clock: FakeClock) -> None:
    log = tmp_path / "service.log"
    async with kept(tmp_path, clock) as keeper:
        await until(lambda: log.exists() and "child" in log.read_text())
        child = psutil.Process(int(log.read_text().split()[1]))
        assert child.is_running()
        assert keeper.standing.pid is not None
    await until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)


async def test_a_service_that_does_not_heed_is_killed(tmp_path: Path, clock: FakeClock) -> None:
    log = tmp_path / "service.log"
    async with kept(tmp_path, clock, "deaf") as keeper:
        await until(lambda: log.exists() and "child" in log.read_text())
        keeper.grace_s = 0.2
    assert keeper.standing.last_exit == "killed by SIGKILL"


async def test_a_service_that_cannot_start_is_tried_again_more_and_more_slowly(
    tmp_path: Path, clock: FakeClock
) -> None:
    port = ports.choose(["service"])["service"]
    probe = probes.http(port, "/livez")
    command = (sys.executable, "-c", "raise SystemExit(3)")
    keeper = Keeper(
        Spec("service", command, dict(os.environ), probe, probe, port), tmp_path, clock, lambda: None
    )
    task = asyncio.create_task(keeper.run())
    await until(lambda: keeper.standing.restarts >= 2)
    assert keeper.standing.last_exit == "exit code 3"
    await keeper.stop()
    task.cancel()
    assert not keeper.standing.ready
