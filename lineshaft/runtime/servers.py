"""The two servers everything needs: ours when none is given."""

import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path

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


def embedded_broker(
    data_dir: Path, port: int, agents: Sequence[Agent]
) -> tuple[Spec, str, Mapping[Path, str]]:
    """Write the embedded broker's files; what starts it, the server's address, and one for each agent.

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
    command = broker.prepare(data_dir / "broker", port, [server, *own.values()], account)
    spec = Spec(
        "broker",
        tuple(command),
        base_environ(data_dir),
        live=probes.listens(port),
        ready=probes.listens(port),
        port=port,
        account=account,
    )
    return spec, server.url(port), {config: access.url(port) for config, access in own.items()}


def check_reachable(data_dir: Path) -> None:
    """Make the data folder so that servers under an account of their own can go through it."""
    data_dir.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        data_dir.chmod(0o711)  # pass through, not look in; what is secret below has modes of its own
