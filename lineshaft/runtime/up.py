"""`lineshaft up`: from an empty folder to a running monitor, and back to nothing left running."""

import asyncio
import contextlib
import logging
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lineshaft import __version__
from lineshaft.clock import Clock
from lineshaft.runtime import agents, ports, servers, state
from lineshaft.runtime.options import WEB_PORT, Options
from lineshaft.runtime.services import (
    OFFICE,
    PROGRAMS,
    Places,
    Spec,
    edge,
    flow_names,
    flows,
    has_office,
    link_names,
    office,
    program,
)
from lineshaft.runtime.spawn import spawn
from lineshaft.runtime.supervisor import Supervisor

READY_S = 120.0
"""Until everything must be ready: a first start on a slow disk and one core."""

log = logging.getLogger(__name__)


class StartError(RuntimeError):
    """The monitor could not be started; the text says why and what to do."""


@dataclass(frozen=True)
class Running:
    """What a person is told once everything is up."""

    address: str
    data_dir: Path
    late: list[str]  # services that are not ready yet


@dataclass(frozen=True)
class Plan:
    """All that will be started, in groups: servers first."""

    servers: list[Spec]
    services: list[Spec]
    places: Places


async def up(options: Options, clock: Clock, announce: Callable[[Running], None]) -> None:
    """Run until SIGINT or SIGTERM, then stop everything.

    Args:
        options: what to run.
        clock: the wall clock, for the state file.
        announce: called once, when all services are ready, or are late to be.

    Raises:
        StartError, AlreadyRunningError: nothing was left running.
    """
    servers.check_reachable(options.data_dir)
    with state.held(options.data_dir):
        left = state.end_left_behind(options.data_dir)
        if left:
            log.warning("%d processes of an earlier run were still there and are ended", left)
        plan = _plan(options)
        address = f"http://{plan.places.web_host}:{plan.places.web_port}"
        supervisor = Supervisor(options.data_dir, {"version": __version__, "address": address}, clock)
        loop = asyncio.get_running_loop()
        for how in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(how, supervisor.halt)
        recorder = asyncio.create_task(supervisor.record())
        try:
            late = await _start(supervisor, plan)
            if not supervisor.stopping.is_set():
                announce(Running(address, options.data_dir, late))
            await supervisor.stopping.wait()
        finally:
            recorder.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await recorder
            await supervisor.stop()


def _plan(options: Options) -> Plan:
    data_dir = options.data_dir
    found = agents.read(data_dir)
    names = [*(row.name for row in PROGRAMS), *(f"edge-{agent.config.stem}" for agent in found)]
    cluster = options.flow_processes
    names += [*flow_names(cluster)[1:], *link_names(cluster), *([OFFICE] if has_office(data_dir) else [])]
    port = ports.remembered(data_dir / "run" / "ports.json", ["postgres", "broker", *names])
    started: list[Spec] = []
    database_url, broker_url = options.database_url, options.broker_url
    urls = servers.BrokerUrls(broker_url, {}, broker_url)
    if not database_url:
        spec, database_url = servers.embedded_database(data_dir, port["postgres"])
        started.append(spec)
    if not broker_url:
        spec, urls = servers.embedded_broker(data_dir, port["broker"], found)
        started.append(spec)
    places = Places(
        data_dir=data_dir,
        database_url=database_url,
        broker_url=urls.server,
        schema=options.schema,
        web_host=options.web_host,
        web_port=_web_port(options),
        log_level=options.log_level,
    )
    services: list[Spec] = []
    for row in PROGRAMS:
        if row.name == "flow":
            services += flows(row, places, port, cluster)
        else:
            services.append(program(row, places, port[row.name]))
    services += [
        edge(
            agent.config,
            places,
            port[f"edge-{agent.config.stem}"],
            urls.agents.get(agent.config, urls.server),
        )
        for agent in found
    ]
    if has_office(data_dir):
        services.append(office(places, port[OFFICE], urls.trackers))
    return Plan(started, services, places)


def _web_port(options: Options) -> int:
    if options.web_port is None:
        earlier = options.data_dir / "run" / "web-port.json"
        free = WEB_PORT if ports.is_free(WEB_PORT, options.web_host) else 0
        return free or ports.remembered(earlier, ["web"])["web"]
    if not ports.is_free(options.web_port, options.web_host):
        raise StartError(f"port {options.web_port} is in use: choose another with --port")
    return options.web_port


async def _start(supervisor: Supervisor, plan: Plan) -> list[str]:
    supervisor.start(plan.servers)
    late = await supervisor.until_ready(READY_S)
    if late and not supervisor.stopping.is_set():
        raise StartError(f"{' and '.join(late)} did not start: see `lineshaft logs {late[0]}`")
    supervisor.phase("preparing")
    await _prepare(supervisor, plan.services[0], plan.places)
    supervisor.phase("starting")
    supervisor.start(plan.services)
    late = await supervisor.until_ready(READY_S)
    supervisor.phase("running")
    return late


async def _prepare(supervisor: Supervisor, like: Spec, places: Places) -> None:
    # As the owner, not in a service's role.
    environ = {**like.environ, "LINESHAFT_DATABASE_ROLE": ""}
    file = places.data_dir / "logs" / "prepare.log"
    process = spawn((sys.executable, "-m", "lineshaft.runtime.prepare"), log=file, environ=environ)
    await asyncio.to_thread(process.wait)
    if process.returncode and not supervisor.stopping.is_set():
        last = file.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
        raise StartError(f"the database could not be prepared: {' '.join(last)}")
