"""`lineshaft up` with two wires taken through fault proxies: agent ↔ broker, and ingest ↔ database.

Nothing else differs from what a person starts: the same plan, supervisor and services. With `CHAOS_BUG` in
the environment, one service has that bug.
"""

import argparse
import dataclasses
import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

from chaos import bugs
from lineshaft.runtime import up
from lineshaft.runtime.commands.up import start
from lineshaft.runtime.options import Options
from lineshaft.runtime.services import Spec


def through(spec: Spec, variable: str, port: int) -> Spec:
    """The service with an address in its environment that has another port."""
    url = urlsplit(spec.environ[variable])
    other = url._replace(netloc=url.netloc.rpartition(":")[0] + f":{port}").geturl()
    return dataclasses.replace(spec, environ={**spec.environ, variable: other})


def main() -> int:
    """Run until SIGTERM."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True, help="of the screens")
    parser.add_argument("--broker-proxy", type=int, required=True)
    parser.add_argument("--database-proxy", type=int, required=True)
    parser.add_argument("--direct", nargs="*", default=[], help="agents that keep their own wire")
    told = parser.parse_args()
    plan_as_ever = up._plan

    def rerouted(spec: Spec) -> Spec:
        spec = dataclasses.replace(spec, command=bugs.command(os.environ.get("CHAOS_BUG", ""), spec.command))
        if spec.name == "ingest":
            return through(spec, "LINESHAFT_DATABASE_URL", told.database_proxy)
        if spec.name.startswith("edge-") and spec.name.removeprefix("edge-") not in told.direct:
            return through(spec, "LINESHAFT_BROKER_URL", told.broker_proxy)
        return spec

    def plan(options: Options) -> up.Plan:
        found = plan_as_ever(options)
        return dataclasses.replace(found, services=[rerouted(spec) for spec in found.services])

    up._plan = plan
    return start(told.data_dir, argparse.Namespace(port=told.port, host=None))


if __name__ == "__main__":
    sys.exit(main())
