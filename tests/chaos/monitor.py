"""`lineshaft up` with three wires taken through fault proxies: agent ↔ broker ↔ ingest ↔ database.

Beside that a service can be held down: it does not begin while there is a file with its name in `hold`.
Nothing else differs from what a person starts: the same plan, supervisor and services. With `CHAOS_BUG` in
the environment, one service has that bug; with `CHAOS_PRELOAD`, some have that library (`shim.py`).
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


def shimmed(spec: Spec) -> Spec:
    """The service with the library preloaded that makes its disk slow or failing, where one is given."""
    library = os.environ.get("CHAOS_PRELOAD", "")
    if not library or not spec.name.startswith(("postgres", "edge-")):
        return spec
    told = {"LD_PRELOAD": library, "CHAOS_DISK": str(Path(library).with_name(f"disk-{spec.name}"))}
    return dataclasses.replace(spec, environ={**spec.environ, **told})


def held(spec: Spec, folder: Path) -> Spec:
    """The service, which first waits until nobody holds it down."""
    gate = ("/bin/sh", "-c", 'while [ -e "$0" ]; do sleep 0.1; done; exec "$@"', str(folder / spec.name))
    return dataclasses.replace(spec, command=(*gate, *spec.command))


def main() -> int:
    """Run until SIGTERM."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True, help="of the screens")
    parser.add_argument("--to-broker", type=int, required=True, help="the port of that proxy, and so on")
    parser.add_argument("--to-database", type=int, required=True)
    parser.add_argument("--from-broker", type=int, required=True)
    parser.add_argument("--direct", nargs="*", default=[], help="agents that keep their own wire")
    told = parser.parse_args()
    plan_as_ever = up._plan

    def rerouted(spec: Spec) -> Spec:
        spec = dataclasses.replace(spec, command=bugs.command(os.environ.get("CHAOS_BUG", ""), spec.command))
        if spec.name == "ingest":
            spec = through(spec, "LINESHAFT_BROKER_URL", told.from_broker)
            return through(spec, "LINESHAFT_DATABASE_URL", told.to_database)
        if spec.name.startswith("edge-") and spec.name.removeprefix("edge-") not in told.direct:
            return through(spec, "LINESHAFT_BROKER_URL", told.to_broker)
        return spec

    def plan(options: Options) -> up.Plan:
        found = plan_as_ever(options)
        hold = told.data_dir / "hold"
        return dataclasses.replace(
            found,
            servers=[held(shimmed(spec), hold) for spec in found.servers],
            services=[held(shimmed(rerouted(spec)), hold) for spec in found.services],
        )

    up._plan = plan
    return start(told.data_dir, argparse.Namespace(port=told.port, host=None))


if __name__ == "__main__":
    sys.exit(main())
