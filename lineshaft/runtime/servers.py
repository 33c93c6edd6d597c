"""The two servers everything needs: ours when none is given."""

import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from lineshaft.domain.bindings import fault_of
from lineshaft.runtime import accounts, broker, postgres, probes
from lineshaft.runtime.agents import Agent
from lineshaft.runtime.files import secret
from lineshaft.runtime.services import Spec, base_environ


def embedded_database(data_dir: Path, port: int) -> tuple[Spec, str]:
    """Make the embedded database's files; what starts it, and its owner's address.

    Raises:
        PostgresError, AccountError: it cannot be made; the text says what to do.
    """
    account = accounts.unprivileged()
    cluster = postgres.prepare(data_dir / "postgres", data_dir / "secrets", account)
    spec = Spec(
        "postgres",
        tuple(cluster.command(port)),
        base_environ(data_dir),
        live=probes.postgres(port),
        ready=probes.accepts_logins(port),
        port=port,
        account=account,
        stop_signal=signal.SIGINT,  # at SIGTERM PostgreSQL would wait for its clients to go
    )
    return spec, cluster.url(port)


@dataclass(frozen=True)
class BrokerUrls:
    """The broker's address for each account."""

    server: str
    agents: Mapping[Path, str]
    """By the agent's file."""
    trackers: str


def embedded_broker(data_dir: Path, port: int, agents: Sequence[Agent]) -> tuple[Spec, BrokerUrls]:
    """Write the embedded broker's files; what starts it, and its addresses.

    Raises:
        BrokerError, AccountError: it cannot be made; the text says what to do.
    """
    account = broker.runs_as()
    secrets = data_dir / "secrets"
    server = broker.server_access(secret(secrets, "broker-server"))
    own = {
        agent.config: broker.agent_access(
            agent.site, agent.agent, secret(secrets, f"broker-{agent.site}.{agent.agent}")
        )
        for agent in agents
    }
    foreign = broker.trackers_access(foreign_filters(data_dir), secret(secrets, "broker-trackers"))
    command = broker.prepare(data_dir / "broker", port, [server, foreign, *own.values()], account)
    spec = Spec(
        "broker",
        tuple(command),
        base_environ(data_dir),
        live=probes.listens(port),
        ready=probes.listens(port),
        port=port,
        account=account,
    )
    urls = {config: access.url(port) for config, access in own.items()}
    return spec, BrokerUrls(server.url(port), urls, foreign.url(port))


def foreign_filters(data_dir: Path) -> list[str]:
    """The topic filters of other dialects in the folder's plant.yaml; none where it cannot be read."""
    try:
        document = yaml.safe_load((data_dir / "plant.yaml").read_text(encoding="utf-8"))
        found = [one["filter"] for one in document["dialects"]]
    except (OSError, yaml.YAMLError, KeyError, TypeError):
        return []  # what is wrong with it is said when it is applied
    return [one for one in found if not fault_of(one)]


def check_reachable(data_dir: Path) -> None:
    """Make the data folder so that servers under an account of their own can go through it."""
    data_dir.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        data_dir.chmod(0o711)  # pass through, not look in; what is secret below has modes of its own
