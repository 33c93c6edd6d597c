"""The services, as a table: which commands run, as whom in the database, and how each shows that it lives."""

import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from lineshaft.runtime.accounts import Account
from lineshaft.runtime.ports import HOST
from lineshaft.runtime.probes import Probe, http

EVERYWHERE = {"0.0.0.0", "::", ""}  # noqa: S104 - compared with, not bound
"""Addresses to listen on that are no address to ask at."""

MARK = "LINESHAFT_SUPERVISED_FOR"
"""Environment variable that names the data folder a process was started for: how leftovers are recognised."""


@dataclass(frozen=True)
class Program:
    """One of our Python services: `python -m module`."""

    name: str
    module: str
    role: str  # the database role it takes; "" for none
    broker: bool  # whether it speaks MQTT as the server


# In starting order; they are stopped together. None needs another to start: each waits for what it misses.
PROGRAMS = (
    Program("ingest", "stream.ingest", "lineshaft_ingest", broker=True),
    Program("flow", "stream.flow", "lineshaft_stream", broker=False),
    Program("plant", "stream.plant", "lineshaft_stream", broker=False),
    Program("upkeep", "stream.upkeep", "lineshaft_upkeep", broker=False),
    Program("notify", "stream.notify", "lineshaft_notify", broker=True),
    Program("web", "dashboard", "lineshaft_web", broker=False),
)


WEB_OPTIONS = (
    "LINESHAFT_WEB_TLS",
    "LINESHAFT_WEB_ORIGINS",
    "LINESHAFT_WEB_PROXIES",
    "LINESHAFT_WEB_IDLE_S",
    "LINESHAFT_WEB_LONGEST_S",
)
"""What the web process alone understands; an operator's values reach it (`api.settings`)."""

NOTIFY_OPTIONS = ("LINESHAFT_PUBLIC_URL", "LINESHAFT_SMTP_URL")
"""What the notifier alone understands: where people reach the screens, and the mail server."""
SECRET = "LINESHAFT_SECRET_KEY"  # noqa: S105 - the variable's name
"""What the web process and the notifier share; without it they share a file of the data folder."""


@dataclass(frozen=True)
class Places:
    """What all services are told."""

    data_dir: Path
    database_url: str
    broker_url: str
    schema: str
    web_host: str
    web_port: int
    log_level: str


@dataclass(frozen=True)
class Spec:
    """What the supervisor needs to keep one process alive."""

    name: str
    command: tuple[str, ...]
    environ: Mapping[str, str]
    live: Probe
    ready: Probe
    port: int
    account: Account | None = None
    stop_signal: signal.Signals = signal.SIGTERM


def program(program: Program, places: Places, port: int) -> Spec:
    """One of `PROGRAMS` at a metrics port."""
    environ = _environ(places, port) | {
        "LINESHAFT_DATABASE_URL": places.database_url,
        "LINESHAFT_DATABASE_ROLE": program.role,
        "LINESHAFT_DATABASE_SCHEMA": places.schema,
    }
    if program.broker:
        environ["LINESHAFT_BROKER_URL"] = places.broker_url
    if program.name in {"web", "notify"} and SECRET in os.environ:
        environ[SECRET] = os.environ[SECRET]
    if program.name == "notify":
        shown = HOST if places.web_host in EVERYWHERE else places.web_host
        environ |= {"LINESHAFT_PUBLIC_URL": f"http://{shown}:{places.web_port}"}
        environ |= {name: os.environ[name] for name in NOTIFY_OPTIONS if name in os.environ}
    if program.name == "web":
        environ |= {name: os.environ[name] for name in WEB_OPTIONS if name in os.environ}
        environ |= {"LINESHAFT_WEB_HOST": places.web_host, "LINESHAFT_WEB_PORT": str(places.web_port)}
        port = places.web_port  # judged where people meet it
    host = HOST if program.name != "web" or places.web_host in EVERYWHERE else places.web_host
    command = (sys.executable, "-m", program.module)
    return Spec(program.name, command, environ, http(port, "/livez", host), http(port, "/readyz", host), port)


def flow_names(processes: int) -> list[str]:
    """What the processes of the shard flow's cluster are called."""
    return ["flow", *(f"flow-{number}" for number in range(1, processes))]


def link_names(processes: int) -> list[str]:
    """What the ports are called at which they talk to one another; a process alone has none."""
    return [f"{name}-link" for name in flow_names(processes)] if processes > 1 else []


def flows(flow: Program, places: Places, port: Mapping[str, int], processes: int) -> list[Spec]:
    """The shard flow as a cluster. When one of it dies, the others end: each is started again by itself."""
    links = " ".join(f"{HOST}:{port[name]}" for name in link_names(processes))
    found = []
    for number, name in enumerate(flow_names(processes)):
        spec = program(flow, places, port[name])
        more = {"LINESHAFT_FLOW_PROCESS": str(number), "LINESHAFT_FLOW_ADDRESSES": links}
        found.append(replace(spec, name=name, environ={**spec.environ, **more}))
    return found


def edge(config: Path, places: Places, port: int, broker_url: str) -> Spec:
    """One edge agent by its configuration file; it knows no database."""
    environ = _environ(places, port) | {"LINESHAFT_BROKER_URL": broker_url}
    command = (sys.executable, "-m", "edge", "run", "--config", str(config))
    name = f"edge-{config.stem}"
    return Spec(name, command, environ, http(port, "/livez"), http(port, "/readyz"), port)


OFFICE = "office"
"""Who acts for the people around a simulated plant: the service, its file in the folder, and its login."""


def has_office(data_dir: Path) -> bool:
    """Whether the folder asks for one; only the demonstration's does."""
    return (data_dir / f"{OFFICE}.yaml").exists()


def office(places: Places, port: int, trackers_url: str) -> Spec:
    """The simulated office: a login for the API, the trackers' account for the broker, no database."""
    host = HOST if places.web_host in EVERYWHERE else places.web_host
    environ = _environ(places, port) | {
        "LINESHAFT_BROKER_URL": trackers_url,
        "LINESHAFT_WEB_URL": f"http://{host}:{places.web_port}",
        "LINESHAFT_OFFICE_LOGIN": OFFICE,
        "LINESHAFT_OFFICE_PASSWORD_FILE": str(places.data_dir / "secrets" / f"{OFFICE}-password"),
    }
    command = (sys.executable, "-m", "simulators.office")
    return Spec(OFFICE, command, environ, http(port, "/livez"), http(port, "/readyz"), port)


def base_environ(data_dir: Path) -> dict[str, str]:
    """What all children get, embedded servers too: our environment less our own variables, and `MARK`."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("LINESHAFT_")}
    return inherited | {MARK: str(data_dir)}


def _environ(places: Places, port: int) -> dict[str, str]:
    return base_environ(places.data_dir) | {
        "LINESHAFT_DATA_DIR": str(places.data_dir),
        "LINESHAFT_METRICS_PORT": str(port),
        "LINESHAFT_LOG_LEVEL": places.log_level,
        "PYTHONUNBUFFERED": "1",
        # Many small processes on few cores: thread pools for algebra and malloc arenas only cost memory.
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",
    }
