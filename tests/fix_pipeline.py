"""From the broker to the screens: ingest, the flows and the web process, and who sends what machines say."""

import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Self

import orjson
import pytest

from fix_web import Service, describe, web_on
from lineshaft.broker.client import Link
from lineshaft.clock import system_clock
from lineshaft.domain.plant import Plant
from lineshaft.wire.envelope import Envelope, Lane, to_properties
from simulators.faults import Schedule
from simulators.machines import MACHINES
from simulators.plant import Plant as World

AHEAD_US = 60_000_000
"""Healthy readings before a planted fault begins."""
GROWN = 0.7
"""How far it has grown by now: an overheating pump is beyond its limit at every hour of the simulated day."""


@pytest.fixture
def pipeline(
    database_url: str, own_broker_url: str, plant: Plant, tmp_path: Path
) -> Iterator[dict[str, Service]]:
    """Ingest, the flows and the web process on a described plant that nobody has heard from."""
    describe(database_url, plant)
    environ = {
        "LINESHAFT_DATABASE_URL": database_url,
        "LINESHAFT_BROKER_URL": own_broker_url,
        "LINESHAFT_DATA_DIR": str(tmp_path),
    }
    services: dict[str, Service] = {
        name: Service(f"stream.{name}", environ, tmp_path / f"{name}.log")
        for name in ("ingest", "flow", "plant")
    }
    services["web"] = web_on(database_url, tmp_path)
    for service in services.values():
        service.start()
    yield services
    for service in services.values():
        service.stop()


class Agent:
    """An edge agent's line, reduced to what a test needs."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self.seq = 0

    def send(self, device: str, body: Mapping[str, Any]) -> None:
        """One message of kind `m`, in the native form."""
        self.seq += 1
        envelope = Envelope("boot-e2e", Lane.LIVE, self.seq, 1, "plant-1")
        self.link.publish(
            f"lineshaft/v1/hangzhou/plant-1/{device}/m",
            orjson.dumps(body),
            properties=to_properties(envelope),
        )


class Planted:
    """A machine of the simulated plant in which a fault grows, from some minutes ago; it goes on living."""

    def __init__(self, agent: Agent, device: str, fault: str) -> None:
        seed = next(
            seed
            for seed in range(10_000)
            for first in [Schedule(seed, 0).episode(0)]
            if (MACHINES[first.machine].id, first.fault.key) == (device, fault)
        )
        episode = Schedule(seed, 0).episode(0)
        grown_us = round(GROWN * (episode.full_us - episode.onset_us))
        start_us = system_clock() - episode.onset_us - grown_us
        self.world = World(seed, start_us, from_us=start_us + episode.onset_us - AHEAD_US)
        self.agent, self.device = agent, device
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._live)

    def __enter__(self) -> Self:
        """Sends what it has said since before the fault, then what it says."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(30)

    def _live(self) -> None:
        while not self._over.wait(0.5):
            for message in self.world.step(system_clock()):
                if message.device == self.device:
                    self.agent.send(self.device, message.body)
