"""The whole monitor as a person starts it: from an empty folder to nothing left running."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from lineshaft.clock import system_clock
from lineshaft.runtime import demo, ports, report, state
from waiting import wait_until

pytestmark = [pytest.mark.database, pytest.mark.broker, pytest.mark.timeout(300)]

COMMAND = [sys.executable, "-m", "lineshaft.cli"]
MEMORY_MB = 1500


class Monitor:
    """A running `lineshaft up` with the simulated plant."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.said = data_dir / "said"
        self.port = ports.choose(["web"])["web"]
        demo.lay_out_simulated(data_dir, None)
        self.start()

    def start(self) -> None:
        command = [*COMMAND, "up", "--data-dir", str(self.data_dir), "--port", str(self.port)]
        with self.said.open("wb") as out:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        wait_until(
            lambda: "is running" in self.said.read_text(encoding="utf-8"),
            "lineshaft up says that it runs",
            within_s=150,
            alive=self.process,
            log=self.said,
        )

    def status(self) -> dict[str, Any]:
        command = [*COMMAND, "status", "--json", "--data-dir", str(self.data_dir)]
        told = subprocess.run(command, capture_output=True, text=True, check=False)
        assert told.stdout, told.stderr
        return dict(json.loads(told.stdout))

    def service(self, name: str) -> report.ServiceLine:
        return next(line for line in self.report().services if line.service == name)

    def report(self) -> report.Report:
        return report.read(self.data_dir, system_clock)


def business() -> float:
    """How much longer things take than on a machine that has nothing else to do."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


@pytest.fixture(scope="module")
def _monitor() -> Iterator[Monitor]:
    data_dir = Path(tempfile.mkdtemp(prefix="lineshaft-up-"))
    data_dir.chmod(0o711)
    monitor = None
    try:
        monitor = Monitor(data_dir)
        yield monitor
    finally:
        if monitor is not None:
            monitor.process.terminate()
            monitor.process.wait(60)
        state.end_left_behind(data_dir)
        shutil.rmtree(data_dir, ignore_errors=True)


@pytest.fixture
def monitor(_monitor: Monitor) -> Monitor:
    """Running: tests come in any order, and some stop it."""
    if _monitor.process.poll() is not None:
        _monitor.start()
    return _monitor


def test_from_an_empty_folder_to_readings_in_the_database(monitor: Monitor) -> None:
    said = monitor.said.read_text(encoding="utf-8")
    password = (monitor.data_dir / "secrets" / "admin-password").read_text(encoding="utf-8").strip()
    assert f"admin / {password}" in said
    assert "Not ready" not in said
    told = monitor.status()
    assert told["healthy"]
    names = {row["service"] for row in told["services"]}
    assert {"postgres", "broker", "ingest", "flow", "plant", "upkeep", "notify", "web"} <= names
    assert {"edge-plant-1", "edge-warehouse-1", "edge-fleet-1"} <= names
    assert all(row["uptime_s"] > 0 for row in told["services"])
    wait_until(lambda: monitor.status()["readings"]["stored"] > 100, "readings are stored", within_s=40)
    told = monitor.status()
    assert told["readings"]["in"] >= told["readings"]["stored"]
    assert told["per_second"]["stored"] >= 0


def test_all_processes_together_are_small(monitor: Monitor) -> None:
    found = monitor.report()
    assert found.memory_mb is not None
    assert 100 < found.memory_mb <= MEMORY_MB, found.services


@pytest.mark.parametrize("name", ["ingest", "flow", "web", "broker", "postgres"])
def test_a_killed_service_is_healthy_again_within_ten_seconds(monitor: Monitor, name: str) -> None:
    before = monitor.service(name)
    assert before.pid is not None
    os.kill(before.pid, signal.SIGKILL)

    def is_back() -> bool:
        now = monitor.service(name)
        return now.ready and now.pid != before.pid

    wait_until(is_back, f"{name} is healthy again", within_s=10 * business())
    assert monitor.service(name).restarts == before.restarts + 1
    # What depends on it must find its way back by itself.
    wait_until(lambda: monitor.report().healthy, "everything is healthy again", within_s=20 * business())


def test_down_leaves_nothing_running(monitor: Monitor) -> None:
    pids = [line.pid for line in monitor.report().services]
    command = [*COMMAND, "down", "--data-dir", str(monitor.data_dir)]
    subprocess.run(command, capture_output=True, check=True)
    assert monitor.process.wait(10) == 0
    assert not state.left_behind(monitor.data_dir)
    assert not [pid for pid in pids if psutil.pid_exists(pid)]
    assert not (monitor.data_dir / "postgres" / "18" / "postmaster.pid").exists()


def test_a_killed_supervisor_takes_its_services_with_it(monitor: Monitor) -> None:
    monitor.process.kill()
    monitor.process.wait()
    deadline = time.monotonic() + 30 * business()
    while (left := state.left_behind(monitor.data_dir)) and time.monotonic() < deadline:
        time.sleep(0.02)
    logs = [file.read_text(errors="replace")[-1500:] for file in (monitor.data_dir / "logs").iterdir()]
    assert not left, "\n".join([repr(left), *logs])


def test_servers_that_are_given_are_used_and_none_is_started(
    empty_database_url: str, broker_url: str, tmp_path: Path
) -> None:
    environ = os.environ | {"LINESHAFT_DATABASE_URL": empty_database_url, "LINESHAFT_BROKER_URL": broker_url}
    port = ports.choose(["web"])["web"]
    place = ["--data-dir", str(tmp_path)]
    command = [*COMMAND, "up", "--detach", *place, "--port", str(port)]
    started = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    try:
        assert started.returncode == 0, started.stderr
        told = subprocess.run(
            [*COMMAND, "status", "--json", *place], env=environ, capture_output=True, check=False
        )
        assert {row["service"] for row in json.loads(told.stdout)["services"]} == {
            *("ingest", "flow", "plant", "upkeep", "notify", "web")
        }
        assert json.loads(told.stdout)["healthy"]
        doctor = subprocess.run(
            [*COMMAND, "doctor", *place], env=environ, capture_output=True, text=True, check=False
        )
        assert doctor.returncode == 0, doctor.stdout
        assert "all migrations are applied" in doctor.stdout
    finally:
        subprocess.run([*COMMAND, "down", *place], env=environ, capture_output=True, check=True)
    assert not state.left_behind(tmp_path)
